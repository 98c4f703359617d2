/*
 * deepface's API: POST /represent, POST /verify. Pictures as files of a form, as base64 or as data URIs; paths of the server and URLs,
 * which its own server reads, are refused. Errors are {"exception"} for pictures that are missing and {"error"} for the rest, all 400; 401
 * has
 * {"message"}. docs/from-deepface.md tells how to switch a client.
 */
#ifndef OC_HANDLERS_DEEPFACE_H
#define OC_HANDLERS_DEEPFACE_H

#include "handlers/faces/faces.h"

enum oc_status oc_deepface_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
int oc_deepface_status(enum oc_status code);

enum oc_deepface_metric { OC_METRIC_COSINE, OC_METRIC_EUCLIDEAN, OC_METRIC_EUCLIDEAN_L2, OC_METRIC_ANGULAR, OC_METRIC_COUNT };
extern const char *const oc_deepface_metrics[]; /* ends with NULL */

/* What both routes ask for. Zeroed, then read; deinitialise in any case. */
struct oc_deepface_ask {
    struct oc_inputs in;
    struct oc_face_params params;
    const char *model_name; /* the client's word; NULL: none */
    bool enforce;           /* a picture without a face is an error; otherwise it is a face as a whole */
    struct oc_face_models models;
};

/* model_name, detector_backend, enforce_detection, align, anti_spoofing, max_faces; and acquires the models. */
enum oc_status oc_deepface_ask_read(struct oc_request *req, struct oc_deepface_ask *ask, struct oc_err *err) OC_MUST_CHECK;
void oc_deepface_ask_deinit(struct oc_deepface_ask *ask);

/*
 * The faces of the picture that one of `names` (NULL-terminated) carries, with their vectors as the network gives them. *whole: no face was
 * found, the picture is taken for one. OC_E_NO_FACE where detection is enforced.
 */
enum oc_status oc_deepface_look(struct oc_deepface_ask *ask, const char *const *names, struct oc_face_picture *p, bool *whole,
                                struct oc_err *err) OC_MUST_CHECK;
/* "x","y","w","h","left_eye","right_eye": whole pixels; a person's own left. null without points. */
void oc_deepface_put_area(struct oc_json *j, const struct oc_face *face);

double oc_deepface_distance(enum oc_deepface_metric metric, const float *a, const float *b, size_t dim);
/*
 * Where the same person ends. deepface's own (deepface/config/threshold.py) when the client named one of its models and the installed one
 * is of that kind and does not bring its own; else the installed model's, as this distance. False: none is known (euclidean of other
 * models).
 */
bool oc_deepface_threshold(const struct oc_deepface_ask *ask, enum oc_deepface_metric metric, double *out);

enum oc_status oc_deepface_represent(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepface_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err);

#endif

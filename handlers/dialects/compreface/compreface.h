/*
 * CompreFace's protocol: /api/v1/{detection,verification,recognition}. Pictures as multipart parts or base64 in JSON members of the same
 * names; boxes and points in whole pixels; {"message","code"} for errors. A similarity is not the cosine but 0..1 by a curve of the
 * distance: oc_cf_similarity. docs/from-compreface.md tells how to switch a client.
 */
#ifndef OC_HANDLERS_COMPREFACE_H
#define OC_HANDLERS_COMPREFACE_H

#include "handlers/faces/faces.h"

/* {"message":...,"code":28}: error and error_status of struct oc_route. */
enum oc_status oc_cf_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
int oc_cf_status(enum oc_status code);

/* What a request asks for. Zeroed, then read; deinitialise in any case. */
struct oc_cf_ask {
    struct oc_inputs in;
    struct oc_face_params params;
    int64_t limit; /* faces of a picture, the biggest first; 0: all */
    bool landmarks, calculator, pose, status;
    struct oc_face_models models;
};

/* limit, det_prob_threshold, face_plugins, status, detect_faces; no model yet. */
enum oc_status oc_cf_ask_read(struct oc_request *req, struct oc_cf_ask *ask, struct oc_err *err) OC_MUST_CHECK;
/* The models; without vectors only a detector is needed. */
enum oc_status oc_cf_ask_models(struct oc_cf_ask *ask, bool vectors, struct oc_err *err) OC_MUST_CHECK;
void oc_cf_ask_deinit(struct oc_cf_ask *ask);

/* One picture's faces, the biggest first. */
struct oc_cf_faces {
    struct oc_face_picture picture;
    size_t *order; /* places in picture.look, in the arena */
    size_t n;
    int64_t detector_ns, calculator_ns; /* what finding and embedding took */
};

/*
 * Finds the faces of the picture `name` (the part, or the member of the JSON body) and, with vectors, embeds them. OC_E_NO_FACE when there
 * is none; `one`: OC_E_SEVERAL_FACES when there are more.
 */
enum oc_status oc_cf_look(struct oc_cf_ask *ask, const char *name, bool vectors, bool one, struct oc_cf_faces *f,
                          struct oc_err *err) OC_MUST_CHECK;
void oc_cf_faces_deinit(struct oc_cf_faces *f);

/* Members of a face's object: "pose", "embedding", "box", "landmarks" as asked for, "execution_time" with status. */
void oc_cf_put_face(struct oc_json *j, const struct oc_cf_ask *ask, const struct oc_cf_faces *f, size_t i);
/* "plugins_versions", with status. */
void oc_cf_put_versions(struct oc_json *j, const struct oc_cf_ask *ask);

/*
 * (tanh((c0 - d) * c1) + 1) / 2 with d = sqrt(2 - 2 cosine), the distance of the vectors of length 1. c0 and c1 are CompreFace's where the
 * model has the name of one of its own (arcface_r100_v1, arcface_mobilefacenet, arcface_resnet50: insightface.py); for others c0 is the
 * distance at the model's own threshold, so that 0.5 is where the same person begins, and c1 is 6, between theirs.
 */
double oc_cf_similarity(const char *model, double threshold, double cosine);
/* The same for the request's embedder. */
double oc_cf_likeness(const struct oc_cf_ask *ask, const float *a, const float *b, size_t dim);

/* A JSON array of arrays of numbers: the member `name` of the body, each of the embedder's length; *out and *n in the arena. */
enum oc_status oc_cf_vectors(const struct oc_cf_ask *ask, const char *name, const float *const **out, size_t *n,
                             struct oc_err *err) OC_MUST_CHECK;
/* One of them: the member itself is the array of numbers. */
enum oc_status oc_cf_vector(const struct oc_cf_ask *ask, const char *name, const float **out, struct oc_err *err) OC_MUST_CHECK;

/* The routes. */
enum oc_status oc_cf_detect(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_verify_vectors(struct oc_request *req, struct oc_response *res, struct oc_err *err);

#endif

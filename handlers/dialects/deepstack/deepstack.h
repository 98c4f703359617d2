/*
 * DeepStack's protocol and that of CodeProject.AI, which came after it and kept its routes: multipart in, {"success",...} out. What its
 * routes share. Coordinates are whole pixels, confidences 0..1, the key a form field. docs/from-deepstack.md tells how to switch a client.
 */
#ifndef OC_HANDLERS_DEEPSTACK_H
#define OC_HANDLERS_DEEPSTACK_H

#include "handlers/infer.h"
#include "handlers/output/json_out.h"

/* {"success":false,"error":...,"duration":0}: error of struct oc_route. */
enum oc_status oc_deepstack_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
/* What is wrong with a picture or a face is 400 there, a deadline 500; error_status of struct oc_route. */
int oc_deepstack_status(enum oc_status code);
/* The form field api_key; find_key of struct oc_route. */
enum oc_status oc_deepstack_key(struct oc_request *req, const char **key, struct oc_err *err);

/*
 * The picture: the part `image`, else `image1`, ..., else the first file whatever its name, as CodeProject.AI takes it. OC_E_INVALID when
 * there is none.
 */
enum oc_status oc_deepstack_image(const struct oc_inputs *in, struct oc_image_source *out, struct oc_err *err) OC_MUST_CHECK;
/* min_confidence, 0..1, an absent or empty one is `fallback`. */
enum oc_status oc_deepstack_confidence(const struct oc_inputs *in, double fallback, double *out, struct oc_err *err) OC_MUST_CHECK;
/* An installed model for a task or, when no name is given and there is none, OC_E_FORBIDDEN: "<what> endpoint not activated". */
enum oc_status oc_deepstack_acquire(const struct oc_inputs *in, const char *name, enum oc_task task, const char *what,
                                    struct oc_lease *lease, struct oc_err *err) OC_MUST_CHECK;

/* {"success":true, and after the caller's members the rest: "count", "duration" in milliseconds, what CodeProject.AI tells beside, and }.
 */
void oc_deepstack_open(struct oc_json *j);
void oc_deepstack_close(struct oc_json *j, const struct oc_request *req, const char *command);
/* Members "y_min", "x_min", "y_max", "x_max": whole pixels, inside the picture where the box is. */
void oc_deepstack_box(struct oc_json *j, const struct oc_box *b);

/* The routes. */
enum oc_status oc_deepstack_detection(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_custom(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_custom_list(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_ping(struct oc_request *req, struct oc_response *res, struct oc_err *err);
/* What those servers offer and this one does not: OC_E_FORBIDDEN, as theirs answer for a part that is switched off. */
enum oc_status oc_deepstack_absent(struct oc_request *req, struct oc_response *res, struct oc_err *err);

#endif

/* What DeepStack's routes of faces share, and the routes. Private to handlers/dialects/deepstack/. */
#ifndef OC_HANDLERS_DEEPSTACK_FACES_H
#define OC_HANDLERS_DEEPSTACK_FACES_H

#include "handlers/dialects/deepstack/deepstack.h"
#include "handlers/faces/faces.h"

/* The defaults; OC_E_FORBIDDEN, "Face endpoint not activated", when one is missing. Release in any case. */
enum oc_status oc_deepstack_face_models(const struct oc_inputs *in, struct oc_face_models *m, struct oc_err *err) OC_MUST_CHECK;
/* All pictures of a request: its files in their order, whatever their names; else those of other forms. In the arena. */
enum oc_status oc_deepstack_images(const struct oc_inputs *in, const struct oc_image_source **out, size_t *n,
                                   struct oc_err *err) OC_MUST_CHECK;
/* The largest face of a picture, with its vector; OC_E_NO_FACE. *p is zeroed before, and to be deinitialised in any case. */
enum oc_status oc_deepstack_largest(const struct oc_inputs *in, const struct oc_face_models *m, const struct oc_image_source *source,
                                    struct oc_face_picture *p, size_t *face, struct oc_err *err) OC_MUST_CHECK;
/* Theirs, 0..1, for a cosine. */
double oc_deepstack_similarity(double cosine);

enum oc_status oc_deepstack_face(struct oc_request *req, struct oc_response *res, struct oc_err *err);
/* known_faces.c */
enum oc_status oc_deepstack_register(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_recognize(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_list(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_deepstack_match(struct oc_request *req, struct oc_response *res, struct oc_err *err);

#endif

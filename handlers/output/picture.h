/* format=image: the answer as the picture itself, with what was found drawn into it. */
#ifndef OC_HANDLERS_PICTURE_H
#define OC_HANDLERS_PICTURE_H

#include "handlers/input/inputs.h"
#include "models/recipe/recipe.h"
#include "models/recipe/result.h"

/* The parameter `format`: json (the default) or image. */
enum oc_status oc_picture_wanted(const struct oc_inputs *in, bool *wanted, struct oc_err *err) OC_MUST_CHECK;
/*
 * An Accept header gives image/png a higher quality than image/jpeg, or the same one by a more exact range (RFC 9110 section 12.5.1).
 * At most 1024 bytes of it are looked at; a quality that is no number counts as 0.
 */
bool oc_accept_prefers_png(const char *accept);
/* Draws into im and encodes it as the Accept header has it, JPEG by default; counted as postprocessing. */
enum oc_status oc_picture_detections(struct oc_request *req, struct oc_image *im, const struct oc_detections *found,
                                     const struct oc_recipe *recipe, struct oc_response *res, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_picture_faces(struct oc_request *req, struct oc_image *im, const struct oc_faces *found, struct oc_response *res,
                                struct oc_err *err) OC_MUST_CHECK;
/* Encodes as the Accept header has it, JPEG by default. */
enum oc_status oc_picture_encode(struct oc_request *req, const struct oc_image *im, struct oc_response *res,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

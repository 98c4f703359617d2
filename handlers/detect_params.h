/* Parameters that every route that finds boxes reads the same way. Private to handlers/. */
#ifndef OC_HANDLERS_DETECT_PARAMS_H
#define OC_HANDLERS_DETECT_PARAMS_H

#include "handlers/input/inputs.h"
#include "models/recipe/recipe.h"
#include "models/run/boxes.h"

/*
 * `classes`: names or numbers of the model's classes, as flags in the request's arena, one a class; NULL: all. OC_E_INVALID for what the
 * model has not.
 */
enum oc_status oc_detect_classes_read(const struct oc_inputs *in, const struct oc_recipe *r, const uint8_t **flags,
                                      struct oc_err *err) OC_MUST_CHECK;

/*
 * tile, overlap, whole, scales, merge: how a picture is looked at in parts, for struct oc_detect_options; what is not given is the
 * model's. OC_E_INVALID.
 */
enum oc_status oc_detect_tiling_read(const struct oc_inputs *in, const struct oc_recipe *r, struct oc_tiling *out,
                                     struct oc_err *err) OC_MUST_CHECK;

#endif

/* A segmenter's output tensor, of any of the forms of models/recipe/recipe.h, as a class for each pixel of the picture. Private to models/.
 */
#ifndef OC_MODELS_SEGMENT_SPREAD_H
#define OC_MODELS_SEGMENT_SPREAD_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"
#include "models/recipe/result.h"
#include "vision/score_map.h"

/*
 * out->ids has room for the picture; out->n_classes is what the recipe knows, and becomes the highest class found plus one where it knows
 * nothing. OC_E_MODEL when the tensor has not the recipe's form, or a class is out of range, with the place; OC_E_NOMEM, OC_E_CANCELLED.
 */
enum oc_status oc_map_spread(const struct oc_recipe *r, const struct eng_tensor *output, const struct oc_grid_place *place,
                             struct oc_label_map *out, struct oc_err *err) OC_MUST_CHECK;

#endif

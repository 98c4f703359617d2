/* A network's inputs as tensors: the picture in the numbers that it wants, and what it wants beside. Private to models/. */
#ifndef OC_MODELS_RUN_INPUT_TENSORS_H
#define OC_MODELS_RUN_INPUT_TENSORS_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"

union oc_pair {
    float f32[2];
    int32_t i32[2];
    int64_t i64[2];
};

/* What lives as long as the tensors. */
struct oc_input_tensors {
    struct eng_tensor tensors[1 + OC_MOST_EXTRAS]; /* in the order of the model's inputs */
    union oc_pair pairs[OC_MOST_EXTRAS];
    void *picture, *mask; /* owned; NULL when there is none */
    int pictures;         /* to be set: 1, or more for a network that takes several and nothing beside them */
};

/*
 * pixels: the pictures as float32, width * height * 3 numbers each, borrowed as long as the feed is used. The model may have fewer inputs
 * than the file: those that the wanted outputs need. OC_E_MODEL for inputs that are not offered, OC_E_NOMEM. To be deinitialised in any
 * case.
 */
enum oc_status oc_input_tensors_make(const struct oc_input_recipe *in, const struct eng_model *m, const struct oc_fit_map *map,
                                     float *pixels, struct oc_input_tensors *feed, struct oc_err *err) OC_MUST_CHECK;
void oc_input_tensors_deinit(struct oc_input_tensors *f);

#endif

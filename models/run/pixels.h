/* A picture as an embedding network sees it: cut, as 8-bit pixels, and as the numbers of its input. */
#ifndef OC_MODELS_RUN_PIXELS_H
#define OC_MODELS_RUN_PIXELS_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"
#include "vision/image.h"

/*
 * The picture (RGB) resized and cut to the network's size, still RGB, 8 bits: bit for bit what Pillow and the transforms of the
 * recipe's rounding give before they normalise. *out is owned by the caller. OC_E_NOMEM.
 */
enum oc_status oc_embed_cut(const struct oc_recipe *r, const struct oc_image *im, struct oc_image *out, struct oc_err *err) OC_MUST_CHECK;

/* Bytes of one picture in an input of this type. */
size_t oc_embed_picture_bytes(const struct oc_recipe *r, enum eng_dtype dtype);
/*
 * A cut picture as one picture of the input: float32 or float16 normalised, uint8 as it is; in the recipe's layout; one channel
 * is Pillow's "L". scratch: oc_embed_picture_bytes of float32 (used for float16 only, may be NULL otherwise).
 */
void oc_embed_write(const struct oc_recipe *r, const struct oc_image *cut, enum eng_dtype dtype, void *dst, float *scratch);

#endif

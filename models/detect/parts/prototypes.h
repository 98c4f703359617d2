/*
 * Masks as weighted sums of prototypes (YOLACT, YOLOv5-seg, YOLOv8-seg): an output [1, n, height, width] of n planes over the whole input,
 * and in each row of the head n coefficients; a pixel is the object's where the sum is above 0.
 */
#ifndef OC_MODELS_DETECT_PARTS_PROTOTYPES_H
#define OC_MODELS_DETECT_PARTS_PROTOTYPES_H

#include "models/recipe/family.h"

/* Which output of a file has that form for the recipe's input (a quarter of its sides, or another part); -1: none. *n: planes. */
int oc_facts_prototypes(const struct eng_facts *f, const struct oc_recipe *r, int64_t *n);
/*
 * The mask of a candidate from decode.mask_numbers coefficients that lie `step` floats apart; only what its box covers is worked out.
 * For oc_family.mask.
 */
enum oc_status oc_prototypes_mask(const struct oc_head *head, int role, const float *coefficients, size_t step,
                                  const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err) OC_MUST_CHECK;

#endif

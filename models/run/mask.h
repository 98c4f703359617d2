/*
 * Masks of single objects: from a coarse grid of scores to the picture's pixels, as run lengths. Nothing as large as the picture is
 * made on the way: a column of pixels is looked at only where the grid's values change sides of the threshold.
 */
#ifndef OC_MODELS_RUN_MASK_H
#define OC_MODELS_RUN_MASK_H

#include "models/recipe/family.h"

/*
 * The pixels of `box` (picture pixels, within it: from ceil(x1) to before x2, as Ultralytics' crop_mask has it) whose score is above the
 * grid's threshold. Scores are enlarged bilinearly, the grid's pixels having areas (align_corners=False), in one step from the grid to
 * the picture. OC_E_NOMEM.
 */
enum oc_status oc_mask_from_grid(const struct oc_mask_grid *grid, const struct oc_fit_map *map, const struct oc_box *box,
                                 struct oc_mask *out, struct oc_err *err) OC_MUST_CHECK;
/* The runs of the whole picture, into which the mask's rectangle must fit; owned by the caller. OC_E_NOMEM. */
enum oc_status oc_mask_whole(const struct oc_mask *m, int width, int height, struct oc_rle *out, struct oc_err *err) OC_MUST_CHECK;
/* How many pixels are the object's. */
uint64_t oc_mask_pixels(const struct oc_mask *m);
/* 0 or 1 for each pixel of the rectangle, row by row; bits: width * height bytes. */
void oc_mask_bits(const struct oc_mask *m, uint8_t *bits);
/* Room for n floats in grid->own. OC_E_NOMEM. */
enum oc_status oc_mask_grid_room(struct oc_mask_grid *grid, size_t n, struct oc_err *err) OC_MUST_CHECK;

#endif

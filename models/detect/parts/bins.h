/*
 * Heads whose cells say how far away each side of a box is, as a distribution over bins (Generalized Focal Loss, arXiv 2006.04388):
 * NanoDet, PicoDet, YOLOv8's raw head.
 */
#ifndef OC_MODELS_DETECT_PARTS_BINS_H
#define OC_MODELS_DETECT_PARTS_BINS_H

#include "models/recipe/family.h"

/* One level: number k of cell i is at i * row + k * step. Borrowed. */
struct oc_bins_level {
    const float *scores, *bins;
    size_t score_row, score_step;
    size_t bin_row, bin_step;
    int columns, rows;
    float stride_x, stride_y; /* network pixels a cell */
    int first_index;          /* of cell 0 in the head */
};

/*
 * Adds each cell whose best wanted class scores the threshold or more. A cell's point is (x + decode.cell_offset) * stride; a side's
 * distance from it the expectation over decode.bins bins, in strides, in the order left, top, right, bottom.
 */
enum oc_status oc_bins_decode(const struct oc_head *head, const struct oc_bins_level *level, struct oc_candidates *out,
                              struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * From what a segmentation network puts out, on its own coarse grid, to a class for each pixel of the picture. Grid pixels have areas, not
 * points: pixel i of n covers i/n..(i+1)/n of the side, so its centre is at i + 0.5 (PyTorch's interpolate with align_corners=False,
 * OpenCV's INTER_LINEAR).
 */
#ifndef OC_VISION_SCORE_MAP_H
#define OC_VISION_SCORE_MAP_H

#include "vision/letterbox.h"

/* How the grid came to lie over the picture, and who may stop the work. */
struct oc_grid_place {
    int network_width, network_height; /* the network's input: the grid covers it whole */
    const struct oc_fit_map *fit;      /* where the picture lies in that; borrowed */
    int width, height;                 /* of the picture */
    bool (*cancelled)(void *arg);      /* asked every few rows; NULL: never */
    void *cancel_arg;
};

struct oc_score_grid {
    const float *scores; /* borrowed */
    int width, height, classes;
    bool channels_last; /* scores[y][x][class] instead of scores[class][y][x] */
    float threshold;    /* with one class: from this score on a pixel is 1, else 0 */
};

/*
 * The best class of each pixel, row by row into ids (width * height, borrowed); the lower one of two that are equal. Scores are enlarged
 * bilinearly to the network's input, the padding cut off, and enlarged (or reduced) bilinearly again to the picture: what a program
 * does that interpolates logits before argmax. A score that is not a number never wins. OC_E_INVALID without pixels or with more than
 * 65536 classes, OC_E_NOMEM, OC_E_CANCELLED.
 */
enum oc_status oc_score_grid_to_ids(const struct oc_score_grid *grid, const struct oc_grid_place *place, uint16_t *ids,
                                    struct oc_err *err) OC_MUST_CHECK;
/* The same for a grid that holds classes already (width * height, row by row): the pixel of the grid that each pixel's centre falls on. */
enum oc_status oc_id_grid_to_ids(const uint16_t *grid, int grid_width, int grid_height, const struct oc_grid_place *place, uint16_t *ids,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

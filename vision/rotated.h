/*
 * Boxes that are turned about their centre. Continuous pixels, y downwards; a positive angle turns clockwise as seen in the picture.
 */
#ifndef OC_VISION_ROTATED_H
#define OC_VISION_ROTATED_H

#include "vision/nms.h"

struct oc_rotated {
    float x, y;          /* centre */
    float width, height; /* along its own axes */
    float angle;         /* radians */
};

/* The corners in turn: what is left and upper, right and upper, right and lower, left and lower before it is turned. */
void oc_rotated_corners(const struct oc_rotated *r, float corners[4][2]);
/* The upright box that it spans. */
struct oc_box oc_rotated_bounds(const struct oc_rotated *r);
/*
 * ProbIoU of two turned boxes as Gaussians, 1 - Hellinger distance (arXiv 2106.06072, eq. 7 to 10), 0..1: 1 when they are equal. What
 * Ultralytics suppresses oriented boxes by; smoother than the overlap of the polygons, and a little higher. NaN and empty boxes give 0.
 */
float oc_rotated_probiou(const struct oc_rotated *p, const struct oc_rotated *q);

#endif

/*
 * Borders of classes, for Boundary IoU (Cheng, Girshick, Dollar, Berg, Kirillov, arXiv 2103.16562): of each class only the pixels that lie
 * within a distance of its border are compared. As the authors' program has it (bowenc0221/boundary-iou-api, mask_to_boundary): a pixel is
 * within, when the square of 2 d + 1 pixels around it is not wholly of its class, and what lies beyond the picture is of none; d is 2 % of
 * the diagonal, rounded half to even, at least 1.
 */
#ifndef OC_METRICS_BOUNDARY_H
#define OC_METRICS_BOUNDARY_H

#include <stdint.h>
#include "base/err.h"
#include "base/mem.h"

/* d for a picture and a share of its diagonal; at least 1. */
int oc_boundary_distance(int width, int height, double ratio);
/*
 * near[i] becomes 1 where pixel i of a map (row by row) is within `distance` of the border of its class, else 0. near: width * height,
 * borrowed. OC_E_NOMEM.
 */
enum oc_status oc_boundary_find(const uint16_t *ids, int width, int height, int distance, uint8_t *near, struct oc_err *err) OC_MUST_CHECK;

#endif

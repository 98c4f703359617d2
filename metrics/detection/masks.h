/* Comparing masks run by run. Private to metrics/. */
#ifndef OC_METRICS_MASKS_H
#define OC_METRICS_MASKS_H

#include "metrics/detection.h"

/* Intersection over union, over the found one's area when the true one is a crowd; 0 for sizes that differ and for two empty ones. */
double oc_object_mask_iou(const struct oc_object_mask *found, const struct oc_object_mask *truth, bool crowd);

#endif

/* The linear resize into memory that somebody else laid out (letterboxing writes into the middle of a larger picture). */
#ifndef OC_VISION_RESIZE_LINEAR_H
#define OC_VISION_RESIZE_LINEAR_H

#include "vision/resize.h"

/* As oc_resize_linear, into width x height pixels at dst whose rows are `stride` bytes apart. OC_E_NOMEM. */
enum oc_status oc_resize_linear_into(const struct oc_image *src, int width, int height, uint8_t *dst, size_t stride,
                                     struct oc_err *err) OC_MUST_CHECK;

#endif

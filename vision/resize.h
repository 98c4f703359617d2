/*
 * Two ways to resize, each equal to the library that models were trained with (recipes: Pillow for the CLIP
 * family, OpenCV's INTER_LINEAR for detectors).
 */
#ifndef OC_VISION_RESIZE_H
#define OC_VISION_RESIZE_H

#include "vision/image.h"

enum oc_filter { OC_FILTER_NEAREST, OC_FILTER_BOX, OC_FILTER_BILINEAR, OC_FILTER_HAMMING, OC_FILTER_BICUBIC, OC_FILTER_LANCZOS };

/* Pillow's Image.resize((width, height), filter), bit for bit. *out is made here; src and *out may not be the same. */
enum oc_status oc_resize_pillow(const struct oc_image *src, int width, int height, enum oc_filter filter, struct oc_image *out,
                                struct oc_err *err) OC_MUST_CHECK;
/* A rectangle of the resized picture, inside it. */
struct oc_resize_window {
    int x, y, width, height;
};
/*
 * The same as resizing to width x height and cutting the window out, but only the window is computed: the whole may be larger than
 * any picture can be (width and height up to INT_MAX / 2), as when the short side of a very long one becomes the network's.
 */
enum oc_status oc_resize_pillow_window(const struct oc_image *src, int width, int height, enum oc_filter filter,
                                       const struct oc_resize_window *window, struct oc_image *out, struct oc_err *err) OC_MUST_CHECK;
/* OpenCV's resize(..., INTER_LINEAR) on 8 bits: within one level of it. */
enum oc_status oc_resize_linear(const struct oc_image *src, int width, int height, struct oc_image *out, struct oc_err *err) OC_MUST_CHECK;

#endif

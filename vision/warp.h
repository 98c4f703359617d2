/*
 * Similarity transforms (rotation, uniform scale, shift) fitted to points, and warping by them: face alignment.
 */
#ifndef OC_VISION_WARP_H
#define OC_VISION_WARP_H

#include "vision/image.h"

/* x' = a*x - b*y + tx, y' = b*x + a*y + ty */
struct oc_similarity {
    double a, b, tx, ty;
};

/* ArcFace's five points in a 112x112 crop: image-left eye, image-right eye, nose, image-left and image-right mouth corner (insightface
 * face_align.py). */
extern const float oc_face_template_112[5][2];

/* Least squares (Umeyama without reflection) from `from` to `to`, n points of (x, y). OC_E_INVALID when the points coincide or are not
 * finite. */
enum oc_status oc_similarity_fit(const float (*from)[2], const float (*to)[2], size_t n, struct oc_similarity *out,
                                 struct oc_err *err) OC_MUST_CHECK;
/* dst(p) = src(M^-1 p), bilinear, 0 outside, as cv2.warpAffine within 2 levels. */
enum oc_status oc_warp_similarity(const struct oc_image *src, const struct oc_similarity *m, int width, int height, struct oc_image *out,
                                  struct oc_err *err) OC_MUST_CHECK;

#endif

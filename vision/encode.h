/*
 * Pixels to bytes: JPEG and PNG of grey (1 channel) or RGB (3 channels) pictures. No metadata is written: no EXIF, no colour profile.
 */
#ifndef OC_VISION_ENCODE_H
#define OC_VISION_ENCODE_H

#include "base/buf.h"
#include "vision/image.h"

/* Asked between rows; NULL: never. A large PNG takes seconds. */
struct oc_encode_stop {
    bool (*cancelled)(void *arg);
    void *arg;
};

/*
 * Appends to out, which on an error is left as long as it was. stop may be NULL.
 * JPEG: libjpeg-turbo, baseline, quality 90, no chroma subsampling (4:4:4): thin coloured lines and small text stay sharp.
 * PNG: lossless; zlib level 3, Sub filter: two to five times as fast as libpng's defaults, for photos 1 to 30 % larger.
 * OC_E_BODY_TOO_LARGE past out's ceiling, without a message: whoever set it knows what it means; OC_E_NOMEM; OC_E_CANCELLED;
 * OC_E_INVALID for an empty picture or other channels.
 */
enum oc_status oc_encode_jpeg(const struct oc_image *im, const struct oc_encode_stop *stop, struct oc_buf *out,
                              struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_encode_png(const struct oc_image *im, const struct oc_encode_stop *stop, struct oc_buf *out,
                             struct oc_err *err) OC_MUST_CHECK;

#endif

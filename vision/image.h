/*
 * A decoded picture: 8-bit, interleaved, RGB (3 channels) or grey (1). Rows follow each other without padding.
 */
#ifndef OC_VISION_IMAGE_H
#define OC_VISION_IMAGE_H

#include <stdint.h>
#include "base/err.h"
#include "base/mem.h"

struct oc_image {
    int width, height, channels;
    uint8_t *data; /* owned, oc_mem (OC_MEM_PIXEL); NULL = empty */
};

/* Pixels undefined. OC_E_NOMEM; OC_E_IMAGE_TOO_LARGE past LIM_SIDE. */
enum oc_status oc_image_new(struct oc_image *im, int width, int height, int channels, struct oc_err *err) OC_MUST_CHECK;
void oc_image_deinit(struct oc_image *im); /* an empty one is fine */

#endif

/* Shared by the picture fuzz targets: one decode of one format, and what must hold after it. */
#ifndef OC_TESTS_DECODE_FUZZ_H
#define OC_TESTS_DECODE_FUZZ_H

#include "vision/decode.h"

#define FUZZ_PIXELS (200 * 200)

static inline void fuzz_require(bool ok)
{
    if (!ok)
        abort();
}

static inline int fuzz_decode(enum oc_image_format format, const uint8_t *data, size_t size)
{
    const struct oc_decode_options opt = {.max_pixels = FUZZ_PIXELS};
    struct oc_image im;
    struct oc_image_info info;
    struct oc_err err = {0};
    if (oc_image_sniff(data, size) != format)
        return 0;
    enum oc_status st = oc_decode(data, size, &opt, &im, &info, &err);
    if (st) {
        fuzz_require(!im.data && err.code == st && err.msg[0]);
        fuzz_require(st == OC_E_IMAGE || st == OC_E_IMAGE_TOO_LARGE || st == OC_E_NOMEM || st == OC_E_MEDIA /* library not there */);
    } else {
        fuzz_require(im.width > 0 && im.height > 0 && (int64_t)im.width * im.height <= FUZZ_PIXELS && info.format == format);
        fuzz_require(info.orientation >= 1 && info.orientation <= 8);
        volatile uint8_t sink = 0;
        for (size_t i = 0; i < (size_t)im.width * (size_t)im.height * 3; i++)
            sink = (uint8_t)(sink + im.data[i]); /* every pixel was written */
    }
    oc_image_deinit(&im);
    fuzz_require(oc_mem_blocks() == 0 && oc_mem_total() == 0);
    return 0;
}

#endif

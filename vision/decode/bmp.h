/* Inside the BMP reader: what its header says, and the run-length part. */
#ifndef OC_VISION_DECODE_BMP_H
#define OC_VISION_DECODE_BMP_H

#include "vision/decode/format.h"

enum oc_bmp_compression { OC_BMP_RAW = 0, OC_BMP_RLE8 = 1, OC_BMP_RLE4 = 2, OC_BMP_BITFIELDS = 3 };

/* How one pixel of 16, 24 or 32 bits is laid out: shift and greatest value of red, green, blue. */
struct oc_bmp_layout {
    unsigned shift[3], most[3];
};

struct oc_bmp {
    uint32_t width, height, bits, compression;
    bool top_down;
    size_t data;             /* offset of the pixels */
    uint8_t palette[256][3]; /* red, green, blue; grey levels past the file's own entries */
    struct oc_bmp_layout layout;
};

/*
 * Unpacks run-length data into width x height palette indices, zeroed by the caller, in the file's row order. OC_E_IMAGE when the data
 * ends before the picture does.
 */
enum oc_status oc_bmp_unpack_runs(const struct oc_bmp *bmp, const uint8_t *p, size_t n, uint8_t *indices, struct oc_err *err) OC_MUST_CHECK;

#endif

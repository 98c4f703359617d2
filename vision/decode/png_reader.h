/*
 * libpng set up to read from memory, its own memory counted and bounded through our allocator, every checksum checked, every ancillary
 * chunk it does not need thrown away. Its errors jump: each function that calls libpng sets its own target first. Private to
 * vision/decode/.
 */
#ifndef OC_VISION_PNG_READER_H
#define OC_VISION_PNG_READER_H

#include <png.h>
#include "vision/decode/format.h"

struct oc_png_reader {
    const uint8_t *bytes; /* borrowed */
    size_t n, at;         /* at: next byte for libpng */
    struct oc_err *err;
    bool nomem;
    bool all_rows; /* set by the caller: what is missing from here on is no loss */
    bool cut;      /* the file ended too early */
    png_structp png;
    png_infop info;
    png_bytep *rows; /* owned */
};

#define OC_PNG_SIGNATURE 8
#define OC_PNG_CHUNK_FRAME 12 /* length, name, checksum */

/* Size from the bytes, before libpng allocates anything. */
enum oc_status oc_png_size(const struct oc_decode_job *job, uint32_t *width, uint32_t *height) OC_MUST_CHECK;
/* A reader at the file's start; to be ended in any case. OC_E_NOMEM. */
enum oc_status oc_png_begin(struct oc_png_reader *r, const struct oc_decode_job *job) OC_MUST_CHECK;
void oc_png_end(struct oc_png_reader *r);
/* Row pointers into `pixels`, `stride` bytes apart. OC_E_NOMEM. */
enum oc_status oc_png_rows(struct oc_png_reader *r, uint8_t *pixels, size_t height, size_t stride) OC_MUST_CHECK;
/* Where a file says how it is turned: 1..8; 1 when it does not. */
int oc_png_orientation(const uint8_t *p, size_t n);
/* What a jump means: OC_E_NOMEM or OC_E_IMAGE, the message is written; OC_OK when nothing but the file's end was missing. */
static inline enum oc_status oc_png_failed(const struct oc_png_reader *r)
{
    if (r->all_rows && r->cut)
        return OC_OK;
    return r->nomem ? OC_E_NOMEM : OC_E_IMAGE;
}
/* Four bytes, most significant first. */
static inline uint32_t oc_png_read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#endif

/*
 * Windows and OS/2 bitmaps, read by hand: core, info, V4 and V5 headers; 1, 4, 8, 16, 24 and 32 bits; run lengths;
 * the bit-field layouts that Pillow knows; rows upwards or downwards. Embedded JPEG and PNG, and other bit fields, are
 * refused. Every offset is checked against the file before it is used.
 */
#include "vision/decode/bmp.h"
#include <string.h>

#define FILE_HEADER 14

static uint32_t read16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t read32(const uint8_t *p)
{
    return read16(p) | read16(p + 2) << 16;
}

static enum oc_status truncated(const struct oc_decode_job *job, const char *where)
{
    return oc_err_set(job->err, OC_E_IMAGE, "the BMP is truncated: it ends after %zu bytes, in its %s", job->n, where);
}

/* Bit masks -> layout, for the masks that occur; false = others. */
static bool known_layout(uint32_t bits, const uint32_t mask[3], struct oc_bmp_layout *out)
{
    static const struct {
        uint32_t bits, mask[3];
        struct oc_bmp_layout layout;
    } known[] = {
        {32, {0xFF0000, 0xFF00, 0xFF}, {{16, 8, 0}, {255, 255, 255}}}, {32, {0xFF000000, 0xFF0000, 0xFF00}, {{24, 16, 8}, {255, 255, 255}}},
        {32, {0xFF, 0xFF00, 0xFF0000}, {{0, 8, 16}, {255, 255, 255}}}, {32, {0, 0, 0}, {{16, 8, 0}, {255, 255, 255}}},
        {24, {0xFF0000, 0xFF00, 0xFF}, {{16, 8, 0}, {255, 255, 255}}}, {16, {0xF800, 0x7E0, 0x1F}, {{11, 5, 0}, {31, 63, 31}}},
        {16, {0x7C00, 0x3E0, 0x1F}, {{10, 5, 0}, {31, 31, 31}}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(known); i++)
        if (known[i].bits == bits && !memcmp(known[i].mask, mask, sizeof known[i].mask)) {
            *out = known[i].layout;
            return true;
        }
    return false;
}

/* Sets the layout of direct-colour pixels; *after: where the header with its masks ends. */
static enum oc_status read_layout(const struct oc_decode_job *job, struct oc_bmp *bmp, size_t *after)
{
    uint32_t mask[3] = {0xFF0000, 0xFF00, 0xFF};
    if (bmp->bits == 16) {
        mask[0] = 0x7C00;
        mask[1] = 0x3E0;
        mask[2] = 0x1F;
    }
    if (bmp->compression == OC_BMP_BITFIELDS) {
        size_t at = FILE_HEADER + 40; /* after a 40-byte header, or inside a longer one: the same place */
        if (job->n < at + 12)
            return truncated(job, "bit masks");
        for (int i = 0; i < 3; i++)
            mask[i] = read32(job->bytes + at + 4 * (size_t)i);
        if (*after < at + 12)
            *after = at + 12;
    }
    if (!known_layout(bmp->bits, mask, &bmp->layout))
        return oc_err_set(job->err, OC_E_IMAGE, "a BMP of %u bits with bit masks %08x %08x %08x is not supported", bmp->bits, mask[0],
                          mask[1], mask[2]);
    return OC_OK;
}

/* entry: 3 or 4 bytes each, blue first. */
static enum oc_status read_palette(const struct oc_decode_job *job, struct oc_bmp *bmp, uint32_t colours, size_t entry, size_t *after)
{
    if (colours == 0)
        colours = 1u << bmp->bits;
    if (colours > 256)
        return oc_err_set(job->err, OC_E_IMAGE, "broken BMP: a palette of %u colours for %u bits", colours, bmp->bits);
    if (job->n - *after < colours * entry)
        return truncated(job, "palette");
    for (uint32_t i = 0; i < 256; i++) {
        const uint8_t *p = job->bytes + *after + i * entry;
        for (int c = 0; c < 3; c++)
            bmp->palette[i][c] = i < colours ? p[2 - c] : (uint8_t)i;
    }
    if (bmp->data == *after) /* some writers forget their palette when they state where the pixels start */
        bmp->data += colours * entry;
    *after += colours * entry;
    return OC_OK;
}

static enum oc_status check_kind(const struct oc_decode_job *job, const struct oc_bmp *bmp)
{
    bool paletted = bmp->bits == 1 || bmp->bits == 4 || bmp->bits == 8, direct = bmp->bits == 16 || bmp->bits == 24 || bmp->bits == 32;
    bool ok = bmp->compression == OC_BMP_RAW    ? paletted || direct
              : bmp->compression == OC_BMP_RLE8 ? bmp->bits == 8
              : bmp->compression == OC_BMP_RLE4 ? bmp->bits == 4
                                                : bmp->compression == OC_BMP_BITFIELDS && direct;
    if (!ok)
        return oc_err_set(job->err, OC_E_IMAGE, "a BMP of %u bits with compression %u is not supported", bmp->bits, bmp->compression);
    return OC_OK;
}

static enum oc_status read_header(const struct oc_decode_job *job, struct oc_bmp *bmp)
{
    const uint8_t *p = job->bytes;
    if (job->n < FILE_HEADER + 12)
        return truncated(job, "header");
    uint32_t size = read32(p + FILE_HEADER), colours = 0;
    bmp->data = read32(p + 10);
    if (size != 12 && size != 40 && size != 52 && size != 56 && size != 64 && size != 108 && size != 124)
        return oc_err_set(job->err, OC_E_IMAGE, "a BMP header of %u bytes is not known", size);
    size_t after = FILE_HEADER + size;
    if (job->n < after)
        return truncated(job, "header");
    if (size == 12) {
        bmp->width = read16(p + 18);
        bmp->height = read16(p + 20);
        bmp->bits = read16(p + 24);
    } else {
        uint32_t height = read32(p + 22);
        bmp->top_down = height >> 31;
        bmp->width = read32(p + 18);
        bmp->height = bmp->top_down ? 0u - height : height;
        bmp->bits = read16(p + 28);
        bmp->compression = read32(p + 30);
        colours = read32(p + 46);
    }
    enum oc_status st = oc_check_size(job, bmp->width, bmp->height);
    if (!st)
        st = check_kind(job, bmp);
    if (!st)
        st = bmp->bits <= 8 ? read_palette(job, bmp, colours, size == 12 ? 3 : 4, &after) : read_layout(job, bmp, &after);
    if (!st && bmp->data == 0)
        bmp->data = after;
    return st;
}

static void paletted_row(const struct oc_bmp *bmp, const uint8_t *row, uint8_t *to)
{
    uint32_t per_byte = 8 / bmp->bits, mask = (1u << bmp->bits) - 1;
    for (uint32_t x = 0; x < bmp->width; x++, to += 3)
        memcpy(to, bmp->palette[row[x / per_byte] >> ((per_byte - 1 - x % per_byte) * bmp->bits) & mask], 3);
}

static void direct_row(const struct oc_bmp *bmp, const uint8_t *row, uint8_t *to)
{
    const struct oc_bmp_layout *l = &bmp->layout;
    uint32_t bytes = bmp->bits / 8;
    for (uint32_t x = 0; x < bmp->width; x++, row += bytes, to += 3) {
        uint32_t v = read16(row);
        v |= bytes > 2 ? (uint32_t)row[2] << 16 : 0;
        v |= bytes > 3 ? (uint32_t)row[3] << 24 : 0;
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((v >> l->shift[c] & l->most[c]) * 255 / l->most[c]);
    }
}

static uint8_t *output_row(const struct oc_bmp *bmp, struct oc_image *out, uint32_t y)
{
    return out->data + (size_t)(bmp->top_down ? y : bmp->height - 1 - y) * bmp->width * 3;
}

static enum oc_status read_rows(const struct oc_decode_job *job, const struct oc_bmp *bmp)
{
    size_t used = ((size_t)bmp->width * bmp->bits + 7) / 8, stride = (used + 3) & ~(size_t)3; /* the last row needs no padding */
    if (bmp->data > job->n || job->n - bmp->data < stride * (bmp->height - 1) + used)
        return truncated(job, "pixels");
    enum oc_status st = oc_image_new(job->out, (int)bmp->width, (int)bmp->height, 3, job->err);
    for (uint32_t y = 0; !st && y < bmp->height; y++) {
        const uint8_t *row = job->bytes + bmp->data + y * stride;
        if (bmp->bits <= 8)
            paletted_row(bmp, row, output_row(bmp, job->out, y));
        else
            direct_row(bmp, row, output_row(bmp, job->out, y));
    }
    return st;
}

static enum oc_status read_runs(const struct oc_decode_job *job, const struct oc_bmp *bmp)
{
    if (bmp->data > job->n)
        return truncated(job, "pixels");
    size_t n = (size_t)bmp->width * bmp->height;
    uint8_t *indices = oc_mem_zero(OC_MEM_PIXEL, n);
    if (!indices)
        return oc_err_nomem(job->err, "BMP indices", n);
    enum oc_status st = oc_bmp_unpack_runs(bmp, job->bytes + bmp->data, job->n - bmp->data, indices, job->err);
    if (!st)
        st = oc_image_new(job->out, (int)bmp->width, (int)bmp->height, 3, job->err);
    for (uint32_t y = 0; !st && y < bmp->height; y++) {
        uint8_t *to = output_row(bmp, job->out, y);
        for (uint32_t x = 0; x < bmp->width; x++)
            memcpy(to + (size_t)x * 3, bmp->palette[indices[(size_t)y * bmp->width + x]], 3);
    }
    oc_mem_free(indices);
    return st;
}

enum oc_status oc_decode_bmp(struct oc_decode_job *job)
{
    struct oc_bmp bmp = {0};
    enum oc_status st = read_header(job, &bmp);
    if (st)
        return st;
    bool runs = bmp.compression == OC_BMP_RLE8 || bmp.compression == OC_BMP_RLE4;
    return runs ? read_runs(job, &bmp) : read_rows(job, &bmp);
}

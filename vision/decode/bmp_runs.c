/*
 * Run-length BMP data (RLE8, RLE4): encoded runs are cut at the row's end as Pillow cuts them; pixels that are skipped
 * have index 0. A position past the picture is not written.
 */
#include "vision/decode/bmp.h"

struct runs {
    const uint8_t *p;
    size_t n, at;
    size_t width, total, pixel; /* pixel: the next one, in reading order */
    uint8_t *indices;
    bool nibbles;
};

static void put(struct runs *r, unsigned index)
{
    if (r->pixel < r->total)
        r->indices[r->pixel] = (uint8_t)index;
    r->pixel++;
}

static unsigned nibble(uint8_t byte, unsigned i)
{
    return i & 1 ? byte & 15u : byte >> 4;
}

static void encoded_run(struct runs *r, unsigned count, uint8_t value)
{
    size_t left = r->width - r->pixel % r->width;
    for (unsigned i = 0; i < count && i < left; i++)
        put(r, r->nibbles ? nibble(value, i) : value);
}

/* Literal pixels, padded to a whole number of 16-bit words. false = the data ends first. */
static bool literal_run(struct runs *r, unsigned count)
{
    size_t bytes = r->nibbles ? (count + 1) / 2 : count, padded = (bytes + 1) & ~(size_t)1;
    if (r->n - r->at < bytes)
        return false;
    for (unsigned i = 0; i < count; i++)
        put(r, r->nibbles ? nibble(r->p[r->at + i / 2], i) : r->p[r->at + i]);
    r->at += r->n - r->at < padded ? bytes : padded;
    return true;
}

/* After a zero byte. false = the data ends first; *end = the picture is declared complete. */
static bool escape(struct runs *r, unsigned code, bool *end)
{
    if (code == 0) { /* end of row; at a row's start, after a full row, it changes nothing */
        r->pixel = (r->pixel + r->width - 1) / r->width * r->width;
        return true;
    }
    if (code == 1) {
        *end = true;
        return true;
    }
    if (code > 2)
        return literal_run(r, code);
    if (r->n - r->at < 2)
        return false;
    r->pixel += r->p[r->at] + r->p[r->at + 1] * r->width; /* right, then rows on */
    r->at += 2;
    return true;
}

enum oc_status oc_bmp_unpack_runs(const struct oc_bmp *bmp, const uint8_t *p, size_t n, uint8_t *indices, struct oc_err *err)
{
    struct runs r = {.p = p, .n = n, .width = bmp->width, .indices = indices, .nibbles = bmp->compression == OC_BMP_RLE4};
    r.total = (size_t)bmp->width * bmp->height;
    bool end = false;
    while (!end && r.pixel < r.total) {
        bool ok = r.n - r.at >= 2;
        if (ok) {
            unsigned count = p[r.at], value = p[r.at + 1];
            r.at += 2;
            if (count)
                encoded_run(&r, count, (uint8_t)value);
            else
                ok = escape(&r, value, &end);
        }
        if (!ok)
            return oc_err_set(err, OC_E_IMAGE, "the BMP is truncated: its runs end after %zu of %zu pixels", r.pixel, r.total);
    }
    return OC_OK;
}

/*
 * Turning a decoded picture upright. Flips and the half turn work in place; quarter turns and transpositions go through
 * small square blocks, so that both the reading and the writing side stay in the cache.
 */
#include "vision/decode/format.h"
#include <string.h>

#define BLOCK 32 /* pixels; 32 rows of 96 bytes on each side */

struct rgb {
    uint8_t c[3];
};

static void mirror_rows(struct oc_image *im)
{
    for (int y = 0; y < im->height; y++) {
        struct rgb *row = (struct rgb *)(void *)im->data + (size_t)y * (size_t)im->width;
        for (int i = 0, j = im->width - 1; i < j; i++, j--) {
            struct rgb t = row[i];
            row[i] = row[j];
            row[j] = t;
        }
    }
}

static void swap_rows(struct oc_image *im)
{
    struct rgb *pixels = (struct rgb *)(void *)im->data;
    size_t width = (size_t)im->width;
    for (int i = 0, j = im->height - 1; i < j; i++, j--) {
        struct rgb *a = pixels + (size_t)i * width, *b = pixels + (size_t)j * width;
        for (size_t x = 0; x < width; x++) {
            struct rgb t = a[x];
            a[x] = b[x];
            b[x] = t;
        }
    }
}

/* One block of the turned picture: its pixel (x, y) is from[start + x * step_x + y * step_y]. */
static void copy_block(const struct rgb *from, ptrdiff_t step_x, ptrdiff_t step_y, struct rgb *to, size_t to_row, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            to[(size_t)y * to_row + (size_t)x] = from[x * step_x + y * step_y];
}

/* Orientations 5 to 8: rows become columns. */
static enum oc_status turn_quarter(struct oc_image *im, int orientation, struct oc_err *err)
{
    struct oc_image turned;
    enum oc_status st = oc_image_new(&turned, im->height, im->width, 3, err);
    if (st)
        return st;
    const struct rgb *from = (const struct rgb *)(const void *)im->data;
    struct rgb *to = (struct rgb *)(void *)turned.data;
    ptrdiff_t w = im->width, h = im->height;
    bool up = orientation == 6 || orientation == 7, left = orientation == 7 || orientation == 8; /* read from the last row; last column */
    ptrdiff_t start = (up ? (h - 1) * w : 0) + (left ? w - 1 : 0), step_x = up ? -w : w, step_y = left ? -1 : 1;
    for (int y = 0; y < turned.height; y += BLOCK)
        for (int x = 0; x < turned.width; x += BLOCK)
            copy_block(from + start + x * step_x + y * step_y, step_x, step_y, to + (size_t)y * (size_t)turned.width + (size_t)x,
                       (size_t)turned.width, turned.width - x < BLOCK ? turned.width - x : BLOCK,
                       turned.height - y < BLOCK ? turned.height - y : BLOCK);
    oc_image_deinit(im);
    *im = turned;
    return OC_OK;
}

enum oc_status oc_image_turn(struct oc_image *im, int orientation, struct oc_err *err)
{
    if (orientation == 2 || orientation == 3)
        mirror_rows(im);
    if (orientation == 4 || orientation == 3)
        swap_rows(im);
    return orientation >= 5 && orientation <= 8 ? turn_quarter(im, orientation, err) : OC_OK;
}

/*
 * OpenCV's INTER_LINEAR on 8 bits (modules/imgproc/src/resize.cpp), the plain C path: pixel centres, 11 fraction bits a
 * side, no antialiasing. Each source row that is needed is stretched once; the two last ones are kept.
 */
#include "vision/resize/linear.h"
#include "vision/kernels/kernels.h"
#include <math.h>
#include <string.h>

#define BITS 11
#define ONE (1 << BITS)

static int clip(int v, int n)
{
    return v < 0 ? 0 : v >= n ? n - 1 : v;
}

/* Rows: positions are clipped at the edges, weights stay. */
static struct oc_tap tap_down(int i, double scale, int in)
{
    float f = (float)((i + 0.5) * scale - 0.5); /* single precision, as there */
    int at = (int)floorf(f);
    f -= (float)at;
    return (struct oc_tap){.at = clip(at, in), .next = clip(at + 1, in), .w0 = (int)lrintf((1.0f - f) * ONE), .w1 = (int)lrintf(f * ONE)};
}

/* Columns: at the edges the whole weight goes to the last pixel. */
static struct oc_tap tap_across(int i, double scale, int in)
{
    struct oc_tap t = tap_down(i, scale, in);
    if (t.at == t.next) {
        t.w0 = ONE;
        t.w1 = 0;
    }
    return t;
}

/* A row stretched; `inner` positions read only pixels that another one follows. Writes one number more than it should. */
static void stretch_row(const uint8_t *row, const struct oc_tap *taps, int width, int inner, int channels, int32_t *out)
{
    int x = 0;
    if (channels == 3) {
        oc_vision_kernels()->stretch_rgb(row, taps, inner, out);
        x = inner;
    }
    for (; x < width; x++)
        for (int c = 0; c < channels; c++)
            out[x * channels + c] = row[taps[x].at * channels + c] * taps[x].w0 + row[taps[x].next * channels + c] * taps[x].w1;
}

/* The stretched forms of two source rows. */
struct row_pair {
    int32_t *row[2];
    int number[2];
    const struct oc_image *src;
    const struct oc_tap *taps;
    int width, inner;
};

/* Row `number`, stretched now or already there; row `keep` stays. */
static const int32_t *stretched(struct row_pair *p, int number, int keep)
{
    for (int i = 0; i < 2; i++)
        if (p->number[i] == number)
            return p->row[i];
    int i = p->number[0] == keep ? 1 : 0;
    const uint8_t *row = p->src->data + (size_t)number * (size_t)p->src->width * (size_t)p->src->channels;
    stretch_row(row, p->taps, p->width, p->inner, p->src->channels, p->row[i]);
    p->number[i] = number;
    return p->row[i];
}

static void copy_rows(const struct oc_image *src, uint8_t *dst, size_t stride)
{
    size_t row = (size_t)src->width * (size_t)src->channels;
    for (int y = 0; y < src->height; y++)
        memcpy(dst + (size_t)y * stride, src->data + (size_t)y * row, row);
}

enum oc_status oc_resize_linear_into(const struct oc_image *src, int width, int height, uint8_t *dst, size_t stride, struct oc_err *err)
{
    if (width == src->width && height == src->height) {
        copy_rows(src, dst, stride);
        return OC_OK;
    }
    /* Sides are at most LIM_SIDE: these products are far from overflowing. */
    size_t lanes = (size_t)width * (size_t)src->channels, row = (lanes + 1) * sizeof(int32_t),
           bytes = (size_t)width * sizeof(struct oc_tap) + 2 * row;
    struct oc_tap *taps = oc_mem_alloc(OC_MEM_PIXEL, bytes);
    if (!taps)
        return oc_err_nomem(err, "resize rows", bytes);
    int32_t *rows = (int32_t *)(void *)(taps + width);
    struct row_pair pair = {.row = {rows, rows + lanes + 1}, .number = {-1, -1}, .src = src, .taps = taps, .width = width};
    double across = 1.0 / ((double)width / src->width), down = 1.0 / ((double)height / src->height); /* the reciprocal twice, as there */
    for (int x = 0; x < width; x++) {
        taps[x] = tap_across(x, across, src->width);
        pair.inner += taps[x].next < src->width - 1; /* positions only grow: these are the first ones */
    }
    for (int y = 0; y < height; y++) {
        struct oc_tap t = tap_down(y, down, src->height);
        const int32_t *above = stretched(&pair, t.at, t.next), *below = stretched(&pair, t.next, t.at);
        oc_vision_kernels()->blend_rows(above, below, t.w0, t.w1, lanes, dst + (size_t)y * stride);
    }
    oc_mem_free(taps);
    return OC_OK;
}

enum oc_status oc_resize_linear(const struct oc_image *src, int width, int height, struct oc_image *out, struct oc_err *err)
{
    enum oc_status st = oc_image_new(out, width, height, src->channels, err);
    if (!st)
        st = oc_resize_linear_into(src, width, height, out->data, (size_t)width * (size_t)src->channels, err);
    if (st)
        oc_image_deinit(out);
    return st;
}

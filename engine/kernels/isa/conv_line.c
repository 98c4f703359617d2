/*
 * A row of a convolution from planes to channels last, for the few planes of a first layer: a block of output pixels
 * times a few runs of output channels stays in registers; each tap's weights are loaded once for the block, each
 * input number is broadcast.
 */
#include "engine/kernels/isa.h"

/* Runs of channels in a block, and pixels beside them: as many accumulators as the registers hold. */
#if OC_LANES == 16
enum { PIXELS_1 = 12, PIXELS_2 = 12, PIXELS_4 = 6 };
#else
enum { PIXELS_1 = 8, PIXELS_2 = 5, PIXELS_4 = 2 };
#endif

struct line {
    const float *const *row;
    int64_t rows, kw, stride, dil;
    const float *weight, *bias;
    int64_t c_out, c_padded;
    float *y;
};

/* stride: a constant where the caller knows it, so that pixels are fixed offsets */
OC_INLINE void block(const struct line *l, int64_t ox, int64_t c, const int64_t stride, const int pixels, const int runs)
{
    oc_lanes acc[12][4];
#pragma GCC unroll 12
    for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
        for (int v = 0; v < runs; v++)
            acc[p][v] = *(const oc_lanes *)(l->bias + c + v * OC_LANES);
    const float *w = l->weight + c;
    for (int64_t r = 0; r < l->rows; r++) {
        const float *x = l->row[r] + ox * stride;
        for (int64_t k = 0; k < l->kw; k++, w += l->c_padded, x += l->dil) {
            oc_lanes wv[4];
#pragma GCC unroll 4
            for (int v = 0; v < runs; v++)
                wv[v] = *(const oc_lanes *)(w + v * OC_LANES);
#pragma GCC unroll 12
            for (int p = 0; p < pixels; p++)
#pragma GCC unroll 4
                for (int v = 0; v < runs; v++)
                    acc[p][v] += x[p * stride] * wv[v];
        }
    }
#pragma GCC unroll 12
    for (int p = 0; p < pixels; p++) {
        float *out = l->y + (ox + p) * l->c_out + c;
#pragma GCC unroll 4
        for (int v = 0; v < runs; v++) {
            int64_t left = l->c_out - c - v * OC_LANES;
            if (left > 0)
                oc_lanes_store(out + v * OC_LANES, acc[p][v], left);
        }
    }
}

OC_INLINE void along(const struct line *l, int64_t c, int64_t w_out, const int64_t stride, const int pixels, const int runs)
{
    int64_t ox = 0;
    for (; ox + pixels <= w_out; ox += pixels)
        block(l, ox, c, stride, pixels, runs);
    for (; ox < w_out; ox++)
        block(l, ox, c, stride, 1, runs);
}

OC_INLINE void across(const struct line *l, int64_t c, int64_t w_out, const int pixels, const int runs)
{
    if (l->stride == 1)
        along(l, c, w_out, 1, pixels, runs);
    else if (l->stride == 2)
        along(l, c, w_out, 2, pixels, runs);
    else
        along(l, c, w_out, l->stride, pixels, runs);
}

static void across_1(const struct line *l, int64_t c, int64_t w_out)
{
    across(l, c, w_out, PIXELS_1, 1);
}

static void across_2(const struct line *l, int64_t c, int64_t w_out)
{
    across(l, c, w_out, PIXELS_2, 2);
}

static void across_4(const struct line *l, int64_t c, int64_t w_out)
{
    across(l, c, w_out, PIXELS_4, 4);
}

void OC_ISA_NAME(eng_k_conv_line)(const float *const *row, int64_t rows, int64_t kw, int64_t stride, int64_t dil, const float *weight,
                                  const float *bias, int64_t c_out, int64_t c_padded, float *y, int64_t w_out)
{
    struct line l = {row, rows, kw, stride, dil, weight, bias, c_out, c_padded, y};
    int64_t c = 0;
    for (; c_padded - c >= 4 * OC_LANES && c_out - c > 3 * OC_LANES; c += 4 * OC_LANES)
        across_4(&l, c, w_out);
    while (c < c_out) {
        if (c_out - c > OC_LANES) {
            across_2(&l, c, w_out);
            c += 2 * OC_LANES;
        } else {
            across_1(&l, c, w_out);
            c += OC_LANES;
        }
    }
}

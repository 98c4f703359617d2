/*
 * Pooling of one channels-last image: for each output pixel, a run of channels at a time stays in registers while
 * the window's taps go by; a last run that is not full starts earlier and repeats a few channels.
 */
#include "engine/kernels/isa.h"
#include "engine/kernels/window.h"
#include <math.h>

/* What one output pixel reads: taps ky0..ky1 x kx0..kx1 from the input pixel that tap (0, 0) would be at. */
struct taps {
    const float *x;
    int64_t ky0, ky1, kx0, kx1, row_step, col_step; /* steps between taps, in floats */
};

typedef int32_t lane_bits __attribute__((vector_size(OC_LANES * 4)));

OC_INLINE void pool_lanes(const struct taps *t, int64_t c, bool max, float scale, float *y)
{
    lane_bits nan = {};
    oc_lanes acc = (oc_lanes){} + (max ? -INFINITY : 0.0f);
    for (int64_t ky = t->ky0; ky < t->ky1; ky++) {
        for (int64_t kx = t->kx0; kx < t->kx1; kx++) {
            oc_lanes v = *(const oc_lanes *)(t->x + ky * t->row_step + kx * t->col_step + c);
            if (max) {
                acc = oc_lanes_max(v, acc);
                nan |= v != v;
            } else {
                acc += v;
            }
        }
    }
    if (max)
        acc = (oc_lanes)((lane_bits)acc | nan); /* all bits set is a NaN */
    else
        acc *= scale;
    *(oc_lanes *)(y + c) = acc;
}

OC_INLINE void pool_one(const struct taps *t, int64_t c, bool max, float scale, float *y)
{
    float acc = max ? -INFINITY : 0.0f;
    for (int64_t ky = t->ky0; ky < t->ky1; ky++) {
        for (int64_t kx = t->kx0; kx < t->kx1; kx++) {
            float v = t->x[ky * t->row_step + kx * t->col_step + c];
            acc = max ? (v > acc || v != v ? v : acc) : acc + v;
        }
    }
    y[c] = max ? acc : acc * scale;
}

OC_INLINE void pool(const struct eng_window_geometry *g, bool max, bool include_pad, const float *x, float *y, int64_t row0, int64_t row1)
{
    int64_t channels = g->channels;
    struct taps t = {.row_step = g->dil_h * g->w_in * channels, .col_step = g->dil_w * channels};
    for (int64_t oy = row0; oy < row1; oy++) {
        int64_t iy = oy * g->stride_h - g->pad_top;
        oc_window_taps(iy, g->kh, g->dil_h, g->h_in, &t.ky0, &t.ky1);
        int64_t py0, py1; /* taps inside the padded picture */
        oc_window_taps(iy + g->pad_top, g->kh, g->dil_h, g->h_in + g->pad_top + g->pad_bottom, &py0, &py1);
        for (int64_t ox = 0; ox < g->w_out; ox++) {
            int64_t ix = ox * g->stride_w - g->pad_left;
            oc_window_taps(ix, g->kw, g->dil_w, g->w_in, &t.kx0, &t.kx1);
            int64_t px0, px1;
            oc_window_taps(ix + g->pad_left, g->kw, g->dil_w, g->w_in + g->pad_left + g->pad_right, &px0, &px1);
            int64_t count = include_pad ? (py1 - py0) * (px1 - px0) : (t.ky1 - t.ky0) * (t.kx1 - t.kx0);
            float scale = count > 0 ? 1.0f / (float)count : 0.0f;
            t.x = x + (iy * g->w_in + ix) * channels;
            float *out = y + (oy * g->w_out + ox) * channels;
            int64_t c = 0;
            for (; c + OC_LANES <= channels; c += OC_LANES)
                pool_lanes(&t, c, max, scale, out);
            if (c < channels && channels >= OC_LANES)
                pool_lanes(&t, channels - OC_LANES, max, scale, out);
            else
                for (; c < channels; c++)
                    pool_one(&t, c, max, scale, out);
        }
    }
}

void OC_ISA_NAME(eng_k_max_pool)(const struct eng_window_geometry *g, const float *x, float *y, int64_t row0, int64_t row1)
{
    pool(g, true, false, x, y, row0, row1);
}

void OC_ISA_NAME(eng_k_avg_pool)(const struct eng_window_geometry *g, bool include_pad, const float *x, float *y, int64_t row0,
                                 int64_t row1)
{
    pool(g, false, include_pad, x, y, row0, row1);
}

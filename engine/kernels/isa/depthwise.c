/*
 * Depthwise convolution of one channels-last image. Inside the picture, PIXELS neighbouring output pixels are
 * computed together, so that a tap's weights are loaded once for all; at the borders one pixel at a time with the
 * taps that exist. Activations run over each finished output row, which is still in the nearest cache.
 */
#include "engine/kernels/isa.h"
#include "engine/kernels/window.h"

enum { PIXELS = 4 };

struct row {
    const struct eng_window_geometry *g;
    const float *x; /* input pixel of tap (0, 0) for output column 0 */
    const float *weight, *bias;
    float *y;
    int64_t ky0, ky1;
};

/* `some`: channels in this run, OC_LANES or all there are. */
OC_INLINE oc_lanes first(const struct row *r, int64_t c, int64_t some)
{
    return r->bias ? oc_lanes_load(r->bias + c, some) : (oc_lanes){};
}

/* PIXELS output pixels from column ox on, all taps inside; kw and stride are constants where the caller knows them. */
OC_INLINE void inner_lanes(const struct row *r, int64_t ox, int64_t c, int64_t some, int64_t kw, int64_t stride, int64_t dil)
{
    const struct eng_window_geometry *g = r->g;
    int64_t n = g->channels;
    oc_lanes a0 = first(r, c, some), a1 = a0, a2 = a0, a3 = a0;
    for (int64_t ky = r->ky0; ky < r->ky1; ky++) {
        const float *in = r->x + ky * g->dil_h * g->w_in * n + ox * stride * n + c;
        const float *w = r->weight + ky * kw * n + c;
        for (int64_t kx = 0; kx < kw; kx++) {
            oc_lanes wv = oc_lanes_load(w + kx * n, some);
            const float *at = in + kx * dil * n;
            a0 += oc_lanes_load(at, some) * wv;
            a1 += oc_lanes_load(at + stride * n, some) * wv;
            a2 += oc_lanes_load(at + 2 * stride * n, some) * wv;
            a3 += oc_lanes_load(at + 3 * stride * n, some) * wv;
        }
    }
    float *out = r->y + ox * n + c;
    oc_lanes_store(out, a0, some);
    oc_lanes_store(out + n, a1, some);
    oc_lanes_store(out + 2 * n, a2, some);
    oc_lanes_store(out + 3 * n, a3, some);
}

OC_INLINE void border_lanes(const struct row *r, int64_t ox, int64_t c, int64_t some, int64_t kx0, int64_t kx1)
{
    const struct eng_window_geometry *g = r->g;
    int64_t n = g->channels;
    oc_lanes acc = first(r, c, some);
    for (int64_t ky = r->ky0; ky < r->ky1; ky++) {
        const float *in = r->x + (ky * g->dil_h * g->w_in + ox * g->stride_w) * n + c;
        for (int64_t kx = kx0; kx < kx1; kx++)
            acc += oc_lanes_load(in + kx * g->dil_w * n, some) * oc_lanes_load(r->weight + (ky * g->kw + kx) * n + c, some);
    }
    oc_lanes_store(r->y + ox * n + c, acc, some);
}

static void border(const struct row *r, int64_t ox)
{
    const struct eng_window_geometry *g = r->g;
    int64_t kx0, kx1, c = 0, n = g->channels;
    oc_window_taps(ox * g->stride_w - g->pad_left, g->kw, g->dil_w, g->w_in, &kx0, &kx1);
    for (; c + OC_LANES <= n; c += OC_LANES)
        border_lanes(r, ox, c, OC_LANES, kx0, kx1);
    if (c < n && n >= OC_LANES)
        border_lanes(r, ox, n - OC_LANES, OC_LANES, kx0, kx1);
    else if (c < n)
        border_lanes(r, ox, c, n, kx0, kx1);
}

OC_INLINE void inner_channels(const struct row *r, int64_t ox, int64_t kw, int64_t stride, int64_t dil)
{
    int64_t c = 0, n = r->g->channels;
    for (; c + OC_LANES <= n; c += OC_LANES)
        inner_lanes(r, ox, c, OC_LANES, kw, stride, dil);
    if (c < n && n >= OC_LANES)
        inner_lanes(r, ox, n - OC_LANES, OC_LANES, kw, stride, dil);
    else if (c < n)
        inner_lanes(r, ox, 0, n, kw, stride, dil);
}

static void inner(const struct row *r, int64_t ox)
{
    const struct eng_window_geometry *g = r->g;
    if (g->kw == 3 && g->stride_w == 1 && g->dil_w == 1)
        inner_channels(r, ox, 3, 1, 1);
    else if (g->kw == 3 && g->stride_w == 2 && g->dil_w == 1)
        inner_channels(r, ox, 3, 2, 1);
    else if (g->kw == 5 && g->stride_w == 1 && g->dil_w == 1)
        inner_channels(r, ox, 5, 1, 1);
    else if (g->kw == 5 && g->stride_w == 2 && g->dil_w == 1)
        inner_channels(r, ox, 5, 2, 1);
    else
        inner_channels(r, ox, g->kw, g->stride_w, g->dil_w);
}

void OC_ISA_NAME(eng_k_depthwise)(const struct eng_window_geometry *g, const float *x, const float *weight, const float *bias,
                                  enum eng_act act, float alpha, float beta, float *y, int64_t row0, int64_t row1)
{
    /* columns left..right-1 have all their taps inside the picture */
    int64_t left = (g->pad_left + g->stride_w - 1) / g->stride_w;
    int64_t reach = g->w_in + g->pad_left - (g->kw - 1) * g->dil_w - 1;
    int64_t right = reach < 0 ? 0 : reach / g->stride_w + 1;
    if (right > g->w_out)
        right = g->w_out;
    struct row r = {.g = g, .weight = weight, .bias = bias};
    for (int64_t oy = row0; oy < row1; oy++) {
        int64_t iy = oy * g->stride_h - g->pad_top;
        oc_window_taps(iy, g->kh, g->dil_h, g->h_in, &r.ky0, &r.ky1);
        r.x = x + (iy * g->w_in - g->pad_left) * g->channels;
        r.y = y + oy * g->w_out * g->channels;
        int64_t ox = 0;
        for (; ox < left && ox < g->w_out; ox++)
            border(&r, ox);
        for (; ox + PIXELS <= right; ox += PIXELS)
            inner(&r, ox);
        for (; ox < g->w_out; ox++)
            border(&r, ox);
        size_t n = (size_t)(g->w_out * g->channels);
        if (act != ENG_ACT_NONE)
            OC_ISA_NAME(eng_k_act)(act, alpha, beta, r.y, r.y, n);
    }
}

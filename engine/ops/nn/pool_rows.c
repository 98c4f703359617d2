/* A row is W cells of one channel (N,C,H,W) or W cells of C channels (N,H,W,C): `inner` values that stay apart. */
#include "engine/ops/nn/pool_rows.h"
#include "engine/kernels/kernels.h"
#include <math.h>

static void merge_row(const struct eng_kernels *k, enum eng_pool_merge merge, float *d, const float *s, int64_t n)
{
    k->binary(merge == ENG_POOL_MAX ? ENG_BI_MAX : ENG_BI_ADD, d, s, d, (size_t)n);
}

static void fill(float *d, int64_t n, float v)
{
    for (int64_t i = 0; i < n; i++)
        d[i] = v;
}

static int64_t inner_of(const struct eng_pool *p)
{
    return p->channels_last ? p->channels : 1;
}

size_t eng_pool_line(const struct eng_pool *p)
{
    return (size_t)(p->w.in[2] * inner_of(p));
}

int64_t eng_pool_row_count(const struct eng_pool *p)
{
    return p->images * (p->channels_last ? 1 : p->channels) * p->w.out[1];
}

/* One channel at a time: tap by tap along the row, so that the compiler sees plain loops. */
static void merge_cells_plain(const struct eng_kernels *kernels, const struct eng_window *w, enum eng_pool_merge merge, const float *line,
                              float *y)
{
    fill(y, w->out[2], merge == ENG_POOL_MAX ? -INFINITY : 0);
    for (int64_t k = 0; k < w->kernel[2]; k++) {
        int64_t shift = k * w->dilation[2] - w->pad_begin[2], s = w->stride[2], left = w->in[2] - shift;
        int64_t first = shift < 0 ? (s - 1 - shift) / s : 0, end = left <= 0 ? 0 : (left + s - 1) / s;
        if (end > w->out[2])
            end = w->out[2];
        if (s == 1) {
            if (end > first)
                merge_row(kernels, merge, y + first, line + first + shift, end - first);
            continue;
        }
        for (int64_t o = first; o < end; o++) {
            float v = line[o * s + shift];
            y[o] = merge == ENG_POOL_SUM ? y[o] + v : v > y[o] || v != v ? v : y[o];
        }
    }
}

static void merge_cells_channels(const struct eng_kernels *kernels, const struct eng_window *w, enum eng_pool_merge merge, int64_t channels,
                                 const float *line, float *y)
{
    for (int64_t o = 0; o < w->out[2]; o++, y += channels) {
        struct eng_taps t = eng_window_taps(w, 2, o);
        if (t.count == 0)
            fill(y, channels, merge == ENG_POOL_MAX ? -INFINITY : 0);
        else
            memcpy(y, line + t.begin * channels, (size_t)channels * sizeof *y);
        for (int64_t k = 1; k < t.count; k++)
            merge_row(kernels, merge, y, line + (t.begin + k * t.step) * channels, channels);
    }
}

/* The maximum of whole windows at once, a run of channels in registers; rows may belong to several images. */
static void max_channels(const struct eng_kernels *kernels, const struct eng_pool *p, const float *x, float *y, int64_t begin, int64_t end)
{
    const struct eng_window *w = &p->w;
    struct eng_window_geometry g = {.channels = p->channels,
                                    .h_in = w->in[1],
                                    .w_in = w->in[2],
                                    .h_out = w->out[1],
                                    .w_out = w->out[2],
                                    .kh = w->kernel[1],
                                    .kw = w->kernel[2],
                                    .stride_h = w->stride[1],
                                    .stride_w = w->stride[2],
                                    .dil_h = w->dilation[1],
                                    .dil_w = w->dilation[2],
                                    .pad_top = w->pad_begin[1],
                                    .pad_left = w->pad_begin[2]};
    while (begin < end) {
        int64_t image = begin / g.h_out, row = begin % g.h_out, last = row + end - begin < g.h_out ? row + end - begin : g.h_out;
        kernels->max_pool(&g, x + image * g.h_in * g.w_in * g.channels, y + image * g.h_out * g.w_out * g.channels, row, last);
        begin += last - row;
    }
}

void eng_pool_rows(const struct eng_pool *p, enum eng_pool_merge merge, const float *x, float *y, float *line, int64_t begin, int64_t end)
{
    const struct eng_kernels *kernels = eng_kernels();
    const struct eng_window *w = &p->w;
    int64_t inner = inner_of(p), width = w->in[2] * inner;
    if (p->channels_last && merge == ENG_POOL_MAX) {
        max_channels(kernels, p, x, y, begin, end);
        return;
    }
    for (int64_t row = begin; row < end; row++) {
        int64_t plane = row / w->out[1];
        struct eng_taps t = eng_window_taps(w, 1, row % w->out[1]);
        const float *from = x + plane * w->in[1] * width, *merged = line;
        if (t.count == 0)
            fill(line, width, merge == ENG_POOL_MAX ? -INFINITY : 0);
        else if (t.count == 1)
            merged = from + t.begin * width;
        else
            memcpy(line, from + t.begin * width, (size_t)width * sizeof *line);
        for (int64_t k = 1; k < t.count; k++)
            merge_row(kernels, merge, line, from + (t.begin + k * t.step) * width, width);
        if (p->channels_last)
            merge_cells_channels(kernels, w, merge, inner, merged, y + row * w->out[2] * inner);
        else
            merge_cells_plain(kernels, w, merge, merged, y + row * w->out[2]);
    }
}

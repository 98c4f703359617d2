/*
 * Transposed convolution as one matrix product over the input's pixels, [pixels, c_in] x [c_in, c_out*taps], whose
 * columns are then added to the output pixels they fall on. For one group. Where the kernel is the stride every output
 * pixel has one column: nothing is added up, columns are only put in their places, rows by all threads.
 */
#include "engine/backend/own/own.h"
#include "base/mem.h"
#include "base/par.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/window.h"
#include <string.h>

enum { COLUMNS_MAX = 16 << 20 }; /* floats of scratch */

struct transposed {
    struct eng_prim prim;
    struct eng_conv_desc d;
    const struct eng_kernels *kernels;
    const struct eng_backend *backend;
    struct eng_prim *product;
    size_t columns_bytes;
    bool tiles; /* the kernel is the stride: output pixels have one column each */
};

struct tile_job {
    const struct transposed *p;
    const float *columns;
    float *y;
};

static void start(const struct eng_conv_desc *d, float *y)
{
    const float *bias = d->bias ? d->bias->t.data : NULL;
    for (int64_t i = 0; i < d->h_out * d->w_out; i++)
        for (int64_t c = 0; c < d->c_out; c++)
            y[i * d->c_out + c] = bias ? bias[c] : 0.0f;
}

/* columns: [input pixel][output channel][tap] */
static void scatter(const struct eng_conv_desc *d, const float *columns, float *y)
{
    int64_t taps = d->kh * d->kw;
    for (int64_t iy = 0; iy < d->h_in; iy++) {
        int64_t oy = iy * d->stride_h - d->pad_top, ky0, ky1;
        oc_window_taps(oy, d->kh, d->dil_h, d->h_out, &ky0, &ky1);
        for (int64_t ix = 0; ix < d->w_in; ix++) {
            const float *column = columns + (iy * d->w_in + ix) * d->c_out * taps;
            int64_t ox = ix * d->stride_w - d->pad_left, kx0, kx1;
            oc_window_taps(ox, d->kw, d->dil_w, d->w_out, &kx0, &kx1);
            for (int64_t ky = ky0; ky < ky1; ky++) {
                for (int64_t kx = kx0; kx < kx1; kx++) {
                    float *to = y + ((oy + ky * d->dil_h) * d->w_out + ox + kx * d->dil_w) * d->c_out;
                    for (int64_t c = 0; c < d->c_out; c++)
                        to[c] += column[c * taps + ky * d->kw + kx];
                }
            }
        }
    }
}

/* One row of input pixels to the rows of output it becomes, finished. */
static void place_row(void *arg, size_t iy)
{
    const struct tile_job *j = arg;
    const struct eng_conv_desc *d = &j->p->d;
    const float *bias = d->bias ? d->bias->t.data : NULL;
    int64_t taps = d->kh * d->kw, line = d->w_out * d->c_out;
    const float *columns = j->columns + (int64_t)iy * d->w_in * d->c_out * taps;
    for (int64_t ky = 0; ky < d->kh; ky++) {
        float *to = j->y + ((int64_t)iy * d->kh + ky) * line;
        for (int64_t ix = 0; ix < d->w_in; ix++)
            j->p->kernels->transpose(columns + ix * d->c_out * taps + ky * d->kw, taps, to + ix * d->kw * d->c_out, d->c_out, d->c_out,
                                     d->kw);
        for (int64_t x = 0; bias && x < d->w_out; x++)
            for (int64_t c = 0; c < d->c_out; c++)
                to[x * d->c_out + c] += bias[c];
        if (d->post.act != ENG_ACT_NONE)
            j->p->kernels->act(d->post.act, d->post.alpha, d->post.beta, to, to, (size_t)line);
    }
}

static bool is_tiles(const struct eng_conv_desc *d)
{
    return d->kh == d->stride_h && d->kw == d->stride_w && d->dil_h == 1 && d->dil_w == 1 && !d->pad_top && !d->pad_left &&
           d->h_out == d->h_in * d->kh && d->w_out == d->w_in * d->kw;
}

static enum oc_status run(const struct eng_prim *prim, const float *x, float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    const struct transposed *p = (const struct transposed *)prim;
    const struct eng_conv_desc *d = &p->d;
    for (int64_t i = 0; i < d->n; i++, x += d->h_in * d->w_in * d->c_in, y += d->h_out * d->w_out * d->c_out) {
        enum oc_status st = p->backend->gemm_run(p->product, x, NULL, NULL, NULL, scratch, (char *)scratch + p->columns_bytes, par, err);
        if (st)
            return st;
        if (p->tiles) {
            oc_par_for(par, (size_t)d->h_in, place_row, &(struct tile_job){p, scratch, y});
            continue;
        }
        start(d, y);
        scatter(d, scratch, y);
        if (d->post.act != ENG_ACT_NONE)
            p->kernels->act(d->post.act, d->post.alpha, d->post.beta, y, y, (size_t)(d->h_out * d->w_out * d->c_out));
    }
    return OC_OK;
}

static void release(struct eng_prim *prim)
{
    struct transposed *p = (struct transposed *)prim;
    p->backend->prim_free(p->product);
    oc_mem_free(p);
}

enum oc_status eng_own_transposed(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                  const char **impl, struct oc_err *err)
{
    int64_t pixels = d->h_in * d->w_in, columns = d->c_out * d->kh * d->kw;
    size_t product_bytes = 0;
    const char *name;
    bool tiles = d->c_out > 8 && is_tiles(d); /* with few channels the rearrangement costs more than adding up */
    /* few channels, or columns that are only moved: elsewhere the backend's own way is as good and needs no columns */
    if (!d->transposed || d->groups != 1 || (d->c_out > 8 && !tiles) || columns > 4096 || pixels > COLUMNS_MAX / columns)
        return OC_DECLINED;
    struct transposed *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
    if (!p)
        return oc_err_nomem(err, "transposed convolution", sizeof *p);
    p->prim = (struct eng_prim){run, release};
    p->d = *d;
    p->kernels = eng_kernels();
    p->tiles = tiles;
    struct eng_gemm_desc g = {.batch = {1, 1},
                              .m = pixels,
                              .n = columns,
                              .k = d->c_in,
                              .a_row_stride = d->c_in,
                              .a_col_stride = 1,
                              .b_row_stride = columns,
                              .b_col_stride = 1,
                              .c_row_stride = columns,
                              .alpha = 1.0f,
                              .b_const = d->weight,
                              .precision = d->precision,
                              .threads = d->threads};
    enum oc_status st = eng_backend_find(NULL, &p->backend, err);
    if (!st)
        st = p->backend->gemm_prepare(&g, w, &p->product, &product_bytes, &name, err);
    if (st) {
        oc_mem_free(p);
        return st;
    }
    p->columns_bytes = ((size_t)(pixels * columns) * sizeof(float) + 63) & ~(size_t)63;
    *scratch_bytes = p->columns_bytes + product_bytes;
    *impl = "deconv/own";
    *out = &p->prim;
    return OC_OK;
}

/*
 * Convolution by columns (im2col) and sgemm, a tile of output rows at a time, so that the columns stay small;
 * 1x1 needs none; depthwise adds one tap at a time along rows; transposed: sgemm first, then its columns are
 * scattered (col2im), where tiles overlap and therefore run one after the other.
 */
#ifdef OC_WITH_OPENBLAS
#include "engine/backend/openblas/openblas.h"
#include "base/mem.h"
#include "engine/kernels/window.h"
#include <string.h>

enum { TILE_FLOATS = 1 << 18 };

enum oc_status eng_openblas_conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                         const char **impl, struct oc_err *err)
{
    (void)w;
    *out = NULL;
    int64_t taps = d->kh * d->kw, rows = d->transposed ? d->h_in : d->h_out, width = d->transposed ? d->w_in : d->w_out;
    int64_t depth = (d->transposed ? d->c_out : d->c_in) / d->groups;
    size_t column = 0; /* floats of one row's columns */
    if (d->channels_last || taps > INT32_MAX || !oc_size_mul((size_t)(depth * taps), (size_t)width, &column) || column > INT32_MAX ||
        d->h_out * d->w_out > INT32_MAX || d->h_in * d->w_in > INT32_MAX)
        return OC_DECLINED;
    struct eng_prim *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
    if (!p)
        return oc_err_nomem(err, "OpenBLAS kernel", sizeof *p);
    p->conv = *d;
    p->weight = d->weight ? d->weight->t.data : NULL;
    p->bias = d->bias ? d->bias->t.data : NULL;
    p->kernels = eng_kernels();
    p->depthwise = !d->transposed && d->groups == d->c_in && d->c_in == d->c_out && d->c_in > 1;
    p->direct = !d->transposed && taps == 1 && d->stride_h == 1 && d->stride_w == 1 && !d->pad_top && !d->pad_left && !d->pad_bottom &&
                !d->pad_right;
    p->tile_rows = TILE_FLOATS / (int64_t)column;
    p->tile_rows = p->tile_rows < 1 ? 1 : p->tile_rows > rows ? rows : p->tile_rows;
    p->tiles = (rows + p->tile_rows - 1) / p->tile_rows;
    p->columns_bytes = (column * (size_t)p->tile_rows * sizeof(float) + 63) & ~(size_t)63;
    *scratch_bytes = p->direct || p->depthwise ? 0 : p->columns_bytes * (size_t)(d->threads > 1 ? d->threads : 1);
    *impl = p->depthwise ? "depthwise/rows" : p->direct ? "conv1x1/openblas" : d->transposed ? "deconv/openblas" : "conv/openblas";
    *out = p;
    return OC_OK;
}

struct job {
    const struct eng_prim *p;
    const float *x, *weight, *bias, *residual;
    float *y;
    char *scratch;
    size_t slots; /* one for each thread's columns */
};

/* What the sums start from: the residual (which may be the output itself), or nothing. */
static void start_plane(const struct job *j, int64_t image, int64_t oc, int64_t from, int64_t n)
{
    const struct eng_conv_desc *d = &j->p->conv;
    int64_t at = (image * d->c_out + oc) * d->h_out * d->w_out + from;
    if (!j->residual)
        memset(j->y + at, 0, (size_t)n * sizeof *j->y);
    else if (j->residual != j->y)
        memcpy(j->y + at, j->residual + at, (size_t)n * sizeof *j->y);
}

static void finish_plane(const struct job *j, int64_t image, int64_t oc, int64_t from, int64_t n)
{
    const struct eng_conv_desc *d = &j->p->conv;
    float *y = j->y + (image * d->c_out + oc) * d->h_out * d->w_out + from;
    eng_post_plane(j->p->kernels, &d->post, j->bias ? j->bias[oc] : 0.0f, NULL, y, (size_t)n);
}

/* Columns of output rows oy0..oy1 of one image's group: [channel, tap][row, column]. */
static void make_columns(const struct eng_conv_desc *d, const float *x, int64_t oy0, int64_t oy1, float *columns)
{
    int64_t n = (oy1 - oy0) * d->w_out;
    for (int64_t c = 0; c < d->c_in / d->groups; c++) {
        for (int64_t tap = 0; tap < d->kh * d->kw; tap++, columns += n) {
            int64_t ky = tap / d->kw, kx = tap % d->kw;
            for (int64_t oy = oy0; oy < oy1; oy++) {
                float *row = columns + (oy - oy0) * d->w_out;
                int64_t iy = oy * d->stride_h - d->pad_top + ky * d->dil_h, ix = kx * d->dil_w - d->pad_left;
                if (iy < 0 || iy >= d->h_in) {
                    memset(row, 0, (size_t)d->w_out * sizeof *row);
                    continue;
                }
                const float *in = x + (c * d->h_in + iy) * d->w_in;
                int64_t ox0, ox1; /* output columns whose source is inside */
                oc_window_taps(ix, d->w_out, d->stride_w, d->w_in, &ox0, &ox1);
                for (int64_t ox = 0; ox < ox0; ox++)
                    row[ox] = 0.0f;
                for (int64_t ox = ox0; ox < ox1; ox++)
                    row[ox] = in[ix + ox * d->stride_w];
                for (int64_t ox = ox1; ox < d->w_out; ox++)
                    row[ox] = 0.0f;
            }
        }
    }
}

/* Unit: image, group, tile. */
static void conv_tile(const struct job *j, int64_t unit, float *columns)
{
    const struct eng_prim *p = j->p;
    const struct eng_conv_desc *d = &p->conv;
    int64_t tile = unit % p->tiles, group = unit / p->tiles % d->groups, image = unit / p->tiles / d->groups;
    int64_t in_group = d->c_in / d->groups, out_group = d->c_out / d->groups, k = in_group * d->kh * d->kw, plane = d->h_out * d->w_out;
    int64_t oy0 = tile * p->tile_rows, oy1 = oy0 + p->tile_rows < d->h_out ? oy0 + p->tile_rows : d->h_out, n = (oy1 - oy0) * d->w_out;
    const float *x = j->x + (image * d->c_in + group * in_group) * d->h_in * d->w_in, *b = x + oy0 * d->w_out;
    if (!p->direct) {
        make_columns(d, x, oy0, oy1, columns);
        b = columns;
    }
    float *y = j->y + (image * d->c_out + group * out_group) * plane + oy0 * d->w_out;
    for (int64_t c = 0; j->residual && c < out_group; c++)
        start_plane(j, image, group * out_group + c, oy0 * d->w_out, n);
    eng_openblas_sgemm(false, false, out_group, n, k, 1.0f, j->weight + group * out_group * k, k, b, p->direct ? plane : n, y, plane,
                       j->residual != NULL);
    for (int64_t c = 0; c < out_group; c++)
        finish_plane(j, image, group * out_group + c, oy0 * d->w_out, n);
}

static void conv_slot(void *arg, size_t slot)
{
    const struct job *j = arg;
    const struct eng_conv_desc *d = &j->p->conv;
    int64_t units = d->n * d->groups * j->p->tiles;
    for (int64_t unit = (int64_t)slot; unit < units; unit += (int64_t)j->slots)
        conv_tile(j, unit, (float *)(void *)(j->scratch + slot * j->p->columns_bytes));
}

/* Unit: image, channel. */
static void depthwise_plane(void *arg, size_t i)
{
    const struct job *j = arg;
    const struct eng_conv_desc *d = &j->p->conv;
    int64_t image = (int64_t)i / d->c_out, c = (int64_t)i % d->c_out;
    const float *x = j->x + (int64_t)i * d->h_in * d->w_in, *w = j->weight + c * d->kh * d->kw;
    float *y = j->y + (int64_t)i * d->h_out * d->w_out;
    start_plane(j, image, c, 0, d->h_out * d->w_out);
    for (int64_t oy = 0; oy < d->h_out; oy++) {
        float *row = y + oy * d->w_out;
        int64_t iy = oy * d->stride_h - d->pad_top, ky0, ky1;
        oc_window_taps(iy, d->kh, d->dil_h, d->h_in, &ky0, &ky1);
        for (int64_t tap = ky0 * d->kw; tap < ky1 * d->kw; tap++) {
            const float *in = x + (iy + tap / d->kw * d->dil_h) * d->w_in;
            int64_t ix = tap % d->kw * d->dil_w - d->pad_left, ox0, ox1;
            oc_window_taps(ix, d->w_out, d->stride_w, d->w_in, &ox0, &ox1);
            if (d->stride_w == 1)
                j->p->kernels->axpy(w[tap], in + ix + ox0, row + ox0, (size_t)(ox1 - ox0));
            else
                for (int64_t ox = ox0; ox < ox1; ox++)
                    row[ox] += w[tap] * in[ix + ox * d->stride_w];
        }
    }
    finish_plane(j, image, c, 0, d->h_out * d->w_out);
}

/* Adds columns [channel, tap][input row, column] of input rows iy0..iy1 to the output planes they fall on. */
static void scatter_columns(const struct eng_conv_desc *d, const float *columns, int64_t iy0, int64_t iy1, float *y)
{
    int64_t n = (iy1 - iy0) * d->w_in;
    for (int64_t c = 0; c < d->c_out / d->groups; c++) {
        for (int64_t tap = 0; tap < d->kh * d->kw; tap++, columns += n) {
            for (int64_t iy = iy0; iy < iy1; iy++) {
                int64_t oy = iy * d->stride_h - d->pad_top + tap / d->kw * d->dil_h, ox = tap % d->kw * d->dil_w - d->pad_left, ix0, ix1;
                if (oy < 0 || oy >= d->h_out)
                    continue;
                float *row = y + (c * d->h_out + oy) * d->w_out;
                oc_window_taps(ox, d->w_in, d->stride_w, d->w_out, &ix0, &ix1);
                for (int64_t ix = ix0; ix < ix1; ix++)
                    row[ox + ix * d->stride_w] += columns[(iy - iy0) * d->w_in + ix];
            }
        }
    }
}

/* Unit: image, group. */
static void deconv_unit(const struct job *j, int64_t unit, float *columns)
{
    const struct eng_prim *p = j->p;
    const struct eng_conv_desc *d = &p->conv;
    int64_t group = unit % d->groups, image = unit / d->groups, in_group = d->c_in / d->groups, out_group = d->c_out / d->groups;
    int64_t k = out_group * d->kh * d->kw, plane = d->h_in * d->w_in;
    const float *x = j->x + (image * d->c_in + group * in_group) * plane;
    float *y = j->y + (image * d->c_out + group * out_group) * d->h_out * d->w_out;
    for (int64_t c = 0; c < out_group; c++)
        start_plane(j, image, group * out_group + c, 0, d->h_out * d->w_out);
    for (int64_t iy0 = 0; iy0 < d->h_in; iy0 += p->tile_rows) {
        int64_t iy1 = iy0 + p->tile_rows < d->h_in ? iy0 + p->tile_rows : d->h_in, n = (iy1 - iy0) * d->w_in;
        eng_openblas_sgemm(true, false, k, n, in_group, 1.0f, j->weight + group * in_group * k, k, x + iy0 * d->w_in, plane, columns, n,
                           false);
        scatter_columns(d, columns, iy0, iy1, y);
    }
    for (int64_t c = 0; c < out_group; c++)
        finish_plane(j, image, group * out_group + c, 0, d->h_out * d->w_out);
}

static void deconv_slot(void *arg, size_t slot)
{
    const struct job *j = arg;
    for (int64_t unit = (int64_t)slot; unit < j->p->conv.n * j->p->conv.groups; unit += (int64_t)j->slots)
        deconv_unit(j, unit, (float *)(void *)(j->scratch + slot * j->p->columns_bytes));
}

enum oc_status eng_openblas_conv_run(const struct eng_prim *p, const float *x, const float *weight, const float *bias,
                                     const float *residual, float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)err;
    const struct eng_conv_desc *d = &p->conv;
    struct job j = {.p = p,
                    .x = x,
                    .weight = p->weight ? p->weight : weight,
                    .bias = p->bias       ? p->bias
                            : d->has_bias ? bias
                                          : NULL,
                    .residual = d->post.has_residual ? residual : NULL,
                    .y = y,
                    .scratch = scratch,
                    .slots = d->threads > 1 ? (size_t)d->threads : 1};
    if (p->depthwise)
        oc_par_for(par, (size_t)(d->n * d->c_out), depthwise_plane, &j);
    else
        oc_par_for(par, j.slots, d->transposed ? deconv_slot : conv_slot, &j);
    return OC_OK;
}
#else
typedef int eng_no_openblas_conv;
#endif

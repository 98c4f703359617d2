/*
 * The first convolution of a picture that comes in planes (N,C,H,W): reads the planes and writes channels last, so
 * that nobody turns the picture round. Rows that hang over the picture are copied into a line with zeros around.
 */
#include "engine/backend/own/own.h"
#include "base/mem.h"
#include "engine/backend/weights.h"
#include "engine/kernels/kernels.h"
#include <string.h>

enum { ROWS_MAX = 64 }; /* input rows under one output row, all planes */

struct planes {
    struct eng_prim prim;
    struct eng_conv_desc d;
    const struct eng_kernels *kernels;
    int64_t c_padded, line; /* floats of a padded input row */
    const float *packed;    /* [c_in*kh*kw][c_padded] */
    float *bias;            /* owned: [c_padded] */
    size_t slot_bytes;      /* scratch of one thread */
    int64_t slots;
};

/* [c_out, taps] -> [taps, c_padded], zeros behind */
static enum oc_status pack(void *arg, const struct eng_const *source, void *packed)
{
    const struct planes *p = arg;
    int64_t taps = p->d.c_in * p->d.kh * p->d.kw;
    const float *w = source->t.data;
    float *to = packed;
    memset(to, 0, (size_t)(taps * p->c_padded) * sizeof *to);
    for (int64_t c = 0; c < p->d.c_out; c++)
        for (int64_t t = 0; t < taps; t++)
            to[t * p->c_padded + c] = w[c * taps + t];
    return OC_OK;
}

struct job {
    const struct planes *p;
    const float *x;
    float *y;
    char *scratch;
};

/* The input rows of output row oy: pointers into the picture, or to padded copies in `lines`. */
static void gather_rows(const struct planes *p, const float *x, int64_t oy, float *lines, const float **row)
{
    const struct eng_conv_desc *d = &p->d;
    bool whole = d->pad_left == 0 && p->line <= d->w_in;
    for (int64_t c = 0; c < d->c_in; c++) {
        for (int64_t ky = 0; ky < d->kh; ky++, row++, lines += p->line) {
            int64_t iy = oy * d->stride_h - d->pad_top + ky * d->dil_h;
            bool inside = iy >= 0 && iy < d->h_in;
            const float *from = x + (c * d->h_in + (inside ? iy : 0)) * d->w_in;
            *row = lines;
            if (inside && whole) {
                *row = from;
            } else if (inside) {
                int64_t n = p->line - d->pad_left < d->w_in ? p->line - d->pad_left : d->w_in;
                memset(lines, 0, (size_t)d->pad_left * sizeof *lines);
                memcpy(lines + d->pad_left, from, (size_t)n * sizeof *lines);
                memset(lines + d->pad_left + n, 0, (size_t)(p->line - d->pad_left - n) * sizeof *lines);
            } else {
                memset(lines, 0, (size_t)p->line * sizeof *lines);
            }
        }
    }
}

static void slot_rows(void *arg, size_t slot)
{
    const struct job *j = arg;
    const struct planes *p = j->p;
    const struct eng_conv_desc *d = &p->d;
    const float *row[ROWS_MAX];
    float *lines = (float *)(void *)(j->scratch + slot * p->slot_bytes);
    int64_t rows = d->n * d->h_out, from = (int64_t)slot * rows / p->slots, to = ((int64_t)slot + 1) * rows / p->slots;
    for (int64_t r = from; r < to; r++) {
        float *y = j->y + r * d->w_out * d->c_out;
        gather_rows(p, j->x + r / d->h_out * d->c_in * d->h_in * d->w_in, r % d->h_out, lines, row);
        p->kernels->conv_line(row, d->c_in * d->kh, d->kw, d->stride_w, d->dil_w, p->packed, p->bias, d->c_out, p->c_padded, y, d->w_out);
        if (d->post.act != ENG_ACT_NONE)
            p->kernels->act(d->post.act, d->post.alpha, d->post.beta, y, y, (size_t)(d->w_out * d->c_out));
    }
}

static enum oc_status run(const struct eng_prim *prim, const float *x, float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)err;
    const struct planes *p = (const struct planes *)prim;
    struct job j = {p, x, y, scratch};
    oc_par_for(par, (size_t)p->slots, slot_rows, &j);
    return OC_OK;
}

static void release(struct eng_prim *p)
{
    oc_mem_free(((struct planes *)p)->bias);
    oc_mem_free(p);
}

enum oc_status eng_own_planes(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                              const char **impl, struct oc_err *err)
{
    if (!d->planes || d->transposed || d->groups != 1 || d->c_in * d->kh > ROWS_MAX)
        return OC_DECLINED;
    struct planes *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
    if (!p)
        return oc_err_nomem(err, "first convolution", sizeof *p);
    p->prim = (struct eng_prim){run, release};
    p->d = *d;
    p->kernels = eng_kernels();
    p->c_padded = (d->c_out + 15) / 16 * 16;
    p->line = (d->w_out - 1) * d->stride_w + (d->kw - 1) * d->dil_w + 1;
    if (p->line < d->pad_left)
        p->line = d->pad_left;
    p->slots = d->threads > 1 ? d->threads : 1;
    p->slot_bytes = ((size_t)(d->c_in * d->kh * p->line) * sizeof(float) + 63) & ~(size_t)63;
    static const char key[] = "own/planes";
    const void *packed;
    p->bias = oc_mem_array(OC_MEM_MODEL, (size_t)p->c_padded, sizeof *p->bias);
    if (!p->bias) {
        oc_mem_free(p);
        return oc_err_nomem(err, "first convolution", (size_t)p->c_padded * sizeof *p->bias);
    }
    if (d->bias)
        memcpy(p->bias, d->bias->t.data, (size_t)d->c_out * sizeof *p->bias);
    enum oc_status st = eng_weights_get(w, d->weight, key, sizeof key, (size_t)(d->c_in * d->kh * d->kw * p->c_padded) * sizeof(float),
                                        pack, p, &packed, err);
    if (st) {
        release(&p->prim);
        return st;
    }
    p->packed = packed;
    *scratch_bytes = p->slot_bytes * (size_t)p->slots;
    *impl = "planes/own";
    *out = &p->prim;
    return OC_OK;
}

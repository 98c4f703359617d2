/* Depthwise convolution on engine/kernels; its weights are stored tap by tap. */
#include "engine/backend/own/own.h"
#include "base/mem.h"
#include "engine/backend/weights.h"
#include "engine/kernels/kernels.h"

struct depthwise {
    struct eng_prim prim;
    struct eng_conv_desc d;
    struct eng_window_geometry g;
    const struct eng_kernels *kernels;
    const float *weight, *bias; /* weight: [kh*kw][channels], packed */
};

enum { ROWS_A_CHUNK = 4 };

/* [channels, 1, kh, kw] -> [kh*kw, channels] */
static enum oc_status pack(void *arg, const struct eng_const *source, void *packed)
{
    const struct eng_conv_desc *d = arg;
    size_t taps = (size_t)(d->kh * d->kw), channels = (size_t)d->c_out;
    eng_kernels()->transpose(source->t.data, taps, packed, channels, channels, taps);
    return OC_OK;
}

struct job {
    const struct depthwise *p;
    const float *x;
    float *y;
    int64_t chunks; /* of one image */
};

static void rows(void *arg, size_t i)
{
    const struct job *j = arg;
    const struct depthwise *p = j->p;
    int64_t image = (int64_t)i / j->chunks, row0 = (int64_t)i % j->chunks * ROWS_A_CHUNK, row1 = row0 + ROWS_A_CHUNK;
    int64_t in = image * p->d.h_in * p->d.w_in * p->d.c_in, out = image * p->d.h_out * p->d.w_out * p->d.c_out;
    p->kernels->depthwise(&p->g, j->x + in, p->weight, p->bias, p->d.post.act, p->d.post.alpha, p->d.post.beta, j->y + out, row0,
                          row1 < p->d.h_out ? row1 : p->d.h_out);
}

static enum oc_status run(const struct eng_prim *prim, const float *x, float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)scratch, (void)err;
    const struct depthwise *p = (const struct depthwise *)prim;
    struct job j = {.p = p, .x = x, .y = y, .chunks = (p->d.h_out + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK};
    oc_par_for(par, (size_t)(p->d.n * j.chunks), rows, &j);
    return OC_OK;
}

static void release(struct eng_prim *p)
{
    oc_mem_free(p);
}

enum oc_status eng_own_depthwise(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                 const char **impl, struct oc_err *err)
{
    if (d->transposed || d->groups != d->c_in || d->c_in != d->c_out || d->c_in == 1 || d->planes)
        return OC_DECLINED;
    struct depthwise *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
    if (!p)
        return oc_err_nomem(err, "depthwise kernel", sizeof *p);
    static const char key[] = "own/depthwise";
    struct eng_conv_desc copy = *d;
    const void *packed;
    enum oc_status st = eng_weights_get(w, d->weight, key, sizeof key, (size_t)(d->kh * d->kw * d->c_out) * sizeof(float), pack, &copy,
                                        &packed, err);
    if (st) {
        oc_mem_free(p);
        return st;
    }
    p->prim = (struct eng_prim){run, release};
    p->d = *d;
    p->g = (struct eng_window_geometry){.channels = d->c_out,
                                        .h_in = d->h_in,
                                        .w_in = d->w_in,
                                        .h_out = d->h_out,
                                        .w_out = d->w_out,
                                        .kh = d->kh,
                                        .kw = d->kw,
                                        .stride_h = d->stride_h,
                                        .stride_w = d->stride_w,
                                        .dil_h = d->dil_h,
                                        .dil_w = d->dil_w,
                                        .pad_top = d->pad_top,
                                        .pad_left = d->pad_left,
                                        .pad_bottom = d->pad_bottom,
                                        .pad_right = d->pad_right};
    p->kernels = eng_kernels();
    p->weight = packed;
    p->bias = d->bias ? d->bias->t.data : NULL;
    *scratch_bytes = 0;
    *impl = "depthwise/own";
    *out = &p->prim;
    return OC_OK;
}

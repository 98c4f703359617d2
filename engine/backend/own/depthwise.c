/* Depthwise convolution with channels last and constant weights, on engine/kernels; its weights are stored tap by tap. */
#include "engine/backend/own/own.h"
#include "base/mem.h"
#include "engine/backend/weights.h"
#include "engine/kernels/kernels.h"
#include <string.h>

struct eng_prim {
    struct eng_conv_desc d;
    struct eng_window_geometry g;
    const struct eng_kernels *kernels;
    const float *weight, *bias; /* weight: [kh*kw][channels], packed */
};

enum { ROWS_A_CHUNK = 4 };

static bool never(void)
{
    return false;
}

/* [channels, 1, kh, kw] -> [kh*kw, channels] */
static enum oc_status pack(void *arg, const struct eng_const *source, void *packed)
{
    const struct eng_conv_desc *d = arg;
    size_t taps = (size_t)(d->kh * d->kw), channels = (size_t)d->c_out;
    eng_kernels()->transpose(source->t.data, taps, packed, channels, channels, taps);
    return OC_OK;
}

static enum oc_status conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    *out = NULL;
    if (!d->channels_last || d->transposed || d->groups != d->c_in || d->c_in != d->c_out || d->c_in == 1 || !d->weight ||
        (d->has_bias && !d->bias) || d->post.has_residual)
        return OC_DECLINED;
    struct eng_prim *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
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
    *out = p;
    return OC_OK;
}

static enum oc_status gemm_prepare(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    (void)d, (void)w, (void)scratch_bytes, (void)impl, (void)err;
    *out = NULL;
    return OC_DECLINED;
}

struct job {
    const struct eng_prim *p;
    const float *x;
    float *y;
    int64_t chunks; /* of one image */
};

static void rows(void *arg, size_t i)
{
    const struct job *j = arg;
    const struct eng_prim *p = j->p;
    int64_t image = (int64_t)i / j->chunks, row0 = (int64_t)i % j->chunks * ROWS_A_CHUNK, row1 = row0 + ROWS_A_CHUNK;
    int64_t in = image * p->d.h_in * p->d.w_in * p->d.c_in, out = image * p->d.h_out * p->d.w_out * p->d.c_out;
    p->kernels->depthwise(&p->g, j->x + in, p->weight, p->bias, p->d.post.act, p->d.post.alpha, p->d.post.beta, j->y + out, row0,
                          row1 < p->d.h_out ? row1 : p->d.h_out);
}

static enum oc_status conv_run(const struct eng_prim *p, const float *x, const float *weight, const float *bias, const float *residual,
                               float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)weight, (void)bias, (void)residual, (void)scratch, (void)err;
    struct job j = {.p = p, .x = x, .y = y, .chunks = (p->d.h_out + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK};
    oc_par_for(par, (size_t)(p->d.n * j.chunks), rows, &j);
    return OC_OK;
}

static enum oc_status gemm_run(const struct eng_prim *p, const float *a, const float *b, const float *bias, const float *residual, float *c,
                               void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)p, (void)a, (void)b, (void)bias, (void)residual, (void)c, (void)scratch, (void)par;
    return oc_err_set(err, OC_E_INTERNAL, "no own matrix product");
}

static void prim_free(struct eng_prim *p)
{
    oc_mem_free(p);
}

const struct eng_backend eng_backend_own = {
    .name = "own",
    .channels_last = true,
    .available = never,
    .conv_prepare = conv_prepare,
    .gemm_prepare = gemm_prepare,
    .conv_run = conv_run,
    .gemm_run = gemm_run,
    .prim_free = prim_free,
};

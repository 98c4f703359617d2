/* The table of our own kernels; see own.h. */
#include "engine/backend/own/own.h"

static bool never(void)
{
    return false;
}

static enum oc_status conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    *out = NULL;
    if (!d->channels_last || !d->weight || (d->has_bias && !d->bias) || d->post.has_residual)
        return OC_DECLINED;
    enum oc_status st = eng_own_planes(d, w, out, scratch_bytes, impl, err);
    if (st == OC_DECLINED)
        st = eng_own_depthwise(d, w, out, scratch_bytes, impl, err);
    if (st == OC_DECLINED)
        st = eng_own_transposed(d, w, out, scratch_bytes, impl, err);
    return st;
}

static enum oc_status gemm_prepare(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    (void)d, (void)w, (void)scratch_bytes, (void)impl, (void)err;
    *out = NULL;
    return OC_DECLINED;
}

static enum oc_status conv_run(const struct eng_prim *p, const float *x, const float *weight, const float *bias, const float *residual,
                               float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)weight, (void)bias, (void)residual;
    return p->run(p, x, y, scratch, par, err);
}

static enum oc_status gemm_run(const struct eng_prim *p, const float *a, const float *b, const float *bias, const float *residual, float *c,
                               void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)p, (void)a, (void)b, (void)bias, (void)residual, (void)c, (void)scratch, (void)par;
    return oc_err_set(err, OC_E_INTERNAL, "no own matrix product");
}

static void prim_free(struct eng_prim *p)
{
    if (p)
        p->free(p);
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

/*
 * The oneDNN backend: shapes into memory descriptors, constants packed once in the layout each primitive asks for,
 * + residual as a sum into the output. Convolutions want N,H,W,C.
 */
#ifdef OC_WITH_DNNL
#include "engine/backend/onednn/prim.h"
#include <string.h>

static bool available(void)
{
    return eng_onednn_engine() != NULL;
}

struct descriptors {
    struct eng_shim_md src, weights, plain, bias, dst;
};

static void descriptors_free(struct descriptors *m)
{
    eng_shim_md_free(&m->src);
    eng_shim_md_free(&m->weights);
    eng_shim_md_free(&m->plain);
    eng_shim_md_free(&m->bias);
    eng_shim_md_free(&m->dst);
}

static dnnl_status_t image(struct eng_shim_md *md, bool last, int64_t n, int64_t c, int64_t h, int64_t w)
{
    return eng_shim_md_init(md, 4, (int64_t[]){n, c, h, w},
                            last ? (int64_t[]){h * w * c, 1, w * c, c} : (int64_t[]){c * h * w, h * w, w, 1});
}

/* Logical [groups,] out, in, kh, kw over ONNX's memory; transposed: in comes before out there. */
static dnnl_status_t filters(struct descriptors *m, const struct eng_conv_desc *d)
{
    int64_t o = d->c_out / d->groups, i = d->c_in / d->groups, taps = d->kh * d->kw;
    int64_t dims[] = {d->groups, o, i, d->kh, d->kw};
    int64_t strides[] = {o * i * taps, d->transposed ? taps : i * taps, d->transposed ? o * taps : taps, d->kw, 1};
    int skip = d->groups == 1;
    dnnl_status_t st = eng_shim_md_init(&m->plain, 5 - skip, dims + skip, strides + skip);
    if (st == dnnl_success) /* given at run time: as it lies */
        st = eng_shim_md_init(&m->weights, 5 - skip, dims + skip, d->weight ? NULL : strides + skip);
    return st;
}

static dnnl_status_t conv_pd(const struct eng_conv_desc *d, struct descriptors *m, dnnl_primitive_desc_t *pd)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t st = image(&m->src, d->channels_last, d->n, d->c_in, d->h_in, d->w_in);
    if (st == dnnl_success)
        st = image(&m->dst, d->channels_last, d->n, d->c_out, d->h_out, d->w_out);
    if (st == dnnl_success)
        st = filters(m, d);
    if (st == dnnl_success && d->has_bias)
        st = eng_shim_md_init(&m->bias, 1, (int64_t[]){d->c_out}, (int64_t[]){1});
    if (st == dnnl_success)
        st = eng_onednn_attr(&d->post, 1.0f, d->precision, &attr);
    /* the library wants the padding at the end to be exactly what the sizes need: negative where a convolution ignores input */
    const struct eng_conv_desc *t = d;
    int64_t eh = (t->kh - 1) * t->dil_h + 1, ew = (t->kw - 1) * t->dil_w + 1;
    int64_t bottom = t->transposed ? (t->h_in - 1) * t->stride_h + eh - t->h_out - t->pad_top
                                   : (t->h_out - 1) * t->stride_h + eh - t->h_in - t->pad_top;
    int64_t right = t->transposed ? (t->w_in - 1) * t->stride_w + ew - t->w_out - t->pad_left
                                  : (t->w_out - 1) * t->stride_w + ew - t->w_in - t->pad_left;
    struct eng_shim_conv c = {.transposed = d->transposed,
                              .src = &m->src,
                              .weights = &m->weights,
                              .bias = &m->bias,
                              .dst = &m->dst,
                              .strides = {d->stride_h, d->stride_w},
                              .dilates = {d->dil_h - 1, d->dil_w - 1},
                              .pad_begin = {d->pad_top, d->pad_left},
                              .pad_end = {bottom, right}};
    if (st == dnnl_success)
        st = eng_shim_pd_conv(pd, &c, attr, eng_onednn_engine());
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return st;
}

/* Fills what both kinds share. */
static enum oc_status finish(struct eng_weights *w, const struct eng_const *weights, const struct eng_const *bias, bool has_bias,
                             const struct descriptors *m, struct eng_prim *p, struct oc_err *err)
{
    p->has_bias = has_bias;
    p->bias = bias ? bias->t.data : NULL;
    enum oc_status st = OC_OK;
    if (weights)
        st = eng_onednn_pack(w, weights, eng_shim_md(&m->plain), eng_shim_pd_md(p->pd, dnnl_query_weights_md), &p->weights, err);
    return st ? st : eng_onednn_prim_ready(p, err);
}

enum oc_status eng_onednn_conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                       const char **impl, struct oc_err *err)
{
    struct descriptors m = {0};
    dnnl_primitive_desc_t pd = NULL;
    *out = NULL;
    if (d->planes)
        return OC_DECLINED;
    eng_onednn_set_threads(d->threads < 1 ? 1 : d->threads);
    dnnl_status_t made = conv_pd(d, &m, &pd);
    enum oc_status st = made == dnnl_out_of_memory ? eng_onednn_fail(err, "convolution", made) : made == dnnl_success ? OC_OK : OC_DECLINED;
    struct eng_prim *p = NULL;
    if (!st)
        st = eng_onednn_prim_new_take(pd, d->threads, &p, scratch_bytes, err);
    if (!st)
        st = finish(w, d->weight, d->bias, d->has_bias, &m, p, err);
    descriptors_free(&m);
    if (st) {
        eng_onednn_prim_free(p);
        return st;
    }
    if (d->post.has_residual) {
        p->residual_batch[0] = p->residual_batch[1] = 1;
        p->residual_rows = 1;
        p->residual_cols = d->n * d->c_out * d->h_out * d->w_out;
    }
    *impl = p->name;
    *out = p;
    return OC_OK;
}

/* Batch levels in use: 0, 1 or 2; the library knows matrices with as many leading dimensions. */
static int levels(const struct eng_gemm_desc *d)
{
    return d->batch[0] > 1 ? 2 : d->batch[1] > 1 ? 1 : 0;
}

/* A matrix with its batch dimensions; a batch stride of 0 becomes a broadcast dimension. */
static dnnl_status_t matrix(struct eng_shim_md *md, const struct eng_gemm_desc *d, const int64_t *batch_stride, int64_t rows, int64_t cols,
                            int64_t row_stride, int64_t col_stride, bool any)
{
    int64_t dims[4], strides[4];
    int n = levels(d), at = 0;
    for (int l = 2 - n; l < 2; l++, at++) {
        dims[at] = batch_stride[l] ? d->batch[l] : 1;
        strides[at] = batch_stride[l] ? batch_stride[l] : rows * cols;
    }
    dims[n] = rows;
    dims[n + 1] = cols;
    strides[n] = rows == 1 && row_stride < cols ? cols : row_stride;
    strides[n + 1] = col_stride;
    return eng_shim_md_init(md, n + 2, dims, any ? NULL : strides);
}

static dnnl_status_t gemm_pd(const struct eng_gemm_desc *d, struct descriptors *m, dnnl_primitive_desc_t *pd)
{
    dnnl_primitive_attr_t attr = NULL;
    int n = levels(d);
    dnnl_status_t st = matrix(&m->src, d, d->a_batch_stride, d->m, d->k, d->a_row_stride, d->a_col_stride, false);
    if (st == dnnl_success)
        st = matrix(&m->plain, d, d->b_batch_stride, d->k, d->n, d->b_row_stride, d->b_col_stride, false);
    if (st == dnnl_success)
        st = matrix(&m->weights, d, d->b_batch_stride, d->k, d->n, d->b_row_stride, d->b_col_stride, d->b_const != NULL);
    if (st == dnnl_success)
        st = matrix(&m->dst, d, d->c_batch_stride, d->m, d->n, d->c_row_stride, 1, false);
    int64_t bias_dims[] = {1, 1, 1, d->n}, bias_strides[] = {d->n, d->n, d->n, 1};
    if (st == dnnl_success && d->has_bias)
        st = eng_shim_md_init(&m->bias, n + 2, bias_dims + 2 - n, bias_strides + 2 - n);
    if (st == dnnl_success)
        st = eng_onednn_attr(&d->post, d->alpha, d->precision, &attr);
    if (st == dnnl_success)
        st = eng_shim_pd_matmul(pd, &m->src, &m->weights, &m->bias, &m->dst, attr, eng_onednn_engine());
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    return st;
}

enum oc_status eng_onednn_gemm_prepare(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                       const char **impl, struct oc_err *err)
{
    struct descriptors m = {0};
    dnnl_primitive_desc_t pd = NULL;
    *out = NULL;
    if ((d->has_bias || d->post.has_residual) && d->alpha != 1.0f)
        return OC_DECLINED; /* the library scales after it added these */
    eng_onednn_set_threads(d->threads < 1 ? 1 : d->threads);
    dnnl_status_t made = gemm_pd(d, &m, &pd);
    enum oc_status st = made == dnnl_out_of_memory ? eng_onednn_fail(err, "matrix product", made)
                        : made == dnnl_success     ? OC_OK
                                                   : OC_DECLINED;
    struct eng_prim *p = NULL;
    if (!st)
        st = eng_onednn_prim_new_take(pd, d->threads, &p, scratch_bytes, err);
    if (!st)
        st = finish(w, d->b_const, d->bias, d->has_bias, &m, p, err);
    descriptors_free(&m);
    if (st) {
        eng_onednn_prim_free(p);
        return st;
    }
    if (d->post.has_residual) {
        p->residual_rows = d->m;
        p->residual_cols = d->n;
        p->residual_stride = d->c_row_stride;
        for (int l = 0; l < 2; l++) {
            p->residual_batch[l] = d->batch[l];
            p->residual_batch_stride[l] = d->c_batch_stride[l];
        }
    }
    *impl = p->name;
    *out = p;
    return OC_OK;
}

/* The residual is where the result will be added to. */
static void place_residual(const struct eng_prim *p, const float *residual, float *y)
{
    if (!p->residual_rows || residual == y)
        return;
    for (int64_t b0 = 0; b0 < p->residual_batch[0]; b0++) {
        for (int64_t b1 = 0; b1 < p->residual_batch[1]; b1++) {
            int64_t at = b0 * p->residual_batch_stride[0] + b1 * p->residual_batch_stride[1];
            for (int64_t r = 0; r < p->residual_rows; r++, at += p->residual_stride)
                memcpy(y + at, residual + at, (size_t)p->residual_cols * sizeof *y);
        }
    }
}

static enum oc_status run(const struct eng_prim *p, const float *x, const float *weight, const float *bias, const float *residual, float *y,
                          void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)par; /* the library has its own threads */
    place_residual(p, residual, y);
    return eng_onednn_execute(p, x, weight, bias, y, scratch, err);
}

const struct eng_backend eng_backend_onednn = {
    .name = "onednn",
    .channels_last = true,
    .available = available,
    .conv_prepare = eng_onednn_conv_prepare,
    .gemm_prepare = eng_onednn_gemm_prepare,
    .conv_run = run,
    .gemm_run = run,
    .prim_free = eng_onednn_prim_free,
};
#else
typedef int eng_no_onednn;
#endif

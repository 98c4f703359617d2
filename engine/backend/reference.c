/*
 * The reference backend: convolution and matrix product as plain loops over the definition, any layout, any
 * strides. It is what the others are compared with, and what runs when they decline a shape. Not fast.
 */
#include "base/mem.h"
#include "engine/backend/post.h"
#include "engine/kernels/window.h"

struct eng_prim {
    bool is_gemm;
    struct eng_conv_desc conv;
    struct eng_gemm_desc gemm;
    const float *weight, *bias; /* of constants; the plan's graph keeps them alive */
};

static bool yes(void)
{
    return true;
}

static const float *const_data(const struct eng_const *c)
{
    return c ? c->t.data : NULL;
}

static enum oc_status prim_new(const struct eng_const *weight, const struct eng_const *bias, struct eng_prim **out, struct oc_err *err)
{
    *out = oc_mem_zero(OC_MEM_MODEL, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "reference kernel", sizeof **out);
    (*out)->weight = const_data(weight);
    (*out)->bias = const_data(bias);
    return OC_OK;
}

static enum oc_status conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    (void)w;
    *scratch_bytes = 0;
    *impl = d->transposed ? "deconv/reference" : "conv/reference";
    enum oc_status st = prim_new(d->weight, d->bias, out, err);
    if (!st)
        (*out)->conv = *d;
    return st;
}

static enum oc_status gemm_prepare(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    (void)w;
    *scratch_bytes = 0;
    *impl = "gemm/reference";
    enum oc_status st = prim_new(d->b_const, d->bias, out, err);
    if (!st) {
        (*out)->gemm = *d;
        (*out)->is_gemm = true;
    }
    return st;
}

static void prim_free(struct eng_prim *p)
{
    oc_mem_free(p);
}

/* Steps in floats between neighbours of an N,C,H,W or N,H,W,C picture. */
struct steps {
    int64_t image, channel, row, col;
};

static struct steps steps_of(bool channels_last, int64_t c, int64_t h, int64_t w)
{
    return channels_last ? (struct steps){h * w * c, 1, w * c, c} : (struct steps){c * h * w, h * w, w, 1};
}

struct conv_job {
    const struct eng_conv_desc *d;
    struct steps in, out;
    const float *x, *weight, *bias, *residual;
    float *y;
};

static float conv_at(const struct conv_job *j, int64_t image, int64_t oc, int64_t oy, int64_t ox)
{
    const struct eng_conv_desc *d = j->d;
    int64_t in_group = d->c_in / d->groups, group = oc / (d->c_out / d->groups);
    int64_t ky0, ky1, kx0, kx1, iy = oy * d->stride_h - d->pad_top, ix = ox * d->stride_w - d->pad_left;
    oc_window_taps(iy, d->kh, d->dil_h, d->h_in, &ky0, &ky1);
    oc_window_taps(ix, d->kw, d->dil_w, d->w_in, &kx0, &kx1);
    const float *x = j->x + image * j->in.image + group * in_group * j->in.channel;
    const float *w = j->weight + oc * in_group * d->kh * d->kw;
    float acc = 0.0f;
    for (int64_t c = 0; c < in_group; c++) {
        for (int64_t ky = ky0; ky < ky1; ky++) {
            const float *row = x + c * j->in.channel + (iy + ky * d->dil_h) * j->in.row;
            const float *taps = w + (c * d->kh + ky) * d->kw;
            for (int64_t kx = kx0; kx < kx1; kx++)
                acc += row[(ix + kx * d->dil_w) * j->in.col] * taps[kx];
        }
    }
    return acc;
}

/* Transposed: output pixel (oy, ox) receives input pixel (iy, ix) through tap k when iy * stride - pad + k * dilation = oy. */
static float deconv_at(const struct conv_job *j, int64_t image, int64_t oc, int64_t oy, int64_t ox)
{
    const struct eng_conv_desc *d = j->d;
    int64_t in_group = d->c_in / d->groups, out_group = d->c_out / d->groups, group = oc / out_group;
    float acc = 0.0f;
    for (int64_t ky = 0; ky < d->kh; ky++) {
        int64_t ty = oy + d->pad_top - ky * d->dil_h;
        if (ty < 0 || ty % d->stride_h || ty / d->stride_h >= d->h_in)
            continue;
        for (int64_t kx = 0; kx < d->kw; kx++) {
            int64_t tx = ox + d->pad_left - kx * d->dil_w;
            if (tx < 0 || tx % d->stride_w || tx / d->stride_w >= d->w_in)
                continue;
            const float *x = j->x + image * j->in.image + ty / d->stride_h * j->in.row + tx / d->stride_w * j->in.col;
            for (int64_t c = group * in_group; c < (group + 1) * in_group; c++)
                acc += x[c * j->in.channel] * j->weight[((c * out_group + oc % out_group) * d->kh + ky) * d->kw + kx];
        }
    }
    return acc;
}

/* One output channel of one image. */
static void conv_plane(void *arg, size_t i)
{
    const struct conv_job *j = arg;
    const struct eng_conv_desc *d = j->d;
    int64_t image = (int64_t)i / d->c_out, oc = (int64_t)i % d->c_out;
    for (int64_t oy = 0; oy < d->h_out; oy++) {
        for (int64_t ox = 0; ox < d->w_out; ox++) {
            int64_t o = image * j->out.image + oc * j->out.channel + oy * j->out.row + ox * j->out.col;
            float v = d->transposed ? deconv_at(j, image, oc, oy, ox) : conv_at(j, image, oc, oy, ox);
            v += (j->bias ? j->bias[oc] : 0.0f) + (j->residual ? j->residual[o] : 0.0f);
            if (d->post.act != ENG_ACT_NONE)
                eng_kernels_reference.act(d->post.act, d->post.alpha, d->post.beta, &v, &v, 1);
            j->y[o] = v;
        }
    }
}

static enum oc_status conv_run(const struct eng_prim *p, const float *x, const float *weight, const float *bias, const float *residual,
                               float *y, void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)scratch, (void)err;
    const struct eng_conv_desc *d = &p->conv;
    struct conv_job j = {.d = d,
                         .in = steps_of(d->channels_last && !d->planes, d->c_in, d->h_in, d->w_in),
                         .out = steps_of(d->channels_last, d->c_out, d->h_out, d->w_out),
                         .x = x,
                         .weight = p->weight ? p->weight : weight,
                         .bias = p->bias       ? p->bias
                                 : d->has_bias ? bias
                                               : NULL,
                         .residual = d->post.has_residual ? residual : NULL,
                         .y = y};
    oc_par_for(par, (size_t)(d->n * d->c_out), conv_plane, &j);
    return OC_OK;
}

struct gemm_job {
    const struct eng_gemm_desc *d;
    const float *a, *b, *bias, *residual;
    float *c;
};

/* One row of one product. */
static void gemm_row(void *arg, size_t i)
{
    const struct gemm_job *j = arg;
    const struct eng_gemm_desc *d = j->d;
    int64_t row = (int64_t)i % d->m, inner = (int64_t)i / d->m % d->batch[1], outer = (int64_t)i / d->m / d->batch[1];
    const float *a = j->a + outer * d->a_batch_stride[0] + inner * d->a_batch_stride[1] + row * d->a_row_stride;
    const float *b = j->b + outer * d->b_batch_stride[0] + inner * d->b_batch_stride[1];
    int64_t at = outer * d->c_batch_stride[0] + inner * d->c_batch_stride[1] + row * d->c_row_stride;
    float *c = j->c + at;
    for (int64_t n = 0; n < d->n; n++) {
        float acc = 0.0f;
        for (int64_t k = 0; k < d->k; k++)
            acc += a[k * d->a_col_stride] * b[k * d->b_row_stride + n * d->b_col_stride];
        float v = acc * d->alpha + (j->bias ? j->bias[n] : 0.0f) + (j->residual ? j->residual[at + n] : 0.0f);
        if (d->post.act != ENG_ACT_NONE)
            eng_kernels_reference.act(d->post.act, d->post.alpha, d->post.beta, &v, &v, 1);
        c[n] = v;
    }
}

static enum oc_status gemm_run(const struct eng_prim *p, const float *a, const float *b, const float *bias, const float *residual, float *c,
                               void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)scratch, (void)err;
    const struct eng_gemm_desc *d = &p->gemm;
    struct gemm_job j = {.d = d,
                         .a = a,
                         .b = p->weight ? p->weight : b,
                         .bias = p->bias       ? p->bias
                                 : d->has_bias ? bias
                                               : NULL,
                         .residual = d->post.has_residual ? residual : NULL,
                         .c = c};
    oc_par_for(par, (size_t)(d->batch[0] * d->batch[1] * d->m), gemm_row, &j);
    return OC_OK;
}

const struct eng_backend eng_backend_reference = {
    .name = "reference",
    .channels_last = false,
    .available = yes,
    .conv_prepare = conv_prepare,
    .gemm_prepare = gemm_prepare,
    .conv_run = conv_run,
    .gemm_run = gemm_run,
    .prim_free = prim_free,
};

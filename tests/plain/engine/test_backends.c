/*
 * Convolutions and products of random shapes on every backend, compared with the reference: odd sizes, groups,
 * dilation, strides, one-sided padding, both layouts, transposed, strided and batched matrices, residuals (in place
 * too) and every activation. Blocks have exactly the size of their tensors.
 */
#include "base/mem.h"
#include "base/thread.h"
#include "engine/backend/backend.h"
#include "engine/backend/own/own.h"
#include "engine/backend/weights.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 0x9E3779B97F4A7C15u;
static int failures, ran, declined;

static int64_t below(int64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)(seed % (uint64_t)n);
}

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static void must_ok(enum oc_status st, const struct oc_err *err)
{
    if (st) {
        fprintf(stderr, "%s\n", err->msg);
        abort();
    }
}

static float *numbers(int64_t n)
{
    float *x = must(oc_mem_alloc(OC_MEM_OTHER, (size_t)n * sizeof *x));
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(below(2001) - 1000) / 1000.0f;
    return x;
}

static struct eng_const *constant(int rank, const int64_t *dims)
{
    struct eng_shape s = {.rank = rank};
    struct eng_const *c;
    struct oc_err err;
    memcpy(s.dim, dims, (size_t)rank * sizeof *dims);
    must_ok(eng_const_new(ENG_DT_F32, &s, &c, &err), &err);
    for (int64_t i = 0; i < eng_shape_count(&s); i++)
        ((float *)c->t.data)[i] = (float)(below(2001) - 1000) / 1000.0f;
    return c;
}

static struct eng_post random_post(void)
{
    struct eng_post p = {.act = (enum eng_act)below(ENG_ACT_COUNT), .alpha = 0.2f, .beta = 0.5f, .has_residual = below(2)};
    if (p.act == ENG_ACT_CLIP)
        p.alpha = -1.0f, p.beta = 6.0f;
    if (p.act == ENG_ACT_SILU)
        p.alpha = below(2) ? 1.702f : 1.0f;
    return p;
}

static void compare(const char *what, const char *impl, const float *want, const float *got, int64_t n, const char *text)
{
    ran++;
    for (int64_t i = 0; i < n; i++) {
        if (fabsf(want[i] - got[i]) <= 2e-4f + 2e-4f * fabsf(want[i]))
            continue;
        fprintf(stderr, "%s (%s): [%lld of %lld] expected %g, got %g: %s\n", what, impl, (long long)i, (long long)n, (double)want[i],
                (double)got[i], text);
        failures++;
        return;
    }
}

/* --- convolution --- */

static struct eng_conv_desc random_conv(void)
{
    struct eng_conv_desc d = {.n = below(2) + 1,
                              .kh = below(5) + 1,
                              .kw = below(5) + 1,
                              .stride_h = below(2) + 1,
                              .stride_w = below(3) + 1,
                              .dil_h = below(2) + 1,
                              .dil_w = below(2) + 1,
                              .transposed = below(4) == 0,
                              .threads = 1};
    int64_t kind = below(4);
    d.groups = kind == 0 ? below(40) + 1 : kind == 1 ? below(3) + 1 : 1;
    int64_t per = kind == 0 ? 1 : below(20) + 1;
    d.c_in = d.groups * per;
    d.c_out = d.groups * (kind == 0 ? 1 : below(36) + 1);
    if (below(3) == 0)
        d.kh = d.kw = 1;
    d.h_in = below(12) + 1;
    d.w_in = below(20) + 1;
    d.pad_top = below(d.kh), d.pad_bottom = below(d.kh), d.pad_left = below(d.kw), d.pad_right = below(d.kw);
    bool tiles = d.transposed && below(2) == 0; /* the kernel is the stride: a way of its own */
    if (tiles) {
        d.stride_h = d.kh, d.stride_w = d.kw, d.dil_h = d.dil_w = 1;
        d.pad_top = d.pad_bottom = d.pad_left = d.pad_right = 0;
    }
    int64_t eh = (d.kh - 1) * d.dil_h + 1, ew = (d.kw - 1) * d.dil_w + 1;
    if (tiles) {
        d.h_out = d.h_in * d.kh;
        d.w_out = d.w_in * d.kw;
    } else if (d.transposed) {
        d.h_out = (d.h_in - 1) * d.stride_h + eh - d.pad_top - d.pad_bottom + below(d.stride_h);
        d.w_out = (d.w_in - 1) * d.stride_w + ew - d.pad_left - d.pad_right + below(d.stride_w);
    } else {
        d.h_out = (d.h_in + d.pad_top + d.pad_bottom - eh) / d.stride_h + 1;
        d.w_out = (d.w_in + d.pad_left + d.pad_right - ew) / d.stride_w + 1;
        if (d.h_in + d.pad_top + d.pad_bottom < eh || d.w_in + d.pad_left + d.pad_right < ew)
            d.h_out = 0;
    }
    d.post = random_post();
    d.has_bias = below(2);
    return d;
}

struct conv_case {
    struct eng_conv_desc d;
    struct eng_const *weight, *bias;
    float *x, *residual, *want;
    int64_t n_in, n_out;
    char text[256];
};

static void run_conv(const struct eng_backend *b, const struct conv_case *c, bool runtime_weight, struct eng_weights *w)
{
    struct eng_conv_desc d = c->d;
    struct eng_prim *p = NULL;
    struct oc_err err = {0};
    size_t scratch_bytes = 0;
    const char *impl = "?";
    d.weight = runtime_weight ? NULL : c->weight;
    d.bias = runtime_weight ? NULL : c->bias;
    enum oc_status st = b->conv_prepare(&d, w, &p, &scratch_bytes, &impl, &err);
    if (st == OC_DECLINED) {
        declined++;
        return;
    }
    must_ok(st, &err);
    float *y = must(oc_mem_alloc(OC_MEM_OTHER, (size_t)c->n_out * sizeof *y));
    void *scratch = must(oc_mem_aligned(OC_MEM_OTHER, scratch_bytes));
    for (int in_place = 0; in_place < 2; in_place++) {
        memset(y, 0xff, (size_t)c->n_out * sizeof *y);
        if (in_place)
            memcpy(y, c->residual, (size_t)c->n_out * sizeof *y);
        must_ok(b->conv_run(p, c->x, d.weight ? NULL : c->weight->t.data, d.bias || !d.has_bias ? NULL : c->bias->t.data,
                            in_place ? y : c->residual, y, scratch, NULL, &err),
                &err);
        compare(b->name, impl, c->want, y, c->n_out, c->text);
    }
    oc_mem_free(y);
    oc_mem_free(scratch);
    b->prim_free(p);
}

static void one_conv(struct eng_weights *w)
{
    struct conv_case c = {.d = random_conv()};
    struct eng_conv_desc *d = &c.d;
    if (d->h_out < 1 || d->w_out < 1)
        return;
    int64_t oihw[] = {d->transposed ? d->c_in : d->c_out, (d->transposed ? d->c_out : d->c_in) / d->groups, d->kh, d->kw};
    c.weight = constant(4, oihw);
    c.bias = constant(1, &d->c_out);
    c.n_in = d->n * d->c_in * d->h_in * d->w_in;
    c.n_out = d->n * d->c_out * d->h_out * d->w_out;
    c.x = numbers(c.n_in);
    c.residual = numbers(c.n_out);
    c.want = must(oc_mem_alloc(OC_MEM_OTHER, (size_t)c.n_out * sizeof(float)));
    for (int last = 0; last < 2; last++) {
        d->channels_last = last;
        snprintf(c.text, sizeof c.text,
                 "%s n %lld, %lldx%lldx%lld -> %lldx%lldx%lld, kernel %lldx%lld stride %lldx%lld dilation %lldx%lld pads %lld %lld, groups "
                 "%lld, act %d, residual %d, bias %d, last %d",
                 d->transposed ? "transposed" : "conv", (long long)d->n, (long long)d->c_in, (long long)d->h_in, (long long)d->w_in,
                 (long long)d->c_out, (long long)d->h_out, (long long)d->w_out, (long long)d->kh, (long long)d->kw, (long long)d->stride_h,
                 (long long)d->stride_w, (long long)d->dil_h, (long long)d->dil_w, (long long)d->pad_top, (long long)d->pad_left,
                 (long long)d->groups, d->post.act, d->post.has_residual, d->has_bias, last);
        struct eng_prim *p = NULL;
        size_t scratch = 0;
        const char *impl;
        struct oc_err err;
        struct eng_conv_desc plain = *d;
        plain.weight = c.weight;
        plain.bias = d->has_bias ? c.bias : NULL;
        must_ok(eng_backend_reference.conv_prepare(&plain, w, &p, &scratch, &impl, &err), &err);
        must_ok(eng_backend_reference.conv_run(p, c.x, NULL, NULL, c.residual, c.want, NULL, NULL, &err), &err);
        eng_backend_reference.prim_free(p);
        for (int i = 0; eng_backend_name(i); i++) {
            const struct eng_backend *b;
            if (eng_backend_find(eng_backend_name(i), &b, NULL) || b == &eng_backend_reference)
                continue;
            struct eng_const *bias = c.bias;
            c.bias = d->has_bias ? bias : NULL;
            run_conv(b, &c, below(4) == 0, w);
            c.bias = bias;
        }
        struct eng_const *bias = c.bias;
        c.bias = d->has_bias ? bias : NULL;
        run_conv(&eng_backend_own, &c, false, w);
        c.bias = bias;
    }
    if (d->groups == 1 && !d->transposed) { /* channels last out of planes: our own kernel only */
        d->channels_last = d->planes = true;
        struct eng_prim *p = NULL;
        size_t scratch = 0;
        const char *impl;
        struct oc_err err;
        struct eng_conv_desc plain = *d;
        plain.weight = c.weight;
        plain.bias = d->has_bias ? c.bias : NULL;
        must_ok(eng_backend_reference.conv_prepare(&plain, w, &p, &scratch, &impl, &err), &err);
        must_ok(eng_backend_reference.conv_run(p, c.x, NULL, NULL, c.residual, c.want, NULL, NULL, &err), &err);
        eng_backend_reference.prim_free(p);
        struct eng_const *bias = c.bias;
        c.bias = d->has_bias ? bias : NULL;
        run_conv(&eng_backend_own, &c, false, w);
        c.bias = bias;
    }
    eng_const_unref(c.weight);
    eng_const_unref(c.bias);
    oc_mem_free(c.x);
    oc_mem_free(c.residual);
    oc_mem_free(c.want);
}

/* --- matrix products --- */

static struct eng_gemm_desc random_gemm(void)
{
    struct eng_gemm_desc d = {
        .m = below(4) ? below(40) + 1 : 1, .n = below(5) ? below(70) + 1 : 1, .k = below(70) + 1, .threads = 1, .alpha = 1.0f};
    d.batch[0] = below(3) ? 1 : below(3) + 1;
    d.batch[1] = below(2) ? 1 : below(3) + 1;
    bool heads = below(3) == 0; /* the inner batch interleaved with the rows, as attention has it */
    bool ta = below(3) == 0, tb = below(3) == 0;
    int64_t inner = d.batch[1];
    d.a_row_stride = ta ? 1 : d.k * (heads ? inner : 1);
    d.a_col_stride = ta ? d.m : 1;
    d.a_batch_stride[1] = heads && !ta ? d.k : d.m * d.k;
    d.a_batch_stride[0] = inner * d.m * d.k;
    d.b_row_stride = tb ? 1 : d.n;
    d.b_col_stride = tb ? d.k : 1;
    bool shared = below(2);
    d.b_batch_stride[1] = shared ? 0 : d.k * d.n;
    d.b_batch_stride[0] = shared ? 0 : inner * d.k * d.n;
    d.c_row_stride = d.n * (heads ? inner : 1);
    d.c_batch_stride[1] = heads ? d.n : d.m * d.n;
    d.c_batch_stride[0] = inner * d.m * d.n;
    d.has_bias = below(2);
    d.post = random_post();
    if (below(4) == 0)
        d.alpha = 0.25f;
    return d;
}

static void one_gemm(struct eng_weights *w)
{
    struct eng_gemm_desc d = random_gemm();
    struct oc_err err;
    int64_t batches = d.batch[0] * d.batch[1], n_out = batches * d.m * d.n;
    bool shared = !d.b_batch_stride[1];
    struct eng_const *b_const = constant(1, (int64_t[]){(shared ? 1 : batches) * d.k * d.n}), *bias = constant(1, &d.n);
    float *a = numbers(batches * d.m * d.k), *residual = numbers(n_out), *want = numbers(n_out), *y = numbers(n_out);
    char text[256];
    snprintf(text, sizeof text,
             "m %lld n %lld k %lld, batch %lld %lld, a %lld %lld, b %lld %lld (batch %lld), c %lld, alpha %g, act %d, residual %d, bias %d",
             (long long)d.m, (long long)d.n, (long long)d.k, (long long)d.batch[0], (long long)d.batch[1], (long long)d.a_row_stride,
             (long long)d.a_col_stride, (long long)d.b_row_stride, (long long)d.b_col_stride, (long long)d.b_batch_stride[1],
             (long long)d.c_row_stride, (double)d.alpha, d.post.act, d.post.has_residual, d.has_bias);
    const struct eng_backend *b = &eng_backend_reference;
    for (int i = -1; i < 0 || eng_backend_name(i); i++) {
        if (i >= 0 && (eng_backend_find(eng_backend_name(i), &b, NULL) || b == &eng_backend_reference))
            continue;
        for (int constants = 0; constants < 2; constants++) {
            struct eng_gemm_desc e = d;
            e.b_const = constants && shared ? b_const : NULL;
            e.bias = constants && d.has_bias ? bias : NULL;
            struct eng_prim *p = NULL;
            size_t scratch_bytes = 0;
            const char *impl = "?";
            enum oc_status st = b->gemm_prepare(&e, w, &p, &scratch_bytes, &impl, &err);
            if (st == OC_DECLINED) {
                declined++;
                continue;
            }
            must_ok(st, &err);
            void *scratch = must(oc_mem_aligned(OC_MEM_OTHER, scratch_bytes));
            float *c = i < 0 ? want : y;
            memset(c, 0xff, (size_t)n_out * sizeof *c);
            must_ok(b->gemm_run(p, a, e.b_const ? NULL : b_const->t.data, e.bias || !e.has_bias ? NULL : bias->t.data, residual, c, scratch,
                                NULL, &err),
                    &err);
            if (i >= 0)
                compare(b->name, impl, want, y, n_out, text);
            oc_mem_free(scratch);
            b->prim_free(p);
        }
    }
    eng_const_unref(b_const);
    eng_const_unref(bias);
    oc_mem_free(a);
    oc_mem_free(residual);
    oc_mem_free(want);
    oc_mem_free(y);
}

int main(void)
{
    struct eng_weights *w;
    struct oc_err err;
    must_ok(eng_weights_new(&w, &err), &err);
    for (int i = 0; i < 300 && failures < 20; i++) {
        one_conv(w);
        one_gemm(w);
    }
    eng_weights_free(w);
    printf("%d comparisons, %d declined, %d failures; %zu blocks left\n", ran, declined, failures, oc_mem_blocks());
    return failures || oc_mem_blocks() ? 1 : 0;
}

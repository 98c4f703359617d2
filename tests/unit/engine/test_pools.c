/* Pools and their windows: rounding, padding, NaN, both layouts, hostile sizes. */
#include "op_harness.h"
#include <criterion/criterion.h>
#include <math.h>
#include "engine/ops/nn/window.h"

static enum oc_status window(int64_t in, int64_t kernel, int64_t stride, int64_t dilation, const int64_t pads[2], const char *auto_pad,
                             bool ceil, struct eng_window *w)
{
    struct op_run r;
    op_begin(&r, "MaxPool", 12);
    op_ints(&r, "kernel_shape", 1, &kernel);
    op_ints(&r, "strides", 1, &stride);
    op_ints(&r, "dilations", 1, &dilation);
    if (pads)
        op_ints(&r, "pads", 2, pads);
    if (auto_pad)
        op_string(&r, "auto_pad", auto_pad);
    op_int(&r, "ceil_mode", ceil);
    enum oc_status st = eng_window(&r.err, &r.node, 1, &in, NULL, w);
    op_end(&r);
    return st;
}

Test(window, sizes_and_padding)
{
    static const struct {
        int64_t in, kernel, stride, dilation, pads[2];
        const char *auto_pad;
        bool ceil;
        int64_t out, begin, end;
    } rows[] = {
        {5, 3, 1, 1, {0, 0}, NULL, false, 3, 0, 0},
        {5, 5, 1, 1, {2, 2}, NULL, false, 5, 2, 2},
        {6, 3, 2, 1, {0, 0}, NULL, false, 2, 0, 0},
        {6, 3, 2, 1, {0, 0}, NULL, true, 3, 0, 0},
        {7, 3, 1, 2, {0, 0}, NULL, false, 3, 0, 0},
        {4, 2, 3, 1, {0, 1}, NULL, true, 2, 0, 1},
        {3, 1, 2, 1, {0, 1}, NULL, true, 2, 0, 1},          /* a third window would start behind the input */
        {5, 2, 2, 1, {0, 0}, "SAME_UPPER", false, 3, 0, 1}, /* the odd cell goes to the end */
        {5, 2, 2, 1, {0, 0}, "SAME_LOWER", false, 3, 1, 0}, /* or to the beginning */
        {6, 3, 1, 2, {0, 0}, "SAME_UPPER", false, 6, 2, 2}, /* dilation counts */
        {5, 1, 3, 1, {0, 0}, "SAME_UPPER", false, 2, 0, 0},
        {5, 3, 1, 1, {9, 9}, "VALID", false, 3, 0, 0}, /* pads do not count */
        {0x7fffffff, 0x7fffffff, 0x7fffffff, 1, {0, 0}, NULL, false, 1, 0, 0},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++) {
        struct eng_window w = {0};
        cr_assert_eq(window(rows[i].in, rows[i].kernel, rows[i].stride, rows[i].dilation, rows[i].pads, rows[i].auto_pad, rows[i].ceil, &w),
                     OC_OK, "row %zu", i);
        cr_assert_eq(w.out[0], rows[i].out, "row %zu: %lld outputs, not %lld", i, (long long)w.out[0], (long long)rows[i].out);
        cr_assert(w.pad_begin[0] == rows[i].begin && w.pad_end[0] == rows[i].end, "row %zu: padding %lld, %lld", i,
                  (long long)w.pad_begin[0], (long long)w.pad_end[0]);
    }
}

Test(window, refuses_what_makes_no_sense)
{
    static const struct {
        int64_t in, kernel, stride, dilation, pads[2];
        const char *auto_pad;
    } rows[] = {
        {5, 0, 1, 1, {0, 0}, NULL},
        {5, 3, 0, 1, {0, 0}, NULL},
        {5, 3, 1, 0, {0, 0}, NULL},
        {5, -3, 1, 1, {0, 0}, NULL},
        {5, 3, -1, 1, {0, 0}, NULL},
        {5, 3, 1, 1, {-1, 0}, NULL},
        {5, 6, 1, 1, {0, 0}, NULL},
        {5, 3, 1, 3, {0, 0}, NULL},
        {5, 3, 1, 1, {0, 0}, "MIDDLE"},
        {5, 3, 1, INT64_MAX, {0, 0}, NULL},
        {5, INT64_MAX, 1, 1, {INT64_MAX, INT64_MAX}, NULL},
        {-1, 1, 1, 1, {0, 0}, NULL},
        {INT64_MAX, 1, 1, 1, {0, 0}, NULL},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++) {
        struct eng_window w = {0};
        cr_assert_eq(window(rows[i].in, rows[i].kernel, rows[i].stride, rows[i].dilation, rows[i].pads, rows[i].auto_pad, false, &w),
                     OC_E_MODEL, "row %zu", i);
    }
}

Test(pools, nan_wins_in_max_pool)
{
    struct op_run r;
    op_begin(&r, "MaxPool", 12);
    op_ints(&r, "kernel_shape", 2, INTS(2, 2));
    op_in_f32(&r, DIMS(1, 1, 2, 4), (float[]){1, 2, 3, 4, NAN, 0, 0, 5});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 1, 3), (float[]){NAN, 3, 5}, 0);
    op_end(&r);
}

Test(pools, max_of_bytes)
{
    struct op_run r;
    op_begin(&r, "MaxPool", 12);
    op_ints(&r, "kernel_shape", 1, INTS(2));
    op_in(&r, ENG_DT_I8, DIMS(1, 1, 3), (int8_t[]){-128, -100, 7});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I8, DIMS(1, 1, 2), (int8_t[]){-100, 7});
    op_end(&r);
}

Test(pools, nothing_in_nothing_out)
{
    struct op_run r;
    op_begin(&r, "AveragePool", 13);
    op_ints(&r, "kernel_shape", 2, INTS(2, 2));
    op_in_f32(&r, DIMS(0, 3, 4, 4), NULL);
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_shape(&r, 0, ENG_DT_F32, DIMS(0, 3, 3, 3));
    op_end(&r);
}

Test(pools, padding_as_large_as_the_window_is_refused)
{
    struct op_run r;
    op_begin(&r, "MaxPool", 12);
    op_ints(&r, "kernel_shape", 2, INTS(2, 2));
    op_ints(&r, "pads", 4, INTS(2, 0, 0, 0));
    op_in_f32(&r, DIMS(1, 1, 2, 2), (float[]){1, 2, 3, 4});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

/* N,C,H,W to N,H,W,C */
static void to_channels_last(const float *x, int64_t c, int64_t cells, float *y)
{
    for (int64_t i = 0; i < c; i++)
        for (int64_t j = 0; j < cells; j++)
            y[j * c + i] = x[i * cells + j];
}

/* The same numbers in the other layout give the same result in the other layout. */
static void check_layouts(const char *op, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation, int threads)
{
    enum { C = 5, H = 7, W = 6 };
    float x[C * H * W], last[C * H * W], want[C * H * W * 4];
    for (int i = 0; i < C * H * W; i++)
        x[i] = (float)((i * 37) % 101 - 50);
    to_channels_last(x, C, H * W, last);
    struct op_run a, b;
    for (int pass = 0; pass < 2; pass++) {
        struct op_run *r = pass ? &b : &a;
        op_begin(r, op, 19);
        op_ints(r, "kernel_shape", 2, (int64_t[]){kernel, kernel});
        op_ints(r, "strides", 2, (int64_t[]){stride, stride});
        op_ints(r, "pads", 4, (int64_t[]){pad, pad, pad, pad});
        op_ints(r, "dilations", 2, (int64_t[]){dilation, dilation});
        r->node.channels_last = pass == 1;
        r->threads = pass ? threads : 1;
        op_in_f32(r, pass ? DIMS(1, H, W, C) : DIMS(1, C, H, W), pass ? last : x);
        cr_assert_eq(op_exec(r, 1), OC_OK, "%s", r->err.msg);
    }
    int64_t h = a.out[0].shape.dim[2], w = a.out[0].shape.dim[3];
    to_channels_last(a.out[0].data, C, h * w, want);
    op_expect_f32(&b, 0, DIMS(1, h, w, C), want, 1e-6);
    op_end(&a);
    op_end(&b);
}

Test(pools, both_layouts_agree)
{
    for (int threads = 1; threads < 3; threads++) {
        check_layouts("MaxPool", 5, 1, 2, 1, threads);
        check_layouts("MaxPool", 3, 2, 1, 1, threads);
        check_layouts("MaxPool", 2, 2, 0, 2, threads);
        check_layouts("AveragePool", 3, 1, 1, 1, threads);
        check_layouts("AveragePool", 2, 2, 0, 1, threads);
        check_layouts("LpPool", 2, 2, 0, 1, threads);
    }
}

Test(pools, unpool_checks_its_indices)
{
    struct op_run r;
    op_begin(&r, "MaxUnpool", 11);
    op_ints(&r, "kernel_shape", 1, INTS(2));
    op_ints(&r, "strides", 1, INTS(2));
    op_in_f32(&r, DIMS(1, 1, 2), (float[]){5, 6});
    op_in_i64(&r, DIMS(1, 1, 2), INTS(1, 4));
    cr_assert_eq(op_exec(&r, 1), OC_E_INVALID);
    op_end(&r);
}

Test(pools, global_pools_of_channels_last)
{
    static const struct {
        const char *op;
        float want[2];
    } rows[] = {{"GlobalAveragePool", {3, 0}}, {"GlobalMaxPool", {5, 2}}, {"GlobalLpPool", {6, 2.828427f}}};
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++) {
        struct op_run r;
        op_begin(&r, rows[i].op, 13);
        r.node.channels_last = true;
        op_in_f32(&r, DIMS(1, 3, 1, 2), (float[]){1, 2, 3, -2, 5, 0});
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        float want[2] = {rows[i].want[0], rows[i].want[1]};
        if (i == 2)
            want[0] = sqrtf(35);
        op_expect_f32(&r, 0, DIMS(1, 1, 1, 2), want, 1e-6);
        op_end(&r);
    }
}

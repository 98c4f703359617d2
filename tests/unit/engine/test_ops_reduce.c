/* Reductions, Softmax, ArgMax, TopK, CumSum, Einsum: opset forms, axes, empty sets, ties, NaN, and plain loops to compare with. */
#include <criterion/criterion.h>
#include <math.h>
#include "op_harness.h"

static const float six[] = {1, 2, 3, 4, 5, 6};

Test(ops_reduce, every_set_of_axes_equals_a_plain_loop)
{
    static const struct eng_shape in = {4, {3, 5, 7, 9}};
    static float x[3 * 5 * 7 * 9];
    for (int i = 0; i < 3 * 5 * 7 * 9; i++)
        x[i] = (float)(i * 7919 % 1000) * 0.002f - 1;
    for (unsigned set = 1; set < 16; set++)
        for (int keep = 0; keep < 2; keep++) {
            int64_t axes[4], n = 0;
            struct eng_shape out = {0};
            double sum[3 * 5 * 7 * 9] = {0}, square[3 * 5 * 7 * 9] = {0};
            float want[2][3 * 5 * 7 * 9], high[3 * 5 * 7 * 9];
            for (int d = 0; d < 4; d++) {
                if (set >> d & 1)
                    axes[n++] = d - 4;
                if (!(set >> d & 1) || keep)
                    out.dim[out.rank++] = set >> d & 1 ? 1 : in.dim[d];
            }
            for (int i = 0; i < 3 * 5 * 7 * 9; i++)
                high[i] = -INFINITY;
            for (int i = 0; i < 3 * 5 * 7 * 9; i++) {
                int at[4] = {i / 315, i / 63 % 5, i / 9 % 7, i % 9}, o = 0;
                for (int d = 0; d < 4; d++)
                    o = set >> d & 1 ? o : o * (int)in.dim[d] + at[d];
                sum[o] += (double)x[i];
                square[o] += (double)x[i] * (double)x[i];
                high[o] = fmaxf(high[o], x[i]);
            }
            for (int64_t i = 0; i < eng_shape_count(&out); i++) {
                want[0][i] = (float)(sum[i] * (double)eng_shape_count(&out) / (3 * 5 * 7 * 9));
                want[1][i] = (float)sqrt(square[i]);
            }
            for (int op = 0; op < 3; op++) {
                static const char *const names[] = {"ReduceMean", "ReduceL2", "ReduceMax"};
                struct op_run r;
                op_begin(&r, names[op], 17);
                op_int(&r, "keepdims", keep);
                op_ints(&r, "axes", (size_t)n, axes);
                op_in_f32(&r, in, x);
                cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
                op_expect_f32(&r, 0, out, op == 2 ? high : want[op], 1e-5);
                op_end(&r);
            }
        }
}

Test(ops_reduce, axes_move_from_attribute_to_input)
{
    static const struct {
        const char *op;
        int opset;
        bool input;
    } cases[] = {{"ReduceSum", 11, false}, {"ReduceSum", 13, true}, {"ReduceSumSquare", 13, false}, {"ReduceSumSquare", 18, true}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, cases[i].op, cases[i].opset);
        op_int(&r, "keepdims", 0);
        op_in_f32(&r, DIMS(2, 3), six);
        if (cases[i].input)
            op_in_i64(&r, DIMS(1), INTS(-1));
        else
            op_ints(&r, "axes", 1, INTS(-1));
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, DIMS(2), i < 2 ? (float[]){6, 15} : (float[]){14, 77}, 1e-6);
        op_end(&r);
    }
    for (int noop = 0; noop < 2; noop++) { /* an empty list of axes */
        struct op_run r;
        op_begin(&r, "ReduceSum", 13);
        op_int(&r, "noop_with_empty_axes", noop);
        op_in_f32(&r, DIMS(2, 3), six);
        op_in_i64(&r, DIMS(0), INTS(0));
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        if (noop)
            op_expect_f32(&r, 0, DIMS(2, 3), six, 0);
        else
            op_expect_f32(&r, 0, DIMS(1, 1), (float[]){21}, 0);
        op_end(&r);
    }
}

Test(ops_reduce, empty_sets_give_the_neutral_element)
{
    static const struct {
        const char *op;
        float want;
    } cases[] = {
        {"ReduceSum", 0}, {"ReduceProd", 1}, {"ReduceMax", -INFINITY}, {"ReduceMin", INFINITY},     {"ReduceMean", NAN},
        {"ReduceL1", 0},  {"ReduceL2", 0},   {"ReduceSumSquare", 0},   {"ReduceLogSum", -INFINITY}, {"ReduceLogSumExp", -INFINITY}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, cases[i].op, 20);
        op_int(&r, "keepdims", 0);
        op_in_f32(&r, DIMS(2, 0), six);
        op_in_i64(&r, DIMS(1), INTS(1));
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect_f32(&r, 0, DIMS(2), (float[]){cases[i].want, cases[i].want}, 0);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "ReduceMax", 20); /* the lowest integer */
    op_in(&r, ENG_DT_I32, DIMS(0), six);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_I32, DIMS(1), (int32_t[]){INT32_MIN});
    op_end(&r);
}

Test(ops_reduce, integers_stay_exact)
{
    struct op_run r;
    op_begin(&r, "ReduceSum", 13);
    op_int(&r, "keepdims", 0);
    op_in_i64(&r, DIMS(3), INTS(((int64_t)1 << 60) + 1, 1, -2));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, SCALAR, INTS((int64_t)1 << 60));
    op_end(&r);
    op_begin(&r, "ReduceMax", 18);
    op_int(&r, "keepdims", 0);
    op_in(&r, ENG_DT_U64, DIMS(3), (uint64_t[]){1, UINT64_MAX, 5});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_U64, SCALAR, (uint64_t[]){UINT64_MAX});
    op_end(&r);
    op_begin(&r, "ReduceL1", 18);
    op_int(&r, "keepdims", 0);
    op_in(&r, ENG_DT_I32, DIMS(3), (int32_t[]){-3, 4, -5});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_I32, SCALAR, (int32_t[]){12});
    op_end(&r);
}

Test(ops_reduce, log_sum_exp_does_not_overflow)
{
    struct op_run r;
    op_begin(&r, "ReduceLogSumExp", 18);
    op_int(&r, "keepdims", 0);
    op_in_f32(&r, DIMS(2), (float[]){1000, 1000});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, SCALAR, (float[]){1000.693147f}, 1e-6);
    op_end(&r);
}

static void softmax_by_hand(const float *x, float *y, int64_t outer, int64_t n, int64_t inner, bool logarithm)
{
    for (int64_t lane = 0; lane < outer * inner; lane++) {
        int64_t at = lane / inner * n * inner + lane % inner;
        double max = -INFINITY, sum = 0;
        for (int64_t i = 0; i < n; i++)
            max = fmax(max, (double)x[at + i * inner]);
        for (int64_t i = 0; i < n; i++)
            sum += exp((double)x[at + i * inner] - max);
        for (int64_t i = 0; i < n; i++) {
            double v = (double)x[at + i * inner] - max;
            y[at + i * inner] = (float)(logarithm ? v - log(sum) : exp(v) / sum);
        }
    }
}

Test(ops_reduce, softmax_means_a_matrix_before_13_and_an_axis_after)
{
    static const struct {
        int opset;
        int64_t axis, outer, n, inner;
    } cases[] = {{11, 1, 3, 700, 1}, {11, 2, 30, 70, 1}, {11, 0, 1, 2100, 1}, {11, 3, 2100, 1, 1}, {11, -1, 30, 70, 1},
                 {13, 1, 3, 10, 70}, {13, 2, 30, 70, 1}, {13, 0, 1, 3, 700},  {13, -2, 3, 10, 70}};
    static float x[2100], want[2100];
    for (int i = 0; i < 2100; i++)
        x[i] = (float)(i * 7919 % 1000) * 0.02f - 10;
    for (size_t i = 0; i < OC_ARRAY_LEN(cases) * 4; i++) {
        struct op_run r;
        bool logarithm = i % 2;
        op_begin(&r, logarithm ? "LogSoftmax" : "Softmax", cases[i / 4].opset);
        r.threads = 1 + (int)(i / 2 % 2);
        r.share = i / 2 % 2;
        op_int(&r, "axis", cases[i / 4].axis);
        op_in_f32(&r, DIMS(3, 10, 70), x);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        softmax_by_hand(x, want, cases[i / 4].outer, cases[i / 4].n, cases[i / 4].inner, logarithm);
        op_expect_f32(&r, 0, DIMS(3, 10, 70), want, 3e-6);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "Softmax", 13); /* large numbers, halves */
    op_in(&r, ENG_DT_F16, DIMS(2), (uint16_t[]){0x7bff, 0x7bff});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_F16, DIMS(2), (uint16_t[]){0x3800, 0x3800});
    op_end(&r);
}

Test(ops_reduce, arg_max_picks_the_first_or_the_last)
{
    static const struct {
        const char *op;
        int64_t last, want;
    } cases[] = {{"ArgMax", 0, 1}, {"ArgMax", 1, 3}, {"ArgMin", 0, 0}, {"ArgMin", 1, 4}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, cases[i].op, 13);
        op_int(&r, "keepdims", 0);
        op_int(&r, "select_last_index", cases[i].last);
        op_in_i32(&r, DIMS(5), (int32_t[]){1, 7, 3, 7, 1});
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect_i64(&r, 0, SCALAR, &cases[i].want);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "ArgMax", 13);
    op_int(&r, "axis", 0);
    op_in_f32(&r, DIMS(2, 3), (float[]){1, NAN, 3, 4, 5, -INFINITY});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(1, 3), INTS(1, 0, 0));
    op_end(&r);
    op_begin(&r, "ArgMax", 13);
    op_in_f32(&r, DIMS(0), six);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_reduce, top_k_orders_ties_by_index)
{
    struct op_run r;
    op_begin(&r, "TopK", 11);
    op_in_f32(&r, DIMS(2, 5), (float[]){3, 1, 3, -0.0f, 0, -5, -1, -1, NAN, -INFINITY});
    op_in_i64(&r, DIMS(1), INTS(4));
    cr_assert_eq(op_exec(&r, 2), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 4), (float[]){3, 3, 1, 0, NAN, -1, -1, -5}, 0);
    op_expect_i64(&r, 1, DIMS(2, 4), INTS(0, 2, 1, 3, 3, 1, 2, 0));
    op_end(&r);
    op_begin(&r, "TopK", 11);
    op_int(&r, "largest", 0);
    op_int(&r, "axis", 0);
    op_in_i64(&r, DIMS(3, 1), INTS(INT64_MAX, INT64_MIN, INT64_MAX - 1));
    op_in_i64(&r, DIMS(1), INTS(2));
    cr_assert_eq(op_exec(&r, 2), OC_OK);
    op_expect_i64(&r, 0, DIMS(2, 1), INTS(INT64_MIN, INT64_MAX - 1));
    op_expect_i64(&r, 1, DIMS(2, 1), INTS(1, 2));
    op_end(&r);
    static const int64_t bad[] = {6, -1};
    for (int i = 0; i < 2; i++) {
        op_begin(&r, "TopK", 11);
        op_in_f32(&r, DIMS(5), six);
        op_in_i64(&r, DIMS(1), &bad[i]);
        cr_assert_eq(op_exec(&r, 2), OC_E_MODEL);
        op_end(&r);
    }
    op_begin(&r, "TopK", 7);
    op_int(&r, "k", 1);
    op_in_f32(&r, DIMS(5), six);
    cr_assert_eq(op_exec(&r, 2), OC_OK);
    op_expect_i64(&r, 1, DIMS(1), INTS(4));
    op_end(&r);
}

Test(ops_reduce, cumulative_sums)
{
    static const float want[4][3] = {{1, 3, 6}, {6, 5, 3}, {0, 1, 3}, {5, 3, 0}};
    for (int i = 0; i < 4; i++) {
        struct op_run r;
        op_begin(&r, "CumSum", 14);
        op_int(&r, "reverse", i & 1);
        op_int(&r, "exclusive", i >> 1);
        op_in_f32(&r, DIMS(1, 3), six);
        op_in_i32(&r, SCALAR, (int32_t[]){-1});
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect_f32(&r, 0, DIMS(1, 3), want[i], 0);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "CumSum", 14);
    op_in_f32(&r, DIMS(1, 3), six);
    op_in_i64(&r, SCALAR, INTS(2));
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_reduce, einsum_equations)
{
    static const struct {
        const char *equation;
        struct eng_shape a, b, out;
        float want[9];
    } cases[] = {
        {"ij,jk->ik", {2, {2, 3}}, {2, {3, 2}}, {2, {2, 2}}, {22, 28, 49, 64}},
        {"ij,kj->ik", {2, {2, 3}}, {2, {2, 3}}, {2, {2, 2}}, {14, 32, 32, 77}},
        {" i j , j k ", {2, {2, 3}}, {2, {3, 2}}, {2, {2, 2}}, {22, 28, 49, 64}},
        {"...i,...i->...", {2, {2, 3}}, {1, {3}}, {1, {2}}, {14, 32}},
        {"i,j->ji", {1, {2}}, {1, {3}}, {2, {3, 2}}, {1, 2, 2, 4, 3, 6}},
        {"ij,ij->", {2, {2, 3}}, {2, {2, 3}}, {0, {0}}, {91}},
        {"bij,bjk->bik", {3, {1, 2, 3}}, {3, {1, 3, 2}}, {3, {1, 2, 2}}, {22, 28, 49, 64}},
        {"ij,j->ij", {2, {2, 3}}, {1, {3}}, {2, {2, 3}}, {1, 4, 9, 4, 10, 18}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, "Einsum", 12);
        op_string(&r, "equation", cases[i].equation);
        op_in_f32(&r, cases[i].a, six);
        op_in_f32(&r, cases[i].b, six);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s: %s", cases[i].equation, r.err.msg);
        op_expect_f32(&r, 0, cases[i].out, cases[i].want, 0);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "Einsum", 12); /* a diagonal of integers */
    op_string(&r, "equation", "...ii->...i");
    op_in_i64(&r, DIMS(1, 2, 2), INTS(1, 2, 3, 4));
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_i64(&r, 0, DIMS(1, 2), INTS(1, 4));
    op_end(&r);
    static const char *const bad[] = {"",          "ij",        "ij,jk,kl->il",    "ij,jk->iz", "ij,jk->ii",
                                      "i,j->ij",   "ij,jk=>ik", "ij,jk->ik,",      "....ij,jk", "ij;jk",
                                      "ii,jk->ik", "ij,jk-",    "ij,jk->...ik...", ",",         "ij...,...jk...->ik"};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        op_begin(&r, "Einsum", 12);
        op_string(&r, "equation", bad[i]);
        op_in_f32(&r, DIMS(2, 3), six);
        op_in_f32(&r, DIMS(3, 2), six);
        cr_assert_eq(op_exec(&r, 1), OC_E_MODEL, "'%s' was taken", bad[i]);
        op_end(&r);
    }
}

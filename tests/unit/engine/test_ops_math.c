/* Elementwise operators: broadcasting, integer edges, NaN, opset forms, in place. */
#include <criterion/criterion.h>
#include <math.h>
#include "base/mem.h"
#include "op_harness.h"

static const char *const order_ops[] = {"Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"};

Test(ops_math, broadcasts_every_way)
{
    static const struct {
        struct eng_shape a, b, out;
    } cases[] = {
        {{0, {0}}, {0, {0}}, {0, {0}}},
        {{2, {2, 3}}, {2, {2, 3}}, {2, {2, 3}}},
        {{2, {2, 3}}, {0, {0}}, {2, {2, 3}}},
        {{0, {0}}, {2, {2, 3}}, {2, {2, 3}}},
        {{2, {2, 3}}, {1, {3}}, {2, {2, 3}}},
        {{1, {3}}, {2, {2, 3}}, {2, {2, 3}}},
        {{4, {2, 3, 4, 5}}, {3, {3, 1, 1}}, {4, {2, 3, 4, 5}}},
        {{4, {2, 3, 4, 5}}, {4, {2, 1, 4, 1}}, {4, {2, 3, 4, 5}}},
        {{3, {2, 1, 5}}, {3, {1, 4, 1}}, {3, {2, 4, 5}}},
        {{2, {4, 1}}, {2, {1, 3}}, {2, {4, 3}}},
        {{2, {0, 3}}, {1, {3}}, {2, {0, 3}}},
        {{3, {2, 0, 1}}, {1, {4}}, {3, {2, 0, 4}}},
        {{4, {3, 1, 100, 70}}, {3, {2, 1, 70}}, {4, {3, 2, 100, 70}}},
    };
    static float a[30000], b[30000], want[60000];
    for (int i = 0; i < 30000; i++) {
        a[i] = (float)(i % 97) - 40;
        b[i] = (float)(i % 89) * 0.5f;
    }
    for (size_t t = 0; t < OC_ARRAY_LEN(cases); t++) {
        int64_t sa[LIM_TENSOR_RANK], sb[LIM_TENSOR_RANK], n = eng_shape_count(&cases[t].out);
        eng_broadcast_strides(&cases[t].a, &cases[t].out, sa);
        eng_broadcast_strides(&cases[t].b, &cases[t].out, sb);
        for (int64_t i = 0; i < n; i++) {
            int64_t rest = i, ia = 0, ib = 0;
            for (int d = cases[t].out.rank - 1; d >= 0; d--) {
                ia += rest % cases[t].out.dim[d] * sa[d];
                ib += rest % cases[t].out.dim[d] * sb[d];
                rest /= cases[t].out.dim[d];
            }
            want[i] = a[ia] - b[ib];
        }
        for (int threads = 1; threads <= 2; threads++) {
            struct op_run r;
            op_begin(&r, "Sub", 14);
            r.threads = threads;
            op_in_f32(&r, cases[t].a, a);
            op_in_f32(&r, cases[t].b, b);
            cr_assert_eq(op_exec(&r, 1), OC_OK, "case %zu: %s", t, r.err.msg);
            op_expect_f32(&r, 0, cases[t].out, want, 0);
            op_end(&r);
        }
    }
}

Test(ops_math, shapes_that_do_not_broadcast_and_types_that_differ_are_refused)
{
    struct op_run r;
    op_begin(&r, "Add", 7);
    op_in_f32(&r, DIMS(2, 3), (float[6]){0});
    op_in_f32(&r, DIMS(2), (float[2]){0});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
    op_begin(&r, "Add", 7);
    op_in_f32(&r, DIMS(1), (float[1]){0});
    op_in_i64(&r, DIMS(1), (int64_t[1]){0});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_math, output_may_be_the_memory_of_either_input)
{
    for (int share = 0; share < 2; share++) {
        struct op_run r;
        op_begin(&r, "Mul", 7);
        r.share = true;
        r.share_input = share;
        op_in_f32(&r, DIMS(2, 9), (float[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        op_in_f32(&r, DIMS(2, 9), (float[]){2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3});
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect_f32(&r, 0, DIMS(2, 9), (float[]){2, 4, 6, 8, 10, 12, 14, 16, 18, 3, 6, 9, 12, 15, 18, 21, 24, 27}, 0);
        op_end(&r);
    }
}

static void integer_case(const char *op, enum eng_dtype t, const void *a, const void *b, const void *want, int64_t n)
{
    struct op_run r;
    op_begin(&r, op, 14);
    op_in(&r, t, DIMS(n), a);
    op_in(&r, t, DIMS(n), b);
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s: %s", op, r.err.msg);
    op_expect(&r, 0, t, DIMS(n), want);
    op_end(&r);
}

Test(ops_math, integers_never_trap)
{
    const int32_t low = INT32_MIN;
    integer_case("Div", ENG_DT_I32, (int32_t[]){low, 7, -7, 5}, (int32_t[]){-1, -2, 2, 0}, (int32_t[]){low, -3, -3, 0}, 4);
    integer_case("Div", ENG_DT_I64, (int64_t[]){INT64_MIN, 1}, (int64_t[]){-1, 0}, (int64_t[]){INT64_MIN, 0}, 2);
    integer_case("Div", ENG_DT_I8, (int8_t[]){-128, 100}, (int8_t[]){-1, 0}, (int8_t[]){-128, 0}, 2);
    integer_case("Div", ENG_DT_U8, (uint8_t[]){255, 9}, (uint8_t[]){2, 0}, (uint8_t[]){127, 0}, 2);
    integer_case("Add", ENG_DT_I32, (int32_t[]){INT32_MAX}, (int32_t[]){1}, (int32_t[]){low}, 1);
    integer_case("Mul", ENG_DT_U16, (uint16_t[]){65535}, (uint16_t[]){65535}, (uint16_t[]){1}, 1);
    integer_case("Mul", ENG_DT_I64, (int64_t[]){INT64_MAX}, (int64_t[]){2}, (int64_t[]){-2}, 1);
    integer_case("Sub", ENG_DT_U32, (uint32_t[]){0}, (uint32_t[]){1}, (uint32_t[]){UINT32_MAX}, 1);
    integer_case("Mod", ENG_DT_I32, (int32_t[]){-7, 7, low, 3}, (int32_t[]){3, -3, -1, 0}, (int32_t[]){2, -2, 0, 0}, 4);
    integer_case("Pow", ENG_DT_I32, (int32_t[]){2, 2, -1, 3}, (int32_t[]){10, -1, -3, 0}, (int32_t[]){1024, 0, -1, 1}, 4);
    integer_case("Max", ENG_DT_U64, (uint64_t[]){UINT64_MAX, 1}, (uint64_t[]){1, 2}, (uint64_t[]){UINT64_MAX, 2}, 2);
}

Test(ops_math, shifts_by_the_width_or_more_give_zero)
{
    struct op_run r;
    for (int left = 0; left < 2; left++) {
        op_begin(&r, "BitShift", 11);
        op_string(&r, "direction", left ? "LEFT" : "RIGHT");
        op_in(&r, ENG_DT_U8, DIMS(4), (uint8_t[]){129, 129, 129, 129});
        op_in(&r, ENG_DT_U8, DIMS(4), (uint8_t[]){0, 1, 8, 200});
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect(&r, 0, ENG_DT_U8, DIMS(4), left ? (uint8_t[]){129, 2, 0, 0} : (uint8_t[]){129, 64, 0, 0});
        op_end(&r);
    }
    op_begin(&r, "BitShift", 11);
    op_in(&r, ENG_DT_U8, DIMS(1), (uint8_t[]){1});
    op_in(&r, ENG_DT_U8, DIMS(1), (uint8_t[]){1});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL, "no direction");
    op_end(&r);
}

Test(ops_math, nan_goes_through)
{
    static const char *const ops[] = {"Relu", "LeakyRelu", "Elu",   "Sigmoid", "Tanh",     "HardSigmoid", "HardSwish", "Sqrt", "Exp", "Neg",
                                      "Abs",  "Sign",      "Round", "Erf",     "Softplus", "Mish",        "Clip",      "Min",  "Max"};
    for (size_t i = 0; i < OC_ARRAY_LEN(ops); i++) {
        struct op_run r;
        op_begin(&r, ops[i], 18);
        op_in_f32(&r, DIMS(3), (float[]){NAN, 0, 0});
        if (strcmp(ops[i], "Clip") == 0) {
            op_in_f32(&r, SCALAR, (float[]){-1});
            op_in_f32(&r, SCALAR, (float[]){1});
        }
        if (i >= OC_ARRAY_LEN(ops) - 2)
            op_in_f32(&r, DIMS(3), (float[]){0, NAN, 0});
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s: %s", ops[i], r.err.msg);
        const float *y = r.out[0].data;
        cr_assert(isnan(y[0]), "%s of NaN is %g", ops[i], (double)y[0]);
        cr_assert(!isnan(y[2]), "%s", ops[i]);
        if (i >= OC_ARRAY_LEN(ops) - 2)
            cr_assert(isnan(y[1]), "%s", ops[i]);
        op_end(&r);
    }
    for (size_t i = 0; i < OC_ARRAY_LEN(order_ops); i++) {
        struct op_run r;
        op_begin(&r, order_ops[i], 16);
        op_in_f32(&r, DIMS(1), (float[]){NAN});
        op_in_f32(&r, DIMS(1), (float[]){NAN});
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect(&r, 0, ENG_DT_BOOL, DIMS(1), (uint8_t[]){0});
        op_end(&r);
    }
}

Test(ops_math, activations_match_their_formulas)
{
    static const struct {
        const char *op;
        int opset;
        float alpha, beta; /* beta unused: 0 */
        double want[4];    /* of -2, -0.5, 0.25, 3 */
    } cases[] = {
        {"LeakyRelu", 6, 0.1f, 0, {-0.2, -0.05, 0.25, 3}},
        {"Elu", 6, 2, 0, {-1.7293294335, -0.7869386806, 0.25, 3}},
        {"Celu", 12, 2, 0, {-1.2642411177, -0.4423984339, 0.25, 3}},
        {"ThresholdedRelu", 10, 1, 0, {0, 0, 0, 3}},
        {"HardSigmoid", 6, 0.5f, 0.6f, {0, 0.35, 0.725, 1}},
        {"Swish", 24, 2, 0, {-0.0359724199, -0.1344707107, 0.1556148328, 2.9925821131}},
    };
    static const float x[4] = {-2, -0.5f, 0.25f, 3};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        float want[4];
        for (int e = 0; e < 4; e++)
            want[e] = (float)cases[i].want[e];
        op_begin(&r, cases[i].op, cases[i].opset);
        op_float(&r, "alpha", cases[i].alpha);
        if (cases[i].beta != 0)
            op_float(&r, "beta", cases[i].beta);
        op_in_f32(&r, DIMS(4), x);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s: %s", cases[i].op, r.err.msg);
        op_expect_f32(&r, 0, DIMS(4), want, 1e-6);
        op_end(&r);
    }
}

Test(ops_math, clip_in_both_forms)
{
    struct op_run r;
    op_begin(&r, "Clip", 6);
    op_float(&r, "min", -1);
    op_in_f32(&r, DIMS(3), (float[]){-5, 0, 1e30f});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(3), (float[]){-1, 0, 1e30f}, 0);
    op_end(&r);
    op_begin(&r, "Clip", 13);
    op_in_f32(&r, DIMS(3), (float[]){-5, 0, 5});
    op_in_absent(&r);
    op_in_f32(&r, SCALAR, (float[]){2});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(3), (float[]){-5, 0, 2}, 0);
    op_end(&r);
    op_begin(&r, "Clip", 13); /* min above max: max wins */
    op_in_f32(&r, DIMS(3), (float[]){-5, 1.5f, 5});
    op_in_f32(&r, SCALAR, (float[]){2});
    op_in_f32(&r, SCALAR, (float[]){1});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(3), (float[]){1, 1, 1}, 0);
    op_end(&r);
    op_begin(&r, "Clip", 12); /* 64-bit bounds stay exact */
    op_in_i64(&r, DIMS(2), (int64_t[]){INT64_MAX, INT64_MIN});
    op_in_i64(&r, SCALAR, (int64_t[]){INT64_MIN + 1});
    op_in_i64(&r, SCALAR, (int64_t[]){INT64_MAX - 1});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(2), (int64_t[]){INT64_MAX - 1, INT64_MIN + 1});
    op_end(&r);
}

Test(ops_math, rounding_goes_to_even)
{
    struct op_run r;
    op_begin(&r, "Round", 11);
    op_in_f32(&r, DIMS(6), (float[]){0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(6), (float[]){0, 2, 2, 0, -2, -2}, 0);
    op_end(&r);
}

Test(ops_math, casts_saturate_and_never_trap)
{
    struct op_run r;
    const float x[] = {NAN, INFINITY, -INFINITY, 3.9f, -3.9f, 1e20f};
    op_begin(&r, "Cast", 13);
    op_int(&r, "to", ENG_DT_I32);
    op_in_f32(&r, DIMS(6), x);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_I32, DIMS(6), (int32_t[]){0, INT32_MAX, INT32_MIN, 3, -3, INT32_MAX});
    op_end(&r);
    op_begin(&r, "Cast", 13);
    op_int(&r, "to", ENG_DT_I64);
    op_in_f32(&r, DIMS(6), x);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(6), (int64_t[]){0, INT64_MAX, INT64_MIN, 3, -3, INT64_MAX});
    op_end(&r);
    op_begin(&r, "Cast", 13);
    op_int(&r, "to", ENG_DT_BOOL);
    op_in_f32(&r, DIMS(6), x);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_BOOL, DIMS(6), (uint8_t[]){1, 1, 1, 1, 1, 1});
    op_end(&r);
    op_begin(&r, "Cast", 13); /* halves: ties to even, overflow, subnormal */
    op_int(&r, "to", ENG_DT_F16);
    op_in_f32(&r, DIMS(6), (float[]){1, 65519, 65520, 0x1p-24f, 0x1p-25f, 2049});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_F16, DIMS(6), (uint16_t[]){0x3c00, 0x7bff, 0x7c00, 1, 0, 0x6800});
    op_end(&r);
    op_begin(&r, "Cast", 13);
    op_int(&r, "to", 8); /* strings */
    op_in_f32(&r, DIMS(1), x);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_math, every_half_survives_float_and_back)
{
    static uint16_t all[65536];
    static float as_float[65536];
    struct op_run r;
    for (int i = 0; i < 65536; i++)
        all[i] = (uint16_t)((i & 0x7c00) == 0x7c00 && (i & 0x3ff) ? (i & 0x8000) | 0x7e00 : i); /* one NaN */
    op_begin(&r, "Cast", 13);
    op_int(&r, "to", ENG_DT_F32);
    op_in(&r, ENG_DT_F16, DIMS(65536), all);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    memcpy(as_float, r.out[0].data, sizeof as_float);
    op_end(&r);
    op_begin(&r, "Cast", 13);
    op_int(&r, "to", ENG_DT_F16);
    op_in_f32(&r, DIMS(65536), as_float);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect(&r, 0, ENG_DT_F16, DIMS(65536), all);
    op_end(&r);
}

Test(ops_math, halves_compute_in_float)
{
    struct op_run r;
    op_begin(&r, "Add", 14);
    op_in(&r, ENG_DT_BF16, DIMS(2, 2), (uint16_t[]){0x3f80, 0x4000, 0x4040, 0x7f80}); /* 1 2 3 inf */
    op_in(&r, ENG_DT_BF16, DIMS(2), (uint16_t[]){0x3f80, 0xbf80});                    /* 1 -1 */
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_BF16, DIMS(2, 2), (uint16_t[]){0x4000, 0x3f80, 0x4080, 0x7f80});
    op_end(&r);
}

Test(ops_math, a_row_for_every_row)
{
    static const char *const ops[] = {"Add", "Sub", "Mul", "Div"};
    static float matrix[700 * 33], row[33], want[700 * 33];
    for (int i = 0; i < 700 * 33; i++)
        matrix[i] = (float)(i % 61) + 1;
    for (int i = 0; i < 33; i++)
        row[i] = (float)i * 0.25f + 0.5f;
    for (int t = 0; t < 16; t++) { /* operator, order, threads and place */
        struct op_run r;
        bool reversed = t & 1, share = t >> 1 & 1;
        for (int i = 0; i < 700 * 33; i++) {
            float a = reversed ? row[i % 33] : matrix[i], b = reversed ? matrix[i] : row[i % 33];
            want[i] = t < 4 ? a + b : t < 8 ? a - b : t < 12 ? a * b : a / b;
        }
        op_begin(&r, ops[t / 4], 14);
        r.threads = 1 + share;
        r.share = share;
        r.share_input = reversed;
        op_in_f32(&r, reversed ? DIMS(33) : DIMS(1, 700, 33), reversed ? row : matrix);
        op_in_f32(&r, reversed ? DIMS(1, 700, 33) : DIMS(33), reversed ? matrix : row);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, DIMS(1, 700, 33), want, 1e-6);
        op_end(&r);
    }
}

Test(ops_math, old_broadcasting_follows_its_axis)
{
    static const float six[] = {1, 2, 3, 4, 5, 6};
    static const struct {
        int64_t broadcast, axis;
        struct eng_shape b;
        bool good;
        float want[6];
    } cases[] = {
        {1, 0, {1, {2}}, true, {2, 3, 4, 6, 7, 8}},
        {1, 1, {1, {3}}, true, {2, 4, 6, 5, 7, 9}},
        {1, -1, {1, {3}}, true, {2, 4, 6, 5, 7, 9}},
        {0, 0, {1, {2}}, false, {0}},
        {1, 1, {1, {2}}, false, {0}},
        {1, 2, {1, {3}}, false, {0}},
        {1, 0, {3, {1, 1, 1}}, false, {0}},
        {0, 0, {2, {2, 3}}, true, {2, 4, 6, 8, 10, 12}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, "Add", 6);
        op_int(&r, "broadcast", cases[i].broadcast);
        op_int(&r, "axis", cases[i].axis);
        op_in_f32(&r, DIMS(2, 3), six);
        op_in_f32(&r, cases[i].b, six);
        cr_assert_eq(op_exec(&r, 1), cases[i].good ? OC_OK : OC_E_MODEL, "case %zu: %s", i, r.err.msg);
        if (cases[i].good)
            op_expect_f32(&r, 0, DIMS(2, 3), cases[i].want, 0);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "PRelu", 6); /* a slope for each channel */
    op_in_f32(&r, DIMS(1, 2, 2), (float[]){-1, 1, -1, 1});
    op_in_f32(&r, DIMS(2), (float[]){2, 3});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 2, 2), (float[]){-2, 1, -3, 1}, 0);
    op_end(&r);
}

Test(ops_math, where_picks_from_three_shapes)
{
    struct op_run r;
    op_begin(&r, "Where", 9);
    op_in_bool(&r, DIMS(2, 1), (uint8_t[]){1, 0});
    op_in_i64(&r, DIMS(3), (int64_t[]){1, 2, 3});
    op_in_i64(&r, SCALAR, (int64_t[]){9});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(2, 3), (int64_t[]){1, 2, 3, 9, 9, 9});
    op_end(&r);
}

Test(ops_math, sums_of_many_inputs_broadcast)
{
    struct op_run r;
    op_begin(&r, "Mean", 13);
    op_in_f32(&r, DIMS(2), (float[]){3, 6});
    op_in_f32(&r, DIMS(2, 1), (float[]){0, 3});
    op_in_f32(&r, SCALAR, (float[]){3});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2, 2), (float[]){2, 3, 3, 4}, 1e-7);
    op_end(&r);
    op_begin(&r, "Sum", 13);
    op_in_f32(&r, DIMS(2), (float[]){3, 6});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2), (float[]){3, 6}, 0);
    op_end(&r);
}

Test(ops_math, a_failed_allocation_is_an_error)
{
    static const char *const ops[] = {"Add", "Max", "Less", "Pow"};
    for (size_t i = 0; i < OC_ARRAY_LEN(ops); i++) {
        struct op_run r;
        size_t blocks = oc_mem_blocks();
        op_begin(&r, ops[i], 14);
        op_in_f32(&r, DIMS(4), (float[]){1, 2, 3, 4});
        op_in_f32(&r, SCALAR, (float[]){1});
        oc_mem_fail_at(1); /* the kernel's state is the first allocation of op_exec */
        cr_assert_eq(op_exec(&r, 1), OC_E_NOMEM);
        oc_mem_fail_at(0);
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_end(&r);
        cr_assert_eq(oc_mem_blocks(), blocks);
    }
}

/* Normalisations and quantisation: traps between opsets, layouts, saturation, ties, NaN. */
#include "op_harness.h"
#include <criterion/criterion.h>
#include <math.h>

Test(norm, group_scale_is_per_group_before_21_and_per_channel_since)
{
    for (int opset = 18; opset <= 21; opset += 3) {
        struct op_run r;
        op_begin(&r, "GroupNormalization", opset);
        op_int(&r, "num_groups", 1);
        op_float(&r, "epsilon", 0);
        op_in_f32(&r, DIMS(1, 2, 1), (float[]){1, 3});
        op_in_f32(&r, DIMS(opset < 21 ? 1 : 2), (float[]){2, 10});
        op_in_f32(&r, DIMS(opset < 21 ? 1 : 2), (float[]){0, 5});
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, DIMS(1, 2, 1), opset < 21 ? (float[]){-2, 2} : (float[]){-2, 15}, 1e-6);
        op_end(&r);
    }
}

Test(norm, batch_norm_in_both_layouts_and_what_it_refuses)
{
    for (int last = 0; last < 2; last++) {
        struct op_run r;
        op_begin(&r, "BatchNormalization", 15);
        op_float(&r, "epsilon", 0);
        r.node.channels_last = last;
        op_in_f32(&r, last ? DIMS(1, 1, 2, 2) : DIMS(1, 2, 1, 2), last ? (float[]){1, 10, 2, 20} : (float[]){1, 2, 10, 20});
        op_in_f32(&r, DIMS(2), (float[]){1, 2});
        op_in_f32(&r, DIMS(2), (float[]){0, 1});
        op_in_f32(&r, DIMS(2), (float[]){1, 10});
        op_in_f32(&r, DIMS(2), (float[]){1, 4});
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, last ? DIMS(1, 1, 2, 2) : DIMS(1, 2, 1, 2), last ? (float[]){0, 1, 1, 11} : (float[]){0, 1, 1, 11}, 1e-6);
        cr_assert_eq(op_exec(&r, 3), OC_E_MODEL); /* running statistics without training_mode */
        op_end(&r);
    }
}

Test(norm, layer_norm_outputs_and_a_scale_that_is_too_large)
{
    struct op_run r;
    op_begin(&r, "LayerNormalization", 17);
    op_float(&r, "epsilon", 0);
    op_in_f32(&r, DIMS(2, 2), (float[]){1, 3, 10, 30});
    op_in_f32(&r, DIMS(2), (float[]){1, 2});
    op_in_f32(&r, DIMS(2), (float[]){0, 1});
    cr_assert_eq(op_exec(&r, 3), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 2), (float[]){-1, 3, -1, 3}, 1e-5);
    op_expect_f32(&r, 1, DIMS(2, 1), (float[]){2, 20}, 1e-6);
    op_expect_f32(&r, 2, DIMS(2, 1), (float[]){1, 0.1f}, 1e-5);
    op_end(&r);
    op_begin(&r, "LayerNormalization", 17);
    op_in_f32(&r, DIMS(2, 2), (float[]){1, 3, 10, 30});
    op_in_f32(&r, DIMS(2, 2), (float[]){1, 2, 3, 4});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(norm, lp_of_zeros_is_zero)
{
    struct op_run r;
    op_begin(&r, "LpNormalization", 22);
    op_in_f32(&r, DIMS(2, 2), (float[]){0, 0, 3, 4});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 2), (float[]){0, 0, 0.6f, 0.8f}, 1e-6);
    op_end(&r);
}

Test(quant, rounds_ties_to_even_and_saturates)
{
    struct op_run r;
    op_begin(&r, "QuantizeLinear", 13);
    op_in_f32(&r, DIMS(8), (float[]){0.5f, 1.5f, 2.5f, -0.5f, 1e30f, -1e30f, INFINITY, NAN});
    op_in_f32(&r, SCALAR, (float[]){1});
    op_in_u8(&r, SCALAR, (uint8_t[]){10});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_U8, DIMS(8), (uint8_t[]){10, 12, 12, 10, 255, 0, 255, 0});
    op_end(&r);
}

Test(quant, scales_along_an_axis_and_in_blocks)
{
    struct op_run r;
    op_begin(&r, "DequantizeLinear", 13);
    op_int(&r, "axis", 0);
    op_in(&r, ENG_DT_I8, DIMS(2, 2), (int8_t[]){-2, 3, -2, 3});
    op_in_f32(&r, DIMS(2), (float[]){1, 10});
    op_in(&r, ENG_DT_I8, DIMS(2), (int8_t[]){0, 1});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 2), (float[]){-2, 3, -30, 20}, 0);
    op_end(&r);
    op_begin(&r, "DequantizeLinear", 21);
    op_int(&r, "axis", 1);
    op_int(&r, "block_size", 2);
    op_in(&r, ENG_DT_I8, DIMS(1, 5), (int8_t[]){1, 1, 1, 1, 1});
    op_in_f32(&r, DIMS(1, 3), (float[]){1, 2, 3});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 5), (float[]){1, 1, 2, 2, 3}, 0);
    op_end(&r);
}

Test(quant, scales_that_do_not_fit_are_refused)
{
    struct op_run r;
    op_begin(&r, "DequantizeLinear", 13);
    op_in(&r, ENG_DT_I8, DIMS(2, 2), (int8_t[]){-2, 3, -2, 3});
    op_in_f32(&r, DIMS(3), (float[]){1, 10, 1});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(quant, int8_products_subtract_zero_points_per_row_and_column)
{
    struct op_run r;
    op_begin(&r, "MatMulInteger", 10);
    op_in_u8(&r, DIMS(2, 1), (uint8_t[]){3, 5});
    op_in_u8(&r, DIMS(1, 2), (uint8_t[]){7, 9});
    op_in_u8(&r, DIMS(2), (uint8_t[]){1, 2});
    op_in_u8(&r, DIMS(2), (uint8_t[]){4, 5});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I32, DIMS(2, 2), (int32_t[]){6, 8, 9, 12});
    op_end(&r);
}

/* Inner sizes around the four rows that are taken at a time, with the largest factors of each type, against plain sums. */
static void expect_plain_products(bool is_signed, int64_t inner, int zeros)
{
    enum { COLS = 19, MOST = 9 };
    uint8_t a[MOST], b[MOST * COLS], b_zero[COLS], a_zero = 131;
    int32_t want[COLS] = {0};
    for (int k = 0; k < inner; k++)
        a[k] = (uint8_t)(k % 3 ? 255 - k * 29 : 0);
    for (int i = 0; i < inner * COLS; i++)
        b[i] = (uint8_t)(i * 37 + 128);
    for (int j = 0; j < COLS; j++)
        b_zero[j] = (uint8_t)(zeros == 1 ? 200 : j * 13 + 120);
    for (int64_t k = 0; k < inner; k++)
        for (int j = 0; j < COLS; j++) {
            uint8_t f = b[k * COLS + j], z = b_zero[zeros == 1 ? 0 : j];
            want[j] += (a[k] - a_zero) * (is_signed ? (int8_t)f - (int8_t)z : f - z);
        }
    struct op_run r;
    op_begin(&r, "MatMulInteger", 10);
    op_in_u8(&r, DIMS(1, inner), a);
    op_in(&r, is_signed ? ENG_DT_I8 : ENG_DT_U8, DIMS(inner, COLS), b);
    op_in_u8(&r, SCALAR, &a_zero);
    op_in(&r, is_signed ? ENG_DT_I8 : ENG_DT_U8, DIMS(zeros), b_zero);
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I32, DIMS(1, COLS), want);
    op_end(&r);
}

Test(quant, int8_products_are_exact_for_every_inner_size_and_type)
{
    for (int64_t inner = 1; inner <= 9; inner++)
        for (int is_signed = 0; is_signed < 2; is_signed++) {
            expect_plain_products(is_signed, inner, 1);
            expect_plain_products(is_signed, inner, 19);
        }
}

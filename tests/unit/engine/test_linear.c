/* Conv, ConvTranspose, Gemm, MatMul as operators, on the default backend: shapes, padding rules, broadcasting, refusals. Arithmetic:
 * plain/engine/test_backends.c. */
#include "tests/unit/engine/op_harness.h"
#include <criterion/criterion.h>

static void with_backend(struct op_run *r)
{
    cr_assert_eq(eng_backend_find(NULL, &r->backend, NULL), OC_OK);
    cr_assert_eq(eng_weights_new(&r->weights, NULL), OC_OK);
}

static void done(struct op_run *r)
{
    struct eng_weights *w = r->weights;
    op_end(r);
    eng_weights_free(w);
}

Test(linear, matmul_broadcasts_batches_and_takes_vectors)
{
    struct op_run r;
    op_begin(&r, "MatMul", 13);
    with_backend(&r);
    op_in_f32(&r, DIMS(2, 1, 1, 2), (float[]){1, 2, 3, 4});
    op_in_f32(&r, DIMS(2, 2, 1), (float[]){1, 1, 1, -1});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 2, 1, 1), (float[]){3, -1, 7, -1}, 1e-6);
    done(&r);
    op_begin(&r, "MatMul", 13);
    with_backend(&r);
    op_in_f32(&r, DIMS(2), (float[]){1, 2});
    op_const_f32(&r, DIMS(2, 3), (float[]){1, 2, 3, 4, 5, 6});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(3), (float[]){9, 12, 15}, 1e-6);
    done(&r);
}

Test(linear, matmul_refuses_inner_dimensions_that_differ)
{
    struct op_run r;
    op_begin(&r, "MatMul", 13);
    with_backend(&r);
    op_in_f32(&r, DIMS(1, 2), (float[]){1, 2});
    op_in_f32(&r, DIMS(3, 1), (float[]){1, 2, 3});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    done(&r);
}

Test(linear, matmul_of_integers_wraps)
{
    struct op_run r;
    op_begin(&r, "MatMul", 13);
    with_backend(&r);
    op_in_i32(&r, DIMS(1, 2), (int32_t[]){INT32_MAX, 1});
    op_in_i32(&r, DIMS(2, 1), (int32_t[]){1, 1});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I32, DIMS(1, 1), (int32_t[]){INT32_MIN});
    done(&r);
}

Test(linear, gemm_scales_transposes_and_broadcasts_c)
{
    struct op_run r;
    op_begin(&r, "Gemm", 13);
    with_backend(&r);
    op_int(&r, "transA", 1);
    op_float(&r, "alpha", 2);
    op_float(&r, "beta", 0.5f);
    op_in_f32(&r, DIMS(2, 2), (float[]){1, 2, 3, 4}); /* seen as 1 3 / 2 4 */
    op_const_f32(&r, DIMS(2, 1), (float[]){1, 1});
    op_in_f32(&r, DIMS(2, 1), (float[]){10, 20});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 1), (float[]){13, 22}, 1e-6);
    done(&r);
}

Test(linear, conv_of_same_padding_keeps_the_size)
{
    struct op_run r;
    op_begin(&r, "Conv", 11);
    with_backend(&r);
    op_string(&r, "auto_pad", "SAME_UPPER");
    op_in_f32(&r, DIMS(1, 1, 2, 3), (float[]){1, 2, 3, 4, 5, 6});
    op_const_f32(&r, DIMS(1, 1, 2, 2), (float[]){1, 1, 1, 1});
    op_const_f32(&r, DIMS(1), (float[]){100});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 3), (float[]){112, 116, 109, 109, 111, 106}, 1e-5);
    done(&r);
}

Test(linear, conv_in_one_and_three_dimensions)
{
    struct op_run r;
    op_begin(&r, "Conv", 11);
    with_backend(&r);
    op_in_f32(&r, DIMS(1, 1, 4), (float[]){1, 2, 3, 4});
    op_const_f32(&r, DIMS(1, 1, 3), (float[]){1, 0, -1});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2), (float[]){-2, -2}, 1e-6);
    done(&r);
    op_begin(&r, "Conv", 11);
    with_backend(&r);
    op_in_f32(&r, DIMS(1, 1, 2, 1, 2), (float[]){1, 2, 3, 4});
    op_const_f32(&r, DIMS(1, 1, 2, 1, 1), (float[]){1, 10});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 1, 1, 2), (float[]){31, 42}, 1e-6);
    done(&r);
}

Test(linear, conv_refuses_groups_that_do_not_divide)
{
    struct op_run r;
    op_begin(&r, "Conv", 11);
    with_backend(&r);
    op_int(&r, "group", 2);
    op_in_f32(&r, DIMS(1, 3, 1, 1), (float[]){1, 2, 3});
    op_const_f32(&r, DIMS(2, 1, 1, 1), (float[]){1, 1});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    done(&r);
}

Test(linear, conv_transpose_spreads_and_fills_up_to_output_shape)
{
    struct op_run r;
    op_begin(&r, "ConvTranspose", 11);
    with_backend(&r);
    op_ints(&r, "strides", 2, INTS(1, 2));
    op_ints(&r, "output_shape", 2, INTS(1, 5));
    op_in_f32(&r, DIMS(1, 1, 1, 2), (float[]){1, 2});
    op_const_f32(&r, DIMS(1, 1, 1, 2), (float[]){3, 4});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 1, 5), (float[]){3, 4, 6, 8, 0}, 1e-6);
    done(&r);
}

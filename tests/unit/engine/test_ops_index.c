/* Gather and Scatter families, OneHot, Compress, NonZero: negative and bad indices, empty lists, reductions. */
#include <criterion/criterion.h>
#include <math.h>
#include "op_harness.h"

static const float six[] = {1, 2, 3, 4, 5, 6};

Test(ops_index, gather_takes_negative_indices_and_names_bad_ones)
{
    struct op_run r;
    op_begin(&r, "Gather", 13);
    op_int(&r, "axis", 1);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_i64(&r, DIMS(2, 1), INTS(-1, 0));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2, 2, 1), (float[]){3, 1, 6, 4}, 0);
    op_end(&r);
    static const int64_t bad[] = {3, -4, INT64_MAX, INT64_MIN};
    static const char *const ops[] = {"Gather", "GatherElements", "GatherND"};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad) * OC_ARRAY_LEN(ops); i++) {
        op_begin(&r, ops[i % OC_ARRAY_LEN(ops)], 13);
        op_in_f32(&r, DIMS(3), six);
        op_in_i64(&r, DIMS(1), &bad[i / OC_ARRAY_LEN(ops)]);
        cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
        cr_assert_not_null(strstr(r.err.msg, "is not in -3..2"), "%s", r.err.msg);
        op_end(&r);
    }
    op_begin(&r, "Gather", 13); /* no indices, and int32 ones */
    op_in_f32(&r, DIMS(3), six);
    op_in_i32(&r, DIMS(0), (int32_t[1]){0});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_shape(&r, 0, ENG_DT_F32, DIMS(0));
    op_end(&r);
}

Test(ops_index, gather_elements_and_nd)
{
    struct op_run r;
    op_begin(&r, "GatherElements", 13);
    op_int(&r, "axis", -1);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_i64(&r, DIMS(2, 2), INTS(0, -1, 1, 1));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2, 2), (float[]){1, 3, 5, 5}, 0);
    op_end(&r);
    op_begin(&r, "GatherND", 13);
    op_int(&r, "batch_dims", 1);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_i64(&r, DIMS(2, 1), INTS(2, 0));
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2), (float[]){3, 4}, 0);
    op_end(&r);
    op_begin(&r, "GatherND", 13);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_i64(&r, DIMS(1, 3), INTS(0, 0, 0));
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL, "coordinates deeper than the data");
    op_end(&r);
}

Test(ops_index, scatter_reduces)
{
    static const struct {
        const char *reduction;
        float want[3];
    } cases[] = {{"none", {1, 8, 3}}, {"add", {1, 15, 3}}, {"mul", {1, 80, 3}}, {"min", {1, 2, 3}}, {"max", {1, 8, 3}}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases) * 2; i++) {
        struct op_run r;
        bool nd = i % 2;
        op_begin(&r, nd ? "ScatterND" : "ScatterElements", 18);
        op_string(&r, "reduction", cases[i / 2].reduction);
        op_in_f32(&r, DIMS(3), six);
        op_in_i64(&r, nd ? DIMS(2, 1) : DIMS(2), INTS(1, -2));
        op_in_f32(&r, DIMS(2), (float[]){5, 8});
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, DIMS(3), cases[i / 2].want, 0);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "ScatterND", 18);
    op_in_f32(&r, DIMS(3), six);
    op_in_i64(&r, DIMS(1, 1), INTS(3));
    op_in_f32(&r, DIMS(1), six);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
    op_begin(&r, "Scatter", 9);
    op_in_f32(&r, DIMS(3), six);
    op_in_i64(&r, DIMS(1), INTS(0));
    op_in_f32(&r, DIMS(2), six);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL, "updates of another shape");
    op_end(&r);
}

Test(ops_index, one_hot_on_any_axis)
{
    struct op_run r;
    op_begin(&r, "OneHot", 11);
    op_int(&r, "axis", 0);
    op_in_f32(&r, DIMS(3), (float[]){0, -1, 7});
    op_in_i64(&r, SCALAR, INTS(2));
    op_in_i32(&r, DIMS(2), (int32_t[]){5, 9});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I32, DIMS(2, 3), (int32_t[]){9, 5, 5, 5, 9, 5});
    op_end(&r);
    op_begin(&r, "OneHot", 11);
    op_in_i64(&r, DIMS(3), INTS(0, 1, 2));
    op_in_i64(&r, SCALAR, INTS(INT64_MAX));
    op_in_i32(&r, DIMS(2), (int32_t[]){5, 9});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_index, results_sized_by_data)
{
    struct op_run r;
    op_begin(&r, "Compress", 11);
    op_int(&r, "axis", 1);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_bool(&r, DIMS(2), (uint8_t[]){0, 1});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2, 1), (float[]){2, 5}, 0);
    op_end(&r);
    op_begin(&r, "Compress", 11);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_bool(&r, DIMS(8), (uint8_t[]){0, 1, 0, 0, 0, 1, 1, 1});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2), (float[]){2, 6}, 0);
    op_end(&r);
    op_begin(&r, "NonZero", 13);
    op_in_f32(&r, DIMS(2, 2), (float[]){0, NAN, 3, 0});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(2, 2), INTS(0, 1, 1, 0));
    op_end(&r);
}

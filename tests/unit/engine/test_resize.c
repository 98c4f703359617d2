/* Resize and GridSample: hostile scales, NaN, layouts, allocation failures. Numbers against others: test_oracle_ops.c. */
#include "op_harness.h"
#include <criterion/criterion.h>
#include <math.h>
#include "base/mem.h"

static enum oc_status resize_with(float scale, const char *mode, int antialias)
{
    struct op_run r;
    op_begin(&r, "Resize", 18);
    op_string(&r, "mode", mode);
    op_int(&r, "antialias", antialias);
    op_in_f32(&r, DIMS(1, 1, 2, 2), (float[]){1, 2, 3, 4});
    op_in_absent(&r);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, scale, scale});
    enum oc_status st = op_exec(&r, 1);
    op_end(&r);
    return st;
}

Test(resize, hostile_scales_are_refused)
{
    static const float bad[] = {0, -1, NAN, INFINITY, -INFINITY, 1e30f};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        cr_assert_eq(resize_with(bad[i], "nearest", 0), OC_E_MODEL, "scale %g", (double)bad[i]);
        cr_assert_eq(resize_with(bad[i], "cubic", 1), OC_E_MODEL, "scale %g", (double)bad[i]);
    }
    cr_assert_eq(resize_with(1e-30f, "linear", 1), OC_OK); /* an empty picture */
    cr_assert_eq(resize_with(2, "lanczos", 0), OC_E_MODEL);
}

Test(resize, a_crop_with_nan_is_all_extrapolation)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "mode", "linear");
    op_string(&r, "coordinate_transformation_mode", "tf_crop_and_resize");
    op_float(&r, "extrapolation_value", 7);
    op_in_f32(&r, DIMS(1, 1, 1, 2), (float[]){1, 2});
    op_in_f32(&r, DIMS(8), (float[]){0, 0, 0, NAN, 1, 1, 1, NAN});
    op_in_absent(&r);
    op_in_i64(&r, DIMS(4), INTS(1, 1, 1, 3));
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 1, 3), (float[]){7, 7, 7}, 0);
    op_end(&r);
}

Test(resize, nearest_moves_any_type_and_layout)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "coordinate_transformation_mode", "asymmetric");
    op_string(&r, "nearest_mode", "floor");
    r.node.channels_last = true;
    op_in(&r, ENG_DT_I16, DIMS(1, 1, 2, 3), (int16_t[]){1, 2, 3, 4, 5, 6});
    op_in_absent(&r);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 2, 2}); /* N,C,H,W, whatever the layout */
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I16, DIMS(1, 2, 4, 3), (int16_t[]){1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
    op_end(&r);
}

Test(resize, three_dimensions_and_channels_go_in_steps)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "mode", "linear");
    op_in_f32(&r, DIMS(1, 2, 1, 2), (float[]){0, 4, 8, 12});
    op_in_absent(&r);
    op_in_f32(&r, DIMS(4), (float[]){1, 2, 1, 2});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 4, 1, 4), (float[]){0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12}, 1e-6);
    op_end(&r);
}

Test(resize, every_allocation_may_fail)
{
    size_t blocks = oc_mem_blocks();
    for (uint64_t n = 1; n < 12; n++) {
        struct op_run r;
        op_begin(&r, "Resize", 13);
        op_string(&r, "mode", "cubic");
        op_in_f32(&r, DIMS(1, 1, 2, 2), (float[]){1, 2, 3, 4});
        op_in_absent(&r);
        op_in_f32(&r, DIMS(4), (float[]){1, 1, 2, 2});
        struct eng_value y = {.dtype = ENG_DT_F32, .shape = DIMS(1, 1, 4, 4)};
        const struct eng_value *in[3] = {&r.value[0], NULL, &r.value[2]}, *out[1] = {&y};
        r.value[2].constant = r.tensor[2];
        struct eng_prepare c = {.node = &r.node, .n_in = 3, .n_out = 1, .in = in, .out = out, .threads = 1, .err = &r.err};
        struct eng_kernel k = {0};
        oc_mem_fail_at(n);
        enum oc_status st = r.node.op->prepare(&c, &k);
        oc_mem_fail_at(0);
        cr_assert(st == OC_OK || st == OC_E_NOMEM);
        cr_assert(n > 5 || st == OC_E_NOMEM, "allocation %llu did not matter", (unsigned long long)n);
        if (k.free_state)
            k.free_state(k.state);
        op_end(&r);
    }
    cr_assert_eq(oc_mem_blocks(), blocks);
}

Test(grid_sample, points_that_are_no_numbers)
{
    static const struct {
        const char *padding;
        float want;
    } rows[] = {{"zeros", 0}, {"border", 1}, {"reflection", 1}};
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++)
        for (int mode = 0; mode < 3; mode++) {
            struct op_run r;
            op_begin(&r, "GridSample", 16);
            op_string(&r, "padding_mode", rows[i].padding);
            op_string(&r, "mode", mode == 0 ? "bilinear" : mode == 1 ? "nearest" : "bicubic");
            op_in_f32(&r, DIMS(1, 1, 2, 2), (float[]){1, 1, 1, 1});
            op_in_f32(&r, DIMS(1, 1, 4, 2), (float[]){NAN, NAN, INFINITY, 0, 0, -INFINITY, 3e38f, -3e38f});
            cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
            op_expect_f32(&r, 0, DIMS(1, 1, 1, 4), (float[]){rows[i].want, rows[i].want, rows[i].want, rows[i].want}, 1e-6);
            op_end(&r);
        }
}

Test(roi_align, regions_are_checked_when_they_come)
{
    static const struct {
        float region[4];
        int64_t picture;
        enum oc_status want;
    } rows[] = {
        {{0, 0, 2, 2}, 0, OC_OK},           {{0, 0, 2, 2}, 1, OC_E_INVALID}, {{0, 0, 2, 2}, -1, OC_E_INVALID},
        {{0, 0, 1e9f, 2}, 0, OC_E_INVALID}, {{NAN, 0, NAN, 2}, 0, OC_OK},    {{5, 5, 1, 1}, 0, OC_OK},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++) {
        struct op_run r;
        op_begin(&r, "RoiAlign", 16);
        op_in_f32(&r, DIMS(1, 1, 2, 2), (float[]){1, 2, 3, 4});
        op_in_f32(&r, DIMS(1, 4), rows[i].region);
        op_in_i64(&r, DIMS(1), &rows[i].picture);
        cr_assert_eq(op_exec(&r, 1), rows[i].want, "row %zu: %s", i, r.err.msg);
        op_end(&r);
    }
}

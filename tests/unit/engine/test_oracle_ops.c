/*
 * Results of ONNX Runtime 1.30 (CPU) for small inputs made by hand, one test for each: the cases where documents
 * leave room (rounding of ties, the last window of ceil_mode, points outside). Made with python3-onnx 1.12 models.
 */
#include "op_harness.h"
#include <criterion/criterion.h>

Test(oracle, resize_0)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "mode", "linear");
    op_string(&r, "coordinate_transformation_mode", "pytorch_half_pixel");
    op_in_f32(&r, DIMS(1, 1, 2, 3), (float[]){-4, 1.25f, -4.25f, -0.25f, 0.75f, 4.75f});
    op_in_f32(&r, DIMS(0), NULL);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 2, 2});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 4, 6), (float[]){-4,        -2.6875f, -0.0625f,  -0.125f, -2.875f,  -4.25f,     -3.0625f,  -2.015625f,
                                                     0.078125f, 0.34375f, -1.21875f, -2,      -1.1875f, -0.671875f, 0.359375f, 1.28125f,
                                                     2.09375f,  2.5f,     -0.25f,    0,       0.5f,     1.75f,      3.75f,     4.75f},
                  1e-5);
    op_end(&r);
}

Test(oracle, resize_1)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "mode", "linear");
    op_string(&r, "coordinate_transformation_mode", "align_corners");
    op_in_f32(&r, DIMS(1, 1, 3, 3), (float[]){2, -1.5f, 0.75f, -3, 1.25f, 1.5f, -3, 4.75f, 4.5f});
    op_in_f32(&r, DIMS(0), NULL);
    op_in_absent(&r);
    op_in_i64(&r, DIMS(4), (int64_t[]){1, 1, 2, 4});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 4), (float[]){2, -0.333333373f, -0.749999881f, 0.75f, -3, 2.16666675f, 4.66666698f, 4.5f}, 1e-5);
    op_end(&r);
}

Test(oracle, resize_2)
{
    struct op_run r;
    op_begin(&r, "Resize", 11);
    op_string(&r, "mode", "nearest");
    op_string(&r, "coordinate_transformation_mode", "asymmetric");
    op_string(&r, "nearest_mode", "floor");
    op_in_f32(&r, DIMS(1, 1, 2, 3), (float[]){-4, -3.25f, -5, -2.25f, -3.5f, -0.25f});
    op_in_f32(&r, DIMS(0), NULL);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 1.70000005f, 2});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 3, 6),
                  (float[]){-4, -4, -3.25f, -3.25f, -5, -5, -4, -4, -3.25f, -3.25f, -5, -5, -2.25f, -2.25f, -3.5f, -3.5f, -0.25f, -0.25f},
                  1e-5);
    op_end(&r);
}

Test(oracle, resize_3)
{
    struct op_run r;
    op_begin(&r, "Resize", 10);
    op_string(&r, "mode", "nearest");
    op_in_f32(&r, DIMS(1, 1, 3, 4), (float[]){-3.75f, 1, -5, 3.5f, -2.75f, -1.5f, 4.5f, -4, -2.75f, 0.75f, 3.75f, -4.25f});
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 0.600000024f, 0.5f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 1, 2), (float[]){-3.75f, -5}, 1e-5);
    op_end(&r);
}

Test(oracle, resize_4)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "mode", "cubic");
    op_float(&r, "cubic_coeff_a", -0.5f);
    op_int(&r, "exclude_outside", 1);
    op_in_f32(&r, DIMS(1, 1, 3, 2), (float[]){-3, -0.25f, -4.75f, -5, -1, 2.75f});
    op_in_f32(&r, DIMS(0), NULL);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 1.5f, 2});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 4, 4),
                  (float[]){-3.1449306f, -2.27434254f, -0.548027456f, 0.322560608f, -4.14143562f, -3.81565142f, -3.16964316f, -2.84385824f,
                            -4.36981678f, -4.34024572f, -4.28160715f, -4.25203562f, -1.73366904f, -0.770135403f, 1.14048529f, 2.10401869f},
                  1e-5);
    op_end(&r);
}

Test(oracle, resize_5)
{
    struct op_run r;
    op_begin(&r, "Resize", 18);
    op_string(&r, "mode", "linear");
    op_int(&r, "antialias", 1);
    op_in_f32(&r, DIMS(1, 1, 4, 6), (float[]){2.25f, 2,     -3.25f, 0.75f,  -2.5f, 3.75f, -5,     -3.25f, 0.75f, 2,      3,     0.25f,
                                              4,     3.75f, 3.25f,  -4.25f, 1.75f, 3.25f, -0.25f, 1.75f,  -4,    -0.25f, 3.25f, 2.5f});
    op_in_absent(&r);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 0.5f, 0.5f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 3), (float[]){-0.1484375f, -0.0859375f, 1.296875f, 0.9921875f, -0.2421875f, 2.0625f}, 1e-5);
    op_end(&r);
}

Test(oracle, resize_6)
{
    struct op_run r;
    op_begin(&r, "Resize", 19);
    op_string(&r, "mode", "linear");
    op_string(&r, "coordinate_transformation_mode", "half_pixel_symmetric");
    op_in_f32(&r, DIMS(1, 1, 3, 5),
              (float[]){4.25f, -2.75f, 2.25f, -0.75f, 2.75f, -4.5f, -0.25f, -0.5f, 0.25f, -4.25f, -2.25f, -1, -2, 2.25f, -2.75f});
    op_in_absent(&r);
    op_in_f32(&r, DIMS(4), (float[]){1, 1, 1.5f, 0.699999988f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 4, 3),
                  (float[]){0.250000238f, 2.25f, 0.75000006f, -1.2976191f, 0.416666806f, -0.869047642f, -1.89285731f, -1, -1.08333337f,
                            -1.53571439f, -2, 0.107142687f},
                  1e-5);
    op_end(&r);
}

Test(oracle, resize_7)
{
    struct op_run r;
    op_begin(&r, "Resize", 13);
    op_string(&r, "mode", "linear");
    op_string(&r, "coordinate_transformation_mode", "tf_crop_and_resize");
    op_float(&r, "extrapolation_value", 9.0f);
    op_in_f32(&r, DIMS(1, 1, 3, 3), (float[]){-2, -4.25f, -1.5f, 0, -1.25f, 3.75f, -4, -3, 1.5f});
    op_in_f32(&r, DIMS(8), (float[]){0, 0, 0.200000003f, 0.100000001f, 1, 1, 1.29999995f, 0.800000012f});
    op_in_absent(&r);
    op_in_i64(&r, DIMS(4), (int64_t[]){1, 1, 4, 4});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 4, 4),
                  (float[]){-1.57000005f, -2.4333334f, -2.56333351f, -0.859999955f, -0.723333299f, -1.16666675f, -0.825555623f, 1.47666693f,
                            -3.32666636f, -2.99999976f, -2.15777755f, -0.0266662836f, 9, 9, 9, 9},
                  1e-5);
    op_end(&r);
}

Test(oracle, gridsample_8)
{
    struct op_run r;
    op_begin(&r, "GridSample", 16);
    op_string(&r, "mode", "bilinear");
    op_string(&r, "padding_mode", "zeros");
    op_int(&r, "align_corners", 0);
    op_in_f32(&r, DIMS(1, 1, 3, 3), (float[]){0.75f, -1.75f, 4.75f, -4.25f, 2.25f, -2, -2, -1.25f, 2.25f});
    op_in_f32(&r, DIMS(1, 2, 2, 2),
              (float[]){-1.20000005f, -0.300000012f, 0.100000001f, 0.899999976f, 0.449999988f, -0.550000012f, 1.39999998f, 1.10000002f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 2), (float[]){-0.399999797f, -0.471249819f, 2.06765723f, 0}, 1e-5);
    op_end(&r);
}

Test(oracle, gridsample_9)
{
    struct op_run r;
    op_begin(&r, "GridSample", 16);
    op_string(&r, "mode", "bicubic");
    op_string(&r, "padding_mode", "border");
    op_int(&r, "align_corners", 1);
    op_in_f32(&r, DIMS(1, 1, 3, 3), (float[]){-3, 4.5f, -3.5f, 0.25f, 1.75f, -3.25f, -0.75f, -3.75f, 4});
    op_in_f32(&r, DIMS(1, 2, 2, 2),
              (float[]){-1.20000005f, -0.300000012f, 0.100000001f, 0.899999976f, 0.449999988f, -0.550000012f, 1.39999998f, 1.10000002f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 2), (float[]){-0.898831606f, -2.92842507f, 0.838891804f, 5.36108971f}, 1e-5);
    op_end(&r);
}

Test(oracle, gridsample_10)
{
    struct op_run r;
    op_begin(&r, "GridSample", 20);
    op_string(&r, "mode", "linear");
    op_string(&r, "padding_mode", "reflection");
    op_int(&r, "align_corners", 0);
    op_in_f32(&r, DIMS(1, 1, 3, 3), (float[]){2.25f, 1.5f, -5, 0.5f, 3.5f, -2, -3.5f, 3.5f, 2.25f});
    op_in_f32(&r, DIMS(1, 2, 2, 2),
              (float[]){-1.20000005f, -0.300000012f, 0.100000001f, 0.899999976f, 0.449999988f, -0.550000012f, 1.39999998f, 1.10000002f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 2), (float[]){1.28750002f, 3.3125f, -2.41937613f, 2.375f}, 1e-5);
    op_end(&r);
}

Test(oracle, averagepool_11)
{
    struct op_run r;
    op_begin(&r, "AveragePool", 13);
    op_ints(&r, "kernel_shape", 2, INTS(2, 2));
    op_ints(&r, "strides", 2, INTS(3, 3));
    op_ints(&r, "pads", 4, INTS(0, 0, 0, 1));
    op_int(&r, "ceil_mode", 1);
    op_int(&r, "count_include_pad", 1);
    op_in_f32(&r, DIMS(1, 1, 4, 5), (float[]){4.5f, -0.75f, -3.75f, -1.25f, -2,    2,     4.25f, -2.75f, 0.75f, 0.25f,
                                              -4,   1.75f,  -2,     -2.25f, -3.5f, 3.25f, 0.25f, 0.25f,  2.5f,  2});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 2), (float[]){2.5f, -0.5625f, 1.75f, 2.25f}, 1e-5);
    op_end(&r);
}

Test(oracle, maxpool_12)
{
    struct op_run r;
    op_begin(&r, "MaxPool", 12);
    op_ints(&r, "kernel_shape", 2, INTS(3, 2));
    op_ints(&r, "strides", 2, INTS(2, 2));
    op_ints(&r, "pads", 4, INTS(1, 0, 1, 1));
    op_int(&r, "ceil_mode", 1);
    op_int(&r, "storage_order", 1);
    op_in_f32(&r, DIMS(1, 1, 4, 5), (float[]){-2,     -2,    4,      -3.25f, 0.25f, 4.5f,  -1.25f, -0.5f, 2,     -1,
                                              -3.75f, 3.75f, -1.75f, 3,      0.75f, 2.75f, 3.25f,  1.75f, -1.5f, 3});
    cr_assert_eq(op_exec(&r, 2), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 3, 3), (float[]){4.5f, 4, 0.25f, 4.5f, 3, 3, 3.25f, 1.75f, 3}, 1e-5);
    op_expect_i64(&r, 1, DIMS(1, 1, 3, 3), (int64_t[]){1, 8, 16, 1, 14, 19, 7, 11, 19});
    op_end(&r);
}

Test(oracle, lppool_13)
{
    struct op_run r;
    op_begin(&r, "LpPool", 18);
    op_ints(&r, "kernel_shape", 2, INTS(2, 3));
    op_ints(&r, "strides", 2, INTS(2, 1));
    op_int(&r, "p", 3);
    op_in_f32(&r, DIMS(1, 1, 4, 4),
              (float[]){3.5f, 2.75f, 4.5f, -0.5f, -2.75f, -2.75f, -1.75f, 0.25f, -4.75f, 2.75f, -1.5f, -1, 1.25f, 3.25f, 0.25f, -0.25f});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(1, 1, 2, 2), (float[]){5.86504316f, 5.17037868f, 5.51391125f, 3.90464616f}, 1e-5);
    op_end(&r);
}

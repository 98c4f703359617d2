/* Operators that move data: opset forms, negative axes, empty tensors, hostile sizes; strided copies against plain loops. */
#include <criterion/criterion.h>
#include "base/mem.h"
#include "op_harness.h"

static const float six[] = {1, 2, 3, 4, 5, 6};

static void refused(const char *op, int opset, struct eng_shape shape, const int64_t *list, int64_t n)
{
    static const float zeros[64];
    struct op_run r;
    op_begin(&r, op, opset);
    op_in_f32(&r, shape, zeros);
    op_in_i64(&r, DIMS(n), list);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL, "%s took it", op);
    cr_assert_neq(r.err.msg[0], 0);
    op_end(&r);
}

Test(ops_shape, reshape_copies_infers_and_refuses)
{
    static const struct {
        int64_t want[3], n, allow_zero;
        struct eng_shape out;
    } good[] = {
        {{3, 2}, 2, 0, {2, {3, 2}}},
        {{-1}, 1, 0, {1, {6}}},
        {{0, -1, 1}, 3, 0, {3, {2, 3, 1}}},
        {{1, 6, -1}, 3, 1, {3, {1, 6, 1}}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(good); i++) {
        struct op_run r;
        op_begin(&r, "Reshape", 14);
        op_int(&r, "allowzero", good[i].allow_zero);
        op_in_f32(&r, DIMS(2, 3), six);
        op_in_i64(&r, DIMS(good[i].n), good[i].want);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, good[i].out, six, 0);
        op_end(&r);
    }
    refused("Reshape", 14, DIMS(2, 3), INTS(-1, -1), 2);
    refused("Reshape", 14, DIMS(2, 3), INTS(4, -1), 2);
    refused("Reshape", 14, DIMS(2, 3), INTS(7), 1);
    refused("Reshape", 14, DIMS(2, 3), INTS(-2, 3), 2);
    refused("Reshape", 14, DIMS(6), INTS(6, 0), 2); /* no dimension 1 to copy */
    refused("Reshape", 14, DIMS(2, 3), INTS(INT64_MAX, INT64_MAX, 4), 3);
    struct op_run r;
    op_begin(&r, "Reshape", 14); /* an empty tensor keeps its zero with allowzero */
    op_int(&r, "allowzero", 1);
    op_in_f32(&r, DIMS(0, 3), six);
    op_in_i64(&r, DIMS(2), INTS(7, 0));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_shape(&r, 0, ENG_DT_F32, DIMS(7, 0));
    op_end(&r);
}

Test(ops_shape, squeeze_and_unsqueeze_in_both_forms)
{
    struct op_run r;
    op_begin(&r, "Squeeze", 11);
    op_ints(&r, "axes", 1, INTS(-2));
    op_in_f32(&r, DIMS(2, 1, 3), six);
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 3), six, 0);
    op_end(&r);
    op_begin(&r, "Squeeze", 13); /* no axes: all of size 1 */
    op_in_f32(&r, DIMS(1, 6, 1), six);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(6), six, 0);
    op_end(&r);
    op_begin(&r, "Unsqueeze", 13);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_i64(&r, DIMS(2), INTS(-1, 0));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(1, 2, 3, 1), six, 0);
    op_end(&r);
    refused("Squeeze", 13, DIMS(2, 3), INTS(0), 1);
    refused("Unsqueeze", 13, DIMS(2, 3), INTS(0, 0), 2);
    refused("Unsqueeze", 13, DIMS(2, 3), INTS(0, 1, 2, 3, 4, 5, 6), 7);
    refused("Unsqueeze", 13, DIMS(2, 3), INTS(3), 1);
}

Test(ops_shape, flatten_at_both_ends)
{
    static const int64_t cases[][3] = {{0, 1, 6}, {1, 2, 3}, {2, 6, 1}, {-1, 2, 3}, {-2, 1, 6}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, "Flatten", 13);
        op_int(&r, "axis", cases[i][0]);
        op_in_f32(&r, DIMS(2, 3), six);
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect_f32(&r, 0, DIMS(cases[i][1], cases[i][2]), six, 0);
        op_end(&r);
    }
}

Test(ops_shape, shape_takes_a_part)
{
    struct op_run r;
    op_begin(&r, "Shape", 15);
    op_int(&r, "start", -2);
    op_int(&r, "end", 100);
    op_in_u8(&r, DIMS(4, 3, 0), (uint8_t[1]){0});
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(2), INTS(3, 0));
    op_end(&r);
}

/* Every permutation of some 4-D shapes, every element size, against a plain loop. */
Test(ops_shape, transpose_equals_a_plain_loop)
{
    static const struct eng_shape shapes[] = {{4, {2, 3, 4, 5}}, {4, {1, 17, 33, 1}}, {4, {2, 40, 3, 19}}, {4, {0, 3, 4, 5}}};
    static const enum eng_dtype types[] = {ENG_DT_U8, ENG_DT_I16, ENG_DT_F32, ENG_DT_I64};
    static unsigned char data[8 * 5000], want[8 * 5000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 131 >> 3);
    for (int p = 0; p < 256; p++) {
        int64_t perm[4] = {p & 3, p >> 2 & 3, p >> 4 & 3, p >> 6 & 3};
        if ((1 << perm[0] | 1 << perm[1] | 1 << perm[2] | 1 << perm[3]) != 15)
            continue;
        for (size_t s = 0; s < OC_ARRAY_LEN(shapes) * OC_ARRAY_LEN(types); s++) {
            struct eng_shape in = shapes[s % OC_ARRAY_LEN(shapes)], out = {.rank = 4};
            enum eng_dtype t = types[s / OC_ARRAY_LEN(shapes)];
            size_t size = eng_dtype_size(t);
            int64_t at[4], step[4] = {in.dim[1] * in.dim[2] * in.dim[3], in.dim[2] * in.dim[3], in.dim[3], 1};
            for (int d = 0; d < 4; d++)
                out.dim[d] = in.dim[perm[d]];
            size_t o = 0;
            for (at[0] = 0; at[0] < out.dim[0]; at[0]++)
                for (at[1] = 0; at[1] < out.dim[1]; at[1]++)
                    for (at[2] = 0; at[2] < out.dim[2]; at[2]++)
                        for (at[3] = 0; at[3] < out.dim[3]; at[3]++, o++) {
                            int64_t from = 0;
                            for (int d = 0; d < 4; d++)
                                from += at[d] * step[perm[d]];
                            memcpy(want + o * size, data + (size_t)from * size, size);
                        }
            struct op_run r;
            op_begin(&r, "Transpose", 13);
            op_ints(&r, "perm", 4, perm);
            r.threads = 1 + p % 2;
            op_in(&r, t, in, data);
            cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
            op_expect(&r, 0, t, out, want);
            op_end(&r);
        }
    }
}

Test(ops_shape, concat_and_split_are_each_others_inverse)
{
    struct op_run r;
    op_begin(&r, "Concat", 13);
    op_int(&r, "axis", -1);
    op_in_f32(&r, DIMS(2, 1), (float[]){1, 4});
    op_in_f32(&r, DIMS(2, 0), six);
    op_in_f32(&r, DIMS(2, 2), (float[]){2, 3, 5, 6});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 3), six, 0);
    op_end(&r);
    for (int form = 0; form < 2; form++) {
        op_begin(&r, "Split", form ? 13 : 11);
        op_int(&r, "axis", 1);
        op_in_f32(&r, DIMS(2, 3), six);
        if (form)
            op_in_i64(&r, DIMS(2), INTS(1, 2));
        else
            op_ints(&r, "split", 2, INTS(1, 2));
        cr_assert_eq(op_exec(&r, 2), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, DIMS(2, 1), (float[]){1, 4}, 0);
        op_expect_f32(&r, 1, DIMS(2, 2), (float[]){2, 3, 5, 6}, 0);
        op_end(&r);
    }
    op_begin(&r, "Split", 18); /* an uneven last part */
    op_int(&r, "num_outputs", 4);
    op_in_f32(&r, DIMS(6), six);
    cr_assert_eq(op_exec(&r, 4), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 2, DIMS(2), six + 4, 0);
    op_expect_shape(&r, 3, ENG_DT_F32, DIMS(0));
    op_end(&r);
    op_begin(&r, "Split", 13);
    op_in_f32(&r, DIMS(6), six);
    op_in_i64(&r, DIMS(2), INTS(-1, 7));
    cr_assert_eq(op_exec(&r, 2), OC_E_MODEL);
    op_end(&r);
    op_begin(&r, "Concat", 13);
    op_int(&r, "axis", 0);
    op_in_f32(&r, DIMS(2, 1), six);
    op_in_f32(&r, DIMS(1, 2), six);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_shape, slice_as_numpy_does)
{
    static const struct {
        int64_t start, end, step, n;
        float want[6];
    } cases[] = {
        {1, 4, 1, 3, {2, 3, 4}},
        {-3, INT64_MAX, 1, 3, {4, 5, 6}},
        {-100, 100, 2, 3, {1, 3, 5}},
        {5, 0, -2, 3, {6, 4, 2}},
        {-1, INT64_MIN, -1, 6, {6, 5, 4, 3, 2, 1}},
        {INT32_MAX, -INT32_MAX, -3, 2, {6, 3}},
        {4, 2, 1, 0, {0}},
        {0, 6, INT64_MAX, 1, {1}},
        {5, -7, INT64_MIN, 1, {6}},
        {100, 200, 1, 0, {0}},
        {-100, -50, -1, 0, {0}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, "Slice", 13);
        op_in_f32(&r, DIMS(6), six);
        op_in_i64(&r, DIMS(1), &cases[i].start);
        op_in_i64(&r, DIMS(1), &cases[i].end);
        op_in_absent(&r);
        op_in_i64(&r, DIMS(1), &cases[i].step);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
        op_expect_f32(&r, 0, DIMS(cases[i].n), cases[i].want, 0);
        op_end(&r);
    }
    struct op_run r;
    op_begin(&r, "Slice", 9);
    op_ints(&r, "axes", 1, INTS(1));
    op_ints(&r, "starts", 1, INTS(1));
    op_ints(&r, "ends", 1, INTS(INT32_MAX));
    op_in_f32(&r, DIMS(2, 3), six);
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2, 2), (float[]){2, 3, 5, 6}, 0);
    op_end(&r);
    op_begin(&r, "Slice", 13);
    op_in_f32(&r, DIMS(6), six);
    op_in_i64(&r, DIMS(1), INTS(0));
    op_in_i64(&r, DIMS(1), INTS(6));
    op_in_i64(&r, DIMS(1), INTS(0));
    op_in_i64(&r, DIMS(1), INTS(0));
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL, "a step of 0");
    op_end(&r);
}

Test(ops_shape, pads_and_crops)
{
    static const struct {
        const char *mode;
        int64_t before, after, n;
        float want[12];
    } cases[] = {
        {"constant", 2, 1, 6, {9, 9, 1, 2, 3, 9}}, {"reflect", 2, 2, 7, {3, 2, 1, 2, 3, 2, 1}},
        {"edge", 1, 2, 6, {1, 1, 2, 3, 3, 3}},     {"wrap", 4, 2, 9, {3, 1, 2, 3, 1, 2, 3, 1, 2}},
        {"constant", -1, 2, 4, {2, 3, 9, 9}},      {"constant", -2, -1, 0, {0}},
        {"constant", -5, 5, 3, {9, 9, 9}},         {"reflect", 5, 0, 8, {2, 1, 2, 3, 2, 1, 2, 3}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, "Pad", 19);
        op_string(&r, "mode", cases[i].mode);
        op_in_f32(&r, DIMS(1, 3), six);
        op_in_i64(&r, DIMS(2), INTS(cases[i].before, cases[i].after));
        op_in_f32(&r, SCALAR, (float[]){9});
        op_in_i64(&r, DIMS(1), INTS(-1));
        cr_assert_eq(op_exec(&r, 1), OC_OK, "case %zu: %s", i, r.err.msg);
        op_expect_f32(&r, 0, DIMS(1, cases[i].n), cases[i].want, 0);
        op_end(&r);
    }
    refused("Pad", 13, DIMS(3), INTS(INT64_MAX, 1), 2);
    refused("Pad", 13, DIMS(3), INTS(INT64_MIN, 1), 2);
    refused("Pad", 13, DIMS(3), INTS(-2, -2), 2);
    refused("Pad", 13, DIMS(3), INTS(1, 1, 1), 3);
}

Test(ops_shape, sizes_that_data_decides_are_capped)
{
    refused("Expand", 13, DIMS(1), INTS(INT64_MAX), 1);
    refused("Expand", 13, DIMS(1), INTS(1 << 20, 1 << 20), 2);
    refused("Expand", 13, DIMS(1), INTS(-1), 1);
    refused("Tile", 13, DIMS(2), INTS(INT64_MAX), 1);
    refused("Tile", 13, DIMS(2), INTS((int64_t)1 << 40), 1);
    struct op_run r;
    op_begin(&r, "ConstantOfShape", 9);
    op_in_i64(&r, DIMS(3), INTS(1 << 20, 1 << 20, 1 << 24));
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
    op_begin(&r, "ConstantOfShape", 9);
    op_in_i64(&r, DIMS(1), INTS(-3));
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
    op_begin(&r, "Range", 11);
    op_in_i64(&r, SCALAR, INTS(INT64_MIN));
    op_in_i64(&r, SCALAR, INTS(INT64_MAX));
    op_in_i64(&r, SCALAR, INTS(1));
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
    op_begin(&r, "Range", 11);
    op_in_i64(&r, SCALAR, INTS(10));
    op_in_i64(&r, SCALAR, INTS(-5));
    op_in_i64(&r, SCALAR, INTS(-6));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_i64(&r, 0, DIMS(3), INTS(10, 4, -2));
    op_end(&r);
    op_begin(&r, "Range", 11);
    op_in_f32(&r, SCALAR, (float[]){0});
    op_in_f32(&r, SCALAR, (float[]){1});
    op_in_f32(&r, SCALAR, (float[]){0});
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_shape, expand_and_tile)
{
    struct op_run r;
    op_begin(&r, "Expand", 13);
    op_in_f32(&r, DIMS(2, 1), six);
    op_in_i64(&r, DIMS(3), INTS(2, 1, 3));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(2, 2, 3), (float[]){1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}, 0);
    op_end(&r);
    op_begin(&r, "Tile", 13);
    op_in_f32(&r, DIMS(2, 1), six);
    op_in_i64(&r, DIMS(2), INTS(2, 3));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(4, 3), (float[]){1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}, 0);
    op_end(&r);
    op_begin(&r, "Tile", 13);
    op_in_f32(&r, DIMS(2, 3), six);
    op_in_i64(&r, DIMS(2), INTS(0, 2));
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_shape(&r, 0, ENG_DT_F32, DIMS(0, 6));
    op_end(&r);
}

Test(ops_shape, trilu_with_diagonals_far_outside)
{
    static const struct {
        int64_t upper, k;
        float want[6];
    } cases[] = {
        {1, 0, {1, 2, 3, 0, 5, 6}}, {0, 0, {1, 0, 0, 4, 5, 0}},         {1, INT64_MAX, {0}}, {0, INT64_MIN, {0}},
        {0, 1, {1, 2, 0, 4, 5, 6}}, {1, INT64_MIN, {1, 2, 3, 4, 5, 6}}, {1, 2, {0, 0, 3}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct op_run r;
        op_begin(&r, "Trilu", 14);
        op_int(&r, "upper", cases[i].upper);
        op_in_f32(&r, DIMS(2, 3), six);
        op_in_i64(&r, SCALAR, &cases[i].k);
        cr_assert_eq(op_exec(&r, 1), OC_OK);
        op_expect_f32(&r, 0, DIMS(2, 3), cases[i].want, 0);
        op_end(&r);
    }
}

Test(ops_shape, depth_to_space_in_both_modes_and_back)
{
    float x[16], dcr[] = {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15};
    for (int i = 0; i < 16; i++)
        x[i] = (float)i;
    struct op_run r;
    op_begin(&r, "DepthToSpace", 13);
    op_int(&r, "blocksize", 2);
    op_in_f32(&r, DIMS(1, 8, 1, 2), x); /* depth = (block row, block column, channel) */
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    for (int i = 0; i < 16; i++) {
        int c = i / 8, h = i / 4 % 2, w = i % 4;
        dcr[i] = x[((h * 2 + w % 2) * 2 + c) * 2 + w / 2];
    }
    op_expect_f32(&r, 0, DIMS(1, 2, 2, 4), dcr, 0);
    op_end(&r);
    op_begin(&r, "SpaceToDepth", 13);
    op_int(&r, "blocksize", 2);
    op_in_f32(&r, DIMS(1, 2, 2, 4), dcr);
    cr_assert_eq(op_exec(&r, 1), OC_OK);
    op_expect_f32(&r, 0, DIMS(1, 8, 1, 2), x, 0);
    op_end(&r);
    op_begin(&r, "DepthToSpace", 13);
    op_int(&r, "blocksize", 0);
    op_in_f32(&r, DIMS(1, 8, 1, 2), x);
    cr_assert_eq(op_exec(&r, 1), OC_E_MODEL);
    op_end(&r);
}

Test(ops_shape, outputs_that_nobody_uses)
{
    struct op_run r;
    op_begin(&r, "Split", 13);
    r.unused_outputs = 2;
    op_in_f32(&r, DIMS(6), six);
    cr_assert_eq(op_exec(&r, 3), OC_OK, "%s", r.err.msg);
    op_expect_f32(&r, 0, DIMS(2), six, 0);
    op_expect_f32(&r, 2, DIMS(2), six + 4, 0);
    op_end(&r);
    for (unsigned unused = 1; unused < 3; unused++) {
        op_begin(&r, "TopK", 11);
        r.unused_outputs = unused;
        op_in_f32(&r, DIMS(6), six);
        op_in_i64(&r, DIMS(1), INTS(1));
        cr_assert_eq(op_exec(&r, 2), OC_OK);
        if (unused == 1)
            op_expect_i64(&r, 1, DIMS(1), INTS(5));
        else
            op_expect_f32(&r, 0, DIMS(1), six + 5, 0);
        op_end(&r);
        op_begin(&r, "Dropout", 13);
        r.unused_outputs = unused;
        op_in_f32(&r, DIMS(6), six);
        cr_assert_eq(op_exec(&r, 2), OC_OK);
        if (unused == 1)
            op_expect(&r, 1, ENG_DT_BOOL, DIMS(6), (uint8_t[]){1, 1, 1, 1, 1, 1});
        else
            op_expect_f32(&r, 0, DIMS(6), six, 0);
        op_end(&r);
    }
}

Test(ops_shape, a_failed_allocation_is_an_error_everywhere)
{
    static const char *const ops[] = {"Softmax", "Hardmax", "Transpose", "Concat", "Split", "ReduceSum", "ArgMax",
                                      "Shape",   "Size",    "Clip",      "Relu",   "Exp",   "IsNaN",     "Sum",
                                      "Max",     "EyeLike", "Trilu",     "Elu",    "Mish",  "Shrink"};
    for (size_t i = 0; i < OC_ARRAY_LEN(ops); i++) {
        struct op_run r;
        size_t blocks = oc_mem_blocks();
        op_begin(&r, ops[i], 18);
        op_in_f32(&r, DIMS(2, 3), six);
        oc_mem_fail_at(1); /* the kernel's state is the first allocation of op_exec */
        cr_assert_eq(op_exec(&r, 1), OC_E_NOMEM, "%s", ops[i]);
        oc_mem_fail_at(0);
        cr_assert_eq(op_exec(&r, 1), OC_OK, "%s: %s", ops[i], r.err.msg);
        op_end(&r);
        cr_assert_eq(oc_mem_blocks(), blocks, "%s leaks", ops[i]);
    }
}

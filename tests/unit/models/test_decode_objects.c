#include "hand.h"

Test(decode, yolox_offsets)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output", 3, 1, 84, 7, 0);
    hand_recognise(&t, &h, "yolox");
    cr_assert(t.recipe.input.pixels.bgr);
    cr_assert_eq(t.recipe.input.fit, OC_FIT_TOP_LEFT);
    cr_assert_eq(t.recipe.input.pad, 114);
    /* Row 64 + 4 + 2 = level of stride 16, cell (2, 1): centre (2.25, 1.75) * 16 = (36, 28), size exp(ln 2) * 16 x 16. */
    float *p = hand_data(&t, 0) + 70 * 7;
    memcpy(p, (float[]){0.25f, 0.75f, logf(2), 0, 0.8f, 0.1f, 0.9f}, 7 * sizeof(float));
    hand_data(&t, 0)[4] = 0.9f; /* sure of an object, of no class */
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 36 - 16, 28 - 8, 36 + 16, 28 + 8);
    cr_assert_float_eq(t.found.items[0].score, 0.72f, 1e-6);
    cr_assert_eq(t.found.items[0].class_id, 1);
    cr_assert_eq(t.found.items[0].index, 70);
    t.head.class_wanted = (const uint8_t[]){1, 0};
    hand_decode(&t);
    cr_assert_eq(t.found.n, 0, "class 0 alone scores .08");
    hand_free(&t);
}

Test(decode, yolox_with_exp_is_decoded)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output", 3, 1, 84, 6, 0);
    hand_op(&h, "Exp");
    hand_recognise(&t, &h, "yolox");
    memcpy(hand_data(&t, 0) + 3 * 6, (float[]){20, 30, 8, 4, 1, 0.5f}, 6 * sizeof(float));
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 16, 28, 24, 32);
    hand_free(&t);
}

Test(decode, yolov5)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 252, 7, 0);
    hand_recognise(&t, &h, "yolov5");
    memcpy(hand_data(&t, 0) + 251 * 7, (float[]){10, 20, 8, 6, 0.5f, 1, 0}, 7 * sizeof(float));
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 6, 17, 14, 23);
    cr_assert_float_eq(t.found.items[0].score, 0.5f, 1e-6);
    hand_free(&t);
}

Test(decode, yolov8_both_layouts)
{
    for (int last = 0; last < 2; last++) {
        struct hand h;
        struct hand_head t;
        hand_input(&h, 64, 64);
        hand_output(&h, "output0", 3, 1, last ? 84 : 7, last ? 7 : 84, 0);
        hand_meta(&h, "names", "{0: 'a', 1: 'b', 2: 'c'}");
        hand_recognise(&t, &h, "yolov8");
        cr_assert_eq(t.recipe.decode.n_classes, 3);
        cr_assert_eq(t.recipe.input.fit, OC_FIT_CENTRE);
        cr_assert_float_eq(t.recipe.input.pixels.scale[0], 1 / 255.0, 1e-9);
        const float row[7] = {32, 16, 10, 20, 0.1f, 0.3f, 0.2f};
        for (int c = 0; c < 7; c++)
            hand_data(&t, 0)[last ? 5 * 7 + c : c * 84 + 5] = row[c];
        hand_decode(&t);
        cr_assert_eq(t.found.n, 1);
        HAND_BOX(t.found.items[0], 27, 6, 37, 26);
        cr_assert_eq(t.found.items[0].class_id, 1);
        cr_assert_eq(t.found.items[0].index, 5);
        hand_free(&t);
    }
}

Test(decode, yolov10_is_taken_as_it_is)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 300, 6, 0);
    hand_recognise(&t, &h, "yolov10");
    cr_assert_float_eq(t.recipe.thresholds.iou, 1, 0);
    memcpy(hand_data(&t, 0), (float[]){1, 2, 30, 40, 0.9f, 17, 1, 2, 30, 40, 0.8f, NAN, 1, 2, 30, 40, 0.8f, -1, 1, 2, 3, 4, 0.2f, 1},
           24 * sizeof(float));
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1, "a class that is no number, a negative one and a low score are passed over");
    HAND_BOX(t.found.items[0], 1, 2, 30, 40);
    cr_assert_eq(t.found.items[0].class_id, 17);
    hand_free(&t);
}

Test(decode, nanodet_pairs_of_outputs)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "c8", 3, 1, 64, 2, 0); /* scores of all levels first, as hpc203's file has them */
    hand_output(&h, "c16", 3, 1, 16, 2, 0);
    hand_output(&h, "c32", 3, 1, 4, 2, 0);
    hand_output(&h, "r8", 3, 1, 64, 32, 0);
    hand_output(&h, "r16", 3, 1, 16, 32, 0);
    hand_output(&h, "r32", 3, 1, 4, 32, 0);
    hand_recognise(&t, &h, "nanodet");
    cr_assert_eq(t.recipe.decode.bins, 8);
    cr_assert_float_eq(t.recipe.decode.cell_offset, 0.5f, 0);
    /* Level 16, cell (1, 2) = row 9: point (24, 40). Left: certain of bin 1; top: of bin 0; right: between 1 and 2; bottom: uniform, 3.5.
     */
    hand_data(&t, 1)[9 * 2 + 1] = 0.6f;
    float *bins = hand_data(&t, 4) + 9 * 32;
    bins[1] = 50;
    bins[8] = 50;
    bins[16 + 1] = bins[16 + 2] = 50;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 24 - 16, 40, 24 + 24, 40 + 56);
    cr_assert_eq(t.found.items[0].class_id, 1);
    cr_assert_eq(t.found.items[0].index, 64 + 9);
    hand_free(&t);
}

Test(decode, nanodet_plus)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output", 3, 1, 85, 34, 0);
    hand_recognise(&t, &h, "nanodet_plus");
    float *row = hand_data(&t, 0) + (64 + 5) * 34; /* level 16, cell (1, 1): point (16, 16) */
    row[0] = 0.5f;
    row[2 + 1] = row[2 + 8 + 1] = row[2 + 16 + 1] = row[2 + 24 + 1] = 60; /* one stride each way */
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 0, 0, 32, 32);
    hand_free(&t);
}

Test(decode, fastestdet)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 96);
    hand_output(&h, "758", 4, 1, 7, 4, 6);
    hand_op(&h, "Sigmoid");
    hand_op(&h, "Softmax");
    hand_recognise(&t, &h, "fastestdet");
    float *p = hand_data(&t, 0) + 2 * 6 + 3; /* cell (3, 2) */
    p[0] = 0.9f;
    p[24] = atanhf(0.5f);
    p[48] = atanhf(-0.5f);
    p[72] = 0;              /* half the width */
    p[96] = logf(1.0f / 3); /* a quarter of the height */
    p[120] = 0.2f;
    p[144] = 0.8f;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 56 - 24, 24 - 8, 56 + 24, 24 + 8);
    cr_assert_float_eq(t.found.items[0].score, powf(0.9f, 0.6f) * powf(0.8f, 0.4f), 1e-6);
    cr_assert_eq(t.found.items[0].class_id, 1);
    hand_free(&t);
}

Test(decode, a_shape_that_is_not_the_declared_one_is_refused)
{
    struct hand h;
    struct hand_head t;
    struct oc_err err;
    hand_input(&h, 64, 64);
    hand_output(&h, "output", 3, 1, 84, 7, 0);
    hand_recognise(&t, &h, "yolox");
    t.tensors[0].shape.dim[1] = 83;
    cr_assert_eq(t.recipe.family->decode(&t.head, &t.found, &err), OC_E_MODEL);
    t.tensors[0].shape = (struct eng_shape){3, {1, 84, 6}};
    cr_assert_eq(t.recipe.family->decode(&t.head, &t.found, &err), OC_E_MODEL);
    t.tensors[0].shape = (struct eng_shape){0, {0}};
    cr_assert_eq(t.recipe.family->decode(&t.head, &t.found, &err), OC_E_MODEL);
    t.tensors[0] = (struct eng_tensor){ENG_DT_I64, {3, {1, 84, 7}}, t.tensors[0].data};
    cr_assert_eq(t.recipe.family->decode(&t.head, &t.found, &err), OC_E_MODEL);
    cr_assert(strstr(err.msg, "int64"), "%s", err.msg);
    hand_free(&t);
}

Test(decode, not_a_number_is_not_found)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 5, 84, 0);
    hand_recognise(&t, &h, "yolov8");
    for (int i = 0; i < 5 * 84; i++)
        hand_data(&t, 0)[i] = NAN;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 0);
    hand_free(&t);
}

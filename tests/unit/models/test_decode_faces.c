#include "hand.h"

static void yunet_facts(struct hand *h)
{
    static const char *const names[] = {"cls_8",  "cls_16",  "cls_32",  "obj_8", "obj_16", "obj_32",
                                        "bbox_8", "bbox_16", "bbox_32", "kps_8", "kps_16", "kps_32"};
    static const int cells[] = {64, 16, 4}, last[] = {1, 1, 4, 10};
    hand_input(h, 64, 64);
    for (int i = 0; i < 12; i++)
        hand_output(h, names[i], 3, 1, cells[i % 3], last[i / 3], 0);
}

Test(faces, yunet)
{
    struct hand h;
    struct hand_head t;
    float points[5][2];
    yunet_facts(&h);
    hand_recognise(&t, &h, "yunet");
    cr_assert(t.recipe.input.pixels.bgr && t.recipe.decode.landmarks);
    hand_data(&t, 1)[6] = 0.81f; /* stride 16, cell (2, 1) */
    hand_data(&t, 4)[6] = 4;     /* above 1: clamped */
    memcpy(hand_data(&t, 7) + 6 * 4, (float[]){0.5f, 0.25f, 0, logf(0.5f)}, 4 * sizeof(float));
    for (int i = 0; i < 10; i++)
        hand_data(&t, 10)[6 * 10 + i] = (float)i / 8;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_float_eq(t.found.items[0].score, 0.9f, 1e-6);
    HAND_BOX(t.found.items[0], 40 - 8, 20 - 4, 40 + 8, 20 + 4);
    cr_assert_eq(t.found.items[0].index, 64 + 6);
    t.recipe.family->landmarks(&t.head, 70, points);
    for (int i = 0; i < 5; i++) {
        cr_assert_float_eq(points[i][0], 32 + 4 * i, 1e-4);
        cr_assert_float_eq(points[i][1], 16 + 4 * i + 2, 1e-4);
    }
    hand_free(&t);
}

Test(faces, scrfd_two_anchors_a_cell)
{
    struct hand h;
    struct hand_head t;
    float points[5][2];
    static const int rows[] = {128, 32, 8}, last[] = {1, 4, 10};
    hand_input(&h, 64, 64);
    for (int i = 0; i < 9; i++)
        hand_output(&h, "x", 2, rows[i % 3], last[i / 3], 0, 0);
    hand_recognise(&t, &h, "scrfd");
    cr_assert_eq(t.recipe.decode.anchors, 2);
    cr_assert_float_eq(t.recipe.input.pixels.mean[0], 127.5f, 0);
    hand_data(&t, 2)[5] = 0.7f; /* stride 32, row 5: cell 2 = (0, 1), second anchor: point (0, 32) */
    memcpy(hand_data(&t, 5) + 5 * 4, (float[]){0, 0.5f, 1, 0.25f}, 4 * sizeof(float));
    memcpy(hand_data(&t, 8) + 5 * 10, (float[]){0.125f, -0.25f, 0, 0, 0, 0, 0, 0, 0.5f, 0.75f}, 10 * sizeof(float));
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 0, 16, 32, 40);
    cr_assert_eq(t.found.items[0].index, 128 + 32 + 5);
    t.recipe.family->landmarks(&t.head, 165, points);
    cr_assert_float_eq(points[0][0], 4, 1e-5);
    cr_assert_float_eq(points[0][1], 24, 1e-5);
    cr_assert_float_eq(points[4][0], 16, 1e-5);
    cr_assert_float_eq(points[4][1], 56, 1e-5);
    hand_free(&t);
}

Test(faces, scrfd_without_points_and_with_five_strides)
{
    struct hand h;
    struct oc_recipe r;
    static const int rows[] = {128, 32, 8}, last[] = {1, 4};
    hand_input(&h, 64, 64);
    for (int i = 0; i < 6; i++)
        hand_output(&h, "x", 3, 1, rows[i % 3], last[i / 3], 0);
    cr_assert_str_eq(hand_family(&h, &r), "scrfd");
    cr_assert(!r.decode.landmarks);
    oc_recipe_deinit(&r);
    hand_input(&h, 128, 128);
    for (int i = 0; i < 10; i++)
        hand_output(&h, "x", 3, 1, 256 >> 2 * (i % 5), last[i / 5], 0);
    cr_assert_str_eq(hand_family(&h, &r), "scrfd");
    cr_assert_eq(r.decode.anchors, 1);
    cr_assert_eq(r.decode.n_strides, 5);
    oc_recipe_deinit(&r);
}

static void ultraface_facts(struct hand *h)
{
    hand_input(h, 240, 320);
    hand_output(h, "scores", 3, 1, 4420, 2, 0);
    hand_output(h, "boxes", 3, 1, 4420, 4, 0);
}

Test(faces, ultraface_decoded)
{
    struct hand h;
    struct hand_head t;
    ultraface_facts(&h);
    hand_op(&h, "Exp");
    hand_recognise(&t, &h, "ultraface");
    hand_data(&t, 0)[2 * 4419 + 1] = 0.9f;
    hand_data(&t, 0)[2 * 10] = 0.9f; /* background */
    memcpy(hand_data(&t, 1) + 4 * 4419, (float[]){0.1f, 0.2f, 0.5f, 0.75f}, 4 * sizeof(float));
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 32, 48, 160, 180);
    hand_free(&t);
}

Test(faces, ultraface_offsets_to_priors)
{
    struct hand h;
    struct hand_head t;
    ultraface_facts(&h);
    hand_recognise(&t, &h, "ultraface");
    /* Priors 0..3599 are three a cell at stride 8; then two at stride 16. Row 3600 + 2 * 21 + 1: cell (1, 1), 48 pixels. */
    int row = 3600 + 43;
    hand_data(&t, 0)[2 * row + 1] = 0.9f;
    memcpy(hand_data(&t, 1) + 4 * row, (float[]){1, -1, 5 * logf(2), 0}, 4 * sizeof(float));
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 24 + 4.8f - 48, 24 - 4.8f - 24, 24 + 4.8f + 48, 24 - 4.8f + 24);
    hand_free(&t);
}

Test(faces, yunet_of_2022)
{
    struct hand h;
    struct hand_head t;
    float points[5][2];
    /* 160x120: 20x15, 10x7, 5x3 and 2x1 cells, the last ones' rest falls off */
    int rows = 300 * 3 + 70 * 2 + 15 * 2 + 2 * 3, row = 900 + 2 * 13 + 1; /* stride 16, cell (3, 1), 48 pixels */
    hand_input(&h, 120, 160);
    hand_output(&h, "loc", 2, rows, 14, 0, 0);
    hand_output(&h, "conf", 2, rows, 2, 0, 0);
    hand_output(&h, "iou", 2, rows, 1, 0, 0);
    hand_recognise(&t, &h, "yunet_2022");
    cr_assert(t.recipe.input.pixels.bgr && t.recipe.decode.landmarks);
    hand_data(&t, 1)[2 * row + 1] = 0.64f;
    hand_data(&t, 2)[row] = 3;                         /* above 1: clamped */
    hand_data(&t, 1)[2 * 10 + 1] = 1;                  /* without overlap it is none */
    const float logs[] = {10 * logf(2), -5 * logf(2)}; /* variances .1 for the width, .2 for the height */
    memcpy(hand_data(&t, 0) + 14 * row, (float[]){1, -0.5f, logs[0], logs[1]}, 4 * sizeof(float));
    for (int i = 0; i < 10; i++)
        hand_data(&t, 0)[14 * row + 4 + i] = (float)i;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].index, row);
    cr_assert_float_eq(t.found.items[0].score, 0.8f, 1e-6);
    HAND_BOX(t.found.items[0], 60.8f - 48, 21.6f - 12, 60.8f + 48, 21.6f + 12);
    t.recipe.family->landmarks(&t.head, row, points);
    for (int i = 0; i < 5; i++) {
        cr_assert_float_eq(points[i][0], 56 + 4.8f * (float)(2 * i), 1e-3);
        cr_assert_float_eq(points[i][1], 24 + 4.8f * (float)(2 * i + 1), 1e-3);
    }
    hand_free(&t);
}

static void retinaface_facts(struct hand *h)
{
    hand_input(h, 64, 96);
    hand_output(h, "output0", 3, 1, 252, 4, 0); /* 12x8, 6x4 and 3x2 cells, two priors each */
    hand_output(h, "592", 3, 1, 252, 10, 0);
    hand_output(h, "593", 3, 1, 252, 2, 0);
}

Test(faces, retinaface)
{
    struct hand h;
    struct hand_head t;
    float points[5][2];
    int row = 192 + 2 * 8; /* stride 16, cell (2, 1), 64 pixels */
    retinaface_facts(&h);
    hand_op(&h, "Softmax");
    hand_recognise(&t, &h, "retinaface");
    cr_assert(t.recipe.input.pixels.bgr && t.recipe.decode.landmarks);
    cr_assert_float_eq(t.recipe.input.pixels.mean[0], 104, 0);
    hand_data(&t, 2)[2 * row + 1] = 0.9f;
    hand_data(&t, 2)[2 * 5] = 0.9f; /* background */
    memcpy(hand_data(&t, 0) + 4 * row, (float[]){1, -1, 5 * logf(0.5f), 0}, 4 * sizeof(float));
    for (int i = 0; i < 10; i++)
        hand_data(&t, 1)[10 * row + i] = (float)(i - 5);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 46.4f - 16, 17.6f - 32, 46.4f + 16, 17.6f + 32);
    t.recipe.family->landmarks(&t.head, row, points);
    for (int i = 0; i < 5; i++) {
        cr_assert_float_eq(points[i][0], 40 + 6.4f * (float)(2 * i - 5), 1e-3);
        cr_assert_float_eq(points[i][1], 24 + 6.4f * (float)(2 * i - 4), 1e-3);
    }
    hand_free(&t);
}

Test(faces, retinaface_without_a_softmax)
{
    struct hand h;
    struct hand_head t;
    retinaface_facts(&h);
    hand_recognise(&t, &h, "retinaface");
    hand_data(&t, 2)[2 * 251] = 1;
    hand_data(&t, 2)[2 * 251 + 1] = 1 + logf(9);
    for (int i = 0; i < 251; i++)
        hand_data(&t, 2)[2 * i] = 5;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_float_eq(t.found.items[0].score, 0.9f, 1e-5);
    HAND_BOX(t.found.items[0], 80 - 256, 48 - 256, 80 + 256, 48 + 256);
    hand_free(&t);
}

Test(faces, what_is_no_retinaface)
{
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 48, 48); /* MTCNN's third network */
    hand_output(&h, "a", 2, -1, 4, 0, 0);
    hand_output(&h, "b", 2, -1, 10, 0, 0);
    hand_output(&h, "c", 2, -1, 2, 0, 0);
    cr_assert_str_neq(hand_family(&h, &r), "retinaface");
    oc_recipe_deinit(&r);
    hand_input(&h, 64, 96); /* other priors */
    hand_output(&h, "a", 3, 1, 100, 4, 0);
    hand_output(&h, "b", 3, 1, 100, 10, 0);
    hand_output(&h, "c", 3, 1, 100, 2, 0);
    cr_assert_str_neq(hand_family(&h, &r), "retinaface");
    oc_recipe_deinit(&r);
}

/* Numbers of every size and kind: nothing but candidates and points comes of them, whatever the head says. */
Test(faces, any_numbers)
{
    static const float odd[] = {0, 1, -1, 1e30f, -1e30f, INFINITY, -INFINITY, NAN, 0.7f, 88, -200, 1e-40f};
    uint32_t seed = 5;
    for (int which = 0; which < 2; which++) {
        struct hand h;
        struct hand_head t;
        float points[5][2];
        if (which) {
            retinaface_facts(&h);
        } else {
            hand_input(&h, 64, 64);
            hand_output(&h, "loc", 2, 235, 14, 0, 0);
            hand_output(&h, "conf", 2, 235, 2, 0, 0);
            hand_output(&h, "iou", 2, 235, 1, 0, 0);
        }
        hand_recognise(&t, &h, which ? "retinaface" : "yunet_2022");
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < h.facts.n_outputs; i++)
                for (int64_t k = 0; k < eng_shape_count(&t.tensors[i].shape); k++)
                    hand_data(&t, i)[k] = odd[((seed = seed * 1664525u + 1013904223u) >> 16) % OC_ARRAY_LEN(odd)];
            hand_decode(&t);
            for (size_t i = 0; i < t.found.n; i++)
                t.recipe.family->landmarks(&t.head, t.found.items[i].index, points);
        }
        hand_free(&t);
    }
}

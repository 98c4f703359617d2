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

/* Raw heads, by hand. Input 64x64 unless said; so strides 8, 16, 32 have 8, 4, 2 cells a side. */
#include "hand.h"

#define LN(x) logf((x) / (1 - (x))) /* the logit of a probability */

static void put(struct hand_head *t, int output, int64_t at, int64_t step, const float *v, int n)
{
    for (int i = 0; i < n; i++)
        hand_data(t, output)[at + i * step] = v[i];
}

static void fill(struct hand_head *t, float v)
{
    for (int i = 0; i < 16 && t->tensors[i].data; i++)
        for (int64_t k = 0; k < eng_shape_count(&t->tensors[i].shape); k++)
            hand_data(t, i)[k] = v;
}

static void one(struct hand_head *t, int class_id, float score)
{
    hand_decode(t);
    cr_assert_eq(t->found.n, 1, "%zu found", t->found.n);
    cr_assert_eq(t->found.items[0].class_id, class_id);
    cr_assert_float_eq(t->found.items[0].score, score, 1e-5);
}

Test(heads, yolov1_flat)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 448, 448);
    hand_output(&h, "out", 2, 1, 1470, 0, 0);
    hand_recognise(&t, &h, "yolov1");
    cr_assert_eq(t.recipe.decode.n_classes, 20);
    /* Cell 10 = column 3, row 1; its second box. Classes at 10 * 20, confidences from 980 on, boxes from 1078 on. */
    hand_data(&t, 0)[10 * 20 + 14] = 0.8f;
    hand_data(&t, 0)[980 + 10 * 2 + 1] = 0.9f;
    put(&t, 0, 1078 + (10 * 2 + 1) * 4, 1, (float[]){0.5f, 0.25f, 0.5f, 0.25f}, 4);
    one(&t, 14, 0.72f);
    /* centre (3.5, 1.25) * 64; size 448 * .25, 448 * .0625 */
    HAND_BOX(t.found.items[0], 224 - 56, 80 - 14, 224 + 56, 80 + 14);
    hand_free(&t);
}

Test(heads, yolov1_grid)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 448, 448);
    hand_output(&h, "out", 4, 1, 7, 7, 30);
    hand_recognise(&t, &h, "yolov1");
    put(&t, 0, 10 * 30, 1, (float[]){0.5f, 0.25f, 0.5f, 0.25f, 1, 0, 0, 0, 0, 0, 0, 0.5f}, 12);
    one(&t, 1, 0.5f);
    HAND_BOX(t.found.items[0], 224 - 112, 80 - 56, 224 + 112, 80 + 56);
    hand_free(&t);
}

Test(heads, yolov2)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "grid", 4, 1, 35, 2, 2); /* five anchors of 5 + 2 */
    hand_recognise(&t, &h, "yolov2");
    fill(&t, -20);
    /* Anchor 1, cell 3: numbers 7.., four floats apart. Softmax of (ln 3, 0) = (.75, .25). */
    put(&t, 0, 7 * 4 + 3, 4, (float[]){0, LN(0.25f), logf(2), 0, LN(0.8f), logf(3), 0}, 7);
    one(&t, 0, 0.6f);
    float w = 1.87446f * 32 * 2 / 2, ah = 2.06253f * 32 / 2;
    HAND_BOX(t.found.items[0], 48 - w, 40 - ah, 48 + w, 40 + ah);
    hand_free(&t);
}

Test(heads, yolov3_coarsest_first)
{
    for (int last = 0; last < 2; last++) {
        struct hand h;
        struct hand_head t;
        hand_input(&h, 64, 64);
        for (int n = 2; n <= 8; n *= 2)
            hand_output(&h, "x", 4, 1, last ? n : 21, n, last ? 21 : n);
        hand_recognise(&t, &h, "yolov3");
        fill(&t, -20);
        /* Stride 16, anchor 2 (59, 119), cell (1, 2) = 9. */
        put(&t, 1, last ? 9 * 21 + 14 : 14 * 16 + 9, last ? 1 : 16, (float[]){0, 0, 0, logf(0.5f), LN(0.5f), LN(0.9f), LN(0.2f)}, 7);
        one(&t, 0, 0.45f);
        HAND_BOX(t.found.items[0], 24 - 29.5f, 40 - 29.75f, 24 + 29.5f, 40 + 29.75f);
        hand_free(&t);
    }
}

Test(heads, yolov3_tiny)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "a", 4, 1, 21, 2, 2);
    hand_output(&h, "b", 4, 1, 21, 4, 4);
    hand_recognise(&t, &h, "yolov3");
    cr_assert_float_eq(t.recipe.decode.anchor_sizes[0][0][0], 81, 0, "stride 32 has the larger ones");
    cr_assert_float_eq(t.recipe.decode.anchor_sizes[1][2][1], 58, 0);
    hand_free(&t);
}

Test(heads, yolov4)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    for (int n = 8; n >= 2; n /= 2) {
        hand_output(&h, "x", 5, 1, n, n, 3);
        h.out[h.facts.n_outputs - 1].shape.dim[4] = 7;
    }
    hand_recognise(&t, &h, "yolov4");
    fill(&t, -20);
    /* Stride 8 (k = 1.2), cell 10 = (2, 1), anchor 0 (12, 16). s = .75: .75 * 1.2 - .1 = .8 */
    put(&t, 0, (10 * 3) * 7, 1, (float[]){LN(0.75f), LN(0.75f), 0, 0, LN(0.9f), -9, LN(0.5f)}, 7);
    one(&t, 1, 0.45f);
    HAND_BOX(t.found.items[0], 22.4f - 6, 14.4f - 8, 22.4f + 6, 14.4f + 8);
    hand_free(&t);
}

Test(heads, yolov5_and_yolov7_raw)
{
    for (int v7 = 0; v7 < 2; v7++) {
        struct hand h;
        struct hand_head t;
        hand_input(&h, 64, 64);
        for (int n = 8; n >= 2; n /= 2) {
            hand_output(&h, "x", 5, 1, 3, n, n);
            h.out[h.facts.n_outputs - 1].shape.dim[4] = 7;
        }
        hand_recognise(&t, &h, "yolov5_heads");
        if (v7) {
            oc_recipe_deinit(&t.recipe);
            oc_recipe_init(&t.recipe);
            cr_assert_eq(oc_recognise(&h.facts, &oc_family_yolov7_heads, &t.recipe, NULL), OC_OK);
        }
        fill(&t, -20);
        /* Stride 32, anchor 1, cell 2 = (0, 1): xy = (2 * .5 - .5 + cell) * 32; wh = (2 * .75)^2 = 2.25 anchors, (2 * .25)^2 = .25. */
        put(&t, 2, (1 * 4 + 2) * 7, 1, (float[]){0, 0, LN(0.75f), LN(0.25f), LN(0.8f), LN(0.5f), -9}, 7);
        one(&t, 0, 0.4f);
        float w = (v7 ? 192 : 156) * 2.25f / 2, ah = (v7 ? 243 : 198) * 0.25f / 2;
        HAND_BOX(t.found.items[0], 16 - w, 48 - ah, 16 + w, 48 + ah);
        hand_free(&t);
    }
}

Test(heads, yolov6_has_no_objectness)
{
    static const char *const concat[] = {"Concat"};
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "outputs", 3, 1, 84, 7, 0);
    h.facts.made_by = concat;
    hand_recognise(&t, &h, "yolov6");
    cr_assert_eq(t.recipe.input.fit, OC_FIT_CENTRE);
    put(&t, 0, 70 * 7, 1, (float[]){32, 16, 10, 20, 1, 0.1f, 0.6f}, 7);
    one(&t, 1, 0.6f);
    HAND_BOX(t.found.items[0], 27, 6, 37, 26);
    hand_free(&t);
}

/* 4 x 16 bins of one cell: certain of 1, of 2, between 3 and 4, evenly spread over all (7.5). */
static void put_bins(struct hand_head *t, int output, int64_t at, int64_t step)
{
    for (int i = 0; i < 64; i++)
        hand_data(t, output)[at + i * step] = 0;
    hand_data(t, output)[at + 1 * step] = hand_data(t, output)[at + (16 + 2) * step] = 60;
    hand_data(t, output)[at + (32 + 3) * step] = hand_data(t, output)[at + (32 + 4) * step] = 60;
}

Test(heads, yolov8_raw_in_one_map)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    for (int n = 8; n >= 2; n /= 2)
        hand_output(&h, "x", 4, 1, 66, n, n);
    hand_meta(&h, "names", "{0: 'a', 1: 'b'}");
    hand_recognise(&t, &h, "yolov8_heads");
    fill(&t, -20);
    put_bins(&t, 1, 9, 16); /* stride 16, cell (1, 2): point (24, 40) */
    hand_data(&t, 1)[65 * 16 + 9] = LN(0.7f);
    one(&t, 1, 0.7f);
    HAND_BOX(t.found.items[0], 24 - 16, 40 - 32, 24 + 3.5f * 16, 40 + 7.5f * 16);
    cr_assert_eq(t.found.items[0].index, 64 + 9);
    hand_free(&t);
}

Test(heads, yolov8_raw_in_pairs)
{
    static const char *const made[] = {"Conv", "Sigmoid", "Conv", "Sigmoid", "Conv", "Sigmoid"};
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    for (int n = 8; n >= 2; n /= 2) {
        hand_output(&h, "b", 4, 1, 64, n, n);
        hand_output(&h, "c", 4, 1, 3, n, n);
    }
    h.facts.made_by = made;
    hand_recognise(&t, &h, "yolov8_heads");
    cr_assert_eq(t.recipe.decode.scores, OC_SCORE_PROBABILITY);
    put_bins(&t, 4, 3, 4);
    hand_data(&t, 5)[2 * 4 + 3] = 0.7f;
    one(&t, 2, 0.7f);
    HAND_BOX(t.found.items[0], 48 - 32, 48 - 64, 48 + 3.5f * 32, 48 + 7.5f * 32);
    hand_free(&t);
}

Test(heads, yolo_nas)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "boxes", 3, 1, 84, 4, 0);
    hand_output(&h, "scores", 3, 1, 84, 2, 0);
    hand_recognise(&t, &h, "yolo_nas");
    put(&t, 0, 5 * 4, 1, (float[]){1, 2, 30, 40}, 4);
    hand_data(&t, 1)[5 * 2 + 1] = 0.9f;
    one(&t, 1, 0.9f);
    HAND_BOX(t.found.items[0], 1, 2, 30, 40);
    hand_free(&t);
}

Test(heads, picodet)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 128, 128);
    for (int i = 0; i < 2; i++)
        for (int s = 8; s <= 64; s *= 2)
            hand_output(&h, i ? "reg" : "cls", 3, 1, (128 / s) * (128 / s), i ? 32 : 2, 0);
    hand_recognise(&t, &h, "picodet");
    cr_assert(!t.recipe.input.pixels.bgr);
    hand_data(&t, 3)[1 * 2 + 0] = 0.5f; /* stride 64, cell (1, 0): point (96, 32) */
    for (int side = 0; side < 4; side++)
        hand_data(&t, 7)[32 + side * 8 + (side == 0)] = 60;
    one(&t, 0, 0.5f);
    HAND_BOX(t.found.items[0], 96 - 64, 32, 96, 32);
    hand_free(&t);
}

Test(heads, fcos_maps)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 128, 128);
    for (int s = 8; s <= 128; s *= 2) {
        hand_output(&h, "cls", 4, 1, 3, 128 / s, 128 / s);
        hand_output(&h, "box", 4, 1, 4, 128 / s, 128 / s);
        hand_output(&h, "ctr", 4, 1, 1, 128 / s, 128 / s);
    }
    hand_recognise(&t, &h, "fcos");
    fill(&t, -20);
    /* Stride 32, cell (2, 1) = 6: point (80, 48). sqrt(.64 * .81) = .72. */
    hand_data(&t, 6)[1 * 16 + 6] = LN(0.64f);
    hand_data(&t, 8)[6] = LN(0.81f);
    put(&t, 7, 6, 16, (float[]){1, 0.5f, 0.25f, 2}, 4);
    one(&t, 1, 0.72f);
    HAND_BOX(t.found.items[0], 80 - 32, 48 - 16, 80 + 8, 48 + 64);
    t.recipe.decode.boxes_decoded = true;
    one(&t, 1, 0.72f);
    HAND_BOX(t.found.items[0], 79, 47.5f, 80.25f, 50);
    hand_free(&t);
}

Test(heads, fcos_rows)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 128, 128); /* 256 + 64 + 16 + 4 + 1 cells */
    hand_output(&h, "cls_logits", 3, 1, 341, 3, 0);
    hand_output(&h, "bbox_regression", 3, 1, 341, 4, 0);
    hand_output(&h, "bbox_ctrness", 3, 1, 341, 1, 0);
    hand_recognise(&t, &h, "fcos");
    fill(&t, -20);
    int i = 256 + 64 + 6;
    hand_data(&t, 0)[i * 3 + 2] = LN(0.64f);
    hand_data(&t, 2)[i] = LN(0.81f);
    put(&t, 1, i * 4, 1, (float[]){1, 0.5f, 0.25f, 2}, 4);
    one(&t, 2, 0.72f);
    HAND_BOX(t.found.items[0], 80 - 32, 48 - 16, 80 + 8, 48 + 64);
    hand_free(&t);
}

Test(heads, centernet_peaks)
{
    static const char *const made[] = {"Sigmoid", "Conv", "Conv"};
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "hm", 4, 1, 3, 16, 16);
    hand_output(&h, "reg", 4, 1, 2, 16, 16); /* offsets before sizes: told by the name */
    hand_output(&h, "wh", 4, 1, 2, 16, 16);
    h.facts.made_by = made;
    hand_recognise(&t, &h, "centernet");
    int cell = 5 * 16 + 3;
    hand_data(&t, 0)[256 + cell] = 0.9f;
    hand_data(&t, 0)[256 + cell + 1] = 0.8f;  /* next to the peak */
    hand_data(&t, 0)[256 + cell + 17] = 0.7f; /* so, diagonally */
    put(&t, 1, cell, 256, (float[]){0.25f, 0.5f}, 2);
    put(&t, 2, cell, 256, (float[]){4, 2}, 2);
    one(&t, 1, 0.9f);
    HAND_BOX(t.found.items[0], (3.25f - 2) * 4, (5.5f - 1) * 4, (3.25f + 2) * 4, (5.5f + 1) * 4);
    hand_data(&t, 0)[cell + 16] = 0.5f; /* another class: a peak of its own */
    hand_decode(&t);
    cr_assert_eq(t.found.n, 2);
    hand_free(&t);
}

Test(heads, ssd_offsets)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 300, 300);
    hand_output(&h, "loc", 3, 1, 8732, 4, 0);
    hand_output(&h, "conf", 3, 1, 8732, 21, 0);
    hand_recognise(&t, &h, "ssd");
    cr_assert_eq(t.recipe.decode.n_classes, 20);
    /* Level 38 x 38: cell (2, 1), default 2: ratio 2 lying. Softmax of ln 9 against 20 zeros ... of one against -20s. */
    int i = (1 * 38 + 2) * 4 + 2;
    for (int64_t k = 0; k < 8732; k++)
        hand_data(&t, 1)[k * 21] = 20; /* background */
    for (int k = 0; k < 21; k++)
        hand_data(&t, 1)[i * 21 + k] = k == 7 ? logf(20) : 0;
    put(&t, 0, i * 4, 1, (float[]){1, -2, 0, 5 * logf(2)}, 4);
    one(&t, 6, 0.5f); /* 20 / (20 + 20) */
    float w = 30 * sqrtf(2), ht = 30 / sqrtf(2), x = 2.5f * 8 + 0.1f * w, y = 1.5f * 8 - 0.2f * ht;
    HAND_BOX(t.found.items[0], x - w / 2, y - ht, x + w / 2, y + ht);
    hand_free(&t);
}

Test(heads, ssd_as_nvidia_exports_it)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 300, 300);
    hand_output(&h, "ploc", 3, 1, 4, 8732, 0);
    hand_output(&h, "plabel", 3, 1, 81, 8732, 0);
    hand_recognise(&t, &h, "ssd");
    cr_assert_eq(t.recipe.decode.n_classes, 80);
    for (int64_t k = 0; k < 8732; k++)
        hand_data(&t, 1)[k] = 30;
    /* The last level has one cell: its default 1 is the square of sqrt(261 * 315). */
    int64_t i = 8732 - 4 + 1;
    hand_data(&t, 1)[i] = 0;
    hand_data(&t, 1)[80 * 8732 + i] = 30;
    one(&t, 79, 1);
    float side = sqrtf(261.0f * 315) / 2;
    HAND_BOX(t.found.items[0], 150 - side, 150 - side, 150 + side, 150 + side);
    /* Default-major: number 5 of the first level is default 0 of cell 5. */
    hand_data(&t, 1)[i] = 30;
    hand_data(&t, 1)[80 * 8732 + i] = 0;
    hand_data(&t, 1)[5] = 0;
    hand_data(&t, 1)[8732 + 5] = 30;
    one(&t, 0, 1);
    HAND_BOX(t.found.items[0], 44 - 10.5f, 4 - 10.5f, 44 + 10.5f, 4 + 10.5f);
    hand_free(&t);
}

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "metrics/boundary.h"
#include "metrics/segmentation.h"

#define NEAR(a, b) cr_assert(fabs((a) - (b)) < 1e-12, "%.17g, expected %.17g", (a), (b))

/* mmeval's MeanIoU docstring; the rest by hand. */
Test(segmentation, a_published_example)
{
    const uint16_t truth[] = {0, 1, 1, 2, 3, 2}, prediction[] = {0, 2, 1, 1, 3, 2};
    struct oc_tally t;
    struct oc_segmentation_score all;
    struct oc_class_score k[4];
    struct oc_err err = {0};
    cr_assert_eq(oc_tally_init(&t, 4, 0, &err), OC_OK);
    cr_assert_eq(oc_tally_add(&t, &(struct oc_map_pair){truth, prediction, 3, 2, -1, false}, &err), OC_OK, "%s", err.msg);
    oc_tally_score(&t, &all, k);
    NEAR(all.pixel_accuracy, 4.0 / 6);
    NEAR(all.mean_recall, 0.75);
    NEAR(all.mean_iou, (1 + 1.0 / 3 + 1.0 / 3 + 1) / 4);
    NEAR(all.frequency_weighted_iou, (1 + 2.0 / 3 + 2.0 / 3 + 1) / 6);
    NEAR(all.kappa, 7.0 / 13); /* (6 * 4 - 10) / (36 - 10) */
    NEAR(all.mean_dice, 0.75);
    cr_assert(isnan(all.mean_boundary_iou));
    cr_assert_eq(all.pixels, 6);
    cr_assert_eq(t.cells[1 * 4 + 2], 1, "truth by row");
    oc_tally_deinit(&t);
}

Test(segmentation, what_is_absent_is_left_out)
{
    const uint16_t truth[] = {0, 0, 255, 1}, prediction[] = {0, 2, 60000, 1};
    struct oc_tally t;
    struct oc_segmentation_score all;
    struct oc_class_score k[4];
    cr_assert_eq(oc_tally_init(&t, 4, 0, NULL), OC_OK);
    oc_tally_score(&t, &all, k);
    cr_assert(isnan(all.pixel_accuracy) && isnan(all.mean_iou) && isnan(all.kappa) && isnan(k[0].iou));
    cr_assert_eq(oc_tally_add(&t, &(struct oc_map_pair){truth, prediction, 2, 2, 255, false}, NULL), OC_OK);
    oc_tally_score(&t, &all, k);
    cr_assert_eq(t.ignored, 1);
    cr_assert_eq(t.pixels, 3);
    NEAR(all.pixel_accuracy, 2.0 / 3);
    NEAR(k[0].iou, 0.5);
    NEAR(k[2].iou, 0); /* predicted, never true */
    cr_assert(isnan(k[2].recall));
    NEAR(k[2].precision, 0);
    cr_assert(isnan(k[3].iou) && isnan(k[3].dice) && isnan(k[3].precision)); /* nowhere */
    NEAR(all.mean_iou, (0.5 + 1 + 0) / 3);
    NEAR(all.mean_recall, (0.5 + 1) / 2);
    NEAR(all.mean_precision, (1.0 + 1 + 0) / 3);
    oc_tally_deinit(&t);
}

Test(segmentation, errors_say_where_and_change_nothing)
{
    const uint16_t good[] = {0, 1, 1, 0, 1, 0}, bad[] = {0, 1, 1, 0, 7, 0};
    struct oc_tally t, other;
    struct oc_err err;
    cr_assert_eq(oc_tally_init(&t, 2, 0.5, NULL), OC_OK);
    cr_assert_eq(oc_tally_add(&t, &(struct oc_map_pair){bad, good, 3, 2, 255, false}, &err), OC_E_INVALID);
    cr_assert_str_eq(err.msg, "truth: class 7 at row 1, column 1; 0..1 are expected, or in the truth the number that is ignored");
    cr_assert_eq(oc_tally_add(&t, &(struct oc_map_pair){good, bad, 3, 2, -1, false}, &err), OC_E_INVALID);
    cr_assert_str_eq(err.msg, "prediction: class 7 at row 1, column 1; 0..1 are expected");
    cr_assert(!t.pixels && !t.pairs && !t.cells[0] && !t.boundary[0].truth);
    cr_assert_eq(oc_tally_add(&t, &(struct oc_map_pair){bad, good, 3, 2, 7, false}, &err), OC_OK);
    cr_assert_eq(oc_tally_init(&other, 3, 0.5, NULL), OC_OK);
    cr_assert_eq(oc_tally_merge(&t, &other, &err), OC_E_INVALID);
    cr_assert_eq(oc_tally_grow(&t, 3, &err), OC_OK);
    cr_assert_eq(oc_tally_merge(&t, &other, &err), OC_OK);
    cr_assert_eq(oc_tally_add_cell(&other, 2, 1, INT64_MAX - 4, &err), OC_OK);
    cr_assert_eq(oc_tally_merge(&t, &other, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "9223372036854775807"), "%s", err.msg);
    cr_assert_eq(t.pixels, 5);
    cr_assert_eq(oc_tally_add_cell(&other, 0, 0, 5, &err), OC_E_INVALID);
    oc_tally_deinit(&other);
    cr_assert_eq(oc_tally_init(&other, 3, 0.25, NULL), OC_OK);
    cr_assert_eq(oc_tally_merge(&t, &other, &err), OC_E_INVALID);
    oc_tally_deinit(&other);
    oc_tally_deinit(&t);
}

/* 2^62 pixels: doubles alone would lose the last digits of what kappa subtracts. */
Test(segmentation, large_numbers_stay_exact)
{
    struct oc_tally t;
    struct oc_segmentation_score all;
    struct oc_class_score k[2];
    uint64_t half = (uint64_t)1 << 60;
    cr_assert_eq(oc_tally_init(&t, 2, 0, NULL), OC_OK);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(oc_tally_add_cell(&t, i / 2, i % 2, half + (i == 0), NULL), OC_OK);
    oc_tally_score(&t, &all, k);
    /* N A - E with h = 2^60: (4h + 1)(2h + 1) - ((2h + 1)^2 + (2h)^2) = 2h; N^2 - E = (4h + 1)^2 - ((2h + 1)^2 + 4h^2) = 8h^2 + 4h */
    double expected = 2 * (double)half / (8 * (double)half * (double)half + 4 * (double)half);
    cr_assert(fabs(all.kappa / expected - 1) < 1e-12, "%g, expected %g", all.kappa, expected);
    oc_tally_deinit(&t);
}

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

Test(segmentation, in_parts_or_at_once)
{
    enum { W = 40, H = 25, PAIRS = 6, CLASSES = 5 };
    uint16_t maps[2][PAIRS][W * H];
    uint32_t state = 3;
    struct oc_tally whole, grown, parts[2];
    for (int m = 0; m < 2; m++)
        for (int p = 0; p < PAIRS; p++)
            for (int i = 0; i < W * H; i++)
                maps[m][p][i] = (uint16_t)(i && next(&state) % 6 ? maps[m][p][i - 1] : next(&state) % (CLASSES + (m == 0)));
    cr_assert_eq(oc_tally_init(&whole, CLASSES, 0.02, NULL), OC_OK);
    cr_assert_eq(oc_tally_init(&grown, 1, 0.02, NULL), OC_OK);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(oc_tally_init(&parts[i], CLASSES, 0.02, NULL), OC_OK);
    for (int p = 0; p < PAIRS; p++) {
        struct oc_map_pair pair = {maps[0][p], maps[1][p], W, H, CLASSES, false};
        cr_assert_eq(oc_pair_classes(&pair), CLASSES);
        cr_assert_eq(oc_tally_add(&whole, &pair, NULL), OC_OK);
        cr_assert_eq(oc_tally_add(&parts[p % 2], &pair, NULL), OC_OK);
        cr_assert_eq(oc_tally_grow(&grown, oc_pair_classes(&pair), NULL), OC_OK);
        cr_assert_eq(oc_tally_add(&grown, &pair, NULL), OC_OK);
    }
    cr_assert_eq(oc_tally_merge(&parts[0], &parts[1], NULL), OC_OK);
    const struct oc_tally *same[] = {&parts[0], &grown};
    for (int i = 0; i < 2; i++) {
        cr_assert_arr_eq(whole.cells, same[i]->cells, CLASSES * CLASSES * sizeof *whole.cells);
        cr_assert_arr_eq(whole.boundary, same[i]->boundary, CLASSES * sizeof *whole.boundary);
        cr_assert(whole.pixels == same[i]->pixels && whole.ignored == same[i]->ignored && whole.pairs == same[i]->pairs);
    }
    oc_tally_deinit(&whole);
    oc_tally_deinit(&grown);
    oc_tally_deinit(&parts[0]);
    oc_tally_deinit(&parts[1]);
}

/* The definition itself: the square around each pixel. */
static bool slow_near(const uint16_t *ids, int w, int h, int d, int x, int y)
{
    for (int dy = -d; dy <= d; dy++)
        for (int dx = -d; dx <= d; dx++)
            if (x + dx < 0 || x + dx >= w || y + dy < 0 || y + dy >= h || ids[(y + dy) * w + x + dx] != ids[y * w + x])
                return true;
    return false;
}

Test(boundary, equals_the_definition)
{
    uint32_t state = 11;
    for (int round = 0; round < 150; round++) {
        int w = 1 + (int)(next(&state) % 40), h = 1 + (int)(next(&state) % 40), d = 1 + (int)(next(&state) % 6),
            change = 1 + (int)(next(&state) % 200);
        uint16_t *ids = calloc((size_t)(w * h), sizeof *ids);
        uint8_t *near = malloc((size_t)(w * h));
        for (int i = 0; i < w * h; i++)
            ids[i] = (uint16_t)(next(&state) % (uint32_t)change ? (i >= w ? ids[i - w] : 0) : next(&state) % 3);
        cr_assert_eq(oc_boundary_find(ids, w, h, d, near, NULL), OC_OK);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                cr_assert_eq(near[y * w + x], slow_near(ids, w, h, d, x, y), "%dx%d, distance %d: %d, %d", w, h, d, x, y);
        free(ids);
        free(near);
    }
    cr_assert_eq(oc_boundary_distance(1, 1, 0.02), 1);
    cr_assert_eq(oc_boundary_distance(600, 800, 0.02), 20);
    cr_assert_eq(oc_boundary_distance(3, 4, 0.5), 2, "half to even");
}

Test(segmentation, every_allocation_may_fail)
{
    const uint16_t a[] = {0, 1, 1, 0}, b[] = {0, 1, 0, 0};
    enum oc_status st = OC_E_NOMEM;
    for (uint64_t n = 1; st == OC_E_NOMEM && n < 50; n++) {
        struct oc_tally t = {0};
        size_t before = oc_mem_blocks();
        oc_mem_fail_at(n);
        st = oc_tally_init(&t, 2, 0.02, NULL);
        if (!st)
            st = oc_tally_add(&t, &(struct oc_map_pair){a, b, 2, 2, -1, false}, NULL);
        if (!st)
            st = oc_tally_grow(&t, 3, NULL);
        oc_mem_fail_at(0);
        oc_tally_deinit(&t);
        cr_assert_eq(oc_mem_blocks(), before);
    }
    cr_assert_eq(st, OC_OK);
}

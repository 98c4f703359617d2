#include <criterion/criterion.h>
#include <math.h>
#include "vision/nms.h"

static struct oc_candidate candidate(float x, float y, float score, int class_id, int index)
{
    return (struct oc_candidate){.box = {x, y, x + 10, y + 10}, .score = score, .class_id = class_id, .index = index};
}

Test(nms, iou_of_known_boxes)
{
    struct oc_box a = {0, 0, 10, 10}, half = {5, 0, 15, 10}, apart = {20, 20, 30, 30}, point = {5, 5, 5, 5};
    struct oc_box all = {-INFINITY, -INFINITY, INFINITY, INFINITY};
    cr_assert_float_eq(oc_box_iou(&a, &a), 1.0f, 0);
    cr_assert_float_eq(oc_box_iou(&a, &half), 50.0f / 150.0f, 1e-6);
    cr_assert_float_eq(oc_box_iou(&a, &apart), 0.0f, 0);
    cr_assert_float_eq(oc_box_iou(&a, &point), 0.0f, 0);
    cr_assert_float_eq(oc_box_iou(&point, &point), 0.0f, 0);
    cr_assert_float_eq(oc_box_iou(&all, &all), 0.0f, 0);
}

Test(nms, suppresses_within_a_class_and_across_when_agnostic)
{
    struct oc_candidate given[] = {candidate(0, 0, 0.5f, 1, 0), candidate(1, 0, 0.9f, 1, 1), candidate(0, 1, 0.8f, 2, 2),
                                   candidate(50, 50, 0.1f, 1, 3)};
    struct oc_candidate c[4];
    struct oc_nms_options opt = {.iou_threshold = 0.5f};
    size_t n = 4;
    memcpy(c, given, sizeof c);
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 3);
    cr_assert(c[0].index == 1 && c[1].index == 2 && c[2].index == 3);
    opt.agnostic = true;
    n = 4;
    memcpy(c, given, sizeof c);
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 2);
    cr_assert(c[0].index == 1 && c[1].index == 3);
}

Test(nms, iou_equal_to_the_threshold_is_kept)
{
    struct oc_candidate c[] = {candidate(0, 0, 0.9f, 0, 0), candidate(5, 0, 0.8f, 0, 1)};
    struct oc_nms_options opt = {.iou_threshold = oc_box_iou(&c[0].box, &c[1].box)};
    size_t n = 2;
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 2);
}

Test(nms, ties_keep_the_callers_order)
{
    struct oc_candidate c[1000];
    for (int i = 0; i < 1000; i++)
        c[i] = candidate(100.0f * (float)i, 0, (float)(i % 3), 0, i);
    struct oc_nms_options opt = {.iou_threshold = 0.5f};
    size_t n = 1000;
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 1000);
    for (int i = 1; i < 1000; i++)
        cr_assert(c[i - 1].score > c[i].score || (c[i - 1].score == c[i].score && c[i - 1].index < c[i].index));
}

Test(nms, nan_is_dropped_infinity_is_sorted)
{
    struct oc_candidate c[] = {candidate(0, 0, NAN, 0, 0),       candidate(NAN, 0, 0.9f, 0, 1),    candidate(0, NAN, 0.9f, 0, 2),
                               candidate(0, 0, -INFINITY, 0, 3), candidate(99, 0, INFINITY, 0, 4), candidate(0, 0, 0.2f, 1, 5)};
    struct oc_nms_options opt = {.iou_threshold = 0.5f};
    size_t n = 6;
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 3);
    cr_assert(c[0].index == 4 && c[1].index == 5 && c[2].index == 3);
}

Test(nms, limits_in_and_out)
{
    struct oc_candidate c[100];
    struct oc_nms_options opt = {.iou_threshold = 0.5f, .max_out = 7};
    for (int i = 0; i < 100; i++)
        c[i] = candidate(100.0f * (float)i, 0, (float)i, 0, i);
    size_t n = 100;
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 7);
    cr_assert_eq(c[0].index, 99);
    for (int i = 0; i < 100; i++)
        c[i] = candidate(100.0f * (float)i, 0, (float)i, 0, i);
    n = 100;
    opt.max_in = 3;
    cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
    cr_assert_eq(n, 3);
    n = 0;
    cr_assert_eq(oc_nms(NULL, &n, &opt, NULL), OC_OK);
}

/* The definition, slowly: the best one left goes out and takes with it what it overlaps. */
static size_t slow_nms(const struct oc_candidate *c, size_t n, const struct oc_nms_options *opt, int *kept)
{
    bool gone[600] = {0};
    size_t count = 0;
    for (;;) {
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if (!gone[i] && (best == n || c[i].score > c[best].score))
                best = i;
        if (best == n || (opt->max_out && count == (size_t)opt->max_out))
            return count;
        kept[count++] = c[best].index;
        gone[best] = true;
        for (size_t i = 0; i < n; i++)
            if ((opt->agnostic || c[i].class_id == c[best].class_id) && oc_box_iou(&c[i].box, &c[best].box) > opt->iou_threshold)
                gone[i] = true;
    }
}

Test(nms, equals_the_definition)
{
    uint32_t seed = 9;
    for (int round = 0; round < 60; round++) {
        struct oc_candidate c[600];
        int kept[600];
        for (int i = 0; i < 600; i++) {
            uint32_t r[5];
            for (int k = 0; k < 5; k++)
                r[k] = (seed = seed * 1664525u + 1013904223u) >> 16;
            c[i] = candidate((float)(r[0] % 60), (float)(r[1] % 60), (float)(r[2] % 50), (int)(r[3] % 3) * 256 - (int)(r[4] % 2), i);
        }
        struct oc_nms_options opt = {.iou_threshold = (float)(round % 10) * 0.1f, .agnostic = round % 2, .max_out = round % 3 ? 0 : 20};
        size_t want = slow_nms(c, 600, &opt, kept), n = 600;
        cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_OK);
        cr_assert_eq(n, want);
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(c[i].index, kept[i]);
    }
}

Test(nms, without_memory_it_says_so_and_changes_nothing)
{
    for (uint64_t at = 1; at <= 2; at++) {
        struct oc_candidate c[] = {candidate(0, 0, 0.1f, 0, 0), candidate(0, 0, 0.2f, 0, 1)};
        struct oc_nms_options opt = {.iou_threshold = 0.5f};
        size_t n = 2;
        oc_mem_fail_at(at);
        cr_assert_eq(oc_nms(c, &n, &opt, NULL), OC_E_NOMEM);
        oc_mem_fail_at(0);
        cr_assert(n == 2 && c[0].index == 0 && c[1].index == 1);
    }
    cr_assert_eq(oc_mem_blocks(), 0);
}

/* Small cases by hand; random ones against pycocotools and an implementation written apart are in tests/http/test_detection_metrics.py. */
#include <criterion/criterion.h>
#include <math.h>
#include "metrics/detection.h"

#define BOX(im, k, left, top, w, h, s)                                                                                                \
    {                                                                                                                                 \
        .image = (im), .class_id = (k), .x = (left), .y = (top), .width = (w), .height = (h), .score = (s), .area = (double)(w) * (h) \
    }
#define SET(t, f) ((struct oc_object_set){(t), (f), OC_ARRAY_LEN(t), OC_ARRAY_LEN(f), 4, 3})

static void close_to(double found, double expected, const char *what)
{
    if (isnan(expected))
        cr_assert(isnan(found), "%s: %g, expected none", what, found);
    else
        cr_assert(fabs(found - expected) < 1e-12, "%s: %.17g, expected %.17g", what, found, expected);
}

Test(detection, thresholds_are_numpys)
{
    static const double linspace[] = {.5,  .55000000000000004, .59999999999999998, .65000000000000002, .69999999999999996,
                                      .75, .80000000000000004, .84999999999999998, .89999999999999991, .94999999999999996};
    struct oc_coco_terms t = oc_coco_terms_default();
    for (int i = 0; i < t.n_iou; i++)
        cr_assert(fabs(t.iou[i] - linspace[i]) < 1.2e-16, "%d: %.17g", i, t.iou[i]);
    cr_assert(t.iou[5] >= .75 && t.iou[5] <= .75);
}

Test(detection, one_class)
{
    const struct oc_object truth[] = {BOX(0, 1, 0, 0, 10, 10, 0), BOX(0, 1, 100, 0, 10, 10, 0), BOX(1, 1, 0, 0, 10, 10, 0)};
    const struct oc_object found[] = {BOX(0, 1, 0, 0, 10, 10, .9), BOX(0, 1, 50, 50, 9, 9, .8), BOX(0, 1, 100, 0, 10, 10, .7)};
    struct oc_object_set set = SET(truth, found);
    struct oc_coco_terms terms = oc_coco_terms_default();
    struct oc_coco_score all, classes[3];
    struct oc_err err;
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    close_to(all.ap, (34 + 33 * 2 / 3.) / 101, "ap"); /* precisions 1 to recall 1/3, 2/3 to recall 2/3 */
    close_to(classes[1].ap50, all.ap, "ap50");
    close_to(all.ap_area[OC_AREA_SMALL], all.ap, "small");
    close_to(all.ap_area[OC_AREA_LARGE], (double)NAN, "large");
    close_to(classes[0].ap, (double)NAN, "a class that does not occur");
    close_to(all.ar[0], 1 / 3., "one a picture");
    close_to(all.ar[2], 2 / 3., "a hundred");
    struct oc_voc_score voc, voc_classes[3];
    cr_assert_eq(oc_voc_score(&set, &(struct oc_voc_terms){.iou = .5}, &voc, voc_classes, &err), OC_OK);
    close_to(voc.ap, (1 + 2 / 3.) / 3, "VOC's area");
    close_to(voc.ap_11_point, (4 + 3 * 2 / 3.) / 11, "VOC's points");
    cr_assert_eq(voc.right, 2);
    cr_assert_eq(voc.wrong, 1);
}

Test(detection, crowds_take_many_and_ignored_ones_one)
{
    struct oc_object truth[] = {BOX(0, 0, 0, 0, 100, 100, 0), BOX(0, 0, 200, 0, 10, 10, 0), BOX(0, 0, 300, 0, 10, 10, 0)};
    const struct oc_object found[] = {BOX(0, 0, 10, 10, 5, 5, .9), BOX(0, 0, 20, 20, 5, 5, .8), BOX(0, 0, 200, 0, 10, 10, .7),
                                      BOX(0, 0, 200, 0, 10, 10, .6), BOX(0, 0, 300, 0, 10, 10, .5)};
    struct oc_object_set set = SET(truth, found);
    struct oc_coco_terms terms = oc_coco_terms_default();
    struct oc_coco_score all, classes[3];
    struct oc_err err;
    truth[0].crowd = true;
    truth[1].ignore = true;
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    cr_assert_eq(all.truths, 1);
    close_to(all.ap, .5, "the second in the ignored one is wrong, then the right one");
}

/* Equal scores keep the order in which they came, within a picture and between pictures. */
Test(detection, equal_scores)
{
    const struct oc_object truth[] = {BOX(0, 0, 0, 0, 10, 10, 0)};
    const struct oc_object right_first[] = {BOX(0, 0, 0, 0, 10, 10, .5), BOX(0, 0, 50, 0, 10, 10, .5)};
    const struct oc_object wrong_first[] = {BOX(0, 0, 50, 0, 10, 10, .5), BOX(0, 0, 0, 0, 10, 10, .5)};
    const struct oc_object other_picture[] = {BOX(1, 0, 50, 0, 10, 10, .5), BOX(0, 0, 0, 0, 10, 10, .5)};
    struct oc_coco_terms terms = oc_coco_terms_default();
    struct oc_coco_score all, classes[3];
    struct oc_err err;
    struct oc_object_set set = SET(truth, right_first);
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    close_to(all.ap, 1, "the right one came first");
    set = SET(truth, wrong_first);
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    close_to(all.ap, .5, "the wrong one came first");
    set = SET(truth, other_picture);
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    close_to(all.ap, 1, "pictures in their order");
}

Test(detection, masks)
{
    uint32_t top[] = {0, 2, 1, 2, 1, 2, 1}, all_of_it[] = {0, 9}, corner[] = {8, 1}, none[] = {9};
    struct oc_object_mask m[] = {{.runs = {top, 7}, .width = 3, .height = 3},
                                 {.runs = {all_of_it, 2}, .width = 3, .height = 3},
                                 {.runs = {corner, 2}, .width = 3, .height = 3},
                                 {.runs = {none, 1}, .width = 3, .height = 3}};
    for (size_t i = 0; i < OC_ARRAY_LEN(m); i++)
        oc_object_mask_measure(&m[i]);
    cr_assert_eq(m[0].area, 6);
    close_to(m[0].wide, 3, "wide");
    close_to(m[0].high, 2, "high");
    close_to(m[2].left + m[2].top, 4, "corner");
    cr_assert_eq(m[3].area, 0);
    struct oc_object truth[] = {{.mask = &m[0], .area = 6}}, found[] = {{.mask = &m[1], .score = 1}, {.mask = &m[2], .score = .5}};
    struct oc_object_set set = SET(truth, found);
    struct oc_coco_terms terms = oc_coco_terms_default();
    struct oc_coco_score all, classes[3];
    struct oc_err err;
    terms.masks = true;
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    close_to(all.ap50, 1, "6 of 9");
    close_to(all.ap75, 0, "is not .75");
    close_to(all.ap, .4, ".5 to .65");
    m[1].width = 9;
    m[1].height = 1;
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_E_INVALID);
}

static bool at_once(void *arg)
{
    return arg == NULL;
}

Test(detection, nothing_and_no_time)
{
    struct oc_object_set set = {.n_classes = 2};
    struct oc_coco_terms terms = oc_coco_terms_default();
    struct oc_coco_score all, classes[3];
    struct oc_err err;
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_OK);
    close_to(all.ap, (double)NAN, "nothing");
    const struct oc_object truth[] = {BOX(0, 0, 0, 0, 10, 10, 0)};
    set = SET(truth, truth);
    terms.cancelled = at_once;
    cr_assert_eq(oc_coco_score(&set, &terms, &all, classes, &err), OC_E_CANCELLED);
}

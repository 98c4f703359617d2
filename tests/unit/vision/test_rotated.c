#include <criterion/criterion.h>
#include <math.h>
#include "vision/rotated.h"

static const float pi = 3.14159265f;

Test(rotated, corners_and_bounds)
{
    struct oc_rotated r = {10, 20, 8, 4, pi / 2}; /* a quarter turn clockwise: left upper goes to right upper */
    float c[4][2];
    const float want[4][2] = {{12, 16}, {12, 24}, {8, 24}, {8, 16}};
    oc_rotated_corners(&r, c);
    for (int i = 0; i < 4; i++) {
        cr_assert_float_eq(c[i][0], want[i][0], 1e-5);
        cr_assert_float_eq(c[i][1], want[i][1], 1e-5);
    }
    struct oc_box b = oc_rotated_bounds(&r);
    cr_assert_float_eq(b.x1, 8, 1e-5);
    cr_assert_float_eq(b.y2, 24, 1e-5);
    r.angle = pi / 4;
    b = oc_rotated_bounds(&r);
    cr_assert_float_eq(b.x2 - b.x1, 12 / sqrtf(2), 1e-5);
}

Test(rotated, probiou)
{
    struct oc_rotated a = {0, 0, 12, 12, 0}, turned = {0, 0, 12, 12, pi / 4}, moved = {12, 0, 12, 12, 0}, long_one = {0, 0, 24, 6, 0},
                      across = {0, 0, 24, 6, pi / 2}, far = {1e6f, 0, 12, 12, 0}, empty = {0, 0, 0, 4, 0}, broken = {NAN, 0, 4, 4, 0};
    cr_assert_float_eq(oc_rotated_probiou(&a, &a), 1, 1e-6);
    cr_assert_float_eq(oc_rotated_probiou(&a, &turned), 1, 1e-3, "as a Gaussian a square is a disc");
    /* Variances 12 each: the distance is 12^2 / (12 + 12) / 4 = 1.5. */
    cr_assert_float_eq(oc_rotated_probiou(&a, &moved), 1 - sqrt(1 - exp(-1.5)), 1e-6);
    /* Variances 48 and 3 crossed: log(51 * 51 / (4 * 144)) / 2. */
    cr_assert_float_eq(oc_rotated_probiou(&long_one, &across), 1 - sqrt(1 - 24.0 / 51), 1e-6);
    cr_assert_float_eq(oc_rotated_probiou(&a, &far), 0, 1e-6);
    cr_assert_float_eq(oc_rotated_probiou(&a, &empty), 0, 0);
    cr_assert_float_eq(oc_rotated_probiou(&a, &broken), 0, 0);
}

static float never(const struct oc_candidate *a, const struct oc_candidate *b, const void *arg)
{
    return a != b && arg ? 0 : 1;
}

Test(rotated, suppression_by_another_measure)
{
    struct oc_candidate c[] = {{{0, 0, 9, 9}, 0.9f, 0, 0}, {{0, 0, 9, 9}, 0.8f, 0, 1}};
    size_t n = 2;
    cr_assert_eq(oc_nms(c, &n, &(struct oc_nms_options){.iou_threshold = 0.5f, .overlap = never, .overlap_arg = c}, NULL), OC_OK);
    cr_assert_eq(n, 2);
    cr_assert_eq(oc_nms(c, &n, &(struct oc_nms_options){.iou_threshold = 0.5f, .overlap = never}, NULL), OC_OK);
    cr_assert_eq(n, 1);
}

#include <criterion/criterion.h>
#include <math.h>
#include "vision/warp.h"

Test(similarity, the_template_onto_itself_is_the_identity)
{
    struct oc_similarity m;
    cr_assert_eq(oc_similarity_fit(oc_face_template_112, oc_face_template_112, 5, &m, NULL), OC_OK);
    cr_assert(fabs(m.a - 1) < 1e-12 && fabs(m.b) < 1e-12 && fabs(m.tx) < 1e-9 && fabs(m.ty) < 1e-9);
}

Test(similarity, finds_back_rotation_scale_and_shift)
{
    for (int i = 0; i < 50; i++) {
        double angle = i * 0.37, scale = 0.1 + i * 0.2, a = scale * cos(angle), b = scale * sin(angle), tx = i * 3 - 40, ty = 90 - i;
        float moved[5][2];
        for (int k = 0; k < 5; k++) {
            double x = (double)oc_face_template_112[k][0], y = (double)oc_face_template_112[k][1];
            moved[k][0] = (float)(a * x - b * y + tx);
            moved[k][1] = (float)(b * x + a * y + ty);
        }
        struct oc_similarity m;
        cr_assert_eq(oc_similarity_fit(oc_face_template_112, (const float(*)[2])moved, 5, &m, NULL), OC_OK);
        cr_assert(fabs(m.a - a) < 1e-5 && fabs(m.b - b) < 1e-5 && fabs(m.tx - tx) < 1e-3 && fabs(m.ty - ty) < 1e-3, "%d", i);
    }
}

static double error_of(const struct oc_similarity *m, const float (*from)[2])
{
    double sum = 0;
    for (int k = 0; k < 5; k++) {
        double x = (double)from[k][0], y = (double)from[k][1];
        double dx = m->a * x - m->b * y + m->tx - (double)oc_face_template_112[k][0];
        double dy = m->b * x + m->a * y + m->ty - (double)oc_face_template_112[k][1];
        sum += dx * dx + dy * dy;
    }
    return sum;
}

/* Noisy points: any small change of the solution must be worse. */
Test(similarity, is_the_least_squares_solution)
{
    const float from[5][2] = {{10, 10}, {50, 12}, {31, 33}, {14, 55}, {47, 52}};
    struct oc_similarity best;
    cr_assert_eq(oc_similarity_fit(from, oc_face_template_112, 5, &best, NULL), OC_OK);
    for (int i = 0; i < 81; i++) {
        struct oc_similarity m = {.a = best.a + (i % 3 - 1) * 1e-3,
                                  .b = best.b + (i / 3 % 3 - 1) * 1e-3,
                                  .tx = best.tx + (i / 9 % 3 - 1) * 1e-2,
                                  .ty = best.ty + (i / 27 - 1) * 1e-2};
        cr_assert(error_of(&m, from) > error_of(&best, from) || i == 40);
    }
}

Test(similarity, impossible_points_are_refused)
{
    const float same[3][2] = {{5, 5}, {5, 5}, {5, 5}}, nan[2][2] = {{NAN, 0}, {1, 1}}, inf[2][2] = {{INFINITY, 0}, {1, 1}},
                two[2][2] = {{0, 0}, {1, 1}};
    struct oc_similarity m;
    cr_assert_eq(oc_similarity_fit(same, oc_face_template_112, 3, &m, NULL), OC_E_INVALID);
    cr_assert_eq(oc_similarity_fit(oc_face_template_112, same, 3, &m, NULL), OC_E_INVALID);
    cr_assert_eq(oc_similarity_fit(nan, two, 2, &m, NULL), OC_E_INVALID);
    cr_assert_eq(oc_similarity_fit(two, inf, 2, &m, NULL), OC_E_INVALID);
    cr_assert_eq(oc_similarity_fit(two, two, 1, &m, NULL), OC_E_INVALID);
    cr_assert_eq(oc_similarity_fit(two, two, 2, &m, NULL), OC_OK);
}

static struct oc_image picture(int width, int height, int channels)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, width, height, channels, NULL), OC_OK);
    for (int i = 0; i < width * height * channels; i++)
        im.data[i] = (uint8_t)(i * 53 + i / 17 * 29);
    return im;
}

Test(warp, identity_and_whole_shifts_copy_pixels)
{
    for (int channels = 1; channels <= 3; channels += 2) {
        struct oc_image src = picture(20, 15, channels), out;
        for (int dx = -3; dx <= 3; dx += 3)
            for (int dy = -2; dy <= 2; dy += 2) {
                struct oc_similarity m = {.a = 1, .tx = dx, .ty = dy};
                cr_assert_eq(oc_warp_similarity(&src, &m, 25, 18, &out, NULL), OC_OK);
                for (int i = 0; i < 25 * 18 * channels; i++) {
                    int x = i / channels % 25 - dx, y = i / channels / 25 - dy;
                    bool inside = x >= 0 && y >= 0 && x < 20 && y < 15;
                    cr_assert_eq(out.data[i], inside ? src.data[(y * 20 + x) * channels + i % channels] : 0);
                }
                oc_image_deinit(&out);
            }
        oc_image_deinit(&src);
    }
}

Test(warp, quarter_turn_and_half_pixels)
{
    struct oc_image src = picture(8, 8, 1), out;
    struct oc_similarity turn = {.b = 1, .tx = 7}, half = {.a = 1, .tx = 0.5};
    cr_assert_eq(oc_warp_similarity(&src, &turn, 8, 8, &out, NULL), OC_OK);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            cr_assert_eq(out.data[x * 8 + 7 - y], src.data[y * 8 + x]); /* (x, y) goes to (7 - y, x) */
    oc_image_deinit(&out);
    cr_assert_eq(oc_warp_similarity(&src, &half, 8, 8, &out, NULL), OC_OK);
    for (int x = 1; x < 8; x++)
        cr_assert_eq(out.data[x], (src.data[x - 1] + src.data[x] + 1) / 2);
    cr_assert_eq(out.data[0], (src.data[0] + 1) / 2);
    oc_image_deinit(&out);
    oc_image_deinit(&src);
}

Test(warp, wild_transforms_are_refused_or_black)
{
    struct oc_image src = picture(8, 8, 3), out;
    const struct oc_similarity bad[] = {{0}, {.a = NAN}, {.a = 1, .tx = INFINITY}, {.a = INFINITY}};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        cr_assert_eq(oc_warp_similarity(&src, &bad[i], 8, 8, &out, NULL), OC_E_INVALID);
        cr_assert_null(out.data);
    }
    const struct oc_similarity wild[] = {{.a = 1, .tx = 1e300}, {.a = 1e-150}, {.a = 1, .tx = -1e18, .ty = 1e18}};
    for (size_t i = 0; i < OC_ARRAY_LEN(wild); i++) {
        cr_assert_eq(oc_warp_similarity(&src, &wild[i], 8, 8, &out, NULL), OC_OK);
        cr_assert_eq(out.data[8 * 8 * 3 - 1], 0);
        oc_image_deinit(&out);
    }
    oc_image_deinit(&src);
}

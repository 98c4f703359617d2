#include <criterion/criterion.h>
#include <math.h>
#include "base/limits.h"
#include "vision/resize.h"

static struct oc_image noise(int width, int height, int channels)
{
    struct oc_image im;
    uint32_t seed = 1;
    cr_assert_eq(oc_image_new(&im, width, height, channels, NULL), OC_OK);
    for (int i = 0; i < width * height * channels; i++) {
        seed = seed * 1664525u + 1013904223u;
        im.data[i] = (uint8_t)(seed >> 24);
    }
    return im;
}

Test(resize, same_size_is_a_copy)
{
    struct oc_image src = noise(13, 7, 3), out;
    for (int f = OC_FILTER_NEAREST; f <= OC_FILTER_LANCZOS; f++) {
        cr_assert_eq(oc_resize_pillow(&src, 13, 7, (enum oc_filter)f, &out, NULL), OC_OK);
        cr_assert_arr_eq(out.data, src.data, 13 * 7 * 3);
        oc_image_deinit(&out);
    }
    cr_assert_eq(oc_resize_linear(&src, 13, 7, &out, NULL), OC_OK);
    cr_assert_arr_eq(out.data, src.data, 13 * 7 * 3);
    oc_image_deinit(&out);
    oc_image_deinit(&src);
}

Test(resize, a_plain_picture_stays_plain)
{
    for (int level = 0; level < 256; level += 51) {
        struct oc_image src = noise(40, 30, 3), out;
        memset(src.data, level, 40 * 30 * 3);
        for (int f = OC_FILTER_NEAREST; f <= OC_FILTER_LANCZOS + 1; f++) {
            if (f > OC_FILTER_LANCZOS)
                cr_assert_eq(oc_resize_linear(&src, 17, 55, &out, NULL), OC_OK);
            else
                cr_assert_eq(oc_resize_pillow(&src, 17, 55, (enum oc_filter)f, &out, NULL), OC_OK);
            for (int i = 0; i < 17 * 55 * 3; i++)
                cr_assert_eq(out.data[i], level);
            oc_image_deinit(&out);
        }
        oc_image_deinit(&src);
    }
}

/* Made with Pillow: 0, 100, 200, 50, 255, 0 in one row. */
Test(resize, known_rows)
{
    const uint8_t row[6] = {0, 100, 200, 50, 255, 0};
    const struct {
        enum oc_filter filter;
        int width;
        uint8_t want[9];
    } cases[] = {
        {OC_FILTER_NEAREST, 1, {50}},
        {OC_FILTER_NEAREST, 2, {100, 255}},
        {OC_FILTER_NEAREST, 3, {100, 50, 0}},
        {OC_FILTER_NEAREST, 4, {0, 200, 50, 0}},
        {OC_FILTER_NEAREST, 9, {0, 100, 100, 200, 200, 50, 255, 0, 0}},
        {OC_FILTER_BOX, 1, {101}},
        {OC_FILTER_BOX, 2, {100, 102}},
        {OC_FILTER_BOX, 3, {50, 125, 128}},
        {OC_FILTER_BOX, 4, {50, 200, 153, 0}},
        {OC_FILTER_BOX, 9, {0, 100, 100, 200, 50, 50, 255, 0, 0}},
        {OC_FILTER_BILINEAR, 1, {110}},
        {OC_FILTER_BILINEAR, 2, {94, 133}},
        {OC_FILTER_BILINEAR, 3, {71, 138, 116}},
        {OC_FILTER_BILINEAR, 4, {38, 150, 135, 96}},
        {OC_FILTER_BILINEAR, 9, {0, 50, 117, 183, 125, 84, 221, 128, 0}},
        {OC_FILTER_HAMMING, 1, {116}},
        {OC_FILTER_HAMMING, 2, {97, 130}},
        {OC_FILTER_HAMMING, 3, {56, 129, 124}},
        {OC_FILTER_HAMMING, 4, {28, 170, 109, 71}},
        {OC_FILTER_HAMMING, 9, {0, 50, 103, 197, 125, 56, 249, 128, 0}},
        {OC_FILTER_BICUBIC, 1, {110}},
        {OC_FILTER_BICUBIC, 2, {97, 128}},
        {OC_FILTER_BICUBIC, 3, {66, 145, 116}},
        {OC_FILTER_BICUBIC, 4, {31, 155, 139, 97}},
        {OC_FILTER_BICUBIC, 9, {0, 41, 120, 198, 118, 69, 243, 132, 0}},
        {OC_FILTER_LANCZOS, 1, {109}},
        {OC_FILTER_LANCZOS, 2, {98, 130}},
        {OC_FILTER_LANCZOS, 3, {63, 155, 110}},
        {OC_FILTER_LANCZOS, 4, {31, 149, 147, 100}},
        {OC_FILTER_LANCZOS, 9, {0, 32, 131, 209, 105, 72, 249, 139, 0}},
    };
    struct oc_image src, out;
    cr_assert_eq(oc_image_new(&src, 6, 1, 1, NULL), OC_OK);
    memcpy(src.data, row, 6);
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        cr_assert_eq(oc_resize_pillow(&src, cases[i].width, 1, cases[i].filter, &out, NULL), OC_OK);
        for (int x = 0; x < cases[i].width; x++)
            cr_assert_eq(out.data[x], cases[i].want[x], "case %zu, %d: %d", i, x, out.data[x]);
        oc_image_deinit(&out);
        /* The same picture standing: the vertical pass. */
        struct oc_image column = src;
        column.width = 1;
        column.height = 6;
        cr_assert_eq(oc_resize_pillow(&column, 1, cases[i].width, cases[i].filter, &out, NULL), OC_OK);
        cr_assert_arr_eq(out.data, cases[i].want, (size_t)cases[i].width);
        oc_image_deinit(&out);
    }
    oc_image_deinit(&src);
}

static struct oc_image transposed(const struct oc_image *im)
{
    struct oc_image t;
    cr_assert_eq(oc_image_new(&t, im->height, im->width, im->channels, NULL), OC_OK);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++)
            for (int c = 0; c < im->channels; c++)
                t.data[(x * im->height + y) * im->channels + c] = im->data[(y * im->width + x) * im->channels + c];
    return t;
}

/* The two passes are different code: across a picture must be what down its transposed is. */
Test(resize, both_directions_agree)
{
    const int sizes[][3] = {{100, 37, 41}, {41, 16, 100}, {17, 33, 5}, {300, 15, 7}, {9, 200, 64}, {1, 18, 40}};
    for (size_t s = 0; s < OC_ARRAY_LEN(sizes); s++)
        for (int f = OC_FILTER_BOX; f <= OC_FILTER_LANCZOS; f++)
            for (int channels = 1; channels <= 3; channels += 2) {
                struct oc_image src = noise(sizes[s][0], sizes[s][1], channels), turned = transposed(&src), across, down, back;
                cr_assert_eq(oc_resize_pillow(&src, sizes[s][2], src.height, (enum oc_filter)f, &across, NULL), OC_OK);
                cr_assert_eq(oc_resize_pillow(&turned, turned.width, sizes[s][2], (enum oc_filter)f, &down, NULL), OC_OK);
                back = transposed(&down);
                cr_assert_arr_eq(across.data, back.data, (size_t)(across.width * across.height * channels));
                oc_image_deinit(&src);
                oc_image_deinit(&turned);
                oc_image_deinit(&across);
                oc_image_deinit(&down);
                oc_image_deinit(&back);
            }
    cr_assert_eq(oc_mem_blocks(), 0);
}

/* Bilinear at pixel centres in floating point. */
static double plain_linear(const struct oc_image *im, double x, double y, int c)
{
    x = fmin(fmax(x, 0), im->width - 1);
    y = fmin(fmax(y, 0), im->height - 1);
    int x0 = (int)x, y0 = (int)y, x1 = x0 + 1 < im->width ? x0 + 1 : x0, y1 = y0 + 1 < im->height ? y0 + 1 : y0;
    double fx = x - x0, fy = y - y0;
#define AT(px, py) im->data[((py)*im->width + (px)) * im->channels + c]
    return (AT(x0, y0) * (1 - fx) + AT(x1, y0) * fx) * (1 - fy) + (AT(x0, y1) * (1 - fx) + AT(x1, y1) * fx) * fy;
}

Test(resize, linear_is_within_one_level_of_the_formula)
{
    const int sizes[][2] = {{1, 1}, {5, 9}, {64, 64}, {33, 17}, {100, 3}, {3, 100}, {128, 1}};
    for (size_t s = 0; s < OC_ARRAY_LEN(sizes); s++)
        for (size_t t = 0; t < OC_ARRAY_LEN(sizes); t++)
            for (int channels = 1; channels <= 3; channels += 2) {
                struct oc_image src = noise(sizes[s][0], sizes[s][1], channels), out;
                int w = sizes[t][0], h = sizes[t][1];
                cr_assert_eq(oc_resize_linear(&src, w, h, &out, NULL), OC_OK);
                for (int i = 0; i < w * h * channels; i++) {
                    int x = i / channels % w, y = i / channels / w;
                    double want = plain_linear(&src, (x + 0.5) * src.width / w - 0.5, (y + 0.5) * src.height / h - 0.5, i % channels);
                    cr_assert_lt(fabs(out.data[i] - want), 1.0, "%dx%d to %dx%d", src.width, src.height, w, h);
                }
                oc_image_deinit(&src);
                oc_image_deinit(&out);
            }
}

Test(resize, impossible_sizes_are_refused)
{
    struct oc_image src = noise(4, 4, 3), out;
    cr_assert_eq(oc_resize_pillow(&src, 0, 4, OC_FILTER_BICUBIC, &out, NULL), OC_E_INVALID);
    cr_assert_eq(oc_resize_pillow(&src, 4, -1, OC_FILTER_BICUBIC, &out, NULL), OC_E_INVALID);
    cr_assert_eq(oc_resize_linear(&src, LIM_SIDE + 1, 4, &out, NULL), OC_E_IMAGE_TOO_LARGE);
    cr_assert_null(out.data);
    oc_image_deinit(&src);
}

Test(resize, allocation_failures_leave_nothing)
{
    struct oc_image src = noise(20, 20, 3), out;
    for (int f = OC_FILTER_NEAREST; f <= OC_FILTER_LANCZOS + 1; f++)
        for (uint64_t at = 1;; at++) {
            oc_mem_fail_at(at);
            enum oc_status st = f > OC_FILTER_LANCZOS ? oc_resize_linear(&src, 9, 31, &out, NULL)
                                                      : oc_resize_pillow(&src, 9, 31, (enum oc_filter)f, &out, NULL);
            oc_mem_fail_at(0);
            if (st == OC_OK) {
                cr_assert_gt(at, 2);
                oc_image_deinit(&out);
                break;
            }
            cr_assert(st == OC_E_NOMEM && !out.data && oc_mem_blocks() == 1);
        }
    oc_image_deinit(&src);
}

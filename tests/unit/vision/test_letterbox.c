#include <criterion/criterion.h>
#include "vision/letterbox.h"
#include "vision/resize.h"

static struct oc_image picture(int width, int height, int channels)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, width, height, channels, NULL), OC_OK);
    for (int i = 0; i < width * height * channels; i++)
        im.data[i] = (uint8_t)(i * 37 + i / 91);
    return im;
}

/* Picture, target, then what Ultralytics' LetterBox gives (size, left, top) and what truncation gives (size). */
static const struct {
    int w, h, target_w, target_h, centre_w, centre_h, left, top, cut_w, cut_h;
} fits[] = {
    {640, 480, 640, 640, 640, 480, 0, 80, 640, 480},  {1280, 720, 640, 640, 640, 360, 0, 140, 640, 360},
    {810, 1080, 640, 640, 480, 640, 80, 0, 480, 640}, {333, 500, 640, 640, 426, 640, 107, 0, 426, 640},
    {500, 333, 320, 320, 320, 213, 0, 53, 320, 213},  {1, 1, 640, 640, 640, 640, 0, 0, 640, 640},
    {3, 1000, 64, 64, 1, 64, 31, 0, 1, 64},           {1000, 3, 64, 64, 64, 1, 0, 31, 64, 1},
    {101, 77, 640, 640, 640, 488, 0, 76, 640, 487},   {427, 640, 416, 416, 278, 416, 69, 0, 277, 416},
    {640, 427, 416, 416, 416, 278, 0, 69, 416, 277},  {1920, 1080, 640, 384, 640, 360, 0, 12, 640, 360},
    {641, 641, 640, 640, 640, 640, 0, 0, 640, 640},   {37, 53, 160, 96, 67, 96, 46, 0, 67, 96},
    {768, 576, 640, 640, 640, 480, 0, 80, 640, 480},
};

static struct oc_fit_map fitted(size_t i, enum oc_fit fit)
{
    struct oc_image src = picture(fits[i].w, fits[i].h, 3), out;
    struct oc_fit_map map;
    cr_assert_eq(oc_letterbox(&src, fits[i].target_w, fits[i].target_h, fit, 114, OC_RESAMPLE_LINEAR, &out, &map, NULL), OC_OK);
    cr_assert(out.width == fits[i].target_w && out.height == fits[i].target_h && out.channels == 3);
    oc_image_deinit(&src);
    oc_image_deinit(&out);
    return map;
}

Test(letterbox, sizes_and_places)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(fits); i++) {
        double across = (double)fits[i].target_w / fits[i].w, down = (double)fits[i].target_h / fits[i].h,
               least = across < down ? across : down;
        struct oc_fit_map m = fitted(i, OC_FIT_CENTRE);
        cr_assert(m.inner_width == fits[i].centre_w && m.inner_height == fits[i].centre_h && m.left == fits[i].left && m.top == fits[i].top,
                  "case %zu", i);
        cr_assert(m.scale_x == least && m.scale_y == least);
        m = fitted(i, OC_FIT_TOP_LEFT);
        cr_assert(m.inner_width == fits[i].cut_w && m.inner_height == fits[i].cut_h && m.left == 0 && m.top == 0 && m.scale_x == least,
                  "case %zu", i);
        m = fitted(i, OC_FIT_STRETCH);
        cr_assert(m.inner_width == fits[i].target_w && m.inner_height == fits[i].target_h && m.scale_x == across && m.scale_y == down,
                  "case %zu", i);
        m = fitted(i, OC_FIT_PAD);
        bool larger = fits[i].w > fits[i].target_w || fits[i].h > fits[i].target_h;
        cr_assert(m.inner_width == (larger ? fits[i].cut_w : fits[i].w) && m.inner_height == (larger ? fits[i].cut_h : fits[i].h),
                  "case %zu", i);
        cr_assert(m.scale_x == (larger ? least : 1.0) && m.left == 0 && m.top == 0);
    }
}

Test(letterbox, inner_pixels_are_the_resized_picture_and_the_rest_is_padding)
{
    const enum oc_fit all[] = {OC_FIT_STRETCH, OC_FIT_TOP_LEFT, OC_FIT_CENTRE, OC_FIT_PAD};
    for (size_t k = 0; k < OC_ARRAY_LEN(all); k++)
        for (int channels = 1; channels <= 3; channels += 2) {
            struct oc_image src = picture(31, 50, channels), out, inner;
            struct oc_fit_map m;
            cr_assert_eq(oc_letterbox(&src, 64, 70, all[k], 99, OC_RESAMPLE_LINEAR, &out, &m, NULL), OC_OK);
            cr_assert_eq(oc_resize_linear(&src, m.inner_width, m.inner_height, &inner, NULL), OC_OK);
            for (int y = 0; y < 70; y++)
                for (int x = 0; x < 64; x++)
                    for (int c = 0; c < channels; c++) {
                        int ix = x - m.left, iy = y - m.top;
                        bool inside = ix >= 0 && iy >= 0 && ix < m.inner_width && iy < m.inner_height;
                        int want = inside ? inner.data[(iy * m.inner_width + ix) * channels + c] : 99;
                        cr_assert_eq(out.data[(y * 64 + x) * channels + c], want);
                    }
            oc_image_deinit(&src);
            oc_image_deinit(&out);
            oc_image_deinit(&inner);
        }
    cr_assert_eq(oc_mem_blocks(), 0);
}

Test(letterbox, allocation_failures_leave_nothing)
{
    struct oc_image src = picture(31, 50, 3), out;
    struct oc_fit_map m;
    for (uint64_t at = 1; at <= 2; at++) {
        oc_mem_fail_at(at);
        cr_assert_eq(oc_letterbox(&src, 64, 70, OC_FIT_CENTRE, 0, OC_RESAMPLE_LINEAR, &out, &m, NULL), OC_E_NOMEM);
        cr_assert_null(out.data);
        cr_assert_eq(oc_mem_blocks(), 1);
    }
    oc_image_deinit(&src);
}

Test(to_f32, order_of_channels_and_planes)
{
    struct oc_image im = picture(5, 3, 3);
    for (int bgr = 0; bgr < 2; bgr++)
        for (int last = 0; last < 2; last++) {
            struct oc_pixel_map map = {.mean = {1, 2, 3}, .scale = {0.5f, 0.25f, 2}, .bgr = bgr, .channels_last = last};
            float dst[46];
            dst[45] = -7;
            oc_image_to_f32(&im, &map, dst);
            cr_assert_eq(dst[45], -7);
            for (int i = 0; i < 15; i++)
                for (int c = 0; c < 3; c++) {
                    float want = ((float)im.data[3 * i + (bgr ? 2 - c : c)] - map.mean[c]) * map.scale[c];
                    cr_assert_eq(dst[last ? 3 * i + c : 15 * c + i], want);
                }
        }
    oc_image_deinit(&im);
}

#include <criterion/criterion.h>
#include "base/limits.h"
#include "tests/vision/pictures.h"
#include "vision/encode.h"

typedef enum oc_status encoder(const struct oc_image *, const struct oc_encode_stop *, struct oc_buf *, struct oc_err *);

static encoder *const both[] = {oc_encode_jpeg, oc_encode_png};

static struct oc_image picture(int width, int height, int channels)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, width, height, channels, NULL), OC_OK);
    picture_pixels(im.data, width, height, channels);
    return im;
}

/* The largest difference after encoding and decoding. */
static int difference(encoder *encode, const struct oc_image *im, enum oc_image_format format)
{
    struct oc_buf out;
    struct oc_image back;
    struct oc_image_info info;
    struct oc_err err = {0};
    int most = 0;
    oc_buf_init(&out, OC_MEM_OTHER, LIM_RESPONSE_BYTES);
    cr_assert_eq(oc_buf_add_str(&out, "before"), OC_OK);
    cr_assert_eq(encode(im, NULL, &out, &err), OC_OK, "%s", err.msg);
    cr_assert(!memcmp(out.data, "before", 6));
    cr_assert_eq(oc_decode((uint8_t *)out.data + 6, out.len - 6, NULL, &back, &info, &err), OC_OK, "%s", err.msg);
    cr_assert(info.format == format && back.width == im->width && back.height == im->height);
    for (size_t i = 0, n = (size_t)im->width * (size_t)im->height * 3; i < n; i++) {
        int d = abs(back.data[i] - im->data[im->channels == 3 ? i : i / 3]);
        most = d > most ? d : most;
    }
    oc_image_deinit(&back);
    oc_buf_deinit(&out);
    return most;
}

Test(encode, pictures_come_back)
{
    const int sizes[][2] = {{1, 1}, {1, 90}, {90, 1}, {61, 47}, {300, 200}};
    for (size_t i = 0; i < OC_ARRAY_LEN(sizes); i++)
        for (int channels = 1; channels <= 3; channels += 2) {
            struct oc_image im = picture(sizes[i][0], sizes[i][1], channels);
            cr_assert_eq(difference(oc_encode_png, &im, OC_FORMAT_PNG), 0);
            int d = difference(oc_encode_jpeg, &im, OC_FORMAT_JPEG);
            cr_assert_leq(d, 8, "%d x %d, %d channels: %d", im.width, im.height, channels, d);
            oc_image_deinit(&im);
        }
    cr_assert_eq(oc_mem_blocks(), 0);
    cr_assert_eq(oc_mem_total(), 0);
}

Test(encode, colour_is_not_subsampled)
{
    struct oc_image im = picture(32, 32, 3);
    for (int i = 0; i < 32 * 32; i++) /* columns of red and blue, one pixel each */
        memcpy(im.data + 3 * i, i % 2 ? "\xff\0\0" : "\0\0\xff", 3);
    int d = difference(oc_encode_jpeg, &im, OC_FORMAT_JPEG);
    cr_assert_lt(d, 60, "%d: halved chroma would make all of it purple", d);
    oc_image_deinit(&im);
}

/* Noise, so that nothing gets small: several blocks, and the buffer grows. */
static struct oc_image noise(int width, int height)
{
    struct oc_image im = picture(width, height, 3);
    uint32_t seed = 1;
    for (size_t i = 0, n = (size_t)width * (size_t)height * 3; i < n; i++)
        im.data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    return im;
}

Test(encode, every_allocation_may_fail)
{
    struct oc_image im = noise(120, 90);
    for (size_t k = 0; k < OC_ARRAY_LEN(both); k++) {
        struct oc_buf out;
        struct oc_err err = {0};
        uint64_t at = 0;
        enum oc_status st = OC_E_NOMEM;
        oc_buf_init(&out, OC_MEM_OTHER, LIM_RESPONSE_BYTES);
        while (st == OC_E_NOMEM) {
            oc_err_clear(&err);
            oc_mem_fail_at(++at);
            st = both[k](&im, NULL, &out, &err);
            oc_mem_fail_at(0);
            cr_assert_eq(out.len, st ? 0 : out.len);
            cr_assert(!st || err.msg[0]);
            oc_buf_deinit(&out);
            cr_assert_eq(oc_mem_blocks(), 1, "encoder %zu, allocation %d", k, (int)at);
        }
        cr_assert_eq(st, OC_OK, "%s", err.msg);
        cr_assert_gt(at, 2);
    }
    oc_image_deinit(&im);
}

Test(encode, the_ceiling_holds_and_what_was_there_stays)
{
    struct oc_image im = noise(120, 90);
    for (size_t k = 0; k < OC_ARRAY_LEN(both); k++)
        for (size_t max = 6; max < 12000; max += 997) {
            struct oc_buf out;
            struct oc_err err = {0};
            oc_buf_init(&out, OC_MEM_OTHER, max);
            cr_assert_eq(oc_buf_add_str(&out, "before"), OC_OK);
            cr_assert_eq(both[k](&im, NULL, &out, &err), OC_E_BODY_TOO_LARGE);
            cr_assert(out.len == 6 && !strcmp(out.data, "before") && !err.msg[0]);
            oc_buf_deinit(&out);
        }
    oc_image_deinit(&im);
    cr_assert_eq(oc_mem_total(), 0);
}

static bool third_time(void *arg)
{
    return ++*(int *)arg >= 3;
}

Test(encode, stops_when_cancelled)
{
    struct oc_image im = noise(20, 20);
    for (size_t k = 0; k < OC_ARRAY_LEN(both); k++) {
        struct oc_buf out;
        int asked = 0;
        struct oc_encode_stop stop = {third_time, &asked};
        oc_buf_init(&out, OC_MEM_OTHER, LIM_RESPONSE_BYTES);
        cr_assert_eq(both[k](&im, &stop, &out, NULL), OC_E_CANCELLED);
        cr_assert(out.len == 0 && asked == 3);
        oc_buf_deinit(&out);
    }
    oc_image_deinit(&im);
    cr_assert_eq(oc_mem_total(), 0);
}

Test(encode, refuses_what_is_no_picture)
{
    struct oc_image im = picture(4, 4, 3), empty = {0};
    for (size_t k = 0; k < OC_ARRAY_LEN(both); k++) {
        struct oc_buf out;
        oc_buf_init(&out, OC_MEM_OTHER, 1000);
        cr_assert_eq(both[k](&empty, NULL, &out, NULL), OC_E_INVALID);
        im.channels = 4;
        cr_assert_eq(both[k](&im, NULL, &out, NULL), OC_E_INVALID);
        oc_buf_deinit(&out);
    }
    oc_image_deinit(&im);
}

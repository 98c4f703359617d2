#include <criterion/criterion.h>
#include <stdlib.h>
#include "vision/ids.h"

static struct oc_buf encode(const uint16_t *ids, int width, int height, int n)
{
    struct oc_buf out;
    struct oc_err err = {0};
    oc_buf_init(&out, OC_MEM_OTHER, 1 << 20);
    cr_assert_eq(oc_encode_png_ids(ids, width, height, n, NULL, &out, &err), OC_OK, "%s", err.msg);
    return out;
}

Test(ids, indices_and_grey_come_back)
{
    uint16_t ids[33 * 7];
    static const int ranges[] = {2, 21, 256, 257, 65536};
    for (size_t r = 0; r < OC_ARRAY_LEN(ranges); r++) {
        struct oc_ids back;
        struct oc_err err = {0};
        for (int i = 0; i < 33 * 7; i++)
            ids[i] = (uint16_t)(i * 7919 % ranges[r]);
        ids[5] = (uint16_t)(ranges[r] - 1);
        struct oc_buf png = encode(ids, 33, 7, ranges[r]);
        cr_assert_eq(png.data[25], ranges[r] > 256 ? 0 : 3, "colour type");
        cr_assert_eq(png.data[24], ranges[r] > 256 ? 16 : 8, "depth");
        cr_assert_eq(oc_decode_png_ids((const uint8_t *)png.data, png.len, 0, &back, &err), OC_OK, "%s", err.msg);
        cr_assert_eq(back.width, 33);
        cr_assert_eq(back.height, 7);
        cr_assert_arr_eq(back.ids, ids, sizeof ids);
        oc_ids_deinit(&back);
        oc_buf_deinit(&png);
    }
}

Test(ids, the_palette_is_vocs)
{
    static const struct oc_colour first[] = {{0, 0, 0}, {128, 0, 0}, {0, 128, 0}, {128, 128, 0}, {0, 0, 128}, {128, 0, 128}, {0, 128, 128}};
    for (int i = 0; i < 7; i++) {
        struct oc_colour c = oc_voc_colour(i);
        cr_assert(c.r == first[i].r && c.g == first[i].g && c.b == first[i].b, "%d: %d %d %d", i, c.r, c.g, c.b);
    }
    struct oc_colour person = oc_voc_colour(15), last = oc_voc_colour(255);
    cr_assert(person.r == 192 && person.g == 128 && person.b == 128);
    cr_assert(last.r == 224 && last.g == 224 && last.b == 192);
}

Test(ids, what_is_no_map_is_refused)
{
    const uint16_t one[4] = {0, 1, 2, 3};
    struct oc_image im;
    struct oc_ids out;
    struct oc_err err;
    struct oc_buf png = encode(one, 2, 2, 4), rgb;
    const uint8_t *p = (const uint8_t *)png.data;
    const size_t rows = png.len - 12; /* without the end chunk no row is lost */
    for (size_t n = 0; n < png.len; n++) {
        enum oc_status st = oc_decode_png_ids(p, n, 0, &out, &err);
        cr_assert(n < rows ? st != OC_OK : st == OC_OK && !memcmp(out.ids, one, sizeof one), "cut to %zu of %zu", n, png.len);
        oc_ids_deinit(&out);
    }
    cr_assert_eq(oc_decode_png_ids(p, png.len, 3, &out, &err), OC_E_IMAGE_TOO_LARGE);
    cr_assert_eq(oc_decode_png_ids((const uint8_t *)"\xff\xd8\xff\xe0", 4, 0, &out, &err), OC_E_MEDIA);
    cr_assert(strstr(err.msg, "JPEG"), "%s", err.msg);
    cr_assert_eq(oc_image_new(&im, 2, 2, 3, NULL), OC_OK);
    memset(im.data, 1, 12);
    im.data[3] = 9; /* not grey */
    oc_buf_init(&rgb, OC_MEM_OTHER, 1000);
    cr_assert_eq(oc_encode_png(&im, NULL, &rgb, &err), OC_OK);
    cr_assert_eq(oc_decode_png_ids((const uint8_t *)rgb.data, rgb.len, 0, &out, &err), OC_E_IMAGE);
    cr_assert(strstr(err.msg, "this one is of colours"), "%s", err.msg);
    cr_assert_null(out.ids);
    cr_assert_eq(oc_encode_png_ids(one, 0, 2, 4, NULL, &rgb, &err), OC_E_INVALID);
    oc_image_deinit(&im);
    oc_buf_deinit(&rgb);
    oc_buf_deinit(&png);
}

static bool yes(void *arg)
{
    (void)arg;
    return true;
}

Test(ids, every_allocation_may_fail)
{
    const uint16_t ids[4] = {0, 1, 2, 3};
    struct oc_buf png = encode(ids, 2, 2, 4);
    enum oc_status st = OC_E_NOMEM;
    for (uint64_t n = 1; st == OC_E_NOMEM && n < 50; n++) {
        struct oc_ids back;
        size_t before = oc_mem_blocks();
        oc_mem_fail_at(n);
        st = oc_decode_png_ids((const uint8_t *)png.data, png.len, 0, &back, NULL);
        oc_mem_fail_at(0);
        oc_ids_deinit(&back);
        cr_assert_eq(oc_mem_blocks(), before);
    }
    cr_assert_eq(st, OC_OK);
    st = OC_E_NOMEM;
    for (uint64_t n = 1; st == OC_E_NOMEM && n < 50; n++) {
        struct oc_buf out;
        size_t before = oc_mem_blocks();
        oc_buf_init(&out, OC_MEM_OTHER, 10000);
        oc_mem_fail_at(n);
        st = oc_encode_png_ids(ids, 2, 2, 4, NULL, &out, NULL);
        oc_mem_fail_at(0);
        if (st)
            cr_assert_eq(out.len, 0);
        oc_buf_deinit(&out);
        cr_assert_eq(oc_mem_blocks(), before);
    }
    cr_assert_eq(st, OC_OK);
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_OTHER, 10);
    cr_assert_eq(oc_encode_png_ids(ids, 2, 2, 4, NULL, &out, NULL), OC_E_BODY_TOO_LARGE);
    cr_assert_eq(oc_encode_png_ids(ids, 2, 2, 4, &(struct oc_encode_stop){yes, NULL}, &png, NULL), OC_E_CANCELLED);
    oc_buf_deinit(&out);
    oc_buf_deinit(&png);
}

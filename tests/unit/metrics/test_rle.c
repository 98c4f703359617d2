#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "metrics/rle.h"

/* Texts by the published algorithm, checked against pycocotools in tests/http/test_segmentation_metrics.py's fixtures. */
static const struct {
    const char *text;
    size_t n;
    uint32_t counts[8];
} known[] = {
    {"4", 1, {4}},                     /* nothing                    */
    {"04", 2, {0, 4}},                 /* everything                 */
    {"132M", 4, {1, 3, 2, 0}},         /* a negative difference      */
    {"52203O", 6, {5, 2, 2, 2, 5, 1}}, /* differences of both signs  */
    {"PeQ33V2NjmSQm1", 5, {100000, 3, 70, 1, 64000000}},
};

static uint64_t sum_of(const uint32_t *counts, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    return sum;
}

Test(rle, known_texts)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(known); i++) {
        struct oc_rle r = {0};
        struct oc_err err = {0};
        struct oc_buf out;
        oc_buf_init(&out, OC_MEM_OTHER, 100);
        cr_assert_eq(oc_rle_print(known[i].counts, known[i].n, &out), OC_OK);
        cr_assert_str_eq(out.data, known[i].text);
        cr_assert_eq(oc_rle_parse(known[i].text, strlen(known[i].text), sum_of(known[i].counts, known[i].n), &r, &err), OC_OK, "%zu: %s", i,
                     err.msg);
        cr_assert_eq(r.n, known[i].n);
        cr_assert_arr_eq(r.counts, known[i].counts, r.n * sizeof *r.counts);
        oc_rle_deinit(&r);
        oc_buf_deinit(&out);
    }
}

static void expect_refusal(const char *text, uint64_t pixels, const char *words)
{
    struct oc_rle r = {0};
    struct oc_err err = {0};
    cr_assert_eq(oc_rle_parse(text, strlen(text), pixels, &r, &err), OC_E_INVALID, "%s", text);
    cr_assert(strstr(err.msg, words), "%s: %s", text, err.msg);
    cr_assert_null(r.counts);
}

Test(rle, what_is_no_mask_is_refused)
{
    expect_refusal("", 4, "add up to 0 pixels, the mask's size is 4");
    expect_refusal("3", 4, "add up to 3");
    expect_refusal("23", 4, "at least 5");
    expect_refusal("1 3", 4, "character 1 of 3: not of");
    expect_refusal("4p", 4, "character 1 of 2: not of");
    expect_refusal("PP", 4, "ends within a number");
    expect_refusal("PPPPPPPPPPPP", 4, "not of a run-length text");
    expect_refusal("O", 4, "a run of -1 pixels");
    expect_refusal("112J", 40, "a run of -5 pixels");
    expect_refusal("4", (uint64_t)1 << 32, "at most 4294967295");
    expect_refusal("oooooooO", 100, "a run of -1 pixels"); /* forty bits of ones */
    expect_refusal("ooooooo?", 100, "at least");           /* and the largest positive number */
    struct oc_err err;
    cr_assert_eq(oc_rle_check(&(struct oc_rle){(uint32_t[]){UINT32_MAX, 2}, 2}, 1, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "4294967297"), "%s", err.msg);
    cr_assert_eq(oc_rle_check(&(struct oc_rle){(uint32_t[]){1, 2}, 2}, 3, &err), OC_OK);
}

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* The slow way: down the columns, pixel by pixel. */
static size_t slow_counts(const uint16_t *ids, int width, int height, uint16_t class_id, uint32_t *counts)
{
    size_t n = 0;
    bool ones = false;
    counts[0] = 0;
    for (int x = 0; x < width; x++) {
        for (int y = 0; y < height; y++) {
            bool is = ids[y * width + x] == class_id;
            if (is != ones)
                counts[++n] = 0;
            ones = is;
            counts[n]++;
        }
    }
    return n + 1;
}

Test(rle, a_map_goes_to_masks_and_back)
{
    uint32_t state = 7;
    for (int round = 0; round < 200; round++) {
        int width = 1 + (int)(next(&state) % 200), height = 1 + (int)(next(&state) % 60), classes = 1 + (int)(next(&state) % 6);
        int change = 1 + (int)(next(&state) % 20);
        size_t pixels = (size_t)width * (size_t)height;
        uint16_t *ids = calloc(pixels, sizeof *ids), *back = calloc(pixels, sizeof *back);
        uint32_t *counts = calloc(pixels + 1, sizeof *counts);
        struct oc_rle_class *masks = calloc((size_t)classes, sizeof *masks);
        struct oc_err err = {0};
        for (size_t i = 0; i < pixels; i++) {
            back[i] = UINT16_MAX;
            ids[i] = (uint16_t)(i && next(&state) % (uint32_t)change ? ids[i - 1] : next(&state) % (uint32_t)classes);
        }
        cr_assert_eq(oc_rle_encode_map(ids, width, height, classes, 1 << 20, masks, &err), OC_OK, "%s", err.msg);
        for (int k = 0; k < classes; k++) {
            size_t n = slow_counts(ids, width, height, (uint16_t)k, counts);
            struct oc_rle r;
            if (n == 1 && !masks[k].n) /* does not occur */
                continue;
            cr_assert_eq(oc_rle_parse(masks[k].text.data, masks[k].text.len, pixels, &r, &err), OC_OK, "%s", err.msg);
            cr_assert_eq(r.n, n);
            cr_assert_arr_eq(r.counts, counts, n * sizeof *counts);
            cr_assert_eq(oc_rle_paint(&r, back, width, height, (uint16_t)k, UINT16_MAX, &err), OC_OK);
            oc_rle_deinit(&r);
            oc_buf_deinit(&masks[k].text);
        }
        cr_assert_arr_eq(ids, back, pixels * sizeof *ids);
        free(ids);
        free(back);
        free(counts);
        free(masks);
    }
}

Test(rle, a_pixel_has_one_class)
{
    uint16_t ids[4] = {9, 9, 9, 9};
    struct oc_err err;
    struct oc_rle a = {(uint32_t[]){0, 3, 1}, 3}, b = {(uint32_t[]){2, 2}, 2};
    cr_assert_eq(oc_rle_paint(&a, ids, 2, 2, 1, 9, &err), OC_OK);
    cr_assert_arr_eq(ids, ((uint16_t[]){1, 1, 1, 9}), sizeof ids);
    cr_assert_eq(oc_rle_paint(&a, ids, 2, 2, 1, 9, &err), OC_OK, "twice the same");
    cr_assert_eq(oc_rle_paint(&b, ids, 2, 2, 4, 9, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "row 0, column 1 is of two classes, 1 and 4"), "%s", err.msg);
}

Test(rle, every_allocation_may_fail)
{
    const uint16_t ids[] = {0, 1, 1, 0, 2, 1};
    enum oc_status st = OC_E_NOMEM;
    for (uint64_t n = 1; st == OC_E_NOMEM && n < 50; n++) {
        struct oc_rle_class masks[3] = {{.n = 0}};
        size_t before = oc_mem_blocks();
        oc_mem_fail_at(n);
        st = oc_rle_encode_map(ids, 3, 2, 3, 100, masks, NULL);
        oc_mem_fail_at(0);
        for (int k = 0; k < 3; k++)
            oc_buf_deinit(&masks[k].text);
        cr_assert_eq(oc_mem_blocks(), before);
    }
    cr_assert_eq(st, OC_OK);
    struct oc_rle_class masks[3] = {{.n = 0}};
    struct oc_err err;
    cr_assert_eq(oc_rle_encode_map(ids, 3, 2, 3, 1, masks, &err), OC_E_BODY_TOO_LARGE);
    for (int k = 0; k < 3; k++)
        oc_buf_deinit(&masks[k].text);
    struct oc_rle r;
    oc_mem_fail_at(1);
    cr_assert_eq(oc_rle_parse("4", 1, 4, &r, &err), OC_E_NOMEM);
}

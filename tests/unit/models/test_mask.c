#include "hand.h"
#include "models/run/mask.h"

static uint32_t state = 9;

static float any(float from, float to)
{
    state = state * 1664525 + 1013904223;
    return from + (to - from) * (float)(state >> 8) / (1 << 24);
}

/* The pixel worked out on its own: bilinear, pixels having areas. */
static bool expected(const struct oc_mask_grid *g, const struct oc_fit_map *m, int x, int y)
{
    double gx = ((x + 0.5) * m->scale_x + m->left - g->place.x1) * g->width / (g->place.x2 - g->place.x1) - 0.5;
    double gy = ((y + 0.5) * m->scale_y + m->top - g->place.y1) * g->height / (g->place.y2 - g->place.y1) - 0.5;
    gx = fmin(fmax(gx, 0), g->width - 1);
    gy = fmin(fmax(gy, 0), g->height - 1);
    int x0 = (int)gx, y0 = (int)gy, x1 = x0 + 1 < g->width ? x0 + 1 : x0, y1 = y0 + 1 < g->height ? y0 + 1 : y0;
    double fx = gx - x0, fy = gy - y0;
    const float *v = g->values;
    double top = v[y0 * g->width + x0] * (1 - fx) + v[y0 * g->width + x1] * fx;
    double low = v[y1 * g->width + x0] * (1 - fx) + v[y1 * g->width + x1] * fx;
    return top * (1 - fy) + low * fy > g->threshold;
}

Test(mask, equals_each_pixel_on_its_own)
{
    enum { W = 90, H = 70 };
    static float values[40 * 40];
    static uint8_t bits[W * H];
    for (int round = 0; round < 200; round++) {
        struct oc_mask_grid g = {.width = 1 + round % 37, .height = 1 + round % 23, .values = values, .threshold = 0};
        float fine = round % 3 == 0 ? 0.2f : round % 3 == 1 ? 1 : 4; /* network pixels a picture pixel */
        struct oc_fit_map m = {.scale_x = fine, .scale_y = fine * 0.9, .left = round % 5, .top = round % 7};
        g.place = (struct oc_box){any(0, 10), any(0, 10), any(20, 300), any(20, 300)};
        for (int i = 0; i < g.width * g.height; i++)
            values[i] = any(-1, 1);
        struct oc_box box = {any(0, 30), any(0, 30), any(40, W), any(40, H)};
        struct oc_mask mask;
        cr_assert_eq(oc_mask_from_grid(&g, &m, &box, &mask, NULL), OC_OK);
        oc_mask_bits(&mask, bits);
        uint64_t pixels = 0;
        int wrong = 0;
        for (int y = 0; y < mask.height; y++)
            for (int x = 0; x < mask.width; x++) {
                pixels += bits[y * mask.width + x];
                wrong += bits[y * mask.width + x] != expected(&g, &m, mask.x + x, mask.y + y);
            }
        cr_assert_leq(wrong, 1, "%d pixels", wrong); /* one may lie on the threshold */
        cr_assert_eq(pixels, oc_mask_pixels(&mask));
        cr_assert_eq(mask.x, (int)ceilf(box.x1));
        cr_assert_eq(mask.x + mask.width, (int)ceilf(box.x2));
        oc_rle_deinit(&mask.runs);
    }
}

Test(mask, of_the_whole_picture)
{
    uint32_t counts[] = {1, 3, 2}; /* 2 wide, 3 high: columns 0 1 1, 1 0 0 */
    struct oc_mask mask = {.x = 1, .y = 1, .width = 2, .height = 3, .runs = {counts, 3}};
    struct oc_rle whole;
    cr_assert_eq(oc_mask_whole(&mask, 4, 5, &whole, NULL), OC_OK);
    /* Columns: 00000 00110 01000 00000 */
    const uint32_t want[] = {7, 2, 2, 1, 8};
    cr_assert_eq(whole.n, 5);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(whole.counts[i], want[i], "run %zu is %u", i, whole.counts[i]);
    oc_rle_deinit(&whole);
    struct oc_mask corner = {.width = 1, .height = 1, .runs = {(uint32_t[]){0, 1}, 2}};
    cr_assert_eq(oc_mask_whole(&corner, 1, 1, &whole, NULL), OC_OK);
    cr_assert_eq(whole.n, 2, "a first run of no zeros, and no last one");
    oc_rle_deinit(&whole);
}

Test(mask, grids_without_sense_do_no_harm)
{
    float values[4] = {NAN, INFINITY, -INFINITY, 1};
    struct oc_fit_map m = {.scale_x = 1, .scale_y = 1};
    const struct oc_box places[] = {{0, 0, 0, 0}, {NAN, 0, 1, 1}, {-INFINITY, 5, INFINITY, 5}, {9, 9, -9, -9}};
    for (size_t i = 0; i < OC_ARRAY_LEN(places); i++) {
        struct oc_mask_grid g = {.place = places[i], .width = 2, .height = 2, .values = values};
        struct oc_mask mask;
        cr_assert_eq(oc_mask_from_grid(&g, &m, &(struct oc_box){0, 0, 50, 40}, &mask, NULL), OC_OK);
        uint64_t n = 0;
        for (size_t k = 0; k < mask.runs.n; k++)
            n += mask.runs.counts[k];
        cr_assert_eq(n, 2000);
        oc_rle_deinit(&mask.runs);
    }
}

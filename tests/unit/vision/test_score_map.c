#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "vision/score_map.h"

/* The slow way: both enlargements made whole, in double, plane by plane. */
static double *enlarge(const double *from, int w, int h, int left, int top, int inner_w, int inner_h, int to_w, int to_h)
{
    double *out = calloc((size_t)to_w * (size_t)to_h, sizeof *out);
    for (int y = 0; y < to_h; y++) {
        for (int x = 0; x < to_w; x++) {
            double sx = fmin(fmax((x + 0.5) * inner_w / to_w - 0.5, 0), inner_w - 1);
            double sy = fmin(fmax((y + 0.5) * inner_h / to_h - 0.5, 0), inner_h - 1);
            int x0 = (int)sx, y0 = (int)sy, x1 = x0 + 1 < inner_w ? x0 + 1 : x0, y1 = y0 + 1 < inner_h ? y0 + 1 : y0;
            double fx = sx - x0, fy = sy - y0;
            const double *p = from + top * w + left;
            out[y * to_w + x] = (1 - fy) * ((1 - fx) * p[y0 * w + x0] + fx * p[y0 * w + x1]) +
                                fy * ((1 - fx) * p[y1 * w + x0] + fx * p[y1 * w + x1]);
        }
    }
    (void)h;
    return out;
}

static double **slow_planes(const struct oc_score_grid *g, const struct oc_grid_place *p)
{
    double **planes = calloc((size_t)g->classes, sizeof *planes);
    for (int c = 0; c < g->classes; c++) {
        double *plane = calloc((size_t)g->width * (size_t)g->height, sizeof *plane);
        for (int i = 0; i < g->width * g->height; i++)
            plane[i] = g->scores[g->channels_last ? i * g->classes + c : c * g->width * g->height + i];
        double *net = enlarge(plane, g->width, g->height, 0, 0, g->width, g->height, p->network_width, p->network_height);
        planes[c] = enlarge(net, p->network_width, p->network_height, p->fit->left, p->fit->top, p->fit->inner_width, p->fit->inner_height,
                            p->width, p->height);
        free(net);
        free(plane);
    }
    return planes;
}

static void compare(const struct oc_score_grid *g, const struct oc_grid_place *p)
{
    size_t n = (size_t)p->width * (size_t)p->height;
    uint16_t *ids = calloc(n, sizeof *ids);
    struct oc_err err = {0};
    cr_assert_eq(oc_score_grid_to_ids(g, p, ids, &err), OC_OK, "%s", err.msg);
    double **planes = slow_planes(g, p);
    for (size_t i = 0; i < n; i++) {
        if (g->classes == 1) {
            double v = planes[0][i];
            cr_assert(fabs(v - (double)g->threshold) < 1e-5 || ids[i] == (v >= (double)g->threshold));
            continue;
        }
        double top = -INFINITY;
        for (int c = 0; c < g->classes; c++)
            top = fmax(top, planes[c][i]);
        cr_assert_lt(ids[i], g->classes);
        cr_assert(planes[ids[i]][i] >= top - 1e-5, "pixel %zu of %dx%d: class %u has %f, the best %f", i, p->width, p->height, ids[i],
                  planes[ids[i]][i], top);
    }
    for (int c = 0; c < g->classes; c++)
        free(planes[c]);
    free(planes);
    free(ids);
}

static float *noise(int n, unsigned seed)
{
    float *p = calloc((size_t)n, sizeof *p);
    uint32_t state = seed * 2654435761u + 1;
    for (int i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        p[i] = (float)((int)(state >> 8) % 2001 - 1000) / 100;
    }
    return p;
}

Test(score_map, equals_the_slow_way)
{
    static const struct {
        int grid_w, grid_h, classes, network_w, network_h, width, height;
    } cases[] = {{1, 1, 2, 8, 8, 5, 3},        {7, 5, 3, 56, 40, 31, 97},     {8, 8, 4, 8, 8, 8, 8},       {8, 8, 4, 8, 8, 100, 3},
                 {10, 10, 21, 37, 37, 90, 61}, {16, 16, 1, 64, 64, 200, 150}, {20, 20, 5, 80, 80, 33, 17}, {5, 9, 2, 9, 5, 1, 1}};
    static const enum oc_fit fits[] = {OC_FIT_STRETCH, OC_FIT_TOP_LEFT, OC_FIT_CENTRE, OC_FIT_PAD};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        for (size_t k = 0; k < OC_ARRAY_LEN(fits) * 2; k++) {
            struct oc_image im = {0}, fitted = {0};
            struct oc_fit_map map;
            int n = cases[i].grid_w * cases[i].grid_h * cases[i].classes;
            float *scores = noise(n, (unsigned)(i * 8 + k));
            cr_assert_eq(oc_image_new(&im, cases[i].width, cases[i].height, 3, NULL), OC_OK);
            memset(im.data, 0, (size_t)im.width * (size_t)im.height * 3);
            cr_assert_eq(oc_letterbox(&im, cases[i].network_w, cases[i].network_h, fits[k / 2], 0, OC_RESAMPLE_LINEAR, &fitted, &map, NULL),
                         OC_OK);
            struct oc_score_grid g = {scores, cases[i].grid_w, cases[i].grid_h, cases[i].classes, k & 1, 1.5f};
            struct oc_grid_place p = {cases[i].network_w, cases[i].network_h, &map, im.width, im.height, NULL, NULL};
            compare(&g, &p);
            oc_image_deinit(&im);
            oc_image_deinit(&fitted);
            free(scores);
        }
    }
}

static const struct oc_fit_map whole = {1, 1, 0, 0, 4, 4};

Test(score_map, ties_and_what_is_no_number)
{
    const float scores[] = {1, NAN, NAN, -INFINITY, 1, 2, NAN, -INFINITY}; /* two classes, 2 x 2 */
    struct oc_fit_map map = {1, 1, 0, 0, 2, 2};
    struct oc_score_grid g = {scores, 2, 2, 2, false, 0};
    struct oc_grid_place p = {2, 2, &map, 2, 2, NULL, NULL};
    uint16_t ids[4];
    cr_assert_eq(oc_score_grid_to_ids(&g, &p, ids, NULL), OC_OK);
    cr_assert_arr_eq(ids, ((uint16_t[]){0, 1, 0, 0}), sizeof ids);
}

Test(score_map, ids_are_taken_from_under_the_centre)
{
    const uint16_t grid[] = {1, 2, 3, 4};
    uint16_t ids[16];
    struct oc_grid_place p = {4, 4, &whole, 4, 4, NULL, NULL};
    cr_assert_eq(oc_id_grid_to_ids(grid, 2, 2, &p, ids, NULL), OC_OK);
    cr_assert_arr_eq(ids, ((uint16_t[]){1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}), sizeof ids);
    struct oc_fit_map padded = {1, 1, 0, 1, 4, 2}; /* two rows of padding */
    p.fit = &padded;
    p.width = 2;
    p.height = 2;
    cr_assert_eq(oc_id_grid_to_ids(grid, 2, 2, &p, ids, NULL), OC_OK);
    cr_assert_arr_eq(ids, ((uint16_t[]){1, 2, 3, 4}), 4 * sizeof *ids);
}

static bool yes(void *arg)
{
    ++*(int *)arg;
    return true;
}

Test(score_map, refuses_and_stops)
{
    static float scores[16];
    uint16_t ids[16];
    struct oc_err err;
    int asked = 0;
    struct oc_score_grid g = {scores, 2, 2, 4, false, 0};
    struct oc_grid_place p = {4, 4, &whole, 4, 4, yes, &asked};
    cr_assert_eq(oc_score_grid_to_ids(&g, &p, ids, &err), OC_E_CANCELLED);
    cr_assert_eq(oc_id_grid_to_ids(ids, 2, 2, &p, ids, &err), OC_E_CANCELLED);
    cr_assert_eq(asked, 2);
    p.cancelled = NULL;
    g.classes = 0;
    cr_assert_eq(oc_score_grid_to_ids(&g, &p, ids, &err), OC_E_INVALID);
    g.classes = 4;
    p.network_width = 3;
    cr_assert_eq(oc_score_grid_to_ids(&g, &p, ids, &err), OC_E_INVALID);
}

Test(score_map, every_allocation_may_fail)
{
    static const float scores[] = {0, 1, 2, 3, 3, 2, 1, 0};
    uint16_t ids[16];
    struct oc_score_grid g = {scores, 2, 2, 2, false, 0};
    struct oc_grid_place p = {4, 4, &whole, 4, 4, NULL, NULL};
    for (int which = 0; which < 2; which++) {
        enum oc_status st = OC_E_NOMEM;
        for (uint64_t n = 1; st == OC_E_NOMEM && n < 50; n++) {
            size_t before = oc_mem_blocks();
            oc_mem_fail_at(n);
            st = which ? oc_id_grid_to_ids(ids, 2, 2, &p, ids, NULL) : oc_score_grid_to_ids(&g, &p, ids, NULL);
            oc_mem_fail_at(0);
            cr_assert_eq(oc_mem_blocks(), before);
        }
        cr_assert_eq(st, OC_OK);
    }
}

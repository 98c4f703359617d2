/* Where windows lie, and how their boxes become one. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "models/face/find.h"
#include "models/package/manifest.h"
#include "models/detect/detect.h"
#include "models/run/tiles/merge.h"

static struct oc_windows plan(const struct oc_tiling *t, int width, int height)
{
    struct oc_windows w;
    struct oc_err err = {0};
    cr_assert_eq(oc_windows_plan(t, width, height, 416, 416, &w, &err), OC_OK, "%s", err.msg);
    return w;
}

static void expect(const struct oc_window *w, int x, int y, int width, int height, unsigned cut)
{
    cr_assert(w->x == x && w->y == y && w->width == width && w->height == height && w->cut == cut,
              "%d %d %dx%d cut %x, expected %d %d %dx%d cut %x", w->x, w->y, w->width, w->height, w->cut, x, y, width, height, cut);
}

/* Every pixel lies in a tile, neighbours overlap as far as asked for, all are inside. */
static void check_cover(const struct oc_windows *w, size_t from, int width, int height, double overlap)
{
    int right = 0, bottom = 0;
    for (size_t i = from; i < w->n; i++) {
        const struct oc_window *p = &w->items[i];
        cr_assert(p->x >= 0 && p->y >= 0 && p->x + p->width <= width && p->y + p->height <= height);
        right = p->x + p->width > right ? p->x + p->width : right;
        bottom = p->y + p->height > bottom ? p->y + p->height : bottom;
        if (i > from && p->y == p[-1].y)
            cr_assert(p[-1].x + p[-1].width - p->x >= (int)(overlap * p->width) - 1, "%d to %d", p[-1].x, p->x);
    }
    cr_assert(right == width && bottom == height);
}

Test(tiles, whole_picture_when_nothing_is_asked)
{
    struct oc_windows w = plan(&(struct oc_tiling){0}, 640, 480);
    cr_assert_eq(w.n, 1);
    expect(&w.items[0], 0, 0, 640, 480, 0);
    oc_windows_deinit(&w);
}

Test(tiles, fixed)
{
    struct oc_tiling t = {.mode = OC_TILE_FIXED, .width = 320, .height = 200, .has_overlap = true};
    struct oc_windows w = plan(&t, 640, 400);
    cr_assert_eq(w.n, 5);
    expect(&w.items[0], 0, 0, 640, 400, 0);
    expect(&w.items[1], 0, 0, 320, 200, OC_CUT_RIGHT | OC_CUT_BOTTOM);
    expect(&w.items[2], 320, 0, 320, 200, OC_CUT_LEFT | OC_CUT_BOTTOM);
    expect(&w.items[4], 320, 200, 320, 200, OC_CUT_LEFT | OC_CUT_TOP);
    oc_windows_deinit(&w);
    t.no_whole = true;
    t.overlap = .25f;
    w = plan(&t, 641, 400);
    cr_assert_eq(w.n, 9); /* three by three */
    check_cover(&w, 0, 641, 400, .25);
    oc_windows_deinit(&w);
    t.width = t.height = 5000;
    w = plan(&t, 641, 400);
    cr_assert_eq(w.n, 1);
    expect(&w.items[0], 0, 0, 641, 400, 0);
    oc_windows_deinit(&w);
}

Test(tiles, scales)
{
    struct oc_tiling t = {.n_scales = 3, .scales = {.5f, 1, 2}};
    struct oc_windows w = plan(&t, 800, 600);
    cr_assert_eq(w.n, 2 + 9);
    expect(&w.items[0], 0, 0, 800, 600, 0);
    expect(&w.items[1], 0, 0, 800, 600, 0);
    cr_assert(w.items[0].shrink >= 1 && fabsf(w.items[1].shrink - .5f) < 1e-6f);
    expect(&w.items[2], 0, 0, 400, 300, OC_CUT_RIGHT | OC_CUT_BOTTOM);
    check_cover(&w, 2, 800, 600, .25);
    oc_windows_deinit(&w);
    t = (struct oc_tiling){.n_scales = 1, .scales = {2}};
    w = plan(&t, 800, 600);
    cr_assert_eq(w.n, 9, "1 is not among the scales");
    oc_windows_deinit(&w);
    t = (struct oc_tiling){.mode = OC_TILE_FIXED, .width = 200, .height = 200, .n_scales = 3, .scales = {1, .5f, .01f}};
    w = plan(&t, 800, 600);
    check_cover(&w, 1, 800, 600, .25);
    cr_assert_eq(w.items[1].width, 200);
    cr_assert_eq(w.items[w.n - 1].width, 400);
    oc_windows_deinit(&w);
}

Test(tiles, automatic)
{
    struct oc_tiling t = {.mode = OC_TILE_AUTO};
    struct oc_windows w = plan(&t, 4000, 3000);
    expect(&w.items[0], 0, 0, 4000, 3000, 0);
    cr_assert_eq(w.items[1].width, 416);
    cr_assert_eq(w.items[w.n - 1].width, 1664, "twice 416 and again, not again");
    cr_assert_eq(w.n, 1 + 13 * 10 + 7 * 5 + 3 * 3);
    oc_windows_deinit(&w);
    w = plan(&t, 416, 300);
    cr_assert_eq(w.n, 1);
    oc_windows_deinit(&w);
    w = plan(&t, 500, 400);
    cr_assert_eq(w.n, 1, "hardly larger");
    oc_windows_deinit(&w);
    w = plan(&t, 32000, 2000);
    cr_assert(w.n <= LIM_TILES && w.n > LIM_TILES / 8 && w.items[1].width > 416, "%zu of %d", w.n, w.items[1].width);
    oc_windows_deinit(&w);
    for (int side = 1; side < 33000; side = side * 3 + 1)
        for (int other = 1; other < 33000; other = other * 5 + 2) {
            w = plan(&t, side, other);
            cr_assert(w.n >= 1 && w.n <= LIM_TILES);
            oc_windows_deinit(&w);
        }
}

Test(tiles, too_many)
{
    struct oc_tiling t = {.mode = OC_TILE_FIXED, .width = 32, .height = 32};
    struct oc_windows w;
    struct oc_err err;
    cr_assert_eq(oc_windows_plan(&t, 32768, 32768, 416, 416, &w, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "tile: 1863226 tiles of a picture of 32768 x 32768, at most 512"), "%s", err.msg);
    cr_assert_null(w.items);
}

Test(tiles, words)
{
    struct oc_tiling t = {0};
    struct oc_err err;
    cr_assert_eq(oc_tiling_parse_tile("640x480", &t, &err), OC_OK);
    cr_assert(t.mode == OC_TILE_FIXED && t.width == 640 && t.height == 480);
    cr_assert_eq(oc_tiling_parse_tile("512", &t, &err), OC_OK);
    cr_assert(t.width == 512 && t.height == 512);
    cr_assert_eq(oc_tiling_parse_tile("auto", &t, &err), OC_OK);
    cr_assert_eq(t.mode, OC_TILE_AUTO);
    cr_assert_eq(oc_tiling_parse_tile("none", &t, &err), OC_OK);
    cr_assert(!oc_tiling_is_on(&t));
    static const char *const bad[] = {"", "x", "640x", "x640", "31x640", "640x40000", "640x480x2", "-1", "640 x 480", "Auto", "1e3"};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++)
        cr_assert_eq(oc_tiling_parse_tile(bad[i], &t, &err), OC_E_INVALID, "'%s'", bad[i]);
}

/* Merging */

#define SEEN(x1, y1, x2, y2, s, w, c)                                                    \
    {                                                                                    \
        .box = {x1, y1, x2, y2}, .score = (s), .window = (w), .cut = (c), .from = (w)*10 \
    }

static size_t merge(struct oc_seen *seen, size_t n, enum oc_merge how)
{
    struct oc_err err;
    struct oc_merge_options opt = {.how = how, .iou_threshold = .5f, .score_threshold = .3f};
    cr_assert_eq(oc_seen_merge(seen, &n, &opt, &err), OC_OK);
    return n;
}

static void expect_box(const struct oc_seen *s, float x1, float y1, float x2, float y2, float score)
{
    cr_assert(fabsf(s->box.x1 - x1) < 1e-3f && fabsf(s->box.y1 - y1) < 1e-3f && fabsf(s->box.x2 - x2) < 1e-3f &&
                  fabsf(s->box.y2 - y2) < 1e-3f && fabsf(s->score - score) < 1e-4f,
              "%g %g %g %g at %g", (double)s->box.x1, (double)s->box.y1, (double)s->box.x2, (double)s->box.y2, (double)s->score);
}

Test(merge, edges_of_windows)
{
    struct oc_window w = {100, 0, 400, 400, 1, OC_CUT_LEFT | OC_CUT_RIGHT | OC_CUT_BOTTOM};
    cr_assert_eq(oc_seen_cut(&(struct oc_box){101, 0, 200, 395}, &w), OC_CUT_LEFT | OC_CUT_BOTTOM, "the upper side is the picture's");
    cr_assert_eq(oc_seen_cut(&(struct oc_box){150, 50, 491, 300}, &w), 0);
    cr_assert_eq(oc_seen_cut(&(struct oc_box){150, 50, 493, 300}, &w), OC_CUT_RIGHT);
}

Test(merge, the_best_stays)
{
    struct oc_seen s[] = {SEEN(0, 0, 10, 10, .8f, 0, 0), SEEN(1, 0, 11, 10, .9f, 1, 0), SEEN(50, 0, 60, 10, .5f, 1, 0)};
    cr_assert_eq(merge(s, 3, OC_MERGE_NMS), 2);
    expect_box(&s[0], 1, 0, 11, 10, .9f);
    expect_box(&s[1], 50, 0, 60, 10, .5f);
    struct oc_seen same[] = {SEEN(0, 0, 10, 10, .8f, 1, 0), SEEN(1, 0, 11, 10, .9f, 1, 0)};
    cr_assert_eq(merge(same, 2, OC_MERGE_NMS), 2, "one window knows what it saw");
    struct oc_seen classes[] = {SEEN(0, 0, 10, 10, .8f, 0, 0), SEEN(0, 0, 10, 10, .9f, 1, 0)};
    classes[0].class_id = 5;
    cr_assert_eq(merge(classes, 2, OC_MERGE_NMS), 2, "two classes");
    struct oc_merge_options opt = {.iou_threshold = .5f, .agnostic = true, .max_out = 1};
    struct oc_err err;
    size_t n = 2;
    cr_assert_eq(oc_seen_merge(classes, &n, &opt, &err), OC_OK);
    cr_assert_eq(n, 1);
}

Test(merge, a_part_makes_way_for_the_whole)
{
    struct oc_seen s[] = {SEEN(0, 0, 100, 40, .9f, 1, OC_CUT_BOTTOM), SEEN(0, 0, 100, 100, .5f, 0, 0),
                          SEEN(10, 60, 90, 102, .8f, 2, OC_CUT_TOP)};
    cr_assert_eq(merge(s, 3, OC_MERGE_NMS), 1, "whatever the scores are");
    expect_box(&s[0], 0, 0, 100, 100, .5f);
    struct oc_seen behind[] = {SEEN(20, 20, 40, 40, .9f, 1, 0), SEEN(0, 0, 100, 100, .5f, 0, 0)};
    cr_assert_eq(merge(behind, 2, OC_MERGE_NMS), 2, "what is not cut is no part: one stands before the other");
}

Test(merge, halves_become_one)
{
    /* Tiles of 100 that overlap by 20: a thing from 30 to 150, and one that goes over four of them. */
    struct oc_seen s[] = {SEEN(30, 10, 100, 60, .7f, 1, OC_CUT_RIGHT), SEEN(80, 12, 150, 58, .9f, 2, OC_CUT_LEFT)};
    cr_assert_eq(merge(s, 2, OC_MERGE_NMS), 1);
    expect_box(&s[0], 30, 10, 150, 60, .9f);
    cr_assert_eq(s[0].cut, 0);
    struct oc_seen four[] = {
        SEEN(10, 10, 100, 100, .9f, 1, OC_CUT_RIGHT | OC_CUT_BOTTOM), SEEN(80, 10, 170, 100, .8f, 2, OC_CUT_LEFT | OC_CUT_BOTTOM),
        SEEN(10, 80, 100, 170, .7f, 3, OC_CUT_RIGHT | OC_CUT_TOP), SEEN(80, 80, 170, 170, .6f, 4, OC_CUT_LEFT | OC_CUT_TOP)};
    cr_assert_eq(merge(four, 4, OC_MERGE_NMS), 1);
    expect_box(&four[0], 10, 10, 170, 170, .9f);
    struct oc_seen apart[] = {SEEN(30, 10, 100, 60, .7f, 1, OC_CUT_RIGHT), SEEN(80, 55, 150, 99, .9f, 2, OC_CUT_LEFT)};
    cr_assert_eq(merge(apart, 2, OC_MERGE_NMS), 2, "one below the other");
}

Test(merge, soft)
{
    struct oc_seen s[] = {SEEN(0, 0, 10, 10, .9f, 0, 0), SEEN(0, 0, 10, 9, .8f, 1, 0), SEEN(5, 0, 15, 10, .7f, 1, 0),
                          SEEN(50, 0, 60, 10, .6f, 1, 0)};
    cr_assert_eq(merge(s, 4, OC_MERGE_SOFT_NMS), 3);
    expect_box(&s[0], 0, 0, 10, 10, .9f);
    expect_box(&s[1], 50, 0, 60, 10, .6f);
    expect_box(&s[2], 5, 0, 15, 10, .7f * expf(-(1 / 3.f) * (1 / 3.f) / .5f)); /* of .8, exp(-.81 / .5) is left: below .3 */
}

Test(merge, fused)
{
    struct oc_seen s[] = {SEEN(0, 0, 10, 10, .6f, 0, 0), SEEN(1, 0, 11, 10, .3f, 1, 0), SEEN(50, 0, 60, 10, .8f, 1, 0)};
    cr_assert_eq(merge(s, 3, OC_MERGE_WBF), 2);
    expect_box(&s[0], 50, 0, 60, 10, .8f);
    expect_box(&s[1], (0 * .6f + 1 * .3f) / .9f, 0, (10 * .6f + 11 * .3f) / .9f, 10, .6f);
    struct oc_seen none[] = {SEEN(0, 0, 10, 10, 0, 0, 0), SEEN(0, 0, 10, 10, 0, 1, 0)};
    merge(none, 2, OC_MERGE_WBF);
    cr_assert(isfinite(none[0].box.x1), "scores of 0 weigh nothing");
}

static bool at_once(void *arg)
{
    return arg == NULL;
}

Test(merge, many_and_no_time)
{
    enum { N = 5000 };
    static struct oc_seen s[N];
    for (int i = 0; i < N; i++)
        s[i] = (struct oc_seen){.box = {(float)(i % 70) * 20, (float)(i / 70) * 20, (float)(i % 70) * 20 + 19, (float)(i / 70) * 20 + 19},
                                .score = .5f,
                                .from = i,
                                .window = i % 7,
                                .cut = (unsigned)i % 16};
    struct oc_err err;
    size_t n = N;
    struct oc_merge_options opt = {.iou_threshold = .5f, .max_out = 100};
    cr_assert_eq(oc_seen_merge(s, &n, &opt, &err), OC_OK);
    cr_assert_eq(n, 100);
    cr_assert_eq(s[0].from, 0, "equal scores keep their order");
    opt.cancelled = at_once;
    n = 100;
    cr_assert_eq(oc_seen_merge(s, &n, &opt, &err), OC_E_CANCELLED);
}

/* Through the network: red squares of 16 pixels that cells of 16 see. */

struct loaded {
    struct oc_recipe recipe;
    struct oc_model *model;
};

static void load(struct loaded *l, const char *name)
{
    char path[512];
    struct eng_facts *facts;
    struct oc_err err = {0};
    snprintf(path, sizeof path, OC_TEST_DATA_DIR "/%s", name);
    oc_recipe_init(&l->recipe);
    cr_assert_eq(eng_facts_read(path, &facts, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(oc_recipe_make(facts, NULL, &(struct oc_beside){.directory = OC_TEST_DATA_DIR}, &l->recipe, &err), OC_OK, "%s", err.msg);
    eng_facts_free(facts);
    struct oc_model_options opt = {.engine = {.threads = 1}};
    cr_assert_eq(oc_model_load(path, &opt, &l->recipe, &l->model, &err), OC_OK, "%s", err.msg);
}

static void unload(struct loaded *l)
{
    oc_model_unref(l->model);
    oc_recipe_deinit(&l->recipe);
}

static struct oc_image picture(int width, int height)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, width, height, 3, NULL), OC_OK);
    memset(im.data, 0, (size_t)width * (size_t)height * 3);
    return im;
}

static void square(struct oc_image *im, int x, int y, int side)
{
    for (int row = y; row < y + side; row++)
        for (int column = x; column < x + side; column++)
            im->data[(row * im->width + column) * 3] = 255;
}

static struct oc_detections find(struct loaded *l, const struct oc_image *im, const struct oc_tiling *t)
{
    struct oc_detections found;
    struct oc_err err = {0};
    struct oc_detect_options opt = {.score_threshold = -1, .iou_threshold = -1, .tiling = t};
    cr_assert_eq(oc_model_detect(l->model, im, &opt, NULL, &found, &err), OC_OK, "%s", err.msg);
    return found;
}

static bool has(const struct oc_detections *d, float x, float y, float side)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct oc_box *b = &d->items[i].box;
        if (fabsf(b->x1 - x) < 1 && fabsf(b->y1 - y) < 1 && fabsf(b->x2 - x - side) < 1 && fabsf(b->y2 - y - side) < 1)
            return true;
    }
    return false;
}

/* Several in one run, and one after the other: a graph that fixes 1, one that takes any number, one that says so and does not. */
Test(tiles, small_things_are_found_and_batches_are_the_same)
{
    static const char *const names[] = {"models/tiny_yolox.onnx", "tile_models/tiny_batch.onnx", "models/tiny_scene.onnx"};
    static const bool several[] = {false, true, false};
    const struct oc_tiling t = {.mode = OC_TILE_FIXED, .width = 64, .height = 64, .has_overlap = true};
    struct oc_image im = picture(448, 192);
    static const int at[][2] = {{16, 32}, {80, 0}, {240, 112}, {432, 176}, {400, 64}};
    for (size_t i = 0; i < OC_ARRAY_LEN(at); i++)
        square(&im, at[i][0], at[i][1], 16);
    for (size_t k = 0; k < OC_ARRAY_LEN(names); k++) {
        struct loaded l;
        load(&l, names[k]);
        struct oc_detections plain = find(&l, &im, NULL), tiled = find(&l, &im, &t);
        cr_assert_eq(plain.n, 0, "%s", names[k]);
        cr_assert_eq(plain.windows, 0);
        cr_assert_eq(tiled.windows, 1 + 7 * 3);
        cr_assert_eq(tiled.n, OC_ARRAY_LEN(at), "%s: %zu", names[k], tiled.n);
        for (size_t i = 0; i < OC_ARRAY_LEN(at); i++)
            cr_assert(has(&tiled, (float)at[i][0], (float)at[i][1], 16), "%s: %zu", names[k], i);
        cr_assert_eq(oc_model_takes_several(l.model), several[k], "%s", names[k]);
        oc_detections_deinit(&plain);
        oc_detections_deinit(&tiled);
        unload(&l);
    }
    oc_image_deinit(&im);
}

/* Tiles overlap by half: all but those at the rim are seen two to four times. Then a square that is too large at the picture's own size. */
Test(tiles, seen_twice_is_found_once)
{
    struct loaded l;
    load(&l, "tile_models/tiny_batch.onnx");
    struct oc_image im = picture(256, 256);
    square(&im, 96, 96, 16);
    square(&im, 128, 160, 16);
    for (int how = 0; how < 3; how++) {
        struct oc_tiling t = {
            .mode = OC_TILE_FIXED, .width = 64, .height = 64, .has_overlap = true, .overlap = .5f, .merge = (enum oc_merge)how};
        struct oc_detections found = find(&l, &im, &t);
        cr_assert_eq(found.n, 2, "%s: %zu", oc_merge_words[how], found.n);
        cr_assert(has(&found, 96, 96, 16) && has(&found, 128, 160, 16), "%s", oc_merge_words[how]);
        oc_detections_deinit(&found);
    }
    oc_image_deinit(&im);
    im = picture(64, 64);
    square(&im, 0, 0, 32);
    struct oc_detections whole = find(&l, &im, NULL), half = find(&l, &im, &(struct oc_tiling){.n_scales = 1, .scales = {.5f}});
    cr_assert_eq(whole.n, 4, "cell by cell");
    cr_assert_eq(half.n, 1);
    cr_assert(has(&half, 0, 0, 32));
    oc_detections_deinit(&whole);
    oc_detections_deinit(&half);
    oc_image_deinit(&im);
    unload(&l);
}

Test(tiles, the_recipes_own_way)
{
    struct loaded l;
    load(&l, "tile_models/tiny_batch.onnx");
    struct oc_image im = picture(128, 128);
    square(&im, 16, 96, 16);
    l.recipe.tiling = (struct oc_tiling){.mode = OC_TILE_AUTO};
    struct oc_detections found = find(&l, &im, NULL), plain = find(&l, &im, &(struct oc_tiling){0});
    cr_assert_eq(found.n, 1);
    cr_assert_eq(plain.n, 0, "a request may say otherwise");
    oc_detections_deinit(&found);
    oc_image_deinit(&im);
    unload(&l);
}

Test(tiles, faces)
{
    struct loaded l;
    struct oc_faces found;
    struct oc_err err = {0};
    load(&l, "models/tiny_yunet.onnx");
    struct oc_image im = picture(256, 128);
    square(&im, 208, 48, 16);
    const struct oc_tiling t = {.mode = OC_TILE_FIXED, .width = 64, .height = 64};
    struct oc_detect_options opt = {.score_threshold = -1, .iou_threshold = -1, .tiling = &t};
    cr_assert_eq(oc_model_faces(l.model, &im, &opt, NULL, &found, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(found.n, 1);
    cr_assert(fabsf(found.items[0].box.x1 - 208) < 1 && fabsf(found.items[0].landmarks[OC_LANDMARK_NOSE][0] - 216) < 1 &&
                  fabsf(found.items[0].landmarks[OC_LANDMARK_NOSE][1] - 56) < 1,
              "points move with the box");
    oc_faces_deinit(&found);
    oc_image_deinit(&im);
    unload(&l);
}

Test(tiles, stops_when_told)
{
    struct loaded l;
    struct oc_detections found;
    struct oc_err err = {0};
    load(&l, "tile_models/tiny_batch.onnx");
    struct oc_image im = picture(256, 256);
    const struct oc_tiling t = {.mode = OC_TILE_AUTO};
    struct oc_run run = {.cancelled = at_once};
    struct oc_detect_options opt = {.score_threshold = -1, .iou_threshold = -1, .tiling = &t};
    cr_assert_eq(oc_model_detect(l.model, &im, &opt, &run, &found, &err), OC_E_CANCELLED);
    cr_assert_eq(run.inference_ns, 0);
    cr_assert_null(found.items);
    oc_image_deinit(&im);
    unload(&l);
}

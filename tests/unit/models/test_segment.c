#include "hand.h"
#include "models/detect/detect.h"
#include "models/package/manifest.h"
#include "models/segment/segment.h"
#include "models/segment/spread.h"

Test(segment, scene_is_recognised_by_its_two_outputs)
{
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 320, 320);
    hand_output(&h, "segmentation", 4, -1, 4, 80, 80);
    hand_output(&h, "detections", 3, -1, 7, 2100, 0);
    cr_assert_str_eq(hand_family(&h, &r), "scene", "%s", r.because);
    cr_assert(oc_recipe_can(&r, OC_TASK_DETECT) && oc_recipe_can(&r, OC_TASK_SEGMENT) && !oc_recipe_can(&r, OC_TASK_FACE_DETECT));
    cr_assert_eq(r.task, OC_TASK_DETECT);
    cr_assert_eq(r.decode.n_classes, 3);
    cr_assert_eq(oc_recipe_map_classes(&r), 4);
    cr_assert_eq(r.decode.outputs[0], 1);
    cr_assert_eq(r.map.output, 0);
    cr_assert_eq(r.input.fit, OC_FIT_CENTRE);
    cr_assert_eq(r.input.pad, 114);
    r.labels = (struct oc_labels){3, (const char *const[]){"cat", "dog", "cow"}};
    cr_assert_str_eq(oc_recipe_map_label(&r, 0), "background");
    cr_assert_str_eq(oc_recipe_map_label(&r, 1), "cat");
    cr_assert_str_eq(oc_recipe_map_label(&r, 3), "cow");
    cr_assert_null(oc_recipe_map_label(&r, 4));
    oc_recipe_deinit(&r);
    h.out[0].shape.dim[1] = 3; /* a plane short */
    cr_assert_str_neq(hand_family(&h, &r), "scene");
    oc_recipe_deinit(&r);
}

/* A model of tests/data/models with its recipe. */
struct loaded {
    struct oc_recipe recipe;
    struct oc_model *model;
};

static void load(struct loaded *l, const char *file)
{
    char path[512];
    struct eng_facts *facts;
    struct oc_err err = {0};
    snprintf(path, sizeof path, "%s/models/%s", OC_TEST_DATA_DIR, file);
    cr_assert_eq(eng_facts_read(path, &facts, &err), OC_OK, "%s", err.msg);
    oc_recipe_init(&l->recipe);
    cr_assert_eq(oc_recipe_make(facts, NULL, &(struct oc_beside){0}, &l->recipe, &err), OC_OK, "%s", err.msg);
    eng_facts_free(facts);
    cr_assert_eq(oc_model_load(path, &(struct oc_model_options){.engine = {.backend = "reference"}}, &l->recipe, &l->model, &err), OC_OK,
                 "%s", err.msg);
}

static void unload(struct loaded *l)
{
    oc_model_unref(l->model);
    oc_recipe_deinit(&l->recipe);
}

static void square(struct oc_image *im, int x, int y, int side, int channel)
{
    for (int row = y; row < y + side; row++)
        for (int column = x; column < x + side; column++)
            im->data[(row * im->width + column) * 3 + channel] = 255;
}

Test(segment, scene_finds_boxes_and_a_map)
{
    struct loaded l;
    struct oc_image im;
    struct oc_label_map map;
    struct oc_detections found;
    struct oc_err err = {0};
    load(&l, "tiny_scene.onnx");
    cr_assert_eq(oc_image_new(&im, 128, 64, 3, NULL), OC_OK);
    memset(im.data, 0, 128 * 64 * 3);
    square(&im, 32, 0, 32, 0);
    square(&im, 96, 32, 32, 2);
    cr_assert_eq(oc_model_detect(l.model, &im, &(struct oc_detect_options){.score_threshold = -1, .iou_threshold = -1}, NULL, &found, &err),
                 OC_OK, "%s", err.msg);
    cr_assert_eq(found.n, 2);
    oc_detections_deinit(&found);
    cr_assert_eq(oc_model_segment(l.model, &im, NULL, &map, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(map.width, 128);
    cr_assert_eq(map.height, 64);
    cr_assert_eq(map.n_classes, 3);
    for (int y = 4; y < 60; y++) { /* at the edges classes meet somewhere within a cell: 8 pixels of the picture */
        for (int x = 4; x < 124; x++) {
            int expected = x >= 36 && x < 60 && y < 28 ? 1 : x >= 100 && y >= 36 ? 2 : 0;
            bool near = (abs(x - 32) < 8 || abs(x - 64) < 8 || abs(x - 96) < 8 || abs(y - 32) < 8);
            cr_assert(near || map.ids[y * 128 + x] == expected, "%d, %d: %d", x, y, map.ids[y * 128 + x]);
        }
    }
    oc_label_map_deinit(&map);
    oc_image_deinit(&im);
    unload(&l);
}

Test(segment, a_detector_alone_has_no_map)
{
    struct loaded l;
    struct oc_image im;
    struct oc_label_map map;
    struct oc_err err = {0};
    load(&l, "tiny_yolov8.onnx");
    cr_assert_eq(oc_image_new(&im, 8, 8, 3, NULL), OC_OK);
    cr_assert_eq(oc_model_segment(l.model, &im, NULL, &map, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "detect, not segment"), "%s", err.msg);
    cr_assert_null(map.ids);
    oc_image_deinit(&im);
    unload(&l);
}

/* The grid of an output as it comes, for a network of 4 x 4 and a picture of 4 x 4. */
static enum oc_status spread(enum oc_map_kind kind, bool last, int labels, struct eng_tensor t, uint16_t ids[16], struct oc_err *err)
{
    struct oc_recipe r;
    struct oc_label_map map = {.ids = ids, .width = 4, .height = 4};
    struct oc_fit_map fit = {1, 1, 0, 0, 4, 4};
    oc_recipe_init(&r);
    r.task = OC_TASK_SEGMENT;
    r.map = (struct oc_map_recipe){.kind = kind, .channels_last = last, .background = kind == OC_MAP_PROBABILITY || kind == OC_MAP_LOGIT};
    r.decode.n_classes = labels;
    r.thresholds.score = 0.75f;
    map.n_classes = oc_recipe_map_classes(&r);
    struct oc_grid_place place = {.network_width = 4, .network_height = 4, .fit = &fit, .width = 4, .height = 4};
    enum oc_status st = oc_map_spread(&r, &t, &place, &map, err);
    oc_recipe_deinit(&r);
    return st;
}

static void expect_ids(const uint16_t ids[16], const char *rows)
{
    for (int i = 0; i < 16; i++)
        cr_assert_eq(ids[i], rows[i] - '0', "pixel %d: %d", i, ids[i]);
}

Test(segment, each_form_of_a_map)
{
    uint16_t ids[16];
    struct oc_err err = {0};
    float planes[3 * 4] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1}, pixels[4 * 3];
    for (int i = 0; i < 4; i++)
        for (int c = 0; c < 3; c++)
            pixels[i * 3 + c] = planes[c * 4 + i];
    cr_assert_eq(spread(OC_MAP_SCORES, false, 3, (struct eng_tensor){ENG_DT_F32, {4, {1, 3, 2, 2}}, planes}, ids, &err), OC_OK, "%s",
                 err.msg);
    expect_ids(ids, "0011001122222222");
    cr_assert_eq(spread(OC_MAP_SCORES, true, 3, (struct eng_tensor){ENG_DT_F32, {4, {1, 2, 2, 3}}, pixels}, ids, &err), OC_OK, "%s",
                 err.msg);
    expect_ids(ids, "0011001122222222");
    float one[4] = {0.75f, 0.7499f, 2, -2};
    cr_assert_eq(spread(OC_MAP_PROBABILITY, false, 1, (struct eng_tensor){ENG_DT_F32, {4, {1, 1, 1, 4}}, one}, ids, &err), OC_OK, "%s",
                 err.msg);
    expect_ids(ids, "1010101010101010");
    one[0] = 1.0986f; /* sigmoid(ln 3) = 0.75 */
    one[1] = 1.0987f;
    cr_assert_eq(spread(OC_MAP_LOGIT, true, 1, (struct eng_tensor){ENG_DT_F32, {3, {1, 1, 4}}, one}, ids, &err), OC_OK, "%s", err.msg);
    expect_ids(ids, "0110011001100110");
    int64_t wide[4] = {0, 5, 2, 1};
    int32_t middle[4] = {0, 5, 2, 1};
    uint8_t narrow[4] = {0, 5, 2, 1};
    cr_assert_eq(spread(OC_MAP_IDS, false, 6, (struct eng_tensor){ENG_DT_I64, {3, {1, 2, 2}}, wide}, ids, &err), OC_OK, "%s", err.msg);
    expect_ids(ids, "0055005522112211");
    cr_assert_eq(spread(OC_MAP_IDS, false, 0, (struct eng_tensor){ENG_DT_I32, {4, {1, 1, 2, 2}}, middle}, ids, &err), OC_OK, "%s", err.msg);
    expect_ids(ids, "0055005522112211");
    cr_assert_eq(spread(OC_MAP_IDS, false, 0, (struct eng_tensor){ENG_DT_U8, {4, {1, 2, 2, 1}}, narrow}, ids, &err), OC_OK, "%s", err.msg);
    expect_ids(ids, "0055005522112211");
}

static void expect_wrong(enum oc_map_kind kind, int labels, struct eng_tensor t, const char *words)
{
    uint16_t ids[16];
    struct oc_err err = {0};
    cr_assert_eq(spread(kind, false, labels, t, ids, &err), OC_E_MODEL, "%s", words);
    cr_assert(strstr(err.msg, words), "%s: %s", words, err.msg);
}

Test(segment, outputs_that_are_not_what_was_declared)
{
    static float scores[64];
    int64_t ids[4] = {0, 5, 70000, -1};
    expect_wrong(OC_MAP_SCORES, 3, (struct eng_tensor){ENG_DT_F32, {4, {1, 4, 2, 2}}, scores}, "3 classes are expected, there are 4");
    expect_wrong(OC_MAP_SCORES, 3, (struct eng_tensor){ENG_DT_F32, {3, {1, 4, 4}}, scores}, "a map of float32 scores is expected");
    expect_wrong(OC_MAP_SCORES, 3, (struct eng_tensor){ENG_DT_I64, {4, {1, 3, 2, 2}}, scores}, "is int64");
    expect_wrong(OC_MAP_SCORES, 3, (struct eng_tensor){ENG_DT_F32, {4, {2, 3, 2, 2}}, scores}, "a batch of one map");
    expect_wrong(OC_MAP_SCORES, 3, (struct eng_tensor){ENG_DT_F32, {4, {1, 3, 0, 2}}, scores}, "a batch of one map");
    expect_wrong(OC_MAP_IDS, 5, (struct eng_tensor){ENG_DT_I64, {3, {1, 2, 2}}, ids}, "class 5 at row 0, column 1; 0..4 are expected");
    expect_wrong(OC_MAP_IDS, 0, (struct eng_tensor){ENG_DT_I64, {3, {1, 2, 2}}, ids}, "class 70000 at row 1, column 0; 0..65535");
    expect_wrong(OC_MAP_IDS, 0, (struct eng_tensor){ENG_DT_I64, {3, {1, 1, 1}}, ids + 3}, "class -1 at row 0");
    expect_wrong(OC_MAP_IDS, 0, (struct eng_tensor){ENG_DT_F32, {3, {1, 2, 2}}, scores}, "a map of classes is expected, is float32");
    expect_wrong(OC_MAP_IDS, 0, (struct eng_tensor){ENG_DT_I64, {4, {1, 2, 2, 2}}, ids}, "a map of classes is expected");
}

Test(segment, every_allocation_may_fail)
{
    struct loaded l;
    struct oc_image im;
    struct oc_label_map map;
    load(&l, "tiny_scene.onnx");
    cr_assert_eq(oc_image_new(&im, 16, 16, 3, NULL), OC_OK);
    memset(im.data, 9, 16 * 16 * 3);
    enum oc_status st = OC_E_NOMEM;
    for (uint64_t n = 1; st == OC_E_NOMEM && n < 500; n++) {
        oc_mem_fail_at(n);
        st = oc_model_segment(l.model, &im, NULL, &map, NULL);
        oc_mem_fail_at(0);
        oc_model_trim(l.model); /* so that each time a session is made anew */
        if (st == OC_OK)
            oc_label_map_deinit(&map);
        else
            cr_assert_null(map.ids);
    }
    cr_assert_eq(st, OC_OK);
    oc_image_deinit(&im);
    unload(&l);
}

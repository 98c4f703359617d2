#include "hand.h"
#include "models/package/manifest.h"

static enum oc_status parse(const char *text, struct oc_manifest **m, struct oc_err *err)
{
    oc_err_clear(err);
    return oc_manifest_parse(text, strlen(text), m, err);
}

Test(manifest, mistakes_are_named_by_their_path)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"[]", "must be an object"},
        {"{}", "/format: is missing"},
        {"{\"format\":2,\"task\":\"detect\"}", "/format: must be 1..1, is 2"},
        {"{\"format\":1}", "/task: is missing"},
        {"{\"format\":1,\"task\":\"fly\"}", "/task: unknown task 'fly'"},
        {"{\"format\":1,\"task\":5}", "/task: must be a string"},
        {"{\"format\":1,\"task\":\"detect\",\"family\":\"yolo99\"}", "/family: unknown family 'yolo99'"},
        {"{\"format\":1,\"task\":\"detect\",\"family\":\"yunet\"}", "/task: family 'yunet' is for face_detect, not detect"},
        {"{\"format\":1,\"task\":\"detect\",\"colour\":1}", "/colour: unknown member"},
        {"{\"format\":1,\"task\":\"detect\",\"input\":[]}", "/input: must be an object"},
        {"{\"format\":1,\"task\":\"detect\",\"input\":{\"width\":0}}", "/input/width: must be 1..4096, is 0"},
        {"{\"format\":1,\"task\":\"detect\",\"input\":{\"width\":2.5}}", "/input/width: must be a whole number"},
        {"{\"format\":1,\"task\":\"detect\",\"input\":{\"fit\":\"squash\"}}",
         "/input/fit: must be one of stretch, top_left, centre, pad, is 'squash'"},
        {"{\"format\":1,\"task\":\"detect\",\"input\":{\"mean\":[1,2]}}", "/input/mean: must be a number or a list of three"},
        {"{\"format\":1,\"task\":\"detect\",\"input\":{\"mean\":[1,2,\"3\"]}}", "/input/mean: must be numbers"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"strides\":[8,0]}}", "/decode/strides/1: must be"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"boxes\":\"xywh\"}}", "/decode/boxes: must be one of cxcywh, xyxy, yxyx"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"anchor_boxes\":[[[1,2]],[[1,2],[3,4]]]}}", "/decode/anchor_boxes/1: must be"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"anchor_boxes\":[[[1,-2]]]}}", "/decode/anchor_boxes/0: each must be"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"keypoints\":{\"skeleton\":[[0,300]]}}}", "/decode/keypoints/skeleton/0: must be"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"keypoints\":{\"numbers\":4}}}", "/decode/keypoints/numbers: must be 2..3"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"priors\":{\"steps\":[8],\"sizes\":[1]}}}", "/decode/priors/sizes: must be"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"priors\":{\"steps\":[8],\"sizes\":[1,2]}}}", "/decode/priors/ratios: must be"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"boxes_decoded\":1}}", "/decode/boxes_decoded: must be true or false"},
        {"{\"format\":1,\"task\":\"detect\",\"thresholds\":{\"score\":1.5}}", "/thresholds/score: must be 0..1, is 1.5"},
        {"{\"format\":1,\"task\":\"detect\",\"labels\":[\"a\",\"\"]}", "/labels/1: must be a string"},
        {"{\"format\":1,\"task\":\"detect\",\"labels\":\"../../etc/passwd\"}", "/labels: must be a list of names or the name of a file"},
        {"{\"format\":1,\"task\":\"detect\",\"file\":\"/etc/passwd\"}", "/file: must be the name of a file"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_manifest *m;
        struct oc_err err;
        cr_assert_eq(parse(wrong[i].text, &m, &err), OC_E_INVALID, "%s", wrong[i].text);
        cr_assert_null(m);
        cr_assert(strstr(err.msg, wrong[i].message), "%s -> %s", wrong[i].text, err.msg);
    }
}

Test(manifest, what_is_not_json)
{
    static const char *const wrong[] = {"", "{", "{\"format\":1,\"format\":1}", "{\"format\":1} x", "\xff", "{\"a\":\"\\u0000\"}"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_manifest *m;
        struct oc_err err;
        cr_assert_eq(parse(wrong[i], &m, &err), OC_E_JSON, "%s", wrong[i]);
    }
    char deep[200];
    struct oc_manifest *m;
    struct oc_err err;
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    cr_assert_eq(parse(deep, &m, &err), OC_E_JSON);
    cr_assert(strstr(err.msg, "levels"), "%s", err.msg);
}

static enum oc_status make(struct hand *h, const char *text, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_manifest *m = NULL;
    if (text)
        cr_assert_eq(parse(text, &m, err), OC_OK, "%s", err->msg);
    oc_recipe_init(r);
    enum oc_status st = oc_recipe_make(&h->facts, m, &(struct oc_beside){.directory = "/nonexistent"}, r, err);
    oc_manifest_free(m);
    return st;
}

Test(recipe, everything_that_was_recognised_can_be_overridden)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err = {0};
    hand_input(&h, -1, -1);
    hand_output(&h, "output", 3, 1, -1, 7, 0);
    cr_assert_eq(make(&h,
                      "{\"format\":1,\"task\":\"detect\",\"family\":\"yolox\",\"licence\":\"MIT\",\"source\":\"s\",\"description\":\"d\","
                      "\"starter\":true,\"quality\":41.5,"
                      "\"input\":{\"width\":320,\"height\":192,\"fit\":\"stretch\",\"resample\":\"antialias\",\"pad\":7,\"channels\":"
                      "\"rgb\",\"layout\":\"nhwc\","
                      "\"mean\":5,\"scale\":[1,2,3]},"
                      "\"decode\":{\"strides\":[4,8,16],\"boxes_decoded\":true,\"cell_offset\":0.25,\"anchors\":3},"
                      "\"thresholds\":{\"score\":0.125,\"iou\":0.5,\"max_detections\":9},\"labels\":[\"x\",\"y\"]}",
                      &r, &err),
                 OC_OK, "%s", err.msg);
    cr_assert_eq(r.task, OC_TASK_DETECT);
    cr_assert_str_eq(r.family->name, "yolox");
    cr_assert(r.input.width == 320 && r.input.height == 192 && r.input.fit == OC_FIT_STRETCH && r.input.resample == OC_RESAMPLE_ANTIALIAS &&
              r.input.pad == 7);
    cr_assert(!r.input.pixels.bgr && r.input.pixels.channels_last);
    cr_assert(r.input.pixels.mean[2] == 5 && r.input.pixels.scale[2] == 3);
    cr_assert(r.decode.strides[2] == 16 && r.decode.boxes_decoded && r.decode.cell_offset == 0.25f && r.decode.anchors == 3);
    cr_assert(r.thresholds.score == 0.125f && r.thresholds.iou == 0.5f && r.thresholds.max_detections == 9);
    cr_assert_str_eq(oc_labels_name(&r.labels, 1), "y");
    cr_assert_str_eq(r.licence, "MIT");
    cr_assert(r.starter);
    cr_assert_eq(r.quality, 41.5);
    cr_assert(strstr(r.because, "model.json says YOLOX"), "%s", r.because);
    oc_recipe_deinit(&r);
}

Test(recipe, what_does_not_fit_together_is_refused)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"{\"format\":1,\"task\":\"detect\",\"input\":{\"width\":32}}", "the model's input is 64x64 and cannot be 32x64"},
        {"{\"format\":1,\"task\":\"detect\",\"labels\":[\"x\"]}", "1 names, but the model has 2 classes"},
        {"{\"format\":1,\"task\":\"face_detect\"}", "face_detect, but the model was recognised as YOLOX"},
        {"{\"format\":1,\"task\":\"detect\",\"decode\":{\"strides\":[8]}}", "the model's head has 3 levels, the list has 1"},
        {"{\"format\":1,\"task\":\"detect\",\"labels\":\"missing.txt\"}", "labels file missing.txt"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct hand h;
        struct oc_recipe r;
        struct oc_err err = {0};
        hand_input(&h, 64, 64);
        hand_output(&h, "output", 3, 1, 84, 7, 0);
        cr_assert_eq(make(&h, wrong[i].text, &r, &err), OC_E_INVALID, "%s", wrong[i].text);
        cr_assert(strstr(err.msg, wrong[i].message), "%s", err.msg);
        oc_recipe_deinit(&r);
    }
}

Test(recipe, labels_without_a_manifest)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err = {0};
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 3, 1, 84, 8400, 0);
    cr_assert_eq(make(&h, NULL, &r, &err), OC_OK, "%s", err.msg);
    cr_assert_str_eq(r.labels_from, "coco");
    cr_assert_str_eq(oc_labels_name(&r.labels, 16), "dog");
    oc_recipe_deinit(&r);
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 3, 1, 6, 8400, 0);
    hand_meta(&h, "names", "{0: 'cat', 1: 'dog'}");
    hand_meta(&h, "license", "AGPL-3.0");
    cr_assert_eq(make(&h, NULL, &r, &err), OC_OK, "%s", err.msg);
    cr_assert_str_eq(r.labels_from, "metadata");
    cr_assert_str_eq(oc_labels_name(&r.labels, 1), "dog");
    cr_assert_str_eq(r.licence, "AGPL-3.0");
    oc_recipe_deinit(&r);
}

Test(recipe, raw_tensors_on_request)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err = {0};
    hand_input(&h, 64, 64);
    hand_output(&h, "output", 3, 1, 84, 7, 0);
    cr_assert_eq(make(&h, "{\"format\":1,\"task\":\"tensor\"}", &r, &err), OC_OK);
    cr_assert_eq(r.task, OC_TASK_TENSOR);
    cr_assert_null(r.family);
    oc_recipe_deinit(&r);
}

Test(recipe, a_head_is_read_as_model_json_says)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err = {0};
    hand_input(&h, 64, 64); /* pose without metadata */
    hand_output(&h, "output0", 3, 1, 4 + 1 + 6, 84, 0);
    cr_assert_eq(make(&h,
                      "{\"format\":1,\"task\":\"detect\",\"family\":\"yolov8\",\"labels\":[\"hand\"],\"decode\":{\"kind\":\"pose\","
                      "\"keypoints\":{\"count\":2,\"names\":[\"tip\",\"root\"],\"skeleton\":[[0,1]]}}}",
                      &r, &err),
                 OC_OK, "%s", err.msg);
    cr_assert_eq(r.decode.n_keypoints, 2);
    cr_assert_eq(r.decode.keypoint_numbers, 3);
    cr_assert_str_eq(r.decode.keypoint_names[1], "root");
    cr_assert_eq(r.decode.skeleton[0][1], 1);
    oc_recipe_deinit(&r);
    cr_assert_eq(make(&h,
                      "{\"format\":1,\"task\":\"detect\",\"family\":\"yolov8\",\"decode\":{\"kind\":\"pose\","
                      "\"keypoints\":{\"count\":2,\"names\":[\"tip\"]}}}",
                      &r, &err),
                 OC_E_INVALID);
    cr_assert(strstr(err.msg, "1 names, but the model has 2 key points"), "%s", err.msg);
    oc_recipe_deinit(&r);

    hand_input(&h, 64, 64); /* anchors of one's own */
    for (int n = 8; n >= 2; n /= 2)
        hand_output(&h, "x", 4, 1, 21, n, n);
    cr_assert_eq(make(&h,
                      "{\"format\":1,\"task\":\"detect\",\"family\":\"yolov7_heads\",\"decode\":{\"anchor_boxes\":[[[1,2],[3,4],[5,6]],"
                      "[[7,8],[9,10],[11,12]],[[13,14],[15,16],[17,18.5]]]}}",
                      &r, &err),
                 OC_OK, "%s", err.msg);
    cr_assert_float_eq(r.decode.anchor_sizes[2][2][1], 18.5f, 0);
    oc_recipe_deinit(&r);
    cr_assert_eq(
        make(&h, "{\"format\":1,\"task\":\"detect\",\"family\":\"yolov7_heads\",\"decode\":{\"anchor_boxes\":[[[1,2]]]}}", &r, &err),
        OC_E_INVALID);
    oc_recipe_deinit(&r);

    hand_input(&h, 64, 64); /* a DETR of two classes */
    hand_output(&h, "logits", 3, 1, 100, 3, 0);
    hand_output(&h, "pred_boxes", 3, 1, 100, 4, 0);
    cr_assert_eq(
        make(&h, "{\"format\":1,\"task\":\"detect\",\"labels\":[\"a\",\"b\"],\"decode\":{\"coordinates\":\"pixels\",\"boxes\":\"xyxy\"}}",
             &r, &err),
        OC_OK, "%s", err.msg);
    cr_assert_eq(r.decode.n_classes, 2);
    cr_assert(!r.decode.normalised && r.decode.boxes == OC_BOX_XYXY);
    oc_recipe_deinit(&r);
    cr_assert_eq(make(&h, "{\"format\":1,\"task\":\"detect\",\"labels\":[\"a\",\"b\"],\"decode\":{\"background\":\"first\"}}", &r, &err),
                 OC_OK);
    cr_assert_eq(r.decode.class_offset, 1);
    cr_assert_eq(r.decode.n_classes, 2);
    oc_recipe_deinit(&r);
}

Test(recipe, coco_numbers_only_for_coco_names)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err = {0};
    hand_input(&h, 64, 64);
    hand_output(&h, "boxes", 2, -1, 4, 0, 0);
    hand_output(&h, "labels", 1, -1, 0, 0, 0);
    hand_output(&h, "scores", 1, -1, 0, 0, 0);
    cr_assert_eq(make(&h, NULL, &r, &err), OC_OK, "%s", err.msg);
    cr_assert(r.decode.coco91);
    cr_assert_eq(r.decode.n_classes, 80);
    oc_recipe_deinit(&r);
    cr_assert_eq(make(&h, "{\"format\":1,\"task\":\"detect\",\"labels\":[\"a\",\"b\"]}", &r, &err), OC_OK, "%s", err.msg);
    cr_assert(!r.decode.coco91);
    cr_assert_eq(r.decode.n_classes, 2);
    cr_assert_eq(r.decode.class_offset, 1, "0 is the background");
    oc_recipe_deinit(&r);
}

#include "hand.h"

static void expect(struct hand *h, const char *family)
{
    struct oc_recipe r;
    cr_assert_str_eq(hand_family(h, &r), family, "%s", r.because);
    cr_assert(r.because[0]);
    oc_recipe_deinit(&r);
}

Test(recognise, real_files_shapes)
{
    struct hand h;
    hand_input(&h, 416, 416);
    hand_output(&h, "output", 3, 1, 3549, 85, 0);
    expect(&h, "yolox");
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 3, 1, 84, 8400, 0);
    expect(&h, "yolov8");
    hand_input(&h, 640, 640);
    hand_output(&h, "output", 3, 1, 25200, 85, 0);
    expect(&h, "yolov5");
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 3, 1, 300, 6, 0);
    expect(&h, "yolov10");
    hand_input(&h, 416, 416);
    hand_output(&h, "output", 3, 1, 3598, 112, 0);
    expect(&h, "nanodet_plus");
}

Test(recognise, what_is_not_a_detector)
{
    struct hand h;
    hand_input(&h, 112, 112);
    hand_output(&h, "embedding", 2, 1, 512, 0, 0);
    expect(&h, "arcface");
    hand_input(&h, 640, 640); /* pose without the number of its points */
    hand_output(&h, "output0", 3, 1, 56, 8400, 0);
    hand_meta(&h, "task", "pose");
    expect(&h, "");
    hand_input(&h, 640, 640); /* one channel more than names, and no word of an angle */
    hand_output(&h, "output0", 3, 1, 20, 8400, 0);
    hand_meta(&h, "names", "{0: 'plane'}");
    expect(&h, "");
}

static void expect_map(struct hand *h, enum oc_map_kind kind, bool last, int classes, int labels)
{
    struct oc_recipe r;
    cr_assert_str_eq(hand_family(h, &r), "semantic", "%s", r.because);
    cr_assert_eq(r.map.kind, kind, "%s", r.because);
    cr_assert_eq(r.map.channels_last, last);
    cr_assert_eq(oc_recipe_map_classes(&r), classes);
    cr_assert_eq(r.decode.n_classes, labels);
    oc_recipe_deinit(&r);
}

Test(recognise, segmenters)
{
    struct hand h;
    const char *const sigmoid[] = {"Sigmoid"};
    hand_input(&h, 256, 256);
    hand_output(&h, "mask", 4, 1, 1, 256, 256);
    expect_map(&h, OC_MAP_LOGIT, false, 2, 1);
    h.facts.made_by = sigmoid;
    expect_map(&h, OC_MAP_PROBABILITY, false, 2, 1);
    hand_input(&h, 257, 257); /* DeepLab by TensorFlow */
    h.in[0].shape = (struct eng_shape){4, {1, 257, 257, 3}};
    hand_output(&h, "logits", 4, 1, 257, 257, 21);
    expect_map(&h, OC_MAP_SCORES, true, 21, 21);
    hand_input(&h, 512, 512); /* SegFormer: stride 4 */
    hand_output(&h, "logits", 4, 1, 150, 128, 128);
    expect_map(&h, OC_MAP_SCORES, false, 150, 150);
    hand_input(&h, -1, -1);
    hand_output(&h, "out", 4, -1, 21, -1, -1);
    hand_output(&h, "aux", 4, -1, 21, -1, -1);
    expect_map(&h, OC_MAP_SCORES, false, 21, 21);
    hand_input(&h, 512, 1024);
    hand_output(&h, "classes", 3, 1, 512, 1024, 0);
    h.out[0].dtype = ENG_DT_I64;
    expect_map(&h, OC_MAP_IDS, false, 0, 0);
    hand_input(&h, 512, 1024);
    hand_output(&h, "classes", 4, 1, 1, 64, 128);
    h.out[0].dtype = ENG_DT_U8;
    expect_map(&h, OC_MAP_IDS, false, 0, 0);
}

Test(recognise, what_only_looks_like_a_map)
{
    struct hand h;
    hand_input(&h, 512, 512); /* another picture */
    hand_output(&h, "styled", 4, 1, 3, 512, 512);
    expect(&h, "");
    hand_input(&h, 224, 224); /* twice as large */
    hand_output(&h, "y", 4, 1, 1, 448, 448);
    expect(&h, "");
    hand_input(&h, 416, 416); /* YOLOv2's head: stride 32 */
    hand_output(&h, "grid", 4, 1, 125, 13, 13);
    expect(&h, "yolov2");
    hand_input(&h, 224, 224); /* features of patches */
    hand_output(&h, "features", 4, 1, 384, 14, 14);
    expect(&h, "");
    hand_input(&h, 320, 320); /* levels of a detector */
    hand_output(&h, "a", 4, 1, 8, 40, 40);
    hand_output(&h, "b", 4, 1, 8, 20, 20);
    expect(&h, "");
    hand_input(&h, 320, 320); /* not the input's proportions */
    hand_output(&h, "a", 4, 1, 8, 40, 80);
    expect(&h, "");
}

Test(recognise, odd_declarations_do_no_harm)
{
    struct hand h;
    static const int64_t sizes[] = {-1, 0, 1, 3, 4096, 1 << 20, INT64_MAX};
    for (size_t i = 0; i < OC_ARRAY_LEN(sizes); i++) {
        for (size_t k = 0; k < OC_ARRAY_LEN(sizes); k++) {
            struct oc_recipe r;
            hand_input(&h, sizes[i], sizes[k]);
            hand_output(&h, "o", 3, 1, sizes[k], sizes[i], 0);
            hand_family(&h, &r);
            oc_recipe_deinit(&r);
            hand_input(&h, 64, sizes[k]);
            for (int n = 0; n < 15; n++)
                hand_output(&h, "o", 3, 1, sizes[(i + (size_t)n) % 7], sizes[k], 0);
            hand_family(&h, &r);
            oc_recipe_deinit(&r);
        }
    }
    hand_input(&h, 64, 64);
    h.facts.n_inputs = 0;
    expect(&h, "");
    hand_input(&h, 64, 64);
    h.in[0].shape_known = false;
    hand_output(&h, "output", 3, 1, 84, 85, 0);
    expect(&h, "");
}

Test(recognise, a_forced_family_says_why_it_cannot_be)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err;
    size_t n;
    const struct oc_family *const *families = oc_families(&n);
    for (size_t i = 0; i < n; i++) {
        hand_input(&h, 64, 64);
        hand_output(&h, "x", 1, 3, 0, 0, 0);
        oc_recipe_init(&r);
        cr_assert_eq(oc_recognise(&h.facts, families[i], &r, &err), OC_E_MODEL, "%s", families[i]->name);
        cr_assert(strstr(err.msg, families[i]->name), "%s", err.msg);
        oc_recipe_deinit(&r);
        cr_assert_eq(oc_family_find(families[i]->name), families[i]);
    }
    cr_assert_null(oc_family_find("yolo"));
}

static void hand_detr(struct hand *h, int64_t queries, int64_t scores)
{
    hand_input(h, 800, 800);
    hand_output(h, "logits", 3, 1, queries, scores, 0);
    hand_output(h, "pred_boxes", 3, 1, queries, 4, 0);
}

static void expect_scores(struct hand *h, const char *family, enum oc_score_form form, int classes)
{
    struct oc_recipe r;
    cr_assert_str_eq(hand_family(h, &r), family, "%s", r.because);
    cr_assert_eq(r.decode.scores, form, "%s", r.because);
    cr_assert_eq(r.decode.n_classes, classes, "%s", r.because);
    oc_recipe_deinit(&r);
}

Test(recognise, no_object_is_told_by_classes_before_queries)
{
    struct hand h;
    hand_detr(&h, 100, 92);
    expect_scores(&h, "detr", OC_SCORE_SOFTMAX, 80);
    hand_detr(&h, 100, 91); /* Deformable DETR of 100 queries */
    expect_scores(&h, "rtdetr_logits", OC_SCORE_LOGIT, 80);
    hand_detr(&h, 15, 3); /* Table Transformer: two kinds of tables */
    expect_scores(&h, "detr", OC_SCORE_SOFTMAX, 2);
    hand_detr(&h, 125, 7); /* and its parts of tables */
    expect_scores(&h, "detr", OC_SCORE_SOFTMAX, 6);
    hand_detr(&h, 100, 2);
    hand_meta(&h, "names", "{0: 'a', 1: 'b'}");
    expect_scores(&h, "rtdetr_logits", OC_SCORE_LOGIT, 2);
    hand_detr(&h, 300, 80);
    expect_scores(&h, "rtdetr_logits", OC_SCORE_LOGIT, 80);
}

Test(recognise, ultralytics_rtdetr_with_chosen_classes_is_no_yolov10)
{
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 3, 1, 300, 6, 0);
    hand_meta(&h, "head", "RTDETRDecoder");
    cr_assert_str_eq(hand_family(&h, &r), "rtdetr_chosen", "%s", r.because);
    cr_assert(r.decode.normalised);
    cr_assert_eq(r.decode.boxes, OC_BOX_CXCYWH);
    oc_recipe_deinit(&r);
    hand_input(&h, 640, 640); /* two classes: 4 + 2 numbers */
    hand_output(&h, "output0", 3, 1, 300, 6, 0);
    hand_meta(&h, "head", "RTDETRDecoder");
    hand_meta(&h, "names", "{0: 'a', 1: 'b'}");
    expect(&h, "rtdetr_rows");
}

Test(recognise, maps_that_are_no_classes_stay_tensors)
{
    struct hand h;
    hand_input(&h, 518, 518);
    hand_output(&h, "predicted_depth", 4, 1, 1, 518, 518);
    expect(&h, "");
    struct oc_recipe r;
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 4, 1, 1, 640, 640);
    hand_meta(&h, "task", "depth");
    cr_assert_str_eq(hand_family(&h, &r), "");
    cr_assert(strstr(r.because, "task 'depth'"), "%s", r.because);
    oc_recipe_deinit(&r);
    hand_input(&h, 1024, 1024); /* SAM's encoder of pictures, under two names */
    hand_output(&h, "image_embeddings", 4, 1, 256, 64, 64);
    expect(&h, "");
    hand_input(&h, 1024, 1024);
    hand_output(&h, "output", 4, 1, 256, 64, 64);
    expect(&h, "");
}

Test(recognise, a_segmenter_at_stride_32)
{
    struct hand h;
    hand_input(&h, 512, 512); /* MobileViT with DeepLab */
    hand_output(&h, "logits", 4, 1, 21, 16, 16);
    expect(&h, "semantic");
}

Test(recognise, the_runner_up_is_the_next_that_would_have_it)
{
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 640, 640);
    hand_output(&h, "output0", 3, 1, 300, 84, 0);
    hand_meta(&h, "description", "RT-DETR");
    cr_assert_str_eq(hand_family(&h, &r), "rtdetr_rows");
    oc_recipe_deinit(&r);
    hand_input(&h, 640, 640); /* scores or features: a map, and nothing else would have it */
    hand_output(&h, "out", 4, 1, 21, 640, 640);
    cr_assert_str_eq(hand_family(&h, &r), "semantic");
    cr_assert_eq(oc_recognise_after(&h.facts, r.family, &r, NULL), OC_DECLINED);
    oc_recipe_deinit(&r);
    hand_input(&h, 224, 224);
    h.in[0].name = "pixel_values";
    hand_output(&h, "image_embeds", 2, 1, 512, 0, 0);
    cr_assert_str_eq(hand_family(&h, &r), "clip");
    cr_assert_eq(oc_recognise_after(&h.facts, r.family, &r, NULL), OC_OK);
    cr_assert_str_eq(r.family->name, "embedder");
    oc_recipe_deinit(&r);
}

static void hand_texts(struct hand *h, int64_t length)
{
    hand_input(h, 1, 1);
    h->in[0] = hand_io("input_ids", 2, 1, length, 0, 0);
    h->in[0].dtype = ENG_DT_I64;
}

Test(recognise, a_row_of_vectors_is_no_clip_unless_it_has_its_length)
{
    struct hand h;
    struct oc_recipe r;
    hand_texts(&h, -1); /* a block of Mamba, any encoder */
    hand_output(&h, "hidden_states", 3, 1, -1, 768, 0);
    expect(&h, "");
    hand_texts(&h, 77);
    hand_output(&h, "last_hidden_state", 3, 1, 77, 512, 0);
    cr_assert_str_eq(hand_family(&h, &r), "clip");
    cr_assert(strstr(r.because, "a row of vectors"), "%s", r.because);
    oc_recipe_deinit(&r);
    hand_texts(&h, -1);
    hand_output(&h, "text_embeds", 2, 1, 512, 0, 0);
    cr_assert_str_eq(hand_family(&h, &r), "clip");
    cr_assert(strstr(r.because, "one vector"), "%s", r.because);
    oc_recipe_deinit(&r);
}

/* Rows that are boxes already, queries of transformers, and boxes chosen in the graph; by hand. */
#include "hand.h"

static void put(struct hand_head *t, int output, int64_t at, const float *v, int n)
{
    memcpy(hand_data(t, output) + at, v, (size_t)n * sizeof *v);
}

static void extra(struct hand *h, const char *name, int rank, enum eng_dtype type)
{
    h->in[1] = hand_io(name, rank, 1, rank == 2 ? 2 : 64, 64, 0);
    h->in[1].dtype = type;
    h->facts.n_inputs = 2;
}

#ifdef OC_SANITIZED
#define OC_SLOW true
#else
#define OC_SLOW false
#endif

/* Output i holds whole numbers. */
static void whole(struct hand_head *t, struct hand *h, int i, int64_t row, int64_t v)
{
    h->out[i].dtype = t->tensors[i].dtype = ENG_DT_I64;
    ((int64_t *)t->tensors[i].data)[row] = v;
}

Test(chosen, detr_softmax_and_coco_numbers)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    extra(&h, "pixel_mask", 3, ENG_DT_I64);
    hand_output(&h, "logits", 3, 1, 100, 92, 0);
    hand_output(&h, "pred_boxes", 3, 1, 100, 4, 0);
    hand_output(&h, "last_hidden_state", 3, 1, 100, 256, 0);
    hand_recognise(&t, &h, "detr");
    cr_assert_eq(t.recipe.input.fit, OC_FIT_TOP_LEFT);
    cr_assert_eq(t.recipe.input.n_extras, 1);
    cr_assert(t.recipe.decode.only_these, "the hidden state is not computed");
    for (int64_t i = 0; i < 100; i++)
        hand_data(&t, 0)[i * 92 + 91] = 30; /* no object */
    hand_data(&t, 0)[7 * 92 + 91] = 0;
    hand_data(&t, 0)[7 * 92 + 18] = logf(91 * 9); /* dog; the other 91 are 0 */
    put(&t, 1, 7 * 4, (float[]){0.5f, 0.25f, 0.5f, 0.125f}, 4);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 16, "COCO's 18 is the 17th name");
    cr_assert_float_eq(t.found.items[0].score, 0.9f, 1e-5);
    HAND_BOX(t.found.items[0], 16, 12, 48, 20);
    hand_free(&t);
}

Test(chosen, rtdetr_logits_find_a_query_twice)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "logits", 3, 1, 300, 3, 0);
    hand_output(&h, "pred_boxes", 3, 1, 300, 4, 0);
    hand_recognise(&t, &h, "rtdetr_logits");
    for (int64_t i = 0; i < 900; i++)
        hand_data(&t, 0)[i] = -20;
    put(&t, 0, 9 * 3, (float[]){logf(3), -9, 0}, 3);
    put(&t, 1, 9 * 4, (float[]){0.5f, 0.5f, 1, 0.5f}, 4);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 2);
    cr_assert_float_eq(t.found.items[0].score, 0.75f, 1e-6);
    cr_assert_eq(t.found.items[1].class_id, 2);
    HAND_BOX(t.found.items[1], 0, 16, 64, 48);
    hand_free(&t);
}

Test(chosen, rtdetr_of_ultralytics)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 300, 7, 0);
    hand_meta(&h, "names", "{0: 'a', 1: 'b', 2: 'c'}");
    hand_recognise(&t, &h, "rtdetr_rows");
    put(&t, 0, 299 * 7, (float[]){0.25f, 0.5f, 0.5f, 0.25f, 0.1f, 0.2f, 0.3f}, 7);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 2);
    HAND_BOX(t.found.items[0], 0, 24, 32, 40);
    hand_free(&t);
}

Test(chosen, rtdetr_of_ultralytics_with_chosen_classes)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 128);
    hand_output(&h, "output0", 3, 1, 300, 6, 0);
    hand_meta(&h, "head", "RTDETRDecoder");
    hand_recognise(&t, &h, "rtdetr_chosen");
    put(&t, 0, 6, (const float[]){.5f, .5f, .25f, .5f, .875f, 3}, 6);
    put(&t, 0, 12, (const float[]){.5f, .5f, .25f, .5f, .125f, 1}, 6); /* below the threshold */
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    const struct oc_candidate *c = &t.found.items[0];
    cr_assert_eq(c->class_id, 3);
    cr_assert_eq(c->score, .875f);
    cr_assert(c->box.x1 == 48 && c->box.x2 == 80 && c->box.y1 == 16 && c->box.y2 == 48, "%g %g %g %g", (double)c->box.x1, (double)c->box.y1,
              (double)c->box.x2, (double)c->box.y2);
    hand_free(&t);
}

Test(chosen, rfdetr_with_masks)
{
    struct hand h;
    struct hand_head t;
    struct oc_mask_grid grid = {0};
    hand_input(&h, 560, 560);
    hand_output(&h, "dets", 3, 1, 300, 4, 0);
    hand_output(&h, "labels", 3, 1, 300, 91, 0);
    hand_output(&h, "masks", 4, 1, 300, 70, 70);
    hand_recognise(&t, &h, "rfdetr");
    for (int64_t i = 0; i < 300 * 91; i++)
        hand_data(&t, 1)[i] = -20;
    hand_data(&t, 1)[4 * 91 + 90] = 0;
    hand_data(&t, 1)[4 * 91] = 5; /* COCO has no 0 */
    put(&t, 0, 4 * 4, (float[]){0.5f, 0.5f, 0.5f, 0.5f}, 4);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 79);
    HAND_BOX(t.found.items[0], 140, 140, 420, 420);
    cr_assert_eq(t.recipe.family->mask(&t.head, &t.found.items[0], &grid, NULL), OC_OK);
    cr_assert_eq(grid.values, hand_data(&t, 2) + 4 * 4900);
    cr_assert_float_eq(grid.place.x2, 560, 0);
    cr_assert_float_eq(grid.threshold, 0, 0, "logits");
    hand_free(&t);
}

Test(chosen, rtdetr_with_its_size)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    extra(&h, "orig_target_sizes", 2, ENG_DT_I64);
    hand_output(&h, "labels", 2, 1, 300, 0, 0);
    hand_output(&h, "boxes", 3, 1, 300, 4, 0);
    hand_output(&h, "scores", 2, 1, 300, 0, 0);
    hand_recognise(&t, &h, "rtdetr");
    cr_assert_eq(t.recipe.input.extras[0].kind, OC_EXTRA_WIDTH_HEIGHT);
    whole(&t, &h, 0, 5, 17);
    put(&t, 1, 5 * 4, (float[]){1, 2, 3, 4}, 4);
    hand_data(&t, 2)[5] = 0.8f;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 17);
    HAND_BOX(t.found.items[0], 1, 2, 3, 4);
    hand_free(&t);
}

Test(chosen, torchvision_with_small_masks)
{
    struct hand h;
    struct hand_head t;
    struct oc_mask_grid grid = {0};
    hand_input(&h, 64, 64);
    h.in[0] = hand_io("input", 3, 3, 64, 64, 0);
    hand_output(&h, "boxes", 2, 5, 4, 0, 0);
    hand_output(&h, "labels", 1, 5, 0, 0, 0);
    hand_output(&h, "scores", 1, 5, 0, 0, 0);
    hand_output(&h, "masks", 4, 5, 1, 28, 28);
    hand_recognise(&t, &h, "torchvision");
    cr_assert(t.recipe.input.no_batch);
    whole(&t, &h, 1, 3, 90);
    put(&t, 0, 12, (float[]){1, 2, 30, 40}, 4);
    hand_data(&t, 2)[3] = 0.8f;
    hand_data(&t, 2)[2] = 0.9f; /* label 0: the background */
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 79);
    cr_assert_eq(t.recipe.family->mask(&t.head, &t.found.items[0], &grid, NULL), OC_OK);
    cr_assert_float_eq(grid.place.x1, 1, 0, "over the box");
    cr_assert_float_eq(grid.threshold, 0.5f, 0);
    hand_free(&t);
}

Test(chosen, faster_rcnn_without_names)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    h.in[0] = hand_io("image", 3, 3, -1, -1, 0);
    hand_output(&h, "6379", 2, 5, 4, 0, 0);
    hand_output(&h, "6381", 1, 5, 0, 0, 0);
    hand_output(&h, "6383", 1, 5, 0, 0, 0);
    h.out[1].dtype = ENG_DT_I64;
    hand_recognise(&t, &h, "torchvision");
    cr_assert(t.recipe.input.pixels.bgr);
    cr_assert_eq(t.recipe.decode.class_offset, 1);
    cr_assert(!t.recipe.decode.coco91);
    hand_free(&t);
}

Test(chosen, tensorflow_counts_its_detections)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    h.in[0] = hand_io("image_tensor:0", 4, 1, -1, -1, 3);
    h.in[0].dtype = ENG_DT_U8;
    hand_output(&h, "num_detections:0", 1, 1, 0, 0, 0);
    hand_output(&h, "detection_boxes:0", 3, 1, 10, 4, 0);
    hand_output(&h, "detection_scores:0", 2, 1, 10, 0, 0);
    hand_output(&h, "detection_classes:0", 2, 1, 10, 0, 0);
    hand_recognise(&t, &h, "tf_detection");
    cr_assert_eq(t.recipe.input.number, OC_NUMBER_U8);
    cr_assert_eq(t.recipe.input.width, 300);
    cr_assert_float_eq(t.recipe.input.pixels.scale[0], 1, 0);
    hand_data(&t, 0)[0] = 1;
    put(&t, 1, 0, (float[]){0.25f, 0.5f, 0.5f, 1, 0, 0, 1, 1}, 8);
    put(&t, 2, 0, (float[]){0.9f, 0.8f}, 2);
    put(&t, 3, 0, (float[]){1, 2}, 2);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1, "the second is past the count");
    cr_assert_eq(t.found.items[0].class_id, 0);
    HAND_BOX(t.found.items[0], 150, 75, 300, 150);
    hand_data(&t, 0)[0] = NAN;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 2, "a count that is no number does not count");
    hand_free(&t);
}

Test(chosen, four_tensors_and_rows_of_seven)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "num_dets", 2, 1, 1, 0, 0);
    hand_output(&h, "det_boxes", 3, 1, 100, 4, 0);
    hand_output(&h, "det_scores", 2, 1, 100, 0, 0);
    hand_output(&h, "det_classes", 2, 1, 100, 0, 0);
    hand_recognise(&t, &h, "nms_boxes");
    whole(&t, &h, 0, 0, 2);
    whole(&t, &h, 3, 1, 5);
    put(&t, 1, 4, (float[]){1, 2, 30, 40}, 4);
    hand_data(&t, 2)[1] = hand_data(&t, 2)[2] = 0.6f;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 5);
    hand_free(&t);
    hand_input(&h, 64, 64);
    hand_output(&h, "output", 2, -1, 7, 0, 0);
    h.out[0].shape.dim[0] = 3;
    hand_recognise(&t, &h, "nms_boxes");
    put(&t, 0, 7, (float[]){0, 1, 2, 30, 40, 4, 0.7f}, 7);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 4);
    HAND_BOX(t.found.items[0], 1, 2, 30, 40);
    hand_free(&t);
}

Test(chosen, mmdeploy_and_paddle_and_the_zoos_ssd)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    hand_output(&h, "dets", 3, 1, 100, 5, 0);
    hand_output(&h, "labels", 2, 1, 100, 0, 0);
    hand_recognise(&t, &h, "mmdeploy");
    whole(&t, &h, 1, 2, 7);
    put(&t, 0, 10, (float[]){1, 2, 30, 40, 0.6f}, 5);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 7);
    HAND_BOX(t.found.items[0], 1, 2, 30, 40);
    hand_free(&t);

    hand_input(&h, 64, 64);
    extra(&h, "scale_factor", 2, ENG_DT_F32);
    hand_output(&h, "multiclass_nms3_0.tmp_0", 2, 4, 6, 0, 0);
    hand_output(&h, "multiclass_nms3_0.tmp_2", 1, 1, 0, 0, 0);
    hand_recognise(&t, &h, "paddle");
    put(&t, 0, 18, (float[]){3, 0.6f, 1, 2, 30, 40}, 6);
    hand_data(&t, 0)[0] = -1; /* nothing found: class -1 */
    hand_data(&t, 0)[1] = 0.9f;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 3);
    HAND_BOX(t.found.items[0], 1, 2, 30, 40);
    hand_free(&t);

    hand_input(&h, 64, 64);
    hand_output(&h, "bboxes", 3, 1, 9, 4, 0);
    hand_output(&h, "labels", 2, 1, 9, 0, 0);
    hand_output(&h, "scores", 2, 1, 9, 0, 0);
    hand_recognise(&t, &h, "ssd_labels");
    whole(&t, &h, 1, 8, 80);
    put(&t, 0, 32, (float[]){0, 0.25f, 0.5f, 1}, 4);
    hand_data(&t, 2)[8] = 0.6f;
    hand_decode(&t);
    cr_assert_eq(t.found.items[0].class_id, 79);
    HAND_BOX(t.found.items[0], 0, 16, 32, 64);
    hand_free(&t);
}

Test(chosen, yolov3_of_the_zoo)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 64, 64);
    extra(&h, "image_shape", 2, ENG_DT_F32);
    hand_output(&h, "yolonms_layer_1/ExpandDims_1:0", 3, 1, 9, 4, 0);
    hand_output(&h, "yolonms_layer_1/ExpandDims_3:0", 3, 1, 3, 9, 0);
    hand_output(&h, "yolonms_layer_1/concat_2:0", 2, 2, 3, 0, 0);
    h.out[2].dtype = ENG_DT_I32;
    hand_recognise(&t, &h, "yolov3_boxes");
    cr_assert(t.recipe.decode.only_these);
    cr_assert_str_eq(t.recipe.decode.output_names[1], "yolonms_layer_1/ExpandDims_3:0");
    put(&t, 0, 4 * 4, (float[]){10, 20, 30, 50}, 4);
    hand_data(&t, 1)[2 * 9 + 4] = 0.7f;
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 2);
    HAND_BOX(t.found.items[0], 20, 10, 50, 30);
    hand_free(&t);
}

Test(chosen, ssd_boxes)
{
    struct hand h;
    struct hand_head t;
    hand_input(&h, 300, 300);
    hand_output(&h, "scores", 3, 1, 3000, 21, 0);
    hand_output(&h, "boxes", 3, 1, 3000, 4, 0);
    hand_recognise(&t, &h, "ssd_boxes");
    hand_data(&t, 0)[10 * 21] = 0.55f; /* background */
    hand_data(&t, 0)[10 * 21 + 20] = 0.45f;
    put(&t, 1, 40, (float[]){0, 0.5f, 0.25f, 1}, 4);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    cr_assert_eq(t.found.items[0].class_id, 19);
    HAND_BOX(t.found.items[0], 0, 150, 75, 300);
    hand_free(&t);
}

Test(chosen, end_to_end_with_more)
{
    struct hand h;
    struct hand_head t;
    struct oc_keypoint points[2];
    struct oc_rotated r;
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 300, 12, 0);
    hand_meta(&h, "task", "pose");
    hand_meta(&h, "kpt_shape", "[2, 3]");
    hand_meta(&h, "end2end", "True");
    hand_recognise(&t, &h, "yolov10");
    put(&t, 0, 12, (float[]){1, 2, 30, 40, 0.9f, 0, 5, 6, 0.7f, 8, 9, 0.2f}, 12);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    t.recipe.family->keypoints(&t.head, t.found.items[0].index, points);
    cr_assert_float_eq(points[1].y, 9, 0);
    cr_assert_float_eq(points[1].score, 0.2f, 0);
    hand_free(&t);
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 300, 7, 0);
    hand_meta(&h, "task", "obb");
    hand_meta(&h, "end2end", "True");
    hand_recognise(&t, &h, "yolov10");
    put(&t, 0, 0, (float[]){30, 30, 20, 10, 0.9f, 1, 3.14159265f / 2}, 7);
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 25, 20, 35, 40);
    t.recipe.family->turned(&t.head, 0, &r);
    cr_assert_float_eq(r.width, 10, 1e-5, "a quarter turn: sides exchanged");
    cr_assert_float_eq(r.angle, 0, 1e-5);
    hand_free(&t);
}

Test(chosen, yolov8_by_task)
{
    struct hand h;
    struct hand_head t;
    struct oc_keypoint points[3];
    struct oc_rotated r;
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 4 + 1 + 6, 84, 0);
    hand_meta(&h, "task", "pose");
    hand_meta(&h, "kpt_shape", "(3, 2)");
    hand_meta(&h, "names", "{0: 'hand'}");
    hand_recognise(&t, &h, "yolov8");
    cr_assert_eq(t.recipe.decode.n_keypoints, 3);
    const float row[] = {32, 16, 10, 20, 0.5f, 1, 2, 3, 4, 5, 6};
    for (int c = 0; c < 11; c++)
        hand_data(&t, 0)[c * 84 + 7] = row[c];
    hand_decode(&t);
    cr_assert_eq(t.found.n, 1);
    t.recipe.family->keypoints(&t.head, 7, points);
    cr_assert_float_eq(points[2].x, 5, 0);
    cr_assert_float_eq(points[2].score, 1, 0, "no third number: seen");
    hand_free(&t);
    hand_input(&h, 64, 64);
    hand_output(&h, "output0", 3, 1, 4 + 2 + 1, 84, 0);
    hand_meta(&h, "task", "obb");
    hand_meta(&h, "names", "{0: 'plane', 1: 'ship'}");
    hand_recognise(&t, &h, "yolov8");
    const float turned[] = {32, 16, 10, 20, 0.1f, 0.5f, 3.14159265f / 4};
    for (int c = 0; c < 7; c++)
        hand_data(&t, 0)[c * 84 + 7] = turned[c];
    hand_decode(&t);
    float half = 15 / sqrtf(2);
    cr_assert_eq(t.found.n, 1);
    HAND_BOX(t.found.items[0], 32 - half, 16 - half, 32 + half, 16 + half);
    t.recipe.family->turned(&t.head, 7, &r);
    cr_assert_float_eq(r.height, 20, 1e-5);
    hand_free(&t);
}

Test(chosen, prototypes)
{
    for (int v5 = 0; v5 < 2; v5++) {
        struct hand h;
        struct hand_head t;
        struct oc_mask_grid grid = {0};
        hand_input(&h, 64, 64);
        hand_output(&h, "output0", 3, 1, v5 ? 252 : 8, v5 ? 9 : 84, 0); /* v8: 4 + 2 + 2; v5: 5 + 2 + 2 */
        hand_output(&h, "output1", 4, 1, 2, 16, 16);
        hand_recognise(&t, &h, v5 ? "yolov5" : "yolov8");
        cr_assert_eq(t.recipe.decode.mask_numbers, 2);
        const float v8_row[] = {32, 16, 32, 16, 0.9f, 0.1f, 2, -1}, v5_row[] = {32, 16, 32, 16, 1, 0.9f, 0.1f, 2, -1};
        for (int c = 0; c < 8 + v5; c++)
            hand_data(&t, 0)[v5 ? 3 * 9 + c : c * 84 + 3] = v5 ? v5_row[c] : v8_row[c];
        hand_data(&t, 1)[2 * 16 + 5] = 3;       /* row 2, column 5 */
        hand_data(&t, 1)[256 + 2 * 16 + 5] = 4; /* so, second prototype */
        hand_decode(&t);
        cr_assert_eq(t.found.n, 1);
        cr_assert_eq(t.recipe.family->mask(&t.head, &t.found.items[0], &grid, NULL), OC_OK);
        /* The box covers columns 4..12, rows 2..6 of the grid; with neighbours 3..12, 1..6. */
        cr_assert_float_eq(grid.place.x1, 12, 0);
        cr_assert_float_eq(grid.place.y1, 4, 0);
        cr_assert_float_eq(grid.values[(2 - 1) * grid.width + (5 - 3)], 2 * 3 - 4, 0);
        cr_assert_float_eq(grid.values[0], 0, 0);
        oc_mem_free(grid.own);
        hand_free(&t);
    }
}

Test(chosen, only_so_many_candidates_are_kept)
{
    struct oc_candidates c = {0};
    for (int i = 0; i < 3 * LIM_CANDIDATES; i++) /* scores rise and fall; 0, 1, 2 of each */
        cr_assert_eq(oc_candidates_add(&c, &(struct oc_candidate){{0, 0, 1, 1}, (float)((i * 7919) % 30011), 0, i}, NULL), OC_OK);
    cr_assert_leq(c.cap, 131072);
    size_t n = c.n;
    cr_assert_leq(n, 2 * LIM_CANDIDATES);
    if (OC_SLOW) { /* every pair is looked at: a minute under sanitizers */
        oc_candidates_deinit(&c);
        return;
    }
    cr_assert_eq(oc_nms(c.items, &n, &(struct oc_nms_options){.iou_threshold = 1}, NULL), OC_OK);
    cr_assert_eq(n, LIM_CANDIDATES);
    /* The same by looking at all: the best LIM_CANDIDATES of all scores, of equal ones the earlier. */
    static int seen[30011];
    for (int i = 0; i < 3 * LIM_CANDIDATES; i++)
        seen[(i * 7919) % 30011]++;
    size_t at = 0;
    for (int s = 30010; at < n; s--)
        for (int k = 0; k < seen[s] && at < n; k++, at++)
            cr_assert_float_eq(c.items[at].score, (float)s, 0);
    for (size_t i = 1; i < n; i++)
        cr_assert(c.items[i - 1].score > c.items[i].score || c.items[i - 1].index < c.items[i].index);
    oc_candidates_deinit(&c);
}

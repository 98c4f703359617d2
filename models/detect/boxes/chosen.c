/*
 * Graphs that have chosen their boxes: a box, a score and a class each, and nothing is suppressed here. They differ in where these are
 * and what is beside them:
 *   rtdetr       labels, boxes, scores; input orig_target_sizes (RT-DETR, D-FINE, DEIM). Corners in the pixels of that size, which is
 *                given as the network's. RGB / 255, stretched
 *   torchvision  boxes, labels, scores (and masks): torchvision's detectors, corners in pixels, COCO's numbers. RGB / 255, top-left on 0
 *   tf_detection detection_boxes (top, left, bottom, right in shares), detection_scores, detection_classes (COCO's numbers),
 *                num_detections: TensorFlow's object detection. RGB 0..255, stretched
 *   nms_boxes    how many, boxes, scores, classes (TensorRT's EfficientNMS and what follows it: num_dets, det_boxes, ...), or one output
 *                [rows, 7] of batch, corners, class, score (YOLOv7). RGB / 255, centred letterbox with 114
 *   ssd_labels   bboxes (corners in shares), labels from 1 on, scores: SSD of the ONNX zoo. RGB, ImageNet's values, stretched
 *   mmdeploy     dets [1, rows, 5] of corners and score, labels [1, rows] (and masks). RGB, ImageNet's values, top-left on 0
 *   paddle       one output [rows, 6] of class, score, corners; input scale_factor (PicoDet, PP-YOLOE with their postprocessing). RGB,
 *                ImageNet's values, stretched
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/labelled.h"
#include "models/detect/families.h"

enum { BOXES, SCORES, LABELS, COUNT, MASKS, ROLES }; /* roles of the outputs */

/* The output that has the first of these names to be found; -1. */
static int find_any(const struct eng_facts *f, const char *const *names)
{
    int found = -1;
    for (; *names && found < 0; names++)
        found = oc_facts_output(f, *names);
    return found;
}

static void set_roles(struct oc_recipe *r, int boxes, int scores, int labels, int count, int masks)
{
    const int roles[ROLES] = {boxes, scores, labels, count, masks};
    memcpy(r->decode.outputs, roles, sizeof roles);
    r->decode.n_outputs = ROLES;
    r->decode.boxes = OC_BOX_XYXY;
    r->decode.boxes_decoded = r->decode.channels_last = true;
    r->decode.masks = masks >= 0;
    r->thresholds = (struct oc_thresholds){.score = 0.5f, .iou = 1, .max_detections = 300};
}

/* COCO's numbers as long as no other names are given for the classes: models/package/recipe_make.c. */
static void count_as_coco91(struct oc_recipe *r)
{
    r->decode.coco91 = true;
    r->decode.class_offset = 1;
}

static bool has_extra(const struct oc_recipe *r, enum oc_extra_kind kind)
{
    for (int i = 0; i < r->input.n_extras; i++)
        if (r->input.extras[i].kind == kind)
            return true;
    return false;
}

static enum oc_status recognise_rtdetr(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int boxes = oc_facts_output(f, "boxes"), scores = oc_facts_output(f, "scores"), labels = oc_facts_output(f, "labels");
    if (oc_facts_picture(f, 640, 640, r) || !has_extra(r, OC_EXTRA_WIDTH_HEIGHT) || boxes < 0 || scores < 0 || labels < 0)
        return oc_family_decline(forced, &oc_family_rtdetr, err, "input 'orig_target_sizes', outputs 'labels', 'boxes' and 'scores'");
    oc_input_unit(r, OC_FIT_STRETCH, 0);
    set_roles(r, boxes, scores, labels, -1, -1);
    snprintf(r->because, sizeof r->because, "input 'orig_target_sizes', outputs 'labels', 'boxes' and 'scores'");
    return OC_OK;
}

/* Boxes of rank 2, labels and scores of rank 1, told by what they hold: detectors exported without names. */
static bool by_form(const struct eng_facts *f, int *boxes, int *labels, int *scores)
{
    *boxes = *labels = *scores = -1;
    for (int i = 0; i < f->n_outputs; i++) {
        const struct eng_io *o = &f->outputs[i];
        if (!o->shape_known)
            continue;
        if (o->shape.rank == 2 && o->shape.dim[1] == 4 && o->dtype == ENG_DT_F32)
            *boxes = i;
        else if (o->shape.rank == 1 && (o->dtype == ENG_DT_I64 || o->dtype == ENG_DT_I32))
            *labels = i;
        else if (o->shape.rank == 1 && o->dtype == ENG_DT_F32)
            *scores = i;
    }
    return *boxes >= 0 && *labels >= 0 && *scores >= 0;
}

static enum oc_status recognise_torchvision(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    static const float mean[3] = {102.9801f, 115.9465f, 122.7717f}, deviation[3] = {1, 1, 1};
    int boxes = oc_facts_output(f, "boxes"), scores = oc_facts_output(f, "scores"), labels = oc_facts_output(f, "labels");
    int masks = oc_facts_output(f, "masks"), last = f->n_outputs == 4 ? 3 : -1;
    bool named = boxes >= 0 && scores >= 0 && labels >= 0 && f->outputs[scores].shape.rank == 1;
    if (oc_facts_picture(f, 800, 800, r) || f->n_outputs < 3 || (!named && !by_form(f, &boxes, &labels, &scores)))
        return oc_family_decline(forced, &oc_family_torchvision, err, "outputs 'boxes' [rows, 4], 'labels' [rows] and 'scores' [rows]");
    oc_input_unit(r, OC_FIT_TOP_LEFT, 0);
    if (!named)
        masks = last >= 0 && f->outputs[last].shape.rank == 4 ? last : -1;
    set_roles(r, boxes, scores, labels, -1, masks);
    if (named) {
        count_as_coco91(r);
    } else { /* maskrcnn-benchmark, as in the ONNX zoo: BGR less a mean, COCO's 80 classes from 1 on */
        oc_input_scaled(r, OC_FIT_TOP_LEFT, true, mean, deviation);
        r->decode.class_offset = 1;
    }
    snprintf(r->because, sizeof r->because, "%s%s", named ? "outputs 'boxes', 'labels' and 'scores'" : "unnamed boxes, labels and scores",
             masks >= 0 ? ", and masks" : "");
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status recognise_tf(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int boxes = oc_facts_output(f, "detection_boxes"), scores = oc_facts_output(f, "detection_scores");
    int labels = oc_facts_output(f, "detection_classes"), count = oc_facts_output(f, "num_detections");
    if (oc_facts_picture(f, 300, 300, r) || boxes < 0 || scores < 0 || labels < 0)
        return oc_family_decline(forced, &oc_family_tf_detection, err,
                                 "outputs 'detection_boxes', 'detection_scores' and 'detection_classes'");
    oc_input_unit(r, OC_FIT_STRETCH, 0);
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1;
    set_roles(r, boxes, scores, labels, count, -1);
    r->decode.boxes = OC_BOX_YXYX;
    r->decode.normalised = true;
    count_as_coco91(r);
    snprintf(r->because, sizeof r->because, "outputs 'detection_boxes', 'detection_scores' and 'detection_classes'");
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status recognise_nms(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    static const char *const counts[] = {"num_dets", "num_detections", "num", "nums", "nmsed_num", NULL},
                             *const boxes_names[] = {"det_boxes", "boxes", "nmsed_boxes", "bboxes", NULL},
                             *const score_names[] = {"det_scores", "scores", "nmsed_scores", NULL},
                             *const class_names[] = {"det_classes", "classes", "nmsed_classes", "labels", NULL};
    int count = find_any(f, counts), boxes = find_any(f, boxes_names), scores = find_any(f, score_names), labels = find_any(f, class_names);
    bool four = boxes >= 0 && scores >= 0 && labels >= 0 && (count >= 0 || forced);
    bool seven = f->n_outputs == 1 && f->outputs[0].shape.rank == 2 && oc_facts_dim(f, 0, 1) == 7;
    if (oc_facts_picture(f, 640, 640, r) || (!four && !seven))
        return oc_family_decline(forced, &oc_family_nms_boxes, err,
                                 "outputs of how many, boxes, scores and classes, or one of rows of 7: batch, corners, class, score");
    oc_input_unit(r, OC_FIT_CENTRE, 114);
    if (four)
        set_roles(r, boxes, scores, labels, count, -1);
    else
        set_roles(r, 0, -1, -1, -1, -1);
    r->thresholds.score = 0.25f;
    snprintf(r->because, sizeof r->because, "%s",
             four ? "outputs of how many, boxes, scores and classes" : "rows of 7 numbers: batch, corners, class, score");
    return OC_OK;
}

static enum oc_status recognise_ssd(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int boxes = oc_facts_output(f, "bboxes"), scores = oc_facts_output(f, "scores"), labels = oc_facts_output(f, "labels");
    if (oc_facts_picture(f, 1200, 1200, r) || f->n_outputs != 3 || boxes < 0 || scores < 0 || labels < 0)
        return oc_family_decline(forced, &oc_family_ssd_labels, err, "outputs 'bboxes', 'labels' and 'scores'");
    oc_input_imagenet(r, OC_FIT_STRETCH);
    set_roles(r, boxes, scores, labels, -1, -1);
    r->decode.normalised = true;
    r->decode.class_offset = 1;
    snprintf(r->because, sizeof r->because, "outputs 'bboxes', 'labels' and 'scores'");
    return OC_OK;
}

static enum oc_status recognise_mmdeploy(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int dets = oc_facts_output(f, "dets"), labels = oc_facts_output(f, "labels"), masks = oc_facts_output(f, "masks");
    if (oc_facts_picture(f, 800, 800, r) || dets < 0 || labels < 0 || oc_facts_dim(f, dets, 1) != 5)
        return oc_family_decline(forced, &oc_family_mmdeploy, err, "outputs 'dets' of 5 numbers a row and 'labels'");
    oc_input_imagenet(r, OC_FIT_TOP_LEFT);
    set_roles(r, dets, -1, labels, -1, masks);
    snprintf(r->because, sizeof r->because, "outputs 'dets' of 5 numbers a row and 'labels'%s", masks >= 0 ? ", and 'masks'" : "");
    return OC_OK;
}

static enum oc_status recognise_paddle(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    bool rows = f->n_outputs >= 1 && f->outputs[0].shape.rank == 2 && oc_facts_dim(f, 0, 1) == 6;
    if (oc_facts_picture(f, 320, 320, r) || !has_extra(r, OC_EXTRA_ONES) || !rows)
        return oc_family_decline(forced, &oc_family_paddle, err, "input 'scale_factor', and an output of rows of 6: class, score, corners");
    oc_input_imagenet(r, OC_FIT_STRETCH);
    set_roles(r, 0, -1, -1, -1, -1);
    snprintf(r->because, sizeof r->because, "input 'scale_factor', and rows of 6 numbers: class, score, corners");
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    struct oc_labelled form = {.box = {BOXES, 0}, .score = {SCORES, 0}, .label = {LABELS, 0}, .count = -1};
    if (head->recipe->decode.outputs[COUNT] >= 0)
        form.count = COUNT;
    return oc_labelled_decode(head, &form, out, err);
}

static enum oc_status decode_nms(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    static const struct oc_labelled seven = {.box = {BOXES, 1}, .score = {BOXES, 6}, .label = {BOXES, 5}, .count = -1};
    return head->recipe->decode.outputs[SCORES] < 0 ? oc_labelled_decode(head, &seven, out, err) : decode(head, out, err);
}

static enum oc_status decode_mmdeploy(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    static const struct oc_labelled form = {.box = {BOXES, 0}, .score = {BOXES, 4}, .label = {LABELS, 0}, .count = -1};
    return oc_labelled_decode(head, &form, out, err);
}

static enum oc_status decode_paddle(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    static const struct oc_labelled form = {.box = {BOXES, 2}, .score = {BOXES, 1}, .label = {BOXES, 0}, .count = -1};
    return oc_labelled_decode(head, &form, out, err);
}

static enum oc_status mask(const struct oc_head *head, const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err)
{
    return oc_labelled_mask(head, MASKS, c, grid, err);
}

const struct oc_family oc_family_rtdetr = {
    .name = "rtdetr", .title = "RT-DETR, D-FINE", .task = OC_TASK_DETECT, .recognise = recognise_rtdetr, .decode = decode};
const struct oc_family oc_family_torchvision = {.name = "torchvision",
                                                .title = "torchvision, Faster R-CNN",
                                                .task = OC_TASK_DETECT,
                                                .recognise = recognise_torchvision,
                                                .decode = decode,
                                                .mask = mask};
const struct oc_family oc_family_tf_detection = {
    .name = "tf_detection", .title = "TensorFlow object detection", .task = OC_TASK_DETECT, .recognise = recognise_tf, .decode = decode};
const struct oc_family oc_family_nms_boxes = {
    .name = "nms_boxes", .title = "boxes chosen in the graph", .task = OC_TASK_DETECT, .recognise = recognise_nms, .decode = decode_nms};
const struct oc_family oc_family_ssd_labels = {
    .name = "ssd_labels", .title = "SSD (labels)", .task = OC_TASK_DETECT, .recognise = recognise_ssd, .decode = decode};
const struct oc_family oc_family_mmdeploy = {.name = "mmdeploy",
                                             .title = "MMDetection (mmdeploy)",
                                             .task = OC_TASK_DETECT,
                                             .recognise = recognise_mmdeploy,
                                             .decode = decode_mmdeploy,
                                             .mask = mask};
const struct oc_family oc_family_paddle = {.name = "paddle",
                                           .title = "PaddleDetection (PicoDet, PP-YOLOE)",
                                           .task = OC_TASK_DETECT,
                                           .recognise = recognise_paddle,
                                           .decode = decode_paddle};

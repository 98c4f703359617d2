/*
 * YOLOv3 of the ONNX zoo (keras-yolo3): boxes [1, n, 4] (top, left, bottom, right, pixels of image_shape, which is given as the network's
 * own size), scores [1, classes, n], and the numbers of those that the graph's own suppression has chosen, which are neither computed
 * nor read: they are chosen here, by the request's thresholds. Input: RGB / 255, centred letterbox with 128.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/rows.h"
#include "models/detect/families.h"

enum { BOXES, SCORES, OUTPUTS }; /* roles */

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    bool picture = !oc_facts_picture(f, 416, 416, r) && r->input.n_extras == 1 && r->input.extras[0].kind == OC_EXTRA_HEIGHT_WIDTH;
    d->outputs[BOXES] = d->outputs[SCORES] = -1;
    for (int i = 0; i < f->n_outputs; i++) {
        const struct eng_io *o = &f->outputs[i];
        if (!o->shape_known || o->shape.rank != 3 || o->dtype != ENG_DT_F32)
            continue;
        d->outputs[d->outputs[BOXES] < 0 && o->shape.dim[2] == 4 ? BOXES : SCORES] = i;
    }
    int64_t classes = oc_facts_dim(f, d->outputs[SCORES], 2);
    if (!picture || d->outputs[BOXES] < 0 || classes < 1 || classes > LIM_LABELS)
        return oc_family_decline(forced, &oc_family_yolov3_boxes, err,
                                 "input 'image_shape', outputs of boxes [1, n, 4] and scores [1, classes, n]");
    oc_input_unit(r, OC_FIT_CENTRE, 128);
    d->boxes = OC_BOX_YXYX;
    d->boxes_decoded = true;
    d->n_scores = d->n_classes = (int)classes;
    d->n_outputs = OUTPUTS;
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.45f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "input 'image_shape', outputs of boxes and of scores of %d classes; others are not computed",
             d->n_classes);
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    struct oc_rows rows, scores;
    enum oc_status st = oc_head_expect(head, BOXES, 0, 4, err);
    if (!st)
        st = oc_rows_of_tensor(head, SCORES, head->recipe->decode.n_scores, &scores, err);
    if (st)
        return st;
    int64_t n = eng_shape_count(&head->outputs[BOXES]->shape) / 4;
    if (n != scores.n)
        return oc_err_set(err, OC_E_MODEL, "%lld boxes and scores for %lld do not fit together", (long long)n, (long long)scores.n);
    rows = scores;
    rows.n_scores = head->recipe->decode.n_scores;
    rows.objectness = NULL;
    rows.first_index = 0;
    rows.scores = scores.boxes;
    rows.boxes = oc_head_data(head, BOXES);
    rows.box_row = 4;
    rows.box_step = 1;
    return oc_rows_decode(head, &rows, out, err);
}

const struct oc_family oc_family_yolov3_boxes = {
    .name = "yolov3_boxes", .title = "YOLOv3 (boxes and scores)", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

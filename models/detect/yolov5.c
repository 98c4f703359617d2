/*
 * YOLOv5 and YOLOv7 with their Detect layer in the graph: one output [1, 3 * cells, 5 + classes] of decoded centre, size
 * (network pixels), objectness and class probabilities. score = objectness * class. Input: RGB / 255, centred letterbox
 * with 114. Their raw heads (three 5-D outputs) are not read.
 */
#include "models/families.h"

static const int strides[] = {8, 16, 32, 64};

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov5, err, "one picture in, one output");
    int64_t rows = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1);
    if (last < 6 || last > 5 + LIM_LABELS)
        return oc_family_decline(forced, &oc_family_yolov5, err, "the output's last dimension is 5 + classes");
    if (!forced && rows != 3 * oc_grid_cells(r->input.width, r->input.height, strides, 3) &&
        rows != 3 * oc_grid_cells(r->input.width, r->input.height, strides, 4))
        return OC_DECLINED;
    r->input.fit = OC_FIT_CENTRE;
    r->input.pad = 114;
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1 / 255.0f;
    r->decode.n_classes = (int)last - 5;
    r->decode.objectness = r->decode.boxes_decoded = true;
    r->decode.n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.45f, .max_detections = 1000};
    snprintf(r->because, sizeof r->because, "one output of %lld rows = three for each cell at %dx%d, each 5 + %d numbers", (long long)rows,
             r->input.width, r->input.height, r->decode.n_classes);
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    int n_classes = head->recipe->decode.n_classes, row_floats = 5 + n_classes;
    enum oc_status st = oc_head_expect(head, 0, 0, row_floats, err);
    if (st)
        return st;
    const float *p = oc_head_data(head, 0);
    int64_t rows = eng_shape_count(&head->outputs[0]->shape) / row_floats;
    for (int64_t i = 0; !st && i < rows; i++, p += row_floats) {
        int k = p[4] >= head->score_threshold ? oc_best_class(head, p + 5, n_classes, 1) : -1;
        float score = k < 0 ? -1 : p[4] * p[5 + k];
        struct oc_box box = {p[0] - p[2] / 2, p[1] - p[3] / 2, p[0] + p[2] / 2, p[1] + p[3] / 2};
        if (score >= head->score_threshold)
            st = oc_candidates_add(out, &(struct oc_candidate){box, score, k, (int)i}, err);
    }
    return st;
}

const struct oc_family oc_family_yolov5 = {
    .name = "yolov5", .title = "YOLOv5, YOLOv7", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

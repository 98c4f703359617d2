/*
 * YOLOv10, YOLO26 and other end-to-end exports: one output [1, rows, 6] of x1, y1, x2, y2 (network pixels), score, class; the
 * graph has chosen the boxes, so nothing is suppressed here (IoU threshold 1). Input: RGB / 255, centred letterbox with 114.
 */
#include "models/families.h"

enum { MOST_ROWS = 1000, ROW = 6 };

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov10, err, "one picture in, one output");
    int64_t rows = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1);
    const char *end2end = eng_facts_metadata(f, "end2end");
    bool told = end2end && !strcmp(end2end, "True");
    /* As many rows as cells: a YOLOX of one class. */
    bool cells = rows == oc_grid_cells(r->input.width, r->input.height, (const int[]){8, 16, 32}, 3);
    if (last != ROW || (!forced && !told && (rows < 1 || rows > MOST_ROWS || cells)))
        return oc_family_decline(forced, &oc_family_yolov10, err, "the output's last dimension is 6");
    r->input.fit = OC_FIT_CENTRE;
    r->input.pad = 114;
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1 / 255.0f;
    r->decode.boxes_decoded = true;
    r->decode.n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 1, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "one output of %lld rows of 6 numbers: corners, score, class%s", (long long)rows,
             told ? "; its metadata says end2end" : "");
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    enum oc_status st = oc_head_expect(head, 0, 0, ROW, err);
    if (st)
        return st;
    const float *p = oc_head_data(head, 0);
    int64_t rows = eng_shape_count(&head->outputs[0]->shape) / ROW;
    for (int64_t i = 0; !st && i < rows; i++, p += ROW) {
        if (!(p[4] >= head->score_threshold) || !(p[5] >= 0 && p[5] < LIM_LABELS))
            continue;
        int k = (int)p[5];
        if (head->class_wanted && (k >= head->recipe->decode.n_classes || !head->class_wanted[k]))
            continue;
        st = oc_candidates_add(out, &(struct oc_candidate){{p[0], p[1], p[2], p[3]}, p[4], k, (int)i}, err);
    }
    return st;
}

const struct oc_family oc_family_yolov10 = {
    .name = "yolov10", .title = "YOLOv10, YOLO26 (end to end)", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

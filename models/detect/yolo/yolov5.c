/*
 * YOLOv5 and YOLOv7 with their Detect layer in the graph: one output [1, 3 * cells, 5 + classes] of decoded centre, size (network
 * pixels), objectness and class probabilities; score = objectness * class. With a second output of prototypes a row ends with as many
 * coefficients (YOLOv5-seg). YOLOv6 (meituan/YOLOv6) has the same rows, one a cell, and its objectness is always 1; a YOLOX file looks
 * alike, but decodes with Exp or ends with Transpose. Input: RGB / 255, centred letterbox with 114. Raw heads: anchor_heads.c.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/prototypes.h"
#include "models/detect/parts/rows.h"
#include "models/detect/families.h"

enum { ROWS, PROTOTYPES }; /* roles of the outputs */

static const int strides[] = {8, 16, 32, 64};

static bool is_count(const struct oc_recipe *r, int64_t n, int anchors)
{
    return n == anchors * oc_grid_cells(r->input.width, r->input.height, strides, 3) ||
           n == anchors * oc_grid_cells(r->input.width, r->input.height, strides, 4);
}

static void describe(struct oc_recipe *r, int64_t classes)
{
    oc_input_unit(r, OC_FIT_CENTRE, 114);
    r->decode.n_classes = (int)classes;
    r->decode.objectness = r->decode.boxes_decoded = r->decode.channels_last = true;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.45f, .max_detections = 1000};
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int64_t planes = 0;
    if (f->n_outputs < 1 || f->n_outputs > 2 || oc_facts_picture(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov5, err, "one picture in, one output, or two with prototypes of masks");
    int prototypes = f->n_outputs == 2 ? oc_facts_prototypes(f, r, &planes) : -1, output = prototypes == 0 ? 1 : 0;
    int64_t rows = oc_facts_dim(f, output, 2), last = oc_facts_dim(f, output, 1), classes = last - 5 - planes;
    if ((f->n_outputs == 2 && prototypes < 0) || classes < 1 || classes > LIM_LABELS)
        return oc_family_decline(forced, &oc_family_yolov5, err, "the output's last dimension is 5 + classes (+ prototypes)");
    if (!forced && !is_count(r, rows, 3))
        return OC_DECLINED;
    describe(r, classes);
    r->decode.n_outputs = f->n_outputs;
    r->decode.outputs[ROWS] = output;
    r->decode.outputs[PROTOTYPES] = prototypes;
    r->decode.mask_numbers = (int)planes;
    r->decode.masks = prototypes >= 0;
    snprintf(r->because, sizeof r->because, "%lld rows = three for each cell of strides 8 to 32 or 64 at %dx%d; each 5 + %lld numbers%s",
             (long long)rows, r->input.width, r->input.height, (long long)(last - 5),
             prototypes >= 0 ? "; another output holds prototypes of masks" : "");
    return OC_OK;
}

static enum oc_status recognise_v6(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov6, err, "one picture in, one output");
    int64_t rows = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1);
    if (last < 6 || last > 5 + LIM_LABELS)
        return oc_family_decline(forced, &oc_family_yolov6, err, "the output's last dimension is 5 + classes");
    if (!forced && (!is_count(r, rows, 1) || !eng_facts_ends_with(f, 0, "Concat") || eng_facts_has_op(f, "Exp")))
        return OC_DECLINED;
    describe(r, last - 5);
    r->decode.n_outputs = 1;
    r->thresholds.max_detections = 300;
    snprintf(r->because, sizeof r->because,
             "%lld rows = one for each cell at %dx%d; each 5 + %d numbers; made by Concat without Exp in the graph, unlike YOLOX",
             (long long)rows, r->input.width, r->input.height, r->decode.n_classes);
    return OC_OK;
}

static int64_t numbers(const struct oc_decode_recipe *d)
{
    return 5 + (int64_t)d->n_classes + d->mask_numbers;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    struct oc_rows rows = {.n_scores = head->recipe->decode.n_classes};
    enum oc_status st = oc_rows_of_tensor(head, ROWS, numbers(&head->recipe->decode), &rows, err);
    if (st)
        return st;
    rows.objectness = rows.boxes + 4 * rows.box_step;
    rows.scores = rows.boxes + 5 * rows.box_step;
    return oc_rows_decode(head, &rows, out, err);
}

static enum oc_status mask(const struct oc_head *head, const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err)
{
    struct oc_rows rows = {0};
    enum oc_status st = oc_rows_of_tensor(head, ROWS, numbers(&head->recipe->decode), &rows, err);
    if (st)
        return st;
    const float *row = rows.boxes + (size_t)c->index * rows.box_row;
    return oc_prototypes_mask(head, PROTOTYPES, row + (size_t)(5 + head->recipe->decode.n_classes) * rows.box_step, rows.box_step, c, grid,
                              err);
}

const struct oc_family oc_family_yolov5 = {.name = "yolov5",
                                           .title = "YOLOv5, YOLOv7",
                                           .task = OC_TASK_DETECT,
                                           .quality = 28.0,
                                           .recognise = recognise,
                                           .decode = decode,
                                           .mask = mask};
const struct oc_family oc_family_yolov6 = {
    .name = "yolov6", .title = "YOLOv6", .task = OC_TASK_DETECT, .recognise = recognise_v6, .decode = decode};

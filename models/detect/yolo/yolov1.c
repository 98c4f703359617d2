/*
 * YOLOv1 (pjreddie.com/darknet/yolov1): a grid of S x S cells, each with B boxes and one set of class probabilities.
 *   flat   [1, S * S * (B * 5 + C)], darknet's detection layer: classes of all cells, then the confidences of all boxes, then x, y, w, h;
 *          w and h are square roots of shares of the picture
 *   grid   [1, S, S, B * 5 + C], as re-implementations have it: per cell B times x, y, w, h, confidence, then classes; w and h plain
 * x and y are within the cell. score = confidence * class. S = 7, B = 2 (decode.anchors). Input: RGB / 255, stretched to 448.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/rows.h"
#include "models/detect/families.h"

enum { GRID = 7, BOXES = 2 };

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 448, 448, r))
        return oc_family_decline(forced, &oc_family_yolov1, err, "one picture in, one output");
    int rank = f->outputs[0].shape_known ? f->outputs[0].shape.rank : 0;
    int64_t last = oc_facts_dim(f, 0, 1), numbers = rank == 4 ? last : last % (GRID * GRID) ? -1 : last / (GRID * GRID);
    bool grid = rank == 4 && oc_facts_dim(f, 0, 2) == GRID && oc_facts_dim(f, 0, 3) == GRID, flat = rank == 2;
    if ((!grid && !flat) || numbers <= 5 * BOXES || numbers > 5 * BOXES + LIM_LABELS)
        return oc_family_decline(forced, &oc_family_yolov1, err, "an output of 7 x 7 cells of 2 * 5 + classes numbers, flat or as a grid");
    if (!forced && (r->input.width != 64 * GRID || r->input.height != 64 * GRID || (flat && numbers != 30)))
        return OC_DECLINED;
    oc_input_unit(r, OC_FIT_STRETCH, 0);
    r->decode.n_classes = (int)numbers - 5 * BOXES;
    r->decode.anchors = BOXES;
    r->decode.objectness = true;
    r->decode.n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.2f, .iou = 0.45f, .max_detections = 100};
    snprintf(r->because, sizeof r->because, "7 x 7 cells of 2 boxes and %d classes at 448x448, %s", r->decode.n_classes,
             flat ? "flat as darknet has it: sizes are square roots" : "as a grid: sizes are plain");
    return OC_OK;
}

/* Where the numbers of box b of a cell are. */
struct cell {
    const float *classes, *sure, *box;
    bool roots;
};

static struct cell find(const struct oc_decode_recipe *d, const float *p, int64_t cells, int64_t i, int b, bool flat)
{
    int64_t n = d->anchors, classes = d->n_classes;
    if (flat)
        return (struct cell){p + i * classes, p + cells * classes + i * n + b, p + cells * (classes + n) + (i * n + b) * 4, true};
    const float *row = p + i * (n * 5 + classes);
    return (struct cell){row + n * 5, row + b * 5 + 4, row + (ptrdiff_t)b * 5, false};
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    const struct eng_shape *s = &head->outputs[0]->shape;
    bool flat = s->rank == 2;
    int64_t numbers = d->anchors * 5 + (int64_t)d->n_classes, columns = flat ? GRID : oc_head_dim(head, 0, 2);
    int64_t cells = flat ? GRID * GRID : columns * oc_head_dim(head, 0, 3), rows = columns ? cells / columns : 0;
    enum oc_status st = flat ? oc_head_expect(head, 0, 1, numbers * GRID * GRID, err) : oc_head_expect(head, 0, cells, numbers, err);
    float cell_w = (float)head->width / (float)columns, cell_h = rows ? (float)head->height / (float)rows : 0;
    for (int64_t i = 0; !st && i < cells * d->anchors; i++) {
        int64_t at = i / d->anchors;
        struct cell c = find(d, oc_head_data(head, 0), cells, at, (int)(i % d->anchors), flat);
        if (!(*c.sure >= head->score_threshold))
            continue;
        struct oc_scored scored = oc_row_score(head, c.classes, d->n_classes, 1);
        float score = scored.class_id < 0 ? -1 : *c.sure * scored.score;
        if (!(score >= head->score_threshold))
            continue;
        float w = c.roots ? c.box[2] * c.box[2] : c.box[2], h = c.roots ? c.box[3] * c.box[3] : c.box[3];
        int column = at % columns, row = at / columns;
        float x = (c.box[0] + (float)column) * cell_w, y = (c.box[1] + (float)row) * cell_h;
        w *= (float)head->width / 2;
        h *= (float)head->height / 2;
        st = oc_candidates_add(out, &(struct oc_candidate){{x - w, y - h, x + w, y + h}, score, scored.class_id, (int)i}, err);
    }
    return st;
}

const struct oc_family oc_family_yolov1 = {
    .name = "yolov1", .title = "YOLOv1", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

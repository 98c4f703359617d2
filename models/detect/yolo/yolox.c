/*
 * YOLOX (Megvii-BaseDetection/YOLOX): one output [1, cells, 5 + classes] over strides 8, 16, 32 (and 64): centre, size,
 * objectness, classes. Usual exports leave the offsets raw: xy = (p + cell) * stride, wh = exp(p) * stride; with
 * decode_in_inference the graph has done that (an Exp node tells). Scores are sigmoids already; score = objectness * class.
 * Input: BGR 0..255, top-left letterbox with 114 (yolox/data/data_augment.py preproc). Models before 0.1.1 want RGB with
 * ImageNet's mean and deviation: say so in a model.json.
 */
#include "models/detect/families.h"

static const int strides[] = {8, 16, 32, 64};

/* 3 or 4 levels by the number of rows; 0 = neither. */
static int count_levels(const struct oc_recipe *r, int64_t rows)
{
    for (int n = 3; n <= 4; n++)
        if (oc_grid_cells(r->input.width, r->input.height, strides, n) == rows)
            return n;
    return 0;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolox, err, "one picture in, one output");
    int64_t rows = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1);
    if (last < 6 || last > 5 + LIM_LABELS)
        return oc_family_decline(forced, &oc_family_yolox, err, "the output's last dimension is 5 + classes");
    int levels = rows < 0 && forced ? 3 : count_levels(r, rows);
    if (!levels)
        return oc_family_decline(forced, &oc_family_yolox, err, "one row for each cell of strides 8, 16, 32");
    r->input.fit = OC_FIT_TOP_LEFT;
    r->input.pad = 114;
    r->input.pixels.bgr = true;
    struct oc_decode_recipe *d = &r->decode;
    d->n_strides = levels;
    memcpy(d->strides, strides, (size_t)levels * sizeof *strides);
    d->n_classes = (int)last - 5;
    d->objectness = true;
    d->boxes_decoded = eng_facts_has_op(f, "Exp");
    d->n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.45f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "one output of %lld rows = the cells of %d strides at %dx%d, each 5 + %d numbers%s",
             (long long)rows, levels, r->input.width, r->input.height, d->n_classes,
             d->boxes_decoded ? "; Exp in the graph: boxes are decoded there" : "");
    return OC_OK;
}

/* One row (5 + classes floats) of cell (x, y); only called with a score worth it. */
static struct oc_box row_box(const struct oc_decode_recipe *d, const float *p, int x, int y, int stride)
{
    float s = (float)stride, cx = p[0], cy = p[1], w = p[2], h = p[3];
    if (!d->boxes_decoded) {
        cx = (cx + (float)x) * s;
        cy = (cy + (float)y) * s;
        w = expf(w) * s;
        h = expf(h) * s;
    }
    return (struct oc_box){cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int row_floats = 5 + d->n_classes, index = 0;
    enum oc_status st = oc_head_expect(head, 0, oc_grid_cells(head->width, head->height, d->strides, d->n_strides), row_floats, err);
    const float *p = st ? NULL : oc_head_data(head, 0);
    for (int level = 0; !st && level < d->n_strides; level++) {
        int stride = d->strides[level], columns = oc_grid_side(head->width, stride), cells = columns * oc_grid_side(head->height, stride);
        for (int i = 0; !st && i < cells; i++, index++, p += row_floats) {
            int k = p[4] >= head->score_threshold ? oc_best_class(head, p + 5, d->n_classes, 1) : -1; /* score <= objectness */
            float score = k < 0 ? -1 : p[4] * p[5 + k];
            if (score >= head->score_threshold)
                st = oc_candidates_add(out, &(struct oc_candidate){row_box(d, p, i % columns, i / columns, stride), score, k, index}, err);
        }
    }
    return st;
}

const struct oc_family oc_family_yolox = {
    .name = "yolox", .title = "YOLOX", .task = OC_TASK_DETECT, .quality = 25.8, .recognise = recognise, .decode = decode};

/*
 * SCRFD (deepinsight/insightface, det_500m to det_10g): scores [rows, 1], distances [rows, 4], points [rows, 10] for each stride, in
 * that order of outputs, with or without a leading batch dimension. 3 strides (8, 16, 32) with two anchors a cell, or 5
 * (8 to 128) with one. A cell's point is x * stride, without .5; distances and points are in strides; scores are sigmoids already.
 * Input: RGB, (x - 127.5) / 128, top-left letterbox with 0. Points come as the picture's left eye, right eye, nose, left and
 * right mouth corner.
 */
#include "models/face/families.h"

enum { MOST_LEVELS = 5 };

static int role(const struct oc_decode_recipe *d, int part, int level)
{
    return part * d->n_strides + level;
}

/* The file's last dimensions are 1, 4 and 10 in thirds (or 1 and 4 in halves). */
static bool has_form(const struct eng_facts *f, int levels, int parts)
{
    static const int64_t last[] = {1, 4, 10};
    for (int i = 0; i < f->n_outputs; i++)
        if (oc_facts_dim(f, i, 1) != last[i / levels])
            return false;
    return f->n_outputs == levels * parts;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    int parts = f->n_outputs == 9 || f->n_outputs == 15 ? 3 : 2;
    d->n_strides = f->n_outputs / parts;
    if ((d->n_strides != 3 && d->n_strides != MOST_LEVELS) || !has_form(f, d->n_strides, parts) || oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_scrfd, err, "outputs of 1, 4 (and 10) numbers for each of 3 or 5 strides");
    for (int i = 0; i < d->n_strides; i++)
        d->strides[i] = 8 << i;
    d->anchors = d->n_strides == 3 ? 2 : 1;
    int64_t rows = oc_facts_dim(f, 0, 2), cells = oc_grid_cells(r->input.width, r->input.height, d->strides, 1);
    if (r->input.fixed_size && rows > 0 && rows % cells == 0 && rows / cells <= 8)
        d->anchors = (int)(rows / cells);
    else if (!forced && r->input.fixed_size && rows > 0)
        return OC_DECLINED;
    r->input.fit = OC_FIT_TOP_LEFT;
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = 127.5f;
        r->input.pixels.scale[c] = 1 / 128.0f;
    }
    for (int i = 0; i < f->n_outputs; i++)
        d->outputs[i] = i;
    d->n_outputs = f->n_outputs;
    d->n_classes = 1;
    d->landmarks = parts == 3;
    d->retries[0] = 0.5f; /* of 640: as insightface's advice is for faces over 40 % of the picture */
    d->retries[1] = 0.2f;
    r->thresholds = (struct oc_thresholds){.score = 0.5f, .iou = 0.4f, .max_detections = 750};
    snprintf(r->because, sizeof r->because, "%d outputs of 1, 4%s numbers a row for %d strides, %d anchor%s a cell", f->n_outputs,
             d->landmarks ? " and 10" : "", d->n_strides, d->anchors, d->anchors == 1 ? "" : "s");
    return OC_OK;
}

static enum oc_status check_level(const struct oc_head *head, int level, int64_t rows, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    enum oc_status st = oc_head_expect(head, role(d, 0, level), rows, 1, err);
    if (!st)
        st = oc_head_expect(head, role(d, 1, level), rows, 4, err);
    if (!st && d->landmarks)
        st = oc_head_expect(head, role(d, 2, level), rows, 10, err);
    return st;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    enum oc_status st = OC_OK;
    int index = 0;
    for (int level = 0; !st && level < d->n_strides; level++) {
        int stride = d->strides[level], columns = oc_grid_side(head->width, stride);
        int rows = columns * oc_grid_side(head->height, stride) * d->anchors;
        st = check_level(head, level, rows, err);
        if (st)
            break;
        const float *score = oc_head_data(head, role(d, 0, level)), *p = oc_head_data(head, role(d, 1, level));
        float s = (float)stride;
        for (int i = 0; !st && i < rows; i++, index++, p += 4) {
            if (!(score[i] >= head->score_threshold))
                continue;
            int cell = i / d->anchors, column = cell % columns, row = cell / columns;
            float cx = (float)column * s, cy = (float)row * s;
            struct oc_box box = {cx - p[0] * s, cy - p[1] * s, cx + p[2] * s, cy + p[3] * s};
            st = oc_candidates_add(out, &(struct oc_candidate){box, score[i], 0, index}, err);
        }
    }
    return st;
}

static void landmarks(const struct oc_head *head, int index, float points[5][2])
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    for (int level = 0; level < d->n_strides; level++) {
        int stride = d->strides[level], columns = oc_grid_side(head->width, stride);
        int rows = columns * oc_grid_side(head->height, stride) * d->anchors;
        if (index >= rows) {
            index -= rows;
            continue;
        }
        const float *k = oc_head_data(head, role(d, 2, level)) + (size_t)index * 10;
        int cell = index / d->anchors, column = cell % columns, row = cell / columns;
        for (int j = 0; j < 5; j++) {
            points[j][0] = ((float)column + k[2 * j]) * (float)stride;
            points[j][1] = ((float)row + k[2 * j + 1]) * (float)stride;
        }
        return;
    }
}

const struct oc_family oc_family_scrfd = {
    .name = "scrfd", .title = "SCRFD", .task = OC_TASK_FACE_DETECT, .recognise = recognise, .decode = decode, .landmarks = landmarks};

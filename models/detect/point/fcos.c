/*
 * FCOS (arXiv 1904.01355; torchvision's fcos.py): for each cell class logits, four distances (left, top, right, bottom) from the point
 * (x + .5) * stride, and the logit of centre-ness; score = sqrt(sigmoid(class) * sigmoid(centre-ness)).
 *   maps   for each stride three maps: [1, classes, h, w], [1, 4, h, w], [1, 1, h, w]
 *   rows   three outputs over all levels: [1, cells, classes], [1, cells, 4], [1, cells, 1]
 * Distances are in strides; decode.boxes_decoded: in network pixels. Strides 8 to 128. Input: RGB, ImageNet's values, top-left on 0.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/maps.h"
#include "models/detect/parts/rows.h"
#include "models/detect/families.h"

enum { CLASSES, BOX, CENTRE, PARTS }; /* roles: PARTS * level + part; rows have one level */

static const int all_strides[] = {8, 16, 32, 64, 128};

static int level_of(struct oc_decode_recipe *d, int stride)
{
    int i = 0;
    while (i < d->n_strides && d->strides[i] != stride)
        i++;
    if (i == LIM_STRIDES || PARTS * i + PARTS > LIM_HEAD_OUTPUTS)
        return -1;
    if (i == d->n_strides) {
        d->strides[d->n_strides++] = stride;
        for (int k = 0; k < PARTS; k++)
            d->outputs[PARTS * i + k] = -1;
    }
    return i;
}

static bool take_maps(const struct eng_facts *f, struct oc_recipe *r)
{
    struct oc_decode_recipe *d = &r->decode;
    int64_t classes = 0;
    for (int i = 0; i < f->n_outputs; i++) {
        int64_t channels = 0;
        int stride = oc_facts_map_stride(f, i, r, false, &channels), level = stride ? level_of(d, stride) : -1;
        int part = channels == 4 ? BOX : channels == 1 ? CENTRE : CLASSES;
        if (level < 0 || d->outputs[PARTS * level + part] >= 0 || (part == CLASSES && classes && classes != channels))
            return false;
        classes = part == CLASSES ? channels : classes;
        d->outputs[PARTS * level + part] = i;
    }
    d->n_classes = (int)classes;
    d->n_outputs = f->n_outputs;
    return d->n_strides >= 2 && f->n_outputs == PARTS * d->n_strides && classes && classes <= LIM_LABELS;
}

static bool take_rows(const struct eng_facts *f, struct oc_recipe *r)
{
    struct oc_decode_recipe *d = &r->decode;
    int64_t cells = oc_grid_cells(r->input.width, r->input.height, all_strides, 5), classes = 0;
    if (f->n_outputs != PARTS)
        return false;
    for (int k = 0; k < PARTS; k++)
        d->outputs[k] = -1;
    for (int i = 0; i < PARTS; i++) {
        int64_t n = oc_facts_dim(f, i, 2), last = oc_facts_dim(f, i, 1);
        int part = last == 4 ? BOX : last == 1 ? CENTRE : CLASSES;
        if (n != cells || last < 1 || d->outputs[part] >= 0)
            return false;
        classes = part == CLASSES ? last : classes;
        d->outputs[part] = i;
    }
    d->n_strides = 5;
    memcpy(d->strides, all_strides, sizeof all_strides);
    d->n_classes = (int)classes;
    d->n_outputs = PARTS;
    return classes && classes <= LIM_LABELS;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    bool found = !oc_facts_picture(f, 800, 800, r) && f->n_outputs <= LIM_HEAD_OUTPUTS;
    bool rows = found && take_rows(f, r);
    if (found && !rows) {
        r->decode.n_strides = 0;
        found = take_maps(f, r);
    }
    if (!found || (!forced && r->decode.n_strides != 5)) /* fewer levels of such maps are other families' */
        return oc_family_decline(forced, &oc_family_fcos, err,
                                 "for each stride maps of classes, 4 and 1 channels, or three outputs of as many numbers a cell");
    oc_input_imagenet(r, OC_FIT_TOP_LEFT);
    r->decode.scores = OC_SCORE_LOGIT;
    r->decode.cell_offset = 0.5f;
    r->decode.objectness = true;
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.6f, .max_detections = 100};
    snprintf(r->because, sizeof r->because, "classes (%d), 4 distances and centre-ness for each cell of %d strides at %dx%d, as %s",
             r->decode.n_classes, r->decode.n_strides, r->input.width, r->input.height, rows ? "rows" : "maps");
    return OC_OK;
}

/* One level, whatever the layout: part k of cell i at data[k] + i * cell[k], its numbers step[k] apart. */
struct level {
    const float *data[PARTS];
    size_t cell[PARTS], step[PARTS];
    int columns, rows, first_index;
    float stride_x, stride_y;
};

static enum oc_status decode_level(const struct oc_head *head, const struct level *l, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    float unit_x = d->boxes_decoded ? 1 : l->stride_x, unit_y = d->boxes_decoded ? 1 : l->stride_y;
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < l->columns * l->rows; i++) {
        float sure = oc_sigmoid(l->data[CENTRE][(size_t)i * l->cell[CENTRE]]);
        if (!(sqrtf(sure) >= head->score_threshold))
            continue;
        struct oc_scored s = oc_row_score(head, l->data[CLASSES] + (size_t)i * l->cell[CLASSES], d->n_classes, l->step[CLASSES]);
        float score = s.class_id < 0 ? -1 : sqrtf(sure * s.score);
        if (!(score >= head->score_threshold))
            continue;
        const float *p = l->data[BOX] + (size_t)i * l->cell[BOX];
        size_t step = l->step[BOX];
        int column = i % l->columns, row = i / l->columns;
        float x = ((float)column + d->cell_offset) * l->stride_x, y = ((float)row + d->cell_offset) * l->stride_y;
        struct oc_box box = {x - p[0] * unit_x, y - p[step] * unit_y, x + p[2 * step] * unit_x, y + p[3 * step] * unit_y};
        st = oc_candidates_add(out, &(struct oc_candidate){box, score, s.class_id, l->first_index + i}, err);
    }
    return st;
}

static int64_t numbers_of(const struct oc_decode_recipe *d, int part)
{
    return part == CLASSES ? d->n_classes : part == BOX ? 4 : 1;
}

static enum oc_status decode_maps(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    enum oc_status st = OC_OK;
    int index = 0;
    for (int i = 0; !st && i < d->n_strides; i++) {
        struct level l = {.first_index = index};
        for (int k = 0; k < PARTS; k++) {
            struct oc_map_view map;
            st = oc_map_of_output(head, PARTS * i + k, numbers_of(d, k), &map, err);
            if (!st && k && (map.columns != l.columns || map.rows != l.rows))
                st = oc_err_set(err, OC_E_MODEL, "output %d is of another size than its level", d->outputs[PARTS * i + k]);
            if (st)
                return st;
            l.data[k] = map.data;
            l.cell[k] = map.cell;
            l.step[k] = map.channel;
            l.columns = map.columns;
            l.rows = map.rows;
            l.stride_x = map.stride_x;
            l.stride_y = map.stride_y;
        }
        st = decode_level(head, &l, out, err);
        index += l.columns * l.rows;
    }
    return st;
}

static enum oc_status decode_rows(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int64_t cells = oc_grid_cells(head->width, head->height, d->strides, d->n_strides), index = 0;
    enum oc_status st = OC_OK;
    for (int k = 0; !st && k < PARTS; k++)
        st = oc_head_expect(head, k, cells, numbers_of(d, k), err);
    for (int i = 0; !st && i < d->n_strides; i++) {
        struct level l = {.first_index = (int)index,
                          .columns = oc_grid_side(head->width, d->strides[i]),
                          .rows = oc_grid_side(head->height, d->strides[i]),
                          .stride_x = (float)d->strides[i],
                          .stride_y = (float)d->strides[i]};
        for (int k = 0; k < PARTS; k++) {
            l.cell[k] = (size_t)numbers_of(d, k);
            l.step[k] = 1;
            l.data[k] = oc_head_data(head, k) + (size_t)index * l.cell[k];
        }
        st = decode_level(head, &l, out, err);
        index += (int64_t)l.columns * l.rows;
    }
    return st;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    return head->recipe->decode.n_outputs == PARTS ? decode_rows(head, out, err) : decode_maps(head, out, err);
}

const struct oc_family oc_family_fcos = {.name = "fcos", .title = "FCOS", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

/*
 * CenterNet (Objects as Points, arXiv 1904.07850): a heat map [1, classes, h, w] whose peaks (no neighbour of the eight is higher) are
 * objects, sizes [1, 2, h, w] and offsets [1, 2, h, w], both in cells of stride 4: centre = cell + offset, box = centre -+ size / 2.
 * Peaks stand in for suppression. Input: BGR / 255 less .408 .447 .470 over .289 .274 .278 (src/lib/datasets/coco.py), centred on black.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/maps.h"
#include "models/detect/families.h"

enum { HEAT, SIZE, OFFSET, PARTS }; /* roles of the outputs */

/* The heat map, then sizes and offsets: by their names, else in this order. */
static bool take_outputs(const struct eng_facts *f, struct oc_recipe *r)
{
    static const char *const offset_names[] = {"reg", "offset", "off"};
    struct oc_decode_recipe *d = &r->decode;
    int64_t channels[PARTS] = {0};
    int stride = 0, heat = 0;
    for (int i = 0; i < PARTS; i++) {
        int s = oc_facts_map_stride(f, i, r, false, &channels[i]);
        if (!s || (stride && s != stride))
            return false;
        stride = s;
        heat = channels[i] != 2 ? i : heat; /* two classes: the first of the three */
    }
    int a = heat == 0 ? 1 : 0, b = PARTS - heat - a;
    if (channels[a] != 2 || channels[b] != 2 || channels[heat] > LIM_LABELS)
        return false;
    bool swap = false;
    for (size_t k = 0; k < OC_ARRAY_LEN(offset_names); k++)
        swap |= !strcmp(f->outputs[a].name, offset_names[k]);
    d->outputs[HEAT] = heat;
    d->outputs[SIZE] = swap ? b : a;
    d->outputs[OFFSET] = swap ? a : b;
    d->n_classes = (int)channels[heat];
    d->n_strides = 1;
    d->strides[0] = stride;
    d->n_outputs = PARTS;
    return true;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    static const float mean[3] = {0.408f * 255, 0.447f * 255, 0.470f * 255}, deviation[3] = {0.289f * 255, 0.274f * 255, 0.278f * 255};
    if (f->n_outputs != PARTS || oc_facts_picture(f, 512, 512, r) || !take_outputs(f, r))
        return oc_family_decline(forced, &oc_family_centernet, err, "three maps of one stride: classes, 2 and 2 channels");
    oc_input_scaled(r, OC_FIT_CENTRE, true, mean, deviation);
    bool sigmoid = eng_facts_ends_with(f, r->decode.outputs[HEAT], "Sigmoid") || eng_facts_ends_with(f, r->decode.outputs[HEAT], "Clip");
    r->decode.scores = sigmoid ? OC_SCORE_PROBABILITY : OC_SCORE_LOGIT;
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 1, .max_detections = 100};
    snprintf(r->because, sizeof r->because, "a heat map of %d classes%s, sizes and offsets, all at stride %d", r->decode.n_classes,
             sigmoid ? "" : " (logits)", r->decode.strides[0]);
    return OC_OK;
}

/* No neighbour in the plane is higher. */
static bool is_peak(const struct oc_map_view *m, const float *plane, int x, int y)
{
    float v = plane[((size_t)y * (size_t)m->columns + (size_t)x) * m->cell];
    for (int j = y - 1; j <= y + 1; j++)
        for (int i = x - 1; i <= x + 1; i++)
            if (i >= 0 && j >= 0 && i < m->columns && j < m->rows && plane[((size_t)j * (size_t)m->columns + (size_t)i) * m->cell] > v)
                return false;
    return true;
}

static struct oc_box box_at(const struct oc_map_view *size, const struct oc_map_view *offset, int x, int y)
{
    size_t cell = (size_t)y * (size_t)size->columns + (size_t)x;
    const float *s = size->data + cell * size->cell, *o = offset->data + cell * offset->cell;
    float cx = (float)x + o[0], cy = (float)y + o[offset->channel], w = s[0] / 2, h = s[size->channel] / 2;
    return (struct oc_box){(cx - w) * size->stride_x, (cy - h) * size->stride_y, (cx + w) * size->stride_x, (cy + h) * size->stride_y};
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    struct oc_map_view heat, size, offset;
    enum oc_status st = oc_map_of_output(head, HEAT, d->n_classes, &heat, err);
    (void)(st || (st = oc_map_of_output(head, SIZE, 2, &size, err)) || (st = oc_map_of_output(head, OFFSET, 2, &offset, err)));
    if (!st && (size.columns != heat.columns || size.rows != heat.rows || offset.columns != heat.columns || offset.rows != heat.rows))
        st = oc_err_set(err, OC_E_MODEL, "the heat map, sizes and offsets are not of one size");
    for (int k = 0; !st && k < d->n_classes; k++) {
        const float *plane = heat.data + (size_t)k * heat.channel;
        int id = oc_head_class(head, k);
        for (int i = 0; !st && id >= 0 && i < heat.columns * heat.rows; i++) {
            float score = plane[(size_t)i * heat.cell];
            if (d->scores == OC_SCORE_LOGIT)
                score = oc_sigmoid(score);
            int x = i % heat.columns, y = i / heat.columns;
            if (score >= head->score_threshold && is_peak(&heat, plane, x, y))
                st = oc_candidates_add(out, &(struct oc_candidate){box_at(&size, &offset, x, y), score, id, i}, err);
        }
    }
    return st;
}

const struct oc_family oc_family_centernet = {
    .name = "centernet", .title = "CenterNet", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

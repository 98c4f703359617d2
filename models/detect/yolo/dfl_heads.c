/*
 * YOLOv8, v9, v11, v12 without their Detect layer: for each stride a map [1, 64 + classes, rows, columns] of 4 x 16 bins and class logits,
 * or two maps of one each (a third of one channel, the sum of scores that RKNN's exporter adds, is not read). A cell's point is
 * (x + .5) * stride. Input: RGB / 255, centred letterbox with 114.
 */
#include "models/detect/parts/bins.h"
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/maps.h"
#include "models/detect/families.h"

enum { BINS = 16, BOX = 4 * BINS };

/* Roles of level i's outputs: 2i the box, 2i + 1 the scores; the same output when one map holds both. */

static int level_of(struct oc_decode_recipe *d, int stride)
{
    for (int i = 0; i < d->n_strides; i++)
        if (d->strides[i] == stride)
            return i;
    if (d->n_strides == LIM_STRIDES)
        return -1;
    d->strides[d->n_strides] = stride;
    d->outputs[2 * d->n_strides] = d->outputs[2 * d->n_strides + 1] = -1;
    return d->n_strides++;
}

/* Puts output i in its place; false: it has none. */
static bool take_output(const struct eng_facts *f, int i, bool last, bool lone_channels, struct oc_recipe *r, int64_t *classes)
{
    struct oc_decode_recipe *d = &r->decode;
    int64_t channels = 0;
    int stride = oc_facts_map_stride(f, i, r, last, &channels), level = stride ? level_of(d, stride) : -1;
    if (level < 0)
        return false;
    int *box = &d->outputs[2 * level], *scores = box + 1;
    if (lone_channels && channels == 1)
        return true;
    bool both = channels > BOX && f->n_outputs <= 4, is_box = both || channels == BOX, is_scores = both || !is_box;
    int64_t n = both ? channels - BOX : channels;
    if ((is_box && *box >= 0) || (is_scores && (*scores >= 0 || (*classes && *classes != n))))
        return false;
    if (is_box)
        *box = i;
    if (is_scores) {
        *scores = i;
        *classes = n;
    }
    return true;
}

static bool take_levels(const struct eng_facts *f, bool last, struct oc_recipe *r)
{
    struct oc_decode_recipe *d = &r->decode;
    int64_t classes = 0;
    d->n_strides = 0;
    for (int i = 0; i < f->n_outputs; i++)
        if (!take_output(f, i, last, f->n_outputs >= 9, r, &classes))
            return false;
    for (int i = 0; i < 2 * d->n_strides; i++)
        if (d->outputs[i] < 0)
            return false;
    d->n_outputs = 2 * d->n_strides;
    d->n_classes = (int)classes;
    d->channels_last = last;
    return d->n_strides >= 2 && classes >= 1 && classes <= LIM_LABELS;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs < 2 || f->n_outputs > 12 || oc_facts_picture(f, 640, 640, r) ||
        (!take_levels(f, false, r) && !take_levels(f, true, r)))
        return oc_family_decline(forced, &oc_family_yolov8_heads, err,
                                 "for each stride a map of 64 + classes channels, or two of one each");
    struct oc_decode_recipe *d = &r->decode;
    int64_t names = oc_facts_count_names(f);
    bool one_map = d->outputs[0] == d->outputs[1];
    /* A map of three anchors may look the same: names decide, or COCO's 80 classes. */
    if (!forced && (names ? names != d->n_classes : one_map && d->n_classes != 80 && (BOX + d->n_classes) % 3 == 0))
        return OC_DECLINED;
    oc_input_unit(r, OC_FIT_CENTRE, 114);
    d->bins = BINS;
    d->cell_offset = 0.5f;
    bool sigmoid = !one_map && eng_facts_ends_with(f, d->outputs[1], "Sigmoid");
    d->scores = sigmoid ? OC_SCORE_PROBABILITY : OC_SCORE_LOGIT;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.7f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "%d levels of maps with 4 x 16 bins and %d classes as %s", d->n_strides, d->n_classes,
             sigmoid ? "probabilities" : "logits");
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int index = 0;
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < d->n_strides; i++) {
        struct oc_map_view box, scores;
        int64_t bins = 4 * (int64_t)d->bins;
        bool both = d->outputs[2 * i] == d->outputs[2 * i + 1];
        st = oc_map_of_output(head, 2 * i, bins + (both ? d->n_classes : 0), &box, err);
        if (!st)
            st = oc_map_of_output(head, 2 * i + 1, (both ? bins : 0) + d->n_classes, &scores, err);
        if (!st && (box.columns != scores.columns || box.rows != scores.rows))
            st = oc_err_set(err, OC_E_MODEL, "outputs %d and %d are not of one size", d->outputs[2 * i], d->outputs[2 * i + 1]);
        if (st)
            break;
        struct oc_bins_level l = {.scores = scores.data + (both ? (size_t)bins * scores.channel : 0),
                                  .bins = box.data,
                                  .score_row = scores.cell,
                                  .score_step = scores.channel,
                                  .bin_row = box.cell,
                                  .bin_step = box.channel,
                                  .columns = box.columns,
                                  .rows = box.rows,
                                  .stride_x = box.stride_x,
                                  .stride_y = box.stride_y,
                                  .first_index = index};
        st = oc_bins_decode(head, &l, out, err);
        index += l.columns * l.rows;
    }
    return st;
}

const struct oc_family oc_family_yolov8_heads = {
    .name = "yolov8_heads", .title = "YOLOv8, v9, v11, v12 (raw)", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

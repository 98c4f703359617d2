/*
 * NanoDet (RangiLyu/nanodet) and PicoDet (PaddleDetection). A side's distance is the expectation over reg_max + 1 bins, times the stride;
 * class scores are sigmoids already.
 *   nanodet       first version (gfl_head.py): for each stride one output of scores [1, cells, classes] and one of bins
 *                 [1, cells, 4 * bins]; a cell's point is (x + .5) * stride; ratio kept, centred on 0. BGR, mean 103.53 116.28 123.675,
 *                 deviation 57.375 57.12 58.395.
 *   nanodet_plus  (nanodet_plus_head.py): one output [1, all cells, classes + 32], strides 8 to 64, points at x * stride; stretched.
 *   picodet       (pico_head.py, exported without postprocessing): as nanodet with four strides; RGB, ImageNet's values, stretched.
 */
#include "models/detect/parts/bins.h"
#include "models/detect/parts/inputs.h"
#include "models/detect/families.h"

static const int plus_strides[] = {8, 16, 32, 64};

static void describe_input(struct oc_recipe *r, enum oc_fit fit)
{
    static const float mean[3] = {103.53f, 116.28f, 123.675f}, deviation[3] = {57.375f, 57.12f, 58.395f};
    oc_input_scaled(r, fit, true, mean, deviation);
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.6f, .max_detections = 300};
}

/* The stride at which the input has `cells` cells; 0 = none. */
static int stride_of(const struct oc_recipe *r, int64_t cells)
{
    for (int s = 4; s <= 128; s *= 2)
        if ((int64_t)oc_grid_side(r->input.width, s) * oc_grid_side(r->input.height, s) == cells)
            return s;
    return 0;
}

static bool is_bins(int64_t last)
{
    return last == 32 || last == 44 || last == 68; /* reg_max 7, 10, 16 */
}

/* Pairs each level's scores with its bins: roles 2i and 2i + 1. False: these outputs are not such pairs. */
static bool pair_outputs(const struct eng_facts *f, struct oc_recipe *r)
{
    struct oc_decode_recipe *d = &r->decode;
    int64_t bins = 0, classes = 0;
    for (int i = 0; i < f->n_outputs; i++) {
        int64_t cells = oc_facts_dim(f, i, 2), last = oc_facts_dim(f, i, 1);
        int stride = stride_of(r, cells), level = 0;
        if (!stride || last < 1)
            return false;
        while (level < d->n_strides && d->strides[level] != stride)
            level++;
        bool fresh = level == d->n_strides; /* the first output of a stride */
        if (fresh && level == f->n_outputs / 2)
            return false;
        if (fresh) {
            d->strides[d->n_strides++] = stride;
            d->outputs[2 * level] = d->outputs[2 * level + 1] = -1;
        }
        bool is_box = is_bins(last) && (!bins || bins == last) && d->outputs[2 * level + 1] < 0;
        int64_t *width = is_box ? &bins : &classes;
        int role = 2 * level + is_box;
        if ((*width && *width != last) || d->outputs[role] >= 0)
            return false;
        *width = last;
        d->outputs[role] = i;
    }
    d->n_classes = (int)classes;
    d->bins = (int)bins / 4;
    d->n_outputs = f->n_outputs;
    return d->n_strides == f->n_outputs / 2 && bins && classes && classes <= LIM_LABELS;
}

static bool has_pairs(const struct eng_facts *f, struct oc_recipe *r)
{
    return f->n_outputs >= 4 && f->n_outputs <= 2 * LIM_STRIDES && f->n_outputs % 2 == 0 && !oc_facts_picture(f, 416, 416, r) &&
           pair_outputs(f, r);
}

static void because_of_pairs(struct oc_recipe *r)
{
    r->decode.cell_offset = 0.5f;
    snprintf(r->because, sizeof r->because, "%d pairs of outputs, scores of %d classes and 4 x %d bins, one row for each cell at %dx%d",
             r->decode.n_strides, r->decode.n_classes, r->decode.bins, r->input.width, r->input.height);
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (!has_pairs(f, r) || (!forced && f->n_outputs == 8))
        return oc_family_decline(forced, &oc_family_nanodet, err, "for each stride one output of scores and one of 4 x 8, 11 or 17 bins");
    describe_input(r, OC_FIT_CENTRE); /* keep_ratio: True in config/nanodet-m.yml, False in nanodet-plus's */
    because_of_pairs(r);
    return OC_OK;
}

static enum oc_status recognise_pico(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (!has_pairs(f, r) || (!forced && f->n_outputs != 8))
        return oc_family_decline(forced, &oc_family_picodet, err,
                                 "for each of four strides one output of scores and one of 4 x 8 (or 11, 17) bins");
    oc_input_imagenet(r, OC_FIT_STRETCH);
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.6f, .max_detections = 300};
    because_of_pairs(r);
    return OC_OK;
}

static enum oc_status recognise_plus(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 416, 416, r))
        return oc_family_decline(forced, &oc_family_nanodet_plus, err, "one picture in, one output");
    int64_t rows = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1);
    if (last < 33 || last > 32 + LIM_LABELS || (!forced && rows != oc_grid_cells(r->input.width, r->input.height, plus_strides, 4)))
        return oc_family_decline(forced, &oc_family_nanodet_plus, err, "the output's last dimension is classes + 32");
    describe_input(r, OC_FIT_STRETCH);
    r->decode.n_strides = 4;
    memcpy(r->decode.strides, plus_strides, sizeof plus_strides);
    r->decode.n_classes = (int)last - 32;
    r->decode.bins = 8;
    r->decode.n_outputs = 1;
    snprintf(r->because, sizeof r->because, "one output of %lld rows = the cells of strides 8 to 64 at %dx%d, each %d + 32 numbers",
             (long long)rows, r->input.width, r->input.height, r->decode.n_classes);
    return OC_OK;
}

/* The level at a stride, its numbers side by side; what points at them is the caller's to fill. */
static struct oc_bins_level level_of(const struct oc_head *head, int stride, size_t score_row, size_t bin_row, int first_index)
{
    return (struct oc_bins_level){.score_row = score_row,
                                  .score_step = 1,
                                  .bin_row = bin_row,
                                  .bin_step = 1,
                                  .columns = oc_grid_side(head->width, stride),
                                  .rows = oc_grid_side(head->height, stride),
                                  .stride_x = (float)stride,
                                  .stride_y = (float)stride,
                                  .first_index = first_index};
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    enum oc_status st = OC_OK;
    int index = 0;
    for (int i = 0; !st && i < d->n_strides; i++) {
        struct oc_bins_level l = level_of(head, d->strides[i], (size_t)d->n_classes, 4 * (size_t)d->bins, index);
        int64_t cells = (int64_t)l.columns * l.rows;
        st = oc_head_expect(head, 2 * i, cells, d->n_classes, err);
        if (!st)
            st = oc_head_expect(head, 2 * i + 1, cells, 4 * (int64_t)d->bins, err);
        if (st)
            break;
        l.scores = oc_head_data(head, 2 * i);
        l.bins = oc_head_data(head, 2 * i + 1);
        st = oc_bins_decode(head, &l, out, err);
        index += (int)cells;
    }
    return st;
}

static enum oc_status decode_plus(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    size_t row = (size_t)d->n_classes + 4 * (size_t)d->bins, index = 0;
    enum oc_status st = oc_head_expect(head, 0, oc_grid_cells(head->width, head->height, d->strides, d->n_strides), (int64_t)row, err);
    for (int i = 0; !st && i < d->n_strides; i++) {
        struct oc_bins_level l = level_of(head, d->strides[i], row, row, (int)index);
        l.scores = oc_head_data(head, 0) + index * row;
        l.bins = l.scores + d->n_classes;
        st = oc_bins_decode(head, &l, out, err);
        index += (size_t)l.columns * (size_t)l.rows;
    }
    return st;
}

const struct oc_family oc_family_nanodet = {
    .name = "nanodet", .title = "NanoDet", .task = OC_TASK_DETECT, .quality = 20.6, .recognise = recognise, .decode = decode};
const struct oc_family oc_family_nanodet_plus = {.name = "nanodet_plus",
                                                 .title = "NanoDet-Plus",
                                                 .task = OC_TASK_DETECT,
                                                 .quality = 27.0,
                                                 .recognise = recognise_plus,
                                                 .decode = decode_plus};
const struct oc_family oc_family_picodet = {
    .name = "picodet", .title = "PicoDet", .task = OC_TASK_DETECT, .recognise = recognise_pico, .decode = decode};

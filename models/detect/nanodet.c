/*
 * NanoDet (RangiLyu/nanodet). A side's distance is the expectation over reg_max + 1 bins, times the stride; class scores are
 * sigmoids already. Input: BGR, mean 103.53 116.28 123.675, deviation 57.375 57.12 58.395.
 *   nanodet       first version (gfl_head.py): for each stride one output of scores [1, cells, classes] and one of bins
 *                 [1, cells, 4 * bins]; a cell's point is (x + .5) * stride; ratio kept, centred on 0.
 *   nanodet_plus  (nanodet_plus_head.py): one output [1, all cells, classes + 32], strides 8 to 64, points at x * stride; stretched.
 */
#include "models/families.h"

static const int plus_strides[] = {8, 16, 32, 64};

static void describe_input(struct oc_recipe *r)
{
    static const float mean[3] = {103.53f, 116.28f, 123.675f}, deviation[3] = {57.375f, 57.12f, 58.395f};
    r->input.fit = OC_FIT_STRETCH;
    r->input.pixels.bgr = true;
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = mean[c];
        r->input.pixels.scale[c] = 1 / deviation[c];
    }
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

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs < 4 || f->n_outputs > 2 * LIM_STRIDES || f->n_outputs % 2 || oc_facts_input_size(f, 416, 416, r) ||
        !pair_outputs(f, r))
        return oc_family_decline(forced, &oc_family_nanodet, err, "for each stride one output of scores and one of 4 x 8, 11 or 17 bins");
    describe_input(r);
    r->input.fit = OC_FIT_CENTRE; /* keep_ratio: True in config/nanodet-m.yml, False in nanodet-plus's */
    r->decode.cell_offset = 0.5f;
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.6f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "%d pairs of outputs, scores of %d classes and 4 x %d bins, one row for each cell at %dx%d",
             r->decode.n_strides, r->decode.n_classes, r->decode.bins, r->input.width, r->input.height);
    return OC_OK;
}

static enum oc_status recognise_plus(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_input_size(f, 416, 416, r))
        return oc_family_decline(forced, &oc_family_nanodet_plus, err, "one picture in, one output");
    int64_t rows = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1);
    if (last < 33 || last > 32 + LIM_LABELS || (!forced && rows != oc_grid_cells(r->input.width, r->input.height, plus_strides, 4)))
        return oc_family_decline(forced, &oc_family_nanodet_plus, err, "the output's last dimension is classes + 32");
    describe_input(r);
    r->decode.n_strides = 4;
    memcpy(r->decode.strides, plus_strides, sizeof plus_strides);
    r->decode.n_classes = (int)last - 32;
    r->decode.bins = 8;
    r->decode.n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.3f, .iou = 0.6f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "one output of %lld rows = the cells of strides 8 to 64 at %dx%d, each %d + 32 numbers",
             (long long)rows, r->input.width, r->input.height, r->decode.n_classes);
    return OC_OK;
}

/* Rows of one level: scores and bins lie apart (two outputs) or side by side (one). */
struct level {
    const float *scores, *bins;
    size_t score_step, bin_step; /* floats from row to row */
    int stride, first_index;
};

static enum oc_status decode_level(const struct oc_head *head, const struct level *l, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int columns = oc_grid_side(head->width, l->stride), cells = columns * oc_grid_side(head->height, l->stride);
    float s = (float)l->stride;
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < cells; i++) {
        const float *scores = l->scores + (size_t)i * l->score_step, *bins = l->bins + (size_t)i * l->bin_step;
        int k = oc_best_class(head, scores, d->n_classes, 1);
        if (k < 0 || !(scores[k] >= head->score_threshold))
            continue;
        int column = i % columns, row = i / columns;
        float side[4];
        for (int j = 0; j < 4; j++)
            side[j] = oc_distribution_mean(bins + j * d->bins, d->bins) * s;
        float cx = ((float)column + d->cell_offset) * s, cy = ((float)row + d->cell_offset) * s;
        struct oc_box box = {cx - side[0], cy - side[1], cx + side[2], cy + side[3]};
        st = oc_candidates_add(out, &(struct oc_candidate){box, scores[k], k, l->first_index + i}, err);
    }
    return st;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    enum oc_status st = OC_OK;
    int index = 0;
    for (int i = 0; !st && i < d->n_strides; i++) {
        int64_t cells = oc_grid_cells(head->width, head->height, &d->strides[i], 1);
        st = oc_head_expect(head, 2 * i, cells, d->n_classes, err);
        if (!st)
            st = oc_head_expect(head, 2 * i + 1, cells, 4 * (int64_t)d->bins, err);
        if (st)
            break;
        struct level l = {.scores = oc_head_data(head, 2 * i),
                          .bins = oc_head_data(head, 2 * i + 1),
                          .score_step = (size_t)d->n_classes,
                          .bin_step = 4 * (size_t)d->bins,
                          .stride = d->strides[i],
                          .first_index = index};
        st = decode_level(head, &l, out, err);
        index += (int)cells;
    }
    return st;
}

static enum oc_status decode_plus(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    size_t row = (size_t)d->n_classes + 4 * (size_t)d->bins;
    enum oc_status st = oc_head_expect(head, 0, oc_grid_cells(head->width, head->height, d->strides, d->n_strides), (int64_t)row, err);
    size_t index = 0;
    for (int i = 0; !st && i < d->n_strides; i++) {
        const float *p = oc_head_data(head, 0) + index * row;
        struct level l = {
            .scores = p, .bins = p + d->n_classes, .score_step = row, .bin_step = row, .stride = d->strides[i], .first_index = (int)index};
        st = decode_level(head, &l, out, err);
        index += (size_t)oc_grid_cells(head->width, head->height, &d->strides[i], 1);
    }
    return st;
}

const struct oc_family oc_family_nanodet = {
    .name = "nanodet", .title = "NanoDet", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};
const struct oc_family oc_family_nanodet_plus = {
    .name = "nanodet_plus", .title = "NanoDet-Plus", .task = OC_TASK_DETECT, .recognise = recognise_plus, .decode = decode_plus};

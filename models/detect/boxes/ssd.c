/*
 * SSD (arXiv 1512.02325) without suppression: for each default box four numbers and a score a class, class 0 being the background.
 *   ssd          offsets from default boxes (loc, conf): centre = default centre + offset * variance * default size, size = default size
 *                * exp(offset * variance). [1, n, 4] and [1, n, classes] in the order cell, default; or, as NVIDIA exports it, [1, 4, n]
 *                and [1, classes, n] in the order default, cell. 8732 default boxes: 300x300; 24564: 512x512; others by a model.json.
 *                Input: RGB less 123, 117, 104 (amdegroot/ssd.pytorch), or ImageNet's values (NVIDIA), stretched
 *   ssd_boxes    corners in shares, decoded in the graph (qfgaohao/pytorch-ssd: 3000 of them at 300x300). Input: RGB (x - 127) / 128,
 *                stretched
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/pair.h"
#include "models/detect/families.h"

struct preset {
    int64_t n; /* default boxes in all */
    struct oc_prior_recipe priors;
};

#define VARIANCE   \
    {              \
        0.1f, 0.2f \
    }
static const struct preset presets[] = {
    {8732,
     {6,
      {{38, 38}, {19, 19}, {10, 10}, {5, 5}, {3, 3}, {1, 1}},
      {8, 16, 32, 64, 100, 300},
      {30, 60, 111, 162, 213, 264, 315},
      {1, 2, 2, 2, 1, 1},
      {{2}, {2, 3}, {2, 3}, {2, 3}, {2}, {2}},
      VARIANCE}},
    {24564,
     {7,
      {{64, 64}, {32, 32}, {16, 16}, {8, 8}, {4, 4}, {2, 2}, {1, 1}},
      {8, 16, 32, 64, 128, 256, 512},
      {35.84f, 76.8f, 153.6f, 230.4f, 307.2f, 384, 460.8f, 537.6f},
      {1, 2, 2, 2, 2, 1, 1},
      {{2}, {2, 3}, {2, 3}, {2, 3}, {2, 3}, {2}, {2}},
      VARIANCE}},
};
/* SSD300 as trained on COCO. */
static const float coco_sizes[] = {21, 45, 99, 153, 207, 261, 315};

static int64_t count(const struct oc_prior_recipe *p)
{
    int64_t n = 0;
    for (int i = 0; i < p->n_levels; i++)
        n += (int64_t)p->grid[i][0] * p->grid[i][1] * (2 + 2 * p->n_ratios[i]);
    return n;
}

/* Loc and conf with the numbers of a default box last or first. */
static bool take_offsets(const struct eng_facts *f, struct oc_recipe *r, int64_t *n)
{
    struct oc_decode_recipe *d = &r->decode;
    if (oc_facts_pair(f, "loc", "conf", r, n))
        return true;
    if (f->n_outputs != 2 || f->outputs[0].shape.rank != 3 || f->outputs[1].shape.rank != 3)
        return false;
    int b = oc_facts_dim(f, 0, 2) == 4 ? 0 : 1;
    int64_t classes = oc_facts_dim(f, 1 - b, 2);
    *n = oc_facts_dim(f, b, 1);
    if (oc_facts_dim(f, b, 2) != 4 || classes < 2 || classes > LIM_LABELS || oc_facts_dim(f, 1 - b, 1) != *n)
        return false;
    d->outputs[OC_PAIR_BOXES] = b;
    d->outputs[OC_PAIR_SCORES] = 1 - b;
    d->n_outputs = OC_PAIR_OUTPUTS;
    d->n_scores = (int)classes;
    d->channels_last = false;
    return true;
}

/* Class 0 is the background. */
static void describe(struct oc_recipe *r, bool probabilities)
{
    r->decode.class_offset = 1;
    r->decode.n_classes = r->decode.n_scores - 1;
    r->decode.scores = probabilities ? OC_SCORE_PROBABILITY : OC_SCORE_SOFTMAX;
    r->thresholds = (struct oc_thresholds){.score = 0.4f, .iou = 0.45f, .max_detections = 200};
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    static const float mean[3] = {123, 117, 104}, deviation[3] = {1, 1, 1};
    int64_t n = 0;
    const struct preset *preset = NULL;
    if (oc_facts_picture(f, 300, 300, r) || !take_offsets(f, r, &n) || r->decode.n_scores < 2)
        return oc_family_decline(forced, &oc_family_ssd, err, "two outputs, 4 offsets and a score a class for each default box");
    for (size_t i = 0; i < OC_ARRAY_LEN(presets); i++)
        if (presets[i].n == n)
            preset = &presets[i];
    if (!forced && !preset)
        return OC_DECLINED;
    if (preset)
        r->decode.priors = preset->priors;
    if (preset == &presets[0] && r->decode.n_scores != 21)
        memcpy(r->decode.priors.size, coco_sizes, sizeof coco_sizes);
    if (r->decode.channels_last)
        oc_input_scaled(r, OC_FIT_STRETCH, false, mean, deviation);
    else
        oc_input_imagenet(r, OC_FIT_STRETCH);
    bool softmax = eng_facts_ends_with(f, r->decode.outputs[OC_PAIR_SCORES], "Softmax");
    r->decode.boxes_decoded = false;
    describe(r, softmax);
    snprintf(r->because, sizeof r->because, "offsets and scores of %d classes and background for %lld default boxes%s", r->decode.n_classes,
             (long long)n, softmax ? "; Softmax in the graph" : "");
    return OC_OK;
}

static enum oc_status recognise_boxes(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    static const float mean[3] = {127, 127, 127}, deviation[3] = {128, 128, 128};
    int64_t n = 0;
    if (oc_facts_picture(f, 300, 300, r) || !oc_facts_pair(f, "boxes", "scores", r, &n) || r->decode.n_scores < 2)
        return oc_family_decline(forced, &oc_family_ssd_boxes, err, "two outputs, 4 corners and a score a class a row");
    if (!forced && n != 3000)
        return OC_DECLINED;
    oc_input_scaled(r, OC_FIT_STRETCH, false, mean, deviation);
    describe(r, true);
    r->decode.boxes = OC_BOX_XYXY;
    r->decode.normalised = true;
    snprintf(r->because, sizeof r->because, "corners and scores of %d classes and background for %lld default boxes", r->decode.n_classes,
             (long long)n);
    return OC_OK;
}

/* A default box: centre and size in shares of the input. */
struct prior {
    float x, y, w, h;
};

static float share(float v)
{
    return fminf(fmaxf(v, 0), 1);
}

/* Default k of a cell: the square, the square half-way to the next level's, then each ratio lying and standing. */
static struct prior prior_at(const struct oc_prior_recipe *p, int level, int column, int row, int k, float width, float height)
{
    float w = p->size[level], h = w;
    if (k == 1) {
        w = h = sqrtf(p->size[level] * p->size[level + 1]);
    } else if (k > 1) {
        float root = sqrtf(p->ratio[level][(k - 2) / 2]);
        w = k % 2 ? p->size[level] / root : p->size[level] * root;
        h = k % 2 ? p->size[level] * root : p->size[level] / root;
    }
    float x = ((float)column + 0.5f) * p->step[level], y = ((float)row + 0.5f) * p->step[level];
    return (struct prior){share(x / width), share(y / height), share(w / width), share(h / height)};
}

static struct oc_box place(const struct prior *p, const float *t, size_t step, const float variance[2], float width, float height)
{
    float x = p->x + t[0] * variance[0] * p->w, y = p->y + t[step] * variance[0] * p->h;
    float w = p->w * expf(t[2 * step] * variance[1]) / 2, h = p->h * expf(t[3 * step] * variance[1]) / 2;
    return (struct oc_box){(x - w) * width, (y - h) * height, (x + w) * width, (y + h) * height};
}

/* Number i of a level's default boxes as cell and default. */
static struct prior prior_of(const struct oc_head *head, int level, int64_t i)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    const struct oc_prior_recipe *p = &d->priors;
    int64_t kinds = 2 + 2 * p->n_ratios[level], cells = (int64_t)p->grid[level][0] * p->grid[level][1];
    int64_t cell = d->channels_last ? i / kinds : i % cells, kind = d->channels_last ? i % kinds : i / cells;
    return prior_at(p, level, (int)(cell % p->grid[level][0]), (int)(cell / p->grid[level][0]), (int)kind, (float)head->width,
                    (float)head->height);
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    struct oc_rows loc, conf;
    enum oc_status st = oc_rows_of_tensor(head, OC_PAIR_BOXES, 4, &loc, err);
    if (!st)
        st = oc_rows_of_tensor(head, OC_PAIR_SCORES, d->n_scores, &conf, err);
    if (!st && (loc.n != conf.n || loc.n != count(&d->priors)))
        st = oc_err_set(err, OC_E_MODEL, "%lld offsets, %lld rows of scores and %lld default boxes do not fit together", (long long)loc.n,
                        (long long)conf.n, (long long)count(&d->priors));
    int64_t index = 0;
    for (int level = 0; !st && level < d->priors.n_levels; level++) {
        int64_t n = (int64_t)d->priors.grid[level][0] * d->priors.grid[level][1] * (2 + 2 * d->priors.n_ratios[level]);
        for (int64_t i = 0; !st && i < n; i++, index++) {
            struct oc_scored s = oc_row_score(head, conf.boxes + (size_t)index * conf.box_row, d->n_scores, conf.box_step);
            if (s.class_id < 0 || !(s.score >= head->score_threshold))
                continue;
            struct prior p = prior_of(head, level, i);
            struct oc_box box = place(&p, loc.boxes + (size_t)index * loc.box_row, loc.box_step, d->priors.variance, (float)head->width,
                                      (float)head->height);
            st = oc_candidates_add(out, &(struct oc_candidate){box, s.score, s.class_id, (int)index}, err);
        }
    }
    return st;
}

const struct oc_family oc_family_ssd = {.name = "ssd", .title = "SSD", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};
const struct oc_family oc_family_ssd_boxes = {
    .name = "ssd_boxes", .title = "SSD (boxes)", .task = OC_TASK_DETECT, .recognise = recognise_boxes, .decode = oc_pair_decode};

/*
 * UltraFace (Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB, version-RFB-320 and 640): scores [1, priors, 2] (softmax done,
 * class 1 is a face) and boxes [1, priors, 4]. The usual files decode in the graph (an Exp node tells): corners as shares of the
 * picture. The others hold offsets to the priors of vision/ssd/config/fd_config.py: boxes of 10 to 256 pixels at strides 8, 16, 32, 64,
 * variances .1 and .2. Input: RGB, (x - 127) / 128, stretched. No landmarks.
 */
#include "models/face/priors.h"
#include "models/face/families.h"

enum { LEVELS = 4, SCORES = 0, BOXES = 1 };

static const struct oc_prior_level levels[LEVELS] = {{8, 3, {10, 16, 24}}, {16, 2, {32, 48}}, {32, 2, {64, 96}}, {64, 3, {128, 192, 256}}};
static const struct oc_priors priors = {levels, LEVELS, .clipped = true, .centre = 0.1f, .wide = 0.2f, .high = 0.2f};

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    bool scores_first = oc_facts_dim(f, 0, 1) == 2;
    d->outputs[SCORES] = scores_first ? 0 : 1;
    d->outputs[BOXES] = scores_first ? 1 : 0;
    if (f->n_outputs != 2 || oc_facts_input_size(f, 320, 240, r) || oc_facts_dim(f, d->outputs[SCORES], 1) != 2 ||
        oc_facts_dim(f, d->outputs[BOXES], 1) != 4)
        return oc_family_decline(forced, &oc_family_ultraface, err, "an output of 2 and one of 4 numbers a row");
    int64_t rows = oc_facts_dim(f, d->outputs[BOXES], 2);
    if (!forced && rows != oc_priors_count(&priors, r->input.width, r->input.height))
        return OC_DECLINED;
    r->input.fit = OC_FIT_STRETCH;
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = 127;
        r->input.pixels.scale[c] = 1 / 128.0f;
    }
    d->n_strides = LEVELS;
    for (int i = 0; i < LEVELS; i++)
        d->strides[i] = levels[i].stride;
    d->n_outputs = 2;
    d->n_classes = 1;
    d->boxes_decoded = eng_facts_has_op(f, "Exp");
    r->thresholds = (struct oc_thresholds){.score = 0.7f, .iou = 0.3f, .max_detections = 750};
    snprintf(r->because, sizeof r->because, "scores of 2 and boxes of 4 numbers for %lld priors at %dx%d; %s", (long long)rows,
             r->input.width, r->input.height,
             d->boxes_decoded ? "Exp in the graph: boxes are decoded there" : "no Exp in the graph: boxes are offsets to priors");
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    bool decoded = head->recipe->decode.boxes_decoded;
    int rows = (int)oc_priors_count(&priors, head->width, head->height);
    enum oc_status st = oc_head_expect(head, SCORES, rows, 2, err);
    if (!st)
        st = oc_head_expect(head, BOXES, rows, 4, err);
    if (st)
        return st;
    const float *score = oc_head_data(head, SCORES), *p = oc_head_data(head, BOXES);
    float w = (float)head->width, h = (float)head->height;
    for (int i = 0; !st && i < rows; i++, score += 2, p += 4) {
        if (!(score[1] >= head->score_threshold))
            continue;
        struct oc_prior prior = oc_priors_at(&priors, head->width, head->height, i);
        struct oc_box box = decoded ? (struct oc_box){p[0] * w, p[1] * h, p[2] * w, p[3] * h} : oc_prior_box(&priors, &prior, p);
        st = oc_candidates_add(out, &(struct oc_candidate){box, score[1], 0, i}, err);
    }
    return st;
}

const struct oc_family oc_family_ultraface = {
    .name = "ultraface", .title = "UltraFace", .task = OC_TASK_FACE_DETECT, .recognise = recognise, .decode = decode};

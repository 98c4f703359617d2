/*
 * RetinaFace (biubug6/Pytorch_Retinaface, MobileNet 0.25 and ResNet-50): boxes [1, priors, 4], scores [1, priors, 2] (class 1 is a face)
 * and points [1, priors, 10], offsets to priors of 16 to 512 pixels at strides 8, 16, 32 with variances .1 and .2 (data/config.py,
 * layers/functions/prior_box.py, utils/box_utils.py). Exports for testing end with a Softmax; where the graph has none it is done here.
 * Input: BGR less (104, 117, 123), not scaled. Points come as the picture's left eye, right eye, nose, left and right mouth corner.
 */
#include "models/face/priors.h"
#include "models/face/families.h"

enum { LOC, CONF, POINTS, ROLES, LEVELS = 3 };

static const int role_floats[ROLES] = {4, 2, 10};
static const struct oc_prior_level levels[LEVELS] = {{8, 2, {16, 32}}, {16, 2, {64, 128}}, {32, 2, {256, 512}}};
static const struct oc_priors priors = {levels, LEVELS, .centre = 0.1f, .wide = 0.2f, .high = 0.2f};

/* The outputs by their rows' length, whatever their order; false when it is another form. */
static bool find_roles(const struct eng_facts *f, struct oc_decode_recipe *d)
{
    int found = 0;
    for (int i = 0; f->n_outputs == ROLES && i < ROLES; i++)
        for (int role = 0; role < ROLES; role++)
            if (oc_facts_dim(f, i, 1) == role_floats[role] && f->outputs[i].shape.rank == 3) {
                d->outputs[role] = i;
                found |= 1 << role;
            }
    return found == (1 << ROLES) - 1;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    static const float mean_bgr[] = {104, 117, 123};
    struct oc_decode_recipe *d = &r->decode;
    if (!find_roles(f, d) || oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_retinaface, err, "outputs of 4, 2 and 10 numbers a row");
    int64_t rows = oc_facts_dim(f, d->outputs[LOC], 2), expected = oc_priors_count(&priors, r->input.width, r->input.height);
    if (!forced && r->input.fixed_size && rows > 0 && rows != expected)
        return OC_DECLINED;
    r->input.fit = OC_FIT_TOP_LEFT;
    r->input.pixels.bgr = true;
    memcpy(r->input.pixels.mean, mean_bgr, sizeof mean_bgr);
    d->n_strides = LEVELS;
    for (int i = 0; i < LEVELS; i++)
        d->strides[i] = levels[i].stride;
    d->anchors = 2;
    d->n_outputs = ROLES;
    d->n_classes = 1;
    d->landmarks = true;
    d->scores = eng_facts_has_op(f, "Softmax") ? OC_SCORE_PROBABILITY : OC_SCORE_SOFTMAX;
    r->thresholds = (struct oc_thresholds){.score = 0.6f, .iou = 0.4f, .max_detections = 750};
    snprintf(r->because, sizeof r->because, "outputs of 4, 2 and 10 numbers for %lld priors; %s", (long long)(rows > 0 ? rows : expected),
             d->scores ? "no Softmax in the graph: done here" : "Softmax in the graph");
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    int rows = (int)oc_priors_count(&priors, head->width, head->height);
    enum oc_status st = OC_OK;
    for (int role = 0; !st && role < ROLES; role++)
        st = oc_head_expect(head, role, rows, role_floats[role], err);
    if (st)
        return st;
    const float *loc = oc_head_data(head, LOC), *conf = oc_head_data(head, CONF);
    for (int i = 0; !st && i < rows; i++, loc += 4, conf += 2) {
        float score = head->recipe->decode.scores == OC_SCORE_SOFTMAX ? oc_sigmoid(conf[1] - conf[0])
                                                                      : conf[1]; /* a softmax of two is a sigmoid */
        if (!(score >= head->score_threshold))
            continue;
        struct oc_prior prior = oc_priors_at(&priors, head->width, head->height, i);
        st = oc_candidates_add(out, &(struct oc_candidate){oc_prior_box(&priors, &prior, loc), score, 0, i}, err);
    }
    return st;
}

static void landmarks(const struct oc_head *head, int index, float points[5][2])
{
    struct oc_prior prior = oc_priors_at(&priors, head->width, head->height, index);
    oc_prior_points(&priors, &prior, oc_head_data(head, POINTS) + (size_t)index * 10, points);
}

const struct oc_family oc_family_retinaface = {.name = "retinaface",
                                               .title = "RetinaFace",
                                               .task = OC_TASK_FACE_DETECT,
                                               .recognise = recognise,
                                               .decode = decode,
                                               .landmarks = landmarks};

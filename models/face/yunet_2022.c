/*
 * YuNet as it was first published (opencv_zoo face_detection_yunet_2021dec and 2022mar): outputs loc [.., priors, 14], conf [.., priors, 2]
 * (softmax done, class 1 is a face) and iou [.., priors, 1]. score = sqrt(conf * clamp(iou)); boxes and points are offsets to priors of 10
 * to 256 pixels at strides 8 to 64. The variances are .1 for centres, points and the width, .2 for the height, as OpenCV 4.5.4's
 * face_detect.cpp and the zoo's yunet.py have it. Cells: the input's side halved with rounding down. Input: BGR 0..255. The points' order
 * is that of the new head: yunet.c.
 */
#include "models/face/priors.h"
#include "models/face/families.h"

enum { LOC, CONF, IOU, ROLES, LEVELS = 4 };

static const char *const role_names[ROLES] = {"loc", "conf", "iou"};
static const int role_floats[ROLES] = {14, 2, 1};
static const struct oc_prior_level levels[LEVELS] = {{8, 3, {10, 16, 24}}, {16, 2, {32, 48}}, {32, 2, {64, 96}}, {64, 3, {128, 192, 256}}};
static const struct oc_priors priors = {levels, LEVELS, .halved = true, .centre = 0.1f, .wide = 0.1f, .high = 0.2f};

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    for (int role = 0; role < ROLES; role++) {
        int i = oc_facts_output(f, role_names[role]);
        int64_t last = oc_facts_dim(f, i, 1);
        if (i < 0 || (last != -1 && last != role_floats[role]))
            return oc_family_decline(forced, &oc_family_yunet_2022, err, "outputs loc of 14, conf of 2 and iou of 1 numbers a row");
        r->decode.outputs[role] = i;
    }
    if (oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yunet_2022, err, "one picture in");
    int64_t rows = oc_facts_dim(f, r->decode.outputs[LOC], 2), expected = oc_priors_count(&priors, r->input.width, r->input.height);
    if (!forced && r->input.fixed_size && rows > 0 && rows != expected)
        return OC_DECLINED;
    r->input.fit = OC_FIT_TOP_LEFT;
    r->input.pixels.bgr = true;
    r->decode.n_strides = LEVELS;
    for (int i = 0; i < LEVELS; i++)
        r->decode.strides[i] = levels[i].stride;
    r->decode.n_outputs = ROLES;
    r->decode.n_classes = 1;
    r->decode.landmarks = true;
    r->thresholds = (struct oc_thresholds){.score = 0.6f, .iou = 0.3f, .max_detections = 750};
    snprintf(r->because, sizeof r->because, "outputs loc, conf and iou of 14, 2 and 1 numbers a row");
    return OC_OK;
}

static float score_of(const float *conf, float iou)
{
    float overlap = iou > 1 ? 1 : iou > 0 ? iou : 0; /* NaN becomes 0 */
    return sqrtf(conf[1] > 0 ? conf[1] * overlap : 0);
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    int rows = (int)oc_priors_count(&priors, head->width, head->height);
    enum oc_status st = OC_OK;
    for (int role = 0; !st && role < ROLES; role++)
        st = oc_head_expect(head, role, rows, role_floats[role], err);
    if (st)
        return st;
    const float *loc = oc_head_data(head, LOC), *conf = oc_head_data(head, CONF), *iou = oc_head_data(head, IOU);
    for (int i = 0; !st && i < rows; i++, loc += 14, conf += 2) {
        float score = score_of(conf, iou[i]);
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
    oc_prior_points(&priors, &prior, oc_head_data(head, LOC) + (size_t)index * 14 + 4, points);
}

const struct oc_family oc_family_yunet_2022 = {.name = "yunet_2022",
                                               .title = "YuNet of 2022",
                                               .task = OC_TASK_FACE_DETECT,
                                               .recognise = recognise,
                                               .decode = decode,
                                               .landmarks = landmarks};

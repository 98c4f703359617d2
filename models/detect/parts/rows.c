/* See rows.h. */
#include "models/detect/parts/rows.h"

struct oc_box oc_head_box(const struct oc_head *head, const float *p, size_t step)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    float a = p[0], b = p[step], c = p[2 * step], e = p[3 * step];
    struct oc_box box = {a, b, c, e};
    if (d->boxes == OC_BOX_CXCYWH)
        box = (struct oc_box){a - c / 2, b - e / 2, a + c / 2, b + e / 2};
    else if (d->boxes == OC_BOX_YXYX)
        box = (struct oc_box){b, a, e, c};
    if (d->normalised) {
        float w = (float)head->width, h = (float)head->height;
        box = (struct oc_box){box.x1 * w, box.y1 * h, box.x2 * w, box.y2 * h};
    }
    return box;
}

/* What the sum of a softmax over the row is, relative to its highest. */
struct normal {
    float top, sum;
};

static struct normal normal_of(const float *p, int n, size_t step)
{
    struct normal s = {.top = p[0]};
    for (int k = 1; k < n; k++)
        s.top = p[(size_t)k * step] > s.top ? p[(size_t)k * step] : s.top;
    for (int k = 0; k < n; k++)
        s.sum += expf(p[(size_t)k * step] - s.top);
    return s;
}

static float activate(const struct oc_decode_recipe *d, float score, const struct normal *s)
{
    switch (d->scores) {
    case OC_SCORE_LOGIT:
        return oc_sigmoid(score);
    case OC_SCORE_SOFTMAX:
        return expf(score - s->top) / s->sum;
    default:
        return score;
    }
}

/* Row i as class k with its number of the output `number`. */
static enum oc_status add(const struct oc_head *head, const struct oc_rows *rows, int64_t i, int k, float score, struct oc_candidates *out,
                          struct oc_err *err)
{
    if (!(score >= head->score_threshold))
        return OC_OK;
    struct oc_box box = oc_head_box(head, rows->boxes + (size_t)i * rows->box_row, rows->box_step);
    return oc_candidates_add(out, &(struct oc_candidate){box, score, k, rows->first_index + (int)i}, err);
}

static struct normal normal_if_needed(const struct oc_decode_recipe *d, const float *scores, int n, size_t step)
{
    return d->scores == OC_SCORE_SOFTMAX && n > 0 ? normal_of(scores, n, step) : (struct normal){0};
}

struct oc_scored oc_row_score(const struct oc_head *head, const float *scores, int n, size_t step)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int best = -1, id = -1;
    for (int k = 0; k < n; k++) {
        if (best >= 0 && !(scores[(size_t)k * step] > scores[(size_t)best * step]))
            continue;
        int wanted = oc_head_class(head, k);
        if (wanted < 0)
            continue;
        best = k;
        id = wanted;
    }
    if (best < 0)
        return (struct oc_scored){-1, 0};
    struct normal normal = normal_if_needed(d, scores, n, step);
    return (struct oc_scored){id, activate(d, scores[(size_t)best * step], &normal)};
}

/* Each class of row i that scores enough. */
static enum oc_status add_every_class(const struct oc_head *head, const struct oc_rows *rows, int64_t i, float sure,
                                      struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    const float *scores = rows->scores + (size_t)i * rows->score_row;
    struct normal normal = normal_if_needed(d, scores, rows->n_scores, rows->score_step);
    enum oc_status st = OC_OK;
    for (int k = 0; !st && k < rows->n_scores; k++) {
        int id = oc_head_class(head, k);
        if (id >= 0)
            st = add(head, rows, i, id, sure * activate(d, scores[(size_t)k * rows->score_step], &normal), out, err);
    }
    return st;
}

static enum oc_status decode_row(const struct oc_head *head, const struct oc_rows *rows, int64_t i, float sure, struct oc_candidates *out,
                                 struct oc_err *err)
{
    if (head->recipe->decode.every_class)
        return add_every_class(head, rows, i, sure, out, err);
    struct oc_scored s = oc_row_score(head, rows->scores + (size_t)i * rows->score_row, rows->n_scores, rows->score_step);
    return s.class_id < 0 ? OC_OK : add(head, rows, i, s.class_id, sure * s.score, out, err);
}

enum oc_status oc_rows_decode(const struct oc_head *head, const struct oc_rows *rows, struct oc_candidates *out, struct oc_err *err)
{
    bool logits = head->recipe->decode.scores == OC_SCORE_LOGIT;
    enum oc_status st = OC_OK;
    for (int64_t i = 0; !st && i < rows->n; i++) {
        float sure = rows->objectness ? rows->objectness[(size_t)i * rows->score_row] : 1;
        if (rows->objectness && logits)
            sure = oc_sigmoid(sure);
        if (sure >= head->score_threshold) /* no class is more than a probability of 1 */
            st = decode_row(head, rows, i, sure, out, err);
    }
    return st;
}

enum oc_status oc_rows_of_tensor(const struct oc_head *head, int role, int64_t numbers, struct oc_rows *rows, struct oc_err *err)
{
    int64_t a = oc_head_dim(head, role, 2), b = oc_head_dim(head, role, 1);
    bool last = b == numbers && (a != numbers || head->recipe->decode.channels_last);
    enum oc_status st = oc_head_expect(head, role, last ? a : numbers, last ? numbers : b, err);
    if (st)
        return st;
    if (!last && a != numbers)
        return oc_err_set(err, OC_E_MODEL, "output %d: rows of %lld numbers are expected, the last dimensions are %lld and %lld",
                          head->recipe->decode.outputs[role], (long long)numbers, (long long)a, (long long)b);
    rows->n = last ? a : b;
    rows->boxes = oc_head_data(head, role);
    rows->box_row = rows->score_row = last ? (size_t)numbers : 1;
    rows->box_step = rows->score_step = last ? 1 : (size_t)b;
    return OC_OK;
}

/* See labelled.h. */
#include "models/detect/parts/labelled.h"

enum { SMALL_MASK = 64 };

/* One output read row by row. */
struct column {
    const struct eng_tensor *t;
    int64_t row, at, rows;
};

/* The output with rows of at least `numbers` numbers; those of one number may have no dimension of their own. */
static enum oc_status open_column(const struct oc_head *head, struct oc_place place, int numbers, bool boxes, struct column *c,
                                  struct oc_err *err)
{
    const struct eng_tensor *t = head->outputs[place.role];
    bool alone = !boxes && place.at == 0;
    *c = (struct column){.t = t, .at = place.at, .row = alone ? 1 : oc_head_dim(head, place.role, 1)};
    if (c->row < place.at + numbers || (boxes && t->dtype != ENG_DT_F32) || t->shape.rank < 1)
        return oc_err_set(err, OC_E_MODEL, "output %d: rows of at least %d numbers are expected", head->recipe->decode.outputs[place.role],
                          place.at + numbers);
    c->rows = eng_shape_count(&t->shape) / c->row;
    return OC_OK;
}

static double number(const struct column *c, int64_t i)
{
    return oc_tensor_number(c->t, i * c->row + c->at);
}

enum oc_status oc_labelled_decode(const struct oc_head *head, const struct oc_labelled *form, struct oc_candidates *out, struct oc_err *err)
{
    struct column box, score, label;
    enum oc_status st = open_column(head, form->box, 4, true, &box, err);
    (void)(st || (st = open_column(head, form->score, 1, form->score.role == form->box.role, &score, err)) ||
           (st = open_column(head, form->label, 1, form->label.role == form->box.role, &label, err)));
    if (st)
        return st;
    int64_t n = box.rows < score.rows ? box.rows : score.rows;
    n = n < label.rows ? n : label.rows;
    if (form->count >= 0 && eng_shape_count(&head->outputs[form->count]->shape) > 0) {
        double count = oc_tensor_number(head->outputs[form->count], 0);
        n = count >= 0 && count < (double)n ? (int64_t)count : n;
    }
    n = n < INT32_MAX ? n : INT32_MAX;
    for (int64_t i = 0; !st && i < n; i++) {
        double s = number(&score, i), k = number(&label, i);
        int id = k >= 0 && k < LIM_LABELS + 1 ? oc_head_class(head, (int64_t)k) : -1;
        if (!(s >= (double)head->score_threshold) || id < 0)
            continue;
        struct oc_box b = oc_head_box(head, (const float *)box.t->data + i * box.row + box.at, 1);
        st = oc_candidates_add(out, &(struct oc_candidate){b, (float)s, id, (int)i}, err);
    }
    return st;
}

enum oc_status oc_labelled_mask(const struct oc_head *head, int role, const struct oc_candidate *c, struct oc_mask_grid *grid,
                                struct oc_err *err)
{
    int64_t h = oc_head_dim(head, role, 2), w = oc_head_dim(head, role, 1), all = eng_shape_count(&head->outputs[role]->shape);
    if (head->outputs[role]->dtype != ENG_DT_F32 || h < 1 || w < 1 || h > LIM_NETWORK_SIDE || w > LIM_NETWORK_SIDE || c->index < 0 ||
        c->index >= all / (h * w))
        return oc_err_set(err, OC_E_MODEL, "output %d: a mask for each box is expected", head->recipe->decode.outputs[role]);
    grid->width = (int)w;
    grid->height = (int)h;
    grid->values = oc_head_data(head, role) + (int64_t)c->index * h * w;
    grid->threshold = head->recipe->decode.scores == OC_SCORE_LOGIT ? 0 : 0.5f;
    grid->place = h <= SMALL_MASK && w <= SMALL_MASK ? c->box : (struct oc_box){0, 0, (float)head->width, (float)head->height};
    return OC_OK;
}

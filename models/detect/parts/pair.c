/* See pair.h. */
#include "models/detect/parts/pair.h"

static bool is_rows(const struct eng_facts *f, int i)
{
    return i >= 0 && f->outputs[i].shape_known && f->outputs[i].shape.rank == 3;
}

bool oc_facts_pair(const struct eng_facts *f, const char *boxes, const char *scores, struct oc_recipe *r, int64_t *rows)
{
    struct oc_decode_recipe *d = &r->decode;
    int b = boxes ? oc_facts_output(f, boxes) : -1, s = scores ? oc_facts_output(f, scores) : -1;
    if ((b < 0 || s < 0) && f->n_outputs == 2) {
        b = oc_facts_dim(f, 0, 1) == 4 ? 0 : 1;
        s = 1 - b;
    }
    int64_t classes = oc_facts_dim(f, s, 1), n = oc_facts_dim(f, b, 2), m = oc_facts_dim(f, s, 2);
    if (!is_rows(f, b) || !is_rows(f, s) || oc_facts_dim(f, b, 1) != 4 || classes < 1 || classes > LIM_LABELS || (n > 0 && m > 0 && n != m))
        return false;
    *rows = n;
    d->outputs[OC_PAIR_BOXES] = b;
    d->outputs[OC_PAIR_SCORES] = s;
    d->n_outputs = OC_PAIR_OUTPUTS;
    d->n_scores = d->n_classes = (int)classes;
    d->boxes_decoded = d->channels_last = true;
    return true;
}

enum oc_status oc_pair_decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    int n_scores = head->recipe->decode.n_scores;
    struct oc_rows boxes, rows = {.n_scores = n_scores};
    enum oc_status st = oc_rows_of_tensor(head, OC_PAIR_BOXES, 4, &boxes, err);
    if (!st)
        st = oc_rows_of_tensor(head, OC_PAIR_SCORES, n_scores, &rows, err);
    if (!st && boxes.n != rows.n)
        st = oc_err_set(err, OC_E_MODEL, "%lld boxes and %lld rows of scores do not fit together", (long long)boxes.n, (long long)rows.n);
    if (st)
        return st;
    rows.scores = rows.boxes;
    rows.boxes = boxes.boxes;
    rows.box_row = boxes.box_row;
    rows.box_step = boxes.box_step;
    return oc_rows_decode(head, &rows, out, err);
}

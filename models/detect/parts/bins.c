/* See bins.h. */
#include "models/detect/parts/bins.h"

/* Expectation of a softmax over the bins. */
static float mean_bin(const float *logits, int bins, size_t step)
{
    float top = logits[0], sum = 0, mean = 0;
    for (int i = 1; i < bins; i++)
        top = logits[(size_t)i * step] > top ? logits[(size_t)i * step] : top;
    for (int i = 0; i < bins; i++) {
        float e = expf(logits[(size_t)i * step] - top);
        sum += e;
        mean += e * (float)i;
    }
    return mean / sum;
}

enum oc_status oc_bins_decode(const struct oc_head *head, const struct oc_bins_level *l, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int cells = l->columns * l->rows;
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < cells; i++) {
        const float *scores = l->scores + (size_t)i * l->score_row, *bins = l->bins + (size_t)i * l->bin_row;
        int k = oc_best_class(head, scores, d->n_classes, l->score_step);
        float score = k < 0 ? -1 : scores[(size_t)k * l->score_step], side[4];
        if (k >= 0 && d->scores == OC_SCORE_LOGIT)
            score = oc_sigmoid(score);
        if (k < 0 || !(score >= head->score_threshold))
            continue;
        for (int j = 0; j < 4; j++)
            side[j] = mean_bin(bins + (size_t)(j * d->bins) * l->bin_step, d->bins, l->bin_step) * (j % 2 ? l->stride_y : l->stride_x);
        int column = i % l->columns, row = i / l->columns;
        float cx = ((float)column + d->cell_offset) * l->stride_x, cy = ((float)row + d->cell_offset) * l->stride_y;
        struct oc_box box = {cx - side[0], cy - side[1], cx + side[2], cy + side[3]};
        st = oc_candidates_add(out, &(struct oc_candidate){box, score, k, l->first_index + i}, err);
    }
    return st;
}

/*
 * Heads whose every row is one box with a score for each class: what most exports come to. A row's numbers may lie side by side or a
 * plane apart, boxes and scores in one tensor or in two.
 */
#ifndef OC_MODELS_DETECT_PARTS_ROWS_H
#define OC_MODELS_DETECT_PARTS_ROWS_H

#include "models/recipe/family.h"

/* Number k of row i is at i * row + k * step. Everything is borrowed. */
struct oc_rows {
    int64_t n;
    const float *boxes;
    size_t box_row, box_step;
    const float *scores;
    size_t score_row, score_step;
    int n_scores;
    const float *objectness; /* of row 0; a row is score_row on. NULL: none */
    int first_index;         /* of row 0 in the head */
};

/*
 * Adds each row whose score is the threshold or more: the best wanted class's, or every class's (decode.every_class). Scores are read as
 * decode.scores says, and times the objectness, of which the same holds; boxes as decode.boxes and decode.normalised say.
 */
enum oc_status oc_rows_decode(const struct oc_head *head, const struct oc_rows *rows, struct oc_candidates *out,
                              struct oc_err *err) OC_MUST_CHECK;
/* The best wanted class of n scores that lie `step` floats apart, as decode.scores says; class_id -1: none is wanted. */
struct oc_scored {
    int class_id;
    float score;
};
struct oc_scored oc_row_score(const struct oc_head *head, const float *scores, int n, size_t step);
/* Four numbers, `step` floats apart, as a box in network pixels, by decode.boxes and decode.normalised. */
struct oc_box oc_head_box(const struct oc_head *head, const float *p, size_t step);
/*
 * Rows of one tensor of rank 2 or more, whose last two dimensions are rows and `numbers` of a row, or the other way round
 * (decode.channels_last says which; where only one fits, that one). rows->boxes is the first number; what lies behind is the caller's to
 * point at, with the same row and step. OC_E_MODEL when neither fits.
 */
enum oc_status oc_rows_of_tensor(const struct oc_head *head, int role, int64_t numbers, struct oc_rows *rows,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

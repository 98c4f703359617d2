/* Heads of two outputs: boxes [1, rows, 4] and scores [1, rows, classes]. */
#ifndef OC_MODELS_DETECT_PARTS_PAIR_H
#define OC_MODELS_DETECT_PARTS_PAIR_H

#include "models/detect/parts/rows.h"

enum { OC_PAIR_BOXES, OC_PAIR_SCORES, OC_PAIR_OUTPUTS }; /* roles */

/*
 * Finds the two among a file's outputs of rank 3, by the names given (each may be NULL) or, where no output has them, by being the only
 * two with as many rows, one of them with 4 numbers. Fills roles, n_scores and n_classes; false: there are none. *rows: how many.
 */
bool oc_facts_pair(const struct eng_facts *f, const char *boxes, const char *scores, struct oc_recipe *r, int64_t *rows);
/* Rows of the two, as decode.boxes, normalised, scores and every_class say. OC_E_MODEL when they do not fit together. */
enum oc_status oc_pair_decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err) OC_MUST_CHECK;

#endif

/* What a scatter does where it writes: replaces, adds, multiplies, or keeps the smaller or larger number. */
#ifndef ENG_OPS_COMBINE_H
#define ENG_OPS_COMBINE_H

#include "engine/ops/op.h"

enum eng_combine { ENG_COMBINE_NONE, ENG_COMBINE_ADD, ENG_COMBINE_MUL, ENG_COMBINE_MIN, ENG_COMBINE_MAX };

/* The node's attribute "reduction"; OC_E_MODEL for an unknown word, or arithmetic on bool. */
enum oc_status eng_combine_of(struct oc_err *err, const struct eng_node *n, enum eng_dtype t, enum eng_combine *out) OC_MUST_CHECK;
/* to[i] = to[i] op from[i] for n elements. */
void eng_combine_run(enum eng_combine op, enum eng_dtype t, void *to, const void *from, int64_t n);

#endif

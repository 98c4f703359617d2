/*
 * Two-input float operators on whole rows: where broadcasting repeats a short row or a number for each row, one call of a
 * vector kernel covers many runs of the iterator in span.h.
 */
#ifndef ENG_OPS_MATH_VECTOR_H
#define ENG_OPS_MATH_VECTOR_H

#include "engine/kernels/kernels.h"
#include "engine/ops/op.h"

/*
 * A two-input float operator: equal shapes, one number, one row for all rows (bias, per channel with channels last), one
 * number for each row (per channel in N,C,H,W). OC_DECLINED for other types and broadcasts; k is untouched then.
 */
enum oc_status eng_vector_binary(const struct eng_prepare *c, enum eng_binary op, const char *impl, struct eng_kernel *k) OC_MUST_CHECK;

#endif

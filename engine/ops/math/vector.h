/* Elementwise float operators on the vector kernels of engine/kernels, for the shapes and functions that those cover. */
#ifndef ENG_OPS_MATH_VECTOR_H
#define ENG_OPS_MATH_VECTOR_H

#include "engine/kernels/kernels.h"
#include "engine/ops/op.h"

/*
 * A two-input float operator: equal shapes, one number, one row for all rows (bias, per channel with channels last), one
 * number for each row (per channel in N,C,H,W). OC_DECLINED for other types and broadcasts; k is untouched then.
 */
enum oc_status eng_vector_binary(const struct eng_prepare *c, enum eng_binary op, const char *impl, struct eng_kernel *k);
/* An activation, or a function, of every number of input 0; OC_DECLINED when that is not float. */
enum oc_status eng_vector_act(const struct eng_prepare *c, enum eng_act act, float alpha, float beta, const char *impl,
                              struct eng_kernel *k);
enum oc_status eng_vector_unary(const struct eng_prepare *c, enum eng_unary op, const char *impl, struct eng_kernel *k);

#endif

/* The tensor that a Constant node holds. */
#ifndef ENG_OPS_SHAPE_CONSTANT_H
#define ENG_OPS_SHAPE_CONSTANT_H

#include "engine/ops/op.h"

/* One reference to the caller. OC_E_UNSUPPORTED for strings and sparse tensors, OC_E_MODEL without a value. */
enum oc_status eng_constant_of(const struct eng_node *n, struct eng_const **out, struct oc_err *err) OC_MUST_CHECK;

#endif

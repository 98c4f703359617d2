/* Indices that a model computes: read as int64 from int32 or int64 tensors, made non-negative, checked in run. */
#ifndef ENG_OPS_INDEX_H
#define ENG_OPS_INDEX_H

#include "engine/ops/op.h"

static inline int64_t eng_index_at(const struct eng_tensor *t, int64_t i)
{
    return t->dtype == ENG_DT_I64 ? ((const int64_t *)t->data)[i] : ((const int32_t *)t->data)[i];
}

/* -size..size-1 made 0..size-1; false when it lies outside. */
static inline bool eng_index_wrap(int64_t *index, int64_t size)
{
    *index += *index < 0 ? size : 0;
    return *index >= 0 && *index < size;
}

/* OC_E_MODEL: "index 7 (element 3) is not in -5..4". */
enum oc_status eng_index_bad(struct oc_err *err, const char *op, int64_t index, int64_t element, int64_t size);

#endif

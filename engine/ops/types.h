/*
 * Element types as operators see them: X-macros over the C types, sets of types, and the checks that infer makes.
 * float16 and bfloat16 are storage only: arithmetic on them is done in float (ops/half.h).
 */
#ifndef ENG_OPS_TYPES_H
#define ENG_OPS_TYPES_H

#include "engine/ops/op.h"

/* X(name after ENG_DT_, C type, unsigned twin) */
#define ENG_SIGNED_TYPES(X) X(I8, int8_t, uint8_t) X(I16, int16_t, uint16_t) X(I32, int32_t, uint32_t) X(I64, int64_t, uint64_t)
#define ENG_UNSIGNED_TYPES(X) X(U8, uint8_t, uint8_t) X(U16, uint16_t, uint16_t) X(U32, uint32_t, uint32_t) X(U64, uint64_t, uint64_t)
#define ENG_INTEGER_TYPES(X) ENG_SIGNED_TYPES(X) ENG_UNSIGNED_TYPES(X)
#define ENG_FLOAT_TYPES(X) X(F32, float, float) X(F64, double, double)

#define ENG_T(name) (1u << ENG_DT_##name)
#define ENG_T_HALF (ENG_T(F16) | ENG_T(BF16))
#define ENG_T_FLOAT (ENG_T(F32) | ENG_T(F64) | ENG_T_HALF)
#define ENG_T_SIGNED (ENG_T(I8) | ENG_T(I16) | ENG_T(I32) | ENG_T(I64))
#define ENG_T_UNSIGNED (ENG_T(U8) | ENG_T(U16) | ENG_T(U32) | ENG_T(U64))
#define ENG_T_INTEGER (ENG_T_SIGNED | ENG_T_UNSIGNED)
#define ENG_T_NUMERIC (ENG_T_FLOAT | ENG_T_INTEGER)
#define ENG_T_ANY (ENG_T_NUMERIC | ENG_T(BOOL))
#define ENG_T_INDEX (ENG_T(I32) | ENG_T(I64))

static inline bool eng_type_in(enum eng_dtype t, uint32_t set)
{
    return (unsigned)t < 32 && (set >> t & 1) != 0;
}

static inline bool eng_type_is_half(enum eng_dtype t)
{
    return t == ENG_DT_F16 || t == ENG_DT_BF16;
}

/* Input i is there and has a type of the set; OC_E_MODEL names the input and its type. */
enum oc_status eng_need_type(struct eng_infer *c, int i, uint32_t set) OC_MUST_CHECK;
/* Inputs first..last (those that are there) have one type, of the set. */
enum oc_status eng_need_same_types(struct eng_infer *c, int first, int last, uint32_t set) OC_MUST_CHECK;
/* The input, or NULL when it is absent or the node has fewer. */
const struct eng_value *eng_infer_in(const struct eng_infer *c, int i);
const struct eng_value *eng_prepare_in(const struct eng_prepare *c, int i);
/* A tensor of the call, or NULL when it is absent; n_in is the node's. */
const struct eng_tensor *eng_call_in(const struct eng_call *call, int n_in, int i);

/* Element i of a tensor of any type as a double, and of an integer or bool type as an int64. For code where speed does not matter. */
double eng_load_f64(enum eng_dtype t, const void *data, int64_t i);
int64_t eng_load_i64(enum eng_dtype t, const void *data, int64_t i);
/* Stores with rounding to nearest (floats) or truncation and clamping (integers; NaN becomes 0); bool: v != 0. */
void eng_store_f64(enum eng_dtype t, void *data, int64_t i, double v);
/* Stores the low bits of v; floats: the nearest number. */
void eng_store_i64(enum eng_dtype t, void *data, int64_t i, int64_t v);

#endif

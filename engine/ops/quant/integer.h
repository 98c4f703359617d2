/* 8-bit factors with zero points, summed in int32: what MatMulInteger, QLinearMatMul, ConvInteger and QLinearConv share. */
#ifndef ENG_OPS_QUANT_INTEGER_H
#define ENG_OPS_QUANT_INTEGER_H

#include "engine/ops/types.h"

static inline int32_t eng_byte_at(enum eng_dtype t, const void *data, int64_t i)
{
    return t == ENG_DT_U8 ? ((const uint8_t *)data)[i] : ((const int8_t *)data)[i];
}

/* A zero point of a tensor with one of them or `count` of them; 0 for an absent one. */
static inline int32_t eng_zero_at(const struct eng_tensor *zero, int64_t i)
{
    return !zero || !zero->data ? 0 : eng_byte_at(zero->dtype, zero->data, eng_shape_count(&zero->shape) == 1 ? 0 : i);
}

/* saturate(round(sum * factor) + zero) of the type t, u8 or i8; ties to even. */
static inline int32_t eng_requantise(enum eng_dtype t, float sum, float factor, int32_t zero)
{
    float low = t == ENG_DT_U8 ? 0 : -128, high = t == ENG_DT_U8 ? 255 : 127;
    float v = __builtin_rintf(sum * factor) + (float)zero;
    return (int32_t)(v > low ? (v < high ? v : high) : low);
}

#endif

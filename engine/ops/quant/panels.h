/*
 * Matrices of bytes made ready for the int8 kernel: the left one as u8 in rows of whole groups, the right one as s8 in panels of columns.
 * A byte of the other sign is moved by 128, and its zero point with it, so that every product of differences is
 * sum(a b) - za sum(b) - zb sum(a) + k za zb.
 */
#ifndef ENG_OPS_QUANT_PANELS_H
#define ENG_OPS_QUANT_PANELS_H

#include "engine/kernels/kernels.h"
#include "engine/ops/quant/integer.h"

/* Bytes of one row of k bytes in whole groups. */
static inline int64_t eng_int8_row(int64_t k)
{
    return (k + ENG_INT8_GROUP - 1) / ENG_INT8_GROUP * ENG_INT8_GROUP;
}

/* Panels of n columns. */
static inline int64_t eng_int8_panels(int64_t n)
{
    return (n + ENG_INT8_COLS - 1) / ENG_INT8_COLS;
}

/* Bytes that `count` right matrices of k x n take, with their columns' sums; false when it does not fit. 64-byte aligned. */
bool eng_int8_right_bytes(int64_t count, int64_t k, int64_t n, size_t *bytes);
/* Packs them: panels of all, then int32 sums, panels * ENG_INT8_COLS a matrix. b is dense, rows of n. */
void eng_int8_pack_right(enum eng_dtype type, const void *b, int64_t count, int64_t k, int64_t n, void *packed);
static inline const int8_t *eng_int8_panel_at(const void *packed, int64_t matrix, int64_t k, int64_t n, int64_t panel)
{
    return (const int8_t *)packed + (matrix * eng_int8_panels(n) + panel) * eng_int8_row(k) * ENG_INT8_COLS;
}
static inline const int32_t *eng_int8_sums_at(const void *packed, int64_t count, int64_t matrix, int64_t k, int64_t n, int64_t panel)
{
    return (const int32_t *)(const void *)eng_int8_panel_at(packed, count, k, n, 0) + (matrix * eng_int8_panels(n) + panel) * ENG_INT8_COLS;
}

/* One left row of k bytes into eng_int8_row(k) bytes, zeros behind; returns the sum of the k moved bytes. */
int32_t eng_int8_pack_left(enum eng_dtype type, const void *a, int64_t k, uint8_t *row);

/* A zero point, moved as its matrix is. */
static inline int32_t eng_int8_left_zero(enum eng_dtype type, int32_t zero)
{
    return type == ENG_DT_U8 ? zero : zero + 128;
}
static inline int32_t eng_int8_right_zero(enum eng_dtype type, int32_t zero)
{
    return type == ENG_DT_I8 ? zero : zero - 128;
}

#endif

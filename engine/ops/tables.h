/*
 * The operator tables that are built in. Every file in engine/ops/ that implements operators defines
 *
 *     const struct eng_op_def eng_ops_<file>[] = { {"", "Relu", ...}, ..., {.name = NULL} };
 *
 * ended by a row without a name, and is listed here with one line, X(<file>).
 */
#ifndef ENG_OPS_TABLES_H
#define ENG_OPS_TABLES_H

#include "engine/ops/op.h"

#define ENG_OP_TABLES(X) \
    X(conv)              \
    X(matmul)            \
    X(gemm)              \
    X(act)               \
    X(pool_max)          \
    X(pool_average)      \
    X(pool_lp)           \
    X(pool_global)       \
    X(max_unpool)        \
    X(lrn)               \
    X(batch_norm)        \
    X(group_norm)        \
    X(layer_norm)        \
    X(axes_norm)         \
    X(constant)          \
    X(grid_sample)       \
    X(quantize_linear)   \
    X(quantize_dynamic)  \
    X(int8_matmul)       \
    X(int8_conv)         \
    X(roi_align)         \
    X(affine_grid)       \
    X(col2im)            \
    X(suppression)       \
    X(windows)           \
    X(det)               \
    X(attention)         \
    X(resize)            \
    X(arithmetic)        \
    X(power)             \
    X(variadic)          \
    X(compare)           \
    X(where)             \
    X(bitwise)           \
    X(unary)             \
    X(activation)        \
    X(clip)              \
    X(cast)              \
    X(view)              \
    X(shape_of)          \
    X(transpose)         \
    X(concat)            \
    X(slice)             \
    X(expand)            \
    X(generate)          \
    X(gather)            \
    X(gather_elements)   \
    X(scatter_elements)  \
    X(nd)                \
    X(pad)               \
    X(blocks)            \
    X(select)            \
    X(softmax)           \
    X(reduce)            \
    X(arg)               \
    X(topk)              \
    X(cumsum)            \
    X(einsum)            \
    X(legacy)

#define ENG_OP_TABLE_DECLARE(file) extern const struct eng_op_def eng_ops_##file[];
ENG_OP_TABLES(ENG_OP_TABLE_DECLARE)
#undef ENG_OP_TABLE_DECLARE

#endif

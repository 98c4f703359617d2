/*
 * Vectorised f32 loops that operators call: one table of functions for each instruction set, all compiled from
 * the same C source (isa/), and a slow twin in plain C with libm (reference.c) that is their test oracle. The table
 * is chosen once by oc_cpu_isa(). Functions touch only the elements they are told of; pointers need no alignment.
 *
 * In place: where a function has an input and an output of the same size, they may be the same memory, but must
 * not overlap otherwise. NaN goes through everything.
 */
#ifndef ENG_KERNELS_KERNELS_H
#define ENG_KERNELS_KERNELS_H

#include "base/cpu.h"
#include "engine/ir/graph.h"

enum eng_unary {
    ENG_UN_EXP,
    ENG_UN_LOG,
    ENG_UN_ERF,
    ENG_UN_SQRT,
    ENG_UN_ABS,
    ENG_UN_NEG,
    ENG_UN_RECIPROCAL,
    ENG_UN_FLOOR,
    ENG_UN_CEIL,
    ENG_UN_COUNT
};
enum eng_binary {
    ENG_BI_ADD,
    ENG_BI_SUB,
    ENG_BI_MUL,
    ENG_BI_DIV,
    ENG_BI_MAX,
    ENG_BI_MIN,
    ENG_BI_PRELU /* a < 0 ? a * b : a */,
    ENG_BI_COUNT
};

/* One image, N,H,W,C with n = 1, under a sliding window. Padding may reach past the end (ceil_mode). */
struct eng_window_geometry {
    int64_t channels, h_in, w_in, h_out, w_out;
    int64_t kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    int64_t pad_bottom, pad_right; /* only for the divisor of average pooling with padding included */
};

enum { ENG_INT8_ROWS = 6, ENG_INT8_COLS = 64, ENG_INT8_GROUP = 4 }; /* of int8_panel */

struct eng_kernels {
    const char *name;

    /* y[i] = act(x[i]); alpha and beta as enum eng_act says. */
    void (*act)(enum eng_act act, float alpha, float beta, const float *x, float *y, size_t n);
    /* rows of `cols` numbers, dense: y = act(x + bias[col] + residual); bias (cols numbers) and residual (as x) may be NULL. */
    void (*act_rows)(enum eng_act act, float alpha, float beta, const float *x, const float *bias, const float *residual, float *y,
                     size_t rows, size_t cols);
    /* y[i] = f(x[i]) */
    void (*unary)(enum eng_unary op, const float *x, float *y, size_t n);

    /* y[i] = a[i] op b[i] */
    void (*binary)(enum eng_binary op, const float *a, const float *b, float *y, size_t n);
    /* y[i] = a[i] op b, or b op a[i] when reversed */
    void (*binary_scalar)(enum eng_binary op, const float *a, float b, bool reversed, float *y, size_t n);
    /* y[r][i] = a[r][i] op b[i], or reversed: one row b of `cols` numbers for every row of a */
    void (*binary_row)(enum eng_binary op, const float *a, const float *b, bool reversed, float *y, size_t rows, size_t cols);

    /* y = softmax(x * scale + mask) over n numbers; mask may be NULL. log: its logarithm. A row of only -inf gives NaN. */
    void (*softmax)(const float *x, float scale, const float *mask, float *y, size_t n, bool log);
    /* y = (x - mean) / sqrt(variance + eps) * scale + bias; scale and bias (n numbers) may be NULL; mean, inverse deviation when not NULL.
     */
    void (*layer_norm)(const float *x, const float *scale, const float *bias, float eps, float *y, size_t n, float *mean, float *inv_std);
    float (*sum)(const float *x, size_t n);         /* 0 for n = 0 */
    float (*sum_squares)(const float *x, size_t n); /* of x[i]^2 */
    float (*sum_abs)(const float *x, size_t n);
    float (*maximum)(const float *x, size_t n); /* -inf for n = 0; NaN when one is */
    float (*minimum)(const float *x, size_t n); /* inf for n = 0; NaN when one is */
    float (*dot)(const float *a, const float *b, size_t n);
    /* y[i] += a * x[i] */
    void (*axpy)(float a, const float *x, float *y, size_t n);

    /* y[c][r] = x[r][c]: rows x cols numbers, rows of x are x_stride numbers apart, rows of y y_stride. Not in place. */
    void (*transpose)(const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows, size_t cols);

    /* Rows row0..row1-1 of the output of one channels-last image. Not in place. Max: padding never wins; a window of padding gives -inf. */
    void (*max_pool)(const struct eng_window_geometry *g, const float *x, float *y, int64_t row0, int64_t row1);
    void (*avg_pool)(const struct eng_window_geometry *g, bool include_pad, const float *x, float *y, int64_t row0, int64_t row1);
    /* Depthwise convolution: weight is [kh*kw][channels], bias [channels] or NULL; then the activation. */
    void (*depthwise)(const struct eng_window_geometry *g, const float *x, const float *weight, const float *bias, enum eng_act act,
                      float alpha, float beta, float *y, int64_t row0, int64_t row1);
    /*
     * One row of a convolution from planes to channels last: y[ox][c] = bias[c] + sum over rows r and taps k of
     * row[r][ox * stride + k * dil] * weight[r * kw + k][c]. weight rows and bias have c_padded numbers, a multiple of 16,
     * zeros behind c_out. Each row holds (w_out - 1) * stride + (kw - 1) * dil + 1 numbers.
     */
    void (*conv_line)(const float *const *row, int64_t rows, int64_t kw, int64_t stride, int64_t dil, const float *weight,
                      const float *bias, int64_t c_out, int64_t c_padded, float *y, int64_t w_out);
    /*
     * out[rows][ENG_INT8_COLS] = a[rows][groups * ENG_INT8_GROUP] times one panel of bytes, [groups][ENG_INT8_COLS][ENG_INT8_GROUP];
     * rows of a are `stride` bytes apart, 1 to ENG_INT8_ROWS of them. Sums too long for int32 wrap.
     */
    void (*int8_panel)(const uint8_t *a, int64_t stride, int rows, const int8_t *panel, int64_t groups, int32_t *out);
    /* y[i] = saturate(round(x[i] / scale) + zero), ties to even; NaN becomes 0. */
    void (*to_u8)(const float *x, float scale, float zero, uint8_t *y, size_t n);
};

/* Its members but the name, for the tables of instruction sets. */
/* By hand: clang-format never comes to rest over such a list. */
/* clang-format off */
#define ENG_KERNEL_LIST(X) \
    X(act) X(act_rows) X(unary) X(binary) X(binary_scalar) X(binary_row) \
    X(softmax) X(layer_norm) X(sum) X(sum_squares) X(sum_abs) X(maximum) \
    X(minimum) X(dot) X(axpy) X(transpose) X(max_pool) X(avg_pool) \
    X(depthwise) X(conv_line) X(int8_panel) X(to_u8)
/* clang-format on */

/* The table for this processor. */
const struct eng_kernels *eng_kernels(void);
/* The table for one instruction set, or NULL when this build has none (the processor must have it: oc_cpu_isa() >= isa). */
const struct eng_kernels *eng_kernels_for(enum oc_isa isa);
/* The slow twin. */
extern const struct eng_kernels eng_kernels_reference;

#endif

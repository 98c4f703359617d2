/* The slow twin of every vector kernel: one number at a time, libm, sums in double. The oracle of tests; never changed for speed. */
#include "engine/kernels/kernels.h"
#include "engine/kernels/window.h"
#include <math.h>

static float act_one(enum eng_act act, double alpha, double beta, float value)
{
    double x = (double)value;
    switch (act) {
    case ENG_ACT_NONE:
    case ENG_ACT_COUNT:
        break;
    case ENG_ACT_RELU:
        return x < 0 ? 0.0f : value;
    case ENG_ACT_LEAKY:
        return (float)(x < 0 ? alpha * x : x);
    case ENG_ACT_CLIP:
        x = x < alpha ? alpha : x;
        return (float)(x > beta ? beta : x);
    case ENG_ACT_SIGMOID:
        return (float)(1 / (1 + exp(-x)));
    case ENG_ACT_TANH:
        return (float)tanh(x);
    case ENG_ACT_SILU:
        return (float)(x / (1 + exp(-alpha * x)));
    case ENG_ACT_HARDSIGMOID:
        x = alpha * x + beta;
        x = x < 0 ? 0 : x;
        return (float)(x > 1 ? 1 : x);
    case ENG_ACT_HARDSWISH: {
        double h = x / 6 + 0.5;
        h = h < 0 ? 0 : h;
        return (float)(x * (h > 1 ? 1 : h));
    }
    case ENG_ACT_GELU_ERF:
        return (float)(0.5 * x * (1 + erf(x * 0.70710678118654752)));
    case ENG_ACT_GELU_TANH:
        return (float)(0.5 * x * (1 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))));
    case ENG_ACT_ELU:
        return (float)(x < 0 ? alpha * expm1(x) : x);
    case ENG_ACT_MISH:
        return (float)(x * tanh(log1p(exp(x))));
    }
    return value;
}

static void k_act(enum eng_act act, float alpha, float beta, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = act_one(act, (double)alpha, (double)beta, x[i]);
}

static void k_act_rows(enum eng_act act, float alpha, float beta, const float *x, const float *bias, const float *residual, float *y,
                       size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows * cols; i++)
        y[i] = act_one(act, (double)alpha, (double)beta, x[i] + (bias ? bias[i % cols] : 0.0f) + (residual ? residual[i] : 0.0f));
}

static float unary_one(enum eng_unary op, float x)
{
    switch (op) {
    case ENG_UN_EXP:
        return (float)exp((double)x);
    case ENG_UN_LOG:
        return (float)log((double)x);
    case ENG_UN_ERF:
        return (float)erf((double)x);
    case ENG_UN_SQRT:
        return sqrtf(x);
    case ENG_UN_ABS:
        return fabsf(x);
    case ENG_UN_NEG:
        return -x;
    case ENG_UN_RECIPROCAL:
        return 1.0f / x;
    case ENG_UN_FLOOR:
        return floorf(x);
    case ENG_UN_CEIL:
        return ceilf(x);
    case ENG_UN_COUNT:
        break;
    }
    return x;
}

static void k_unary(enum eng_unary op, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = unary_one(op, x[i]);
}

static float binary_one(enum eng_binary op, float a, float b)
{
    switch (op) {
    case ENG_BI_ADD:
        return a + b;
    case ENG_BI_SUB:
        return a - b;
    case ENG_BI_MUL:
        return a * b;
    case ENG_BI_DIV:
        return a / b;
    case ENG_BI_MAX:
        return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    case ENG_BI_MIN:
        return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    case ENG_BI_PRELU:
        return a < 0 ? a * b : a;
    case ENG_BI_COUNT:
        break;
    }
    return a;
}

static void k_binary(enum eng_binary op, const float *a, const float *b, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = binary_one(op, a[i], b[i]);
}

static void k_binary_scalar(enum eng_binary op, const float *a, float b, bool reversed, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = reversed ? binary_one(op, b, a[i]) : binary_one(op, a[i], b);
}

static void k_binary_row(enum eng_binary op, const float *a, const float *b, bool reversed, float *y, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows * cols; i++)
        y[i] = reversed ? binary_one(op, b[i % cols], a[i]) : binary_one(op, a[i], b[i % cols]);
}

static float k_sum(const float *x, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += (double)x[i];
    return (float)s;
}

static float k_sum_squares(const float *x, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += (double)x[i] * (double)x[i];
    return (float)s;
}

static float k_sum_abs(const float *x, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += fabs((double)x[i]);
    return (float)s;
}

static float k_dot(const float *a, const float *b, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += (double)a[i] * (double)b[i];
    return (float)s;
}

static float k_maximum(const float *x, size_t n)
{
    float best = -INFINITY;
    for (size_t i = 0; i < n; i++)
        best = binary_one(ENG_BI_MAX, best, x[i]);
    return best;
}

static float k_minimum(const float *x, size_t n)
{
    float best = INFINITY;
    for (size_t i = 0; i < n; i++)
        best = binary_one(ENG_BI_MIN, best, x[i]);
    return best;
}

static void k_axpy(float a, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static void k_softmax(const float *x, float scale, const float *mask, float *y, size_t n, bool log_form)
{
    double top = -INFINITY, s = 0;
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] * scale + (mask ? mask[i] : 0.0f);
        top = isnan(y[i]) || isnan(top) ? (double)NAN : (double)y[i] > top ? (double)y[i] : top;
    }
    for (size_t i = 0; i < n; i++)
        s += exp((double)y[i] - top);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(log_form ? (double)y[i] - top - log(s) : exp((double)y[i] - top) / s);
}

static void k_layer_norm(const float *x, const float *scale, const float *bias, float eps, float *y, size_t n, float *mean, float *inv_std)
{
    double m = 0, v = 0;
    for (size_t i = 0; i < n; i++)
        m += (double)x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        v += ((double)x[i] - m) * ((double)x[i] - m) / (double)n;
    double inverse = 1 / sqrt(v + (double)eps);
    if (mean)
        *mean = (float)m;
    if (inv_std)
        *inv_std = (float)inverse;
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(((double)x[i] - m) * inverse * (scale ? (double)scale[i] : 1) + (bias ? (double)bias[i] : 0));
}

static void k_transpose(const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            y[c * y_stride + r] = x[r * x_stride + c];
}

/* One output number of pooling: every tap is looked at and judged on its own. */
static float pool_one(const struct eng_window_geometry *g, bool max, bool include_pad, const float *x, int64_t oy, int64_t ox, int64_t c)
{
    double acc = max ? -INFINITY : 0;
    int64_t count = 0;
    for (int64_t ky = 0; ky < g->kh; ky++) {
        for (int64_t kx = 0; kx < g->kw; kx++) {
            int64_t iy = oy * g->stride_h - g->pad_top + ky * g->dil_h, ix = ox * g->stride_w - g->pad_left + kx * g->dil_w;
            bool inside = iy >= 0 && iy < g->h_in && ix >= 0 && ix < g->w_in;
            bool padded = iy < g->h_in + g->pad_bottom && ix < g->w_in + g->pad_right;
            count += inside || (include_pad && padded);
            if (!inside)
                continue;
            double v = (double)x[(iy * g->w_in + ix) * g->channels + c];
            acc = !max ? acc + v : v > acc || isnan(v) ? v : acc;
        }
    }
    return (float)(max ? acc : count ? acc / (double)count : 0);
}

static void pool(const struct eng_window_geometry *g, bool max, bool include_pad, const float *x, float *y, int64_t row0, int64_t row1)
{
    for (int64_t oy = row0; oy < row1; oy++)
        for (int64_t ox = 0; ox < g->w_out; ox++)
            for (int64_t c = 0; c < g->channels; c++)
                y[(oy * g->w_out + ox) * g->channels + c] = pool_one(g, max, include_pad, x, oy, ox, c);
}

static void k_max_pool(const struct eng_window_geometry *g, const float *x, float *y, int64_t row0, int64_t row1)
{
    pool(g, true, false, x, y, row0, row1);
}

static void k_avg_pool(const struct eng_window_geometry *g, bool include_pad, const float *x, float *y, int64_t row0, int64_t row1)
{
    pool(g, false, include_pad, x, y, row0, row1);
}

static void k_depthwise(const struct eng_window_geometry *g, const float *x, const float *weight, const float *bias, enum eng_act act,
                        float alpha, float beta, float *y, int64_t row0, int64_t row1)
{
    for (int64_t oy = row0; oy < row1; oy++) {
        int64_t ky0, ky1, kx0, kx1;
        oc_window_taps(oy * g->stride_h - g->pad_top, g->kh, g->dil_h, g->h_in, &ky0, &ky1);
        for (int64_t i = 0; i < g->w_out * g->channels; i++) {
            int64_t ox = i / g->channels, c = i % g->channels, o = oy * g->w_out * g->channels + i;
            oc_window_taps(ox * g->stride_w - g->pad_left, g->kw, g->dil_w, g->w_in, &kx0, &kx1);
            double acc = bias ? (double)bias[c] : 0;
            for (int64_t ky = ky0; ky < ky1; ky++) {
                for (int64_t kx = kx0; kx < kx1; kx++) {
                    int64_t iy = oy * g->stride_h - g->pad_top + ky * g->dil_h, ix = ox * g->stride_w - g->pad_left + kx * g->dil_w;
                    acc += (double)x[(iy * g->w_in + ix) * g->channels + c] * (double)weight[(ky * g->kw + kx) * g->channels + c];
                }
            }
            y[o] = act_one(act, (double)alpha, (double)beta, (float)acc);
        }
    }
}

static void k_conv_line(const float *const *row, int64_t rows, int64_t kw, int64_t stride, int64_t dil, const float *weight,
                        const float *bias, int64_t c_out, int64_t c_padded, float *y, int64_t w_out)
{
    for (int64_t ox = 0; ox < w_out; ox++) {
        for (int64_t c = 0; c < c_out; c++) {
            double acc = (double)bias[c];
            for (int64_t r = 0; r < rows; r++)
                for (int64_t k = 0; k < kw; k++)
                    acc += (double)row[r][ox * stride + k * dil] * (double)weight[(r * kw + k) * c_padded + c];
            y[ox * c_out + c] = (float)acc;
        }
    }
}

static void k_int8_panel(const uint8_t *a, int64_t stride, int rows, const int8_t *panel, int64_t groups, int32_t *out)
{
    for (int r = 0; r < rows; r++)
        for (int64_t c = 0; c < ENG_INT8_COLS; c++) {
            uint32_t sum = 0;
            for (int64_t k = 0; k < groups * ENG_INT8_GROUP; k++) {
                int64_t at = (k / ENG_INT8_GROUP * ENG_INT8_COLS + c) * ENG_INT8_GROUP + k % ENG_INT8_GROUP;
                sum += (uint32_t)(a[r * stride + k] * panel[at]);
            }
            out[r * ENG_INT8_COLS + c] = (int32_t)sum;
        }
}

static void k_to_u8(const float *x, float scale, float zero, uint8_t *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float v = rintf(x[i] / scale) + zero;
        y[i] = v > 0 ? (uint8_t)(v < 255 ? v : 255) : 0;
    }
}

const struct eng_kernels eng_kernels_reference = {
    .name = "reference",
    .act = k_act,
    .act_rows = k_act_rows,
    .unary = k_unary,
    .binary = k_binary,
    .binary_scalar = k_binary_scalar,
    .binary_row = k_binary_row,
    .softmax = k_softmax,
    .layer_norm = k_layer_norm,
    .sum = k_sum,
    .sum_squares = k_sum_squares,
    .sum_abs = k_sum_abs,
    .maximum = k_maximum,
    .minimum = k_minimum,
    .dot = k_dot,
    .axpy = k_axpy,
    .transpose = k_transpose,
    .max_pool = k_max_pool,
    .avg_pool = k_avg_pool,
    .depthwise = k_depthwise,
    .conv_line = k_conv_line,
    .int8_panel = k_int8_panel,
    .to_u8 = k_to_u8,
};

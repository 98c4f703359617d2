/* Activations and unary functions on arrays. The choice is made once, outside the loop. */
#include "engine/kernels/isa.h"
#include "engine/kernels/math.h"

#define LOOP(expression)                       \
    do {                                       \
        OC_SIMD for (size_t i = 0; i < n; i++) \
        {                                      \
            float v = x[i];                    \
            y[i] = (expression);               \
        }                                      \
    } while (0)

void OC_ISA_NAME(eng_k_act)(enum eng_act act, float alpha, float beta, const float *x, float *y, size_t n)
{
    switch (act) {
    case ENG_ACT_NONE:
    case ENG_ACT_COUNT:
        if (x != y)
            memcpy(y, x, n * sizeof *y);
        break;
    case ENG_ACT_RELU:
        LOOP(oc_act_relu(v));
        break;
    case ENG_ACT_LEAKY:
        LOOP(oc_act_leaky(v, alpha));
        break;
    case ENG_ACT_CLIP:
        LOOP(oc_act_clip(v, alpha, beta));
        break;
    case ENG_ACT_SIGMOID:
        LOOP(oc_sigmoidf(v));
        break;
    case ENG_ACT_TANH:
        LOOP(oc_tanhf(v));
        break;
    case ENG_ACT_SILU:
        LOOP(oc_act_silu(v, alpha));
        break;
    case ENG_ACT_HARDSIGMOID:
        LOOP(oc_act_clip(alpha * v + beta, 0.0f, 1.0f));
        break;
    case ENG_ACT_HARDSWISH:
        LOOP(v * oc_act_clip(v * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f));
        break;
    case ENG_ACT_GELU_ERF:
        LOOP(oc_act_gelu_erf(v));
        break;
    case ENG_ACT_GELU_TANH:
        LOOP(oc_act_gelu_tanh(v));
        break;
    case ENG_ACT_ELU:
        LOOP(v < 0.0f ? alpha * (oc_expf(v) - 1.0f) : v);
        break;
    case ENG_ACT_MISH:
        LOOP(oc_act_mish(v));
        break;
    }
}

void OC_ISA_NAME(eng_k_act_rows)(enum eng_act act, float alpha, float beta, const float *x, const float *bias, const float *residual,
                                 float *y, size_t rows, size_t cols)
{
    if (!bias && !residual) {
        OC_ISA_NAME(eng_k_act)(act, alpha, beta, x, y, rows * cols);
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * cols;
        float *out = y + r * cols;
        if (bias && residual) {
            const float *add = residual + r * cols;
            OC_SIMD for (size_t i = 0; i < cols; i++) out[i] = in[i] + bias[i] + add[i];
        } else {
            const float *add = bias ? bias : residual + r * cols;
            OC_SIMD for (size_t i = 0; i < cols; i++) out[i] = in[i] + add[i];
        }
        if (act != ENG_ACT_NONE) /* the row is still in the nearest cache */
            OC_ISA_NAME(eng_k_act)(act, alpha, beta, out, out, cols);
    }
}

void OC_ISA_NAME(eng_k_unary)(enum eng_unary op, const float *x, float *y, size_t n)
{
    switch (op) {
    case ENG_UN_EXP:
        LOOP(oc_expf(v));
        break;
    case ENG_UN_LOG:
        LOOP(oc_logf(v));
        break;
    case ENG_UN_ERF:
        LOOP(oc_erff(v));
        break;
    case ENG_UN_SQRT:
        LOOP(sqrtf(v));
        break;
    case ENG_UN_ABS:
        LOOP(fabsf(v));
        break;
    case ENG_UN_NEG:
        LOOP(-v);
        break;
    case ENG_UN_RECIPROCAL:
        LOOP(1.0f / v);
        break;
    case ENG_UN_FLOOR:
        LOOP(floorf(v));
        break;
    case ENG_UN_CEIL:
        LOOP(ceilf(v));
        break;
    case ENG_UN_COUNT:
        break;
    }
}

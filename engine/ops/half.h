/*
 * float16 (IEEE 754 binary16) and bfloat16 as bits, to float and back, rounded to nearest even. NaN stays NaN,
 * overflow becomes infinity, subnormals are kept.
 */
#ifndef ENG_OPS_HALF_H
#define ENG_OPS_HALF_H

#include <stdint.h>
#include <string.h>

static inline float eng_bits_f32(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

static inline uint32_t eng_f32_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static inline float eng_f16_to_f32(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, body = (uint32_t)(h & 0x7fffu);
    if (body >= 0x7c00u) /* infinity, NaN */
        return eng_bits_f32(sign | 0x7f800000u | (body & 0x3ffu) << 13);
    if (body >= 0x0400u) /* normal: the exponent moves from bias 15 to 127 */
        return eng_bits_f32(sign | ((body << 13) + (112u << 23)));
    float magnitude = (float)body * 0x1p-24f; /* subnormal: body units of 2^-24 */
    return sign ? -magnitude : magnitude;
}

static inline uint16_t eng_f32_to_f16(float f)
{
    uint32_t u = eng_f32_bits(f), sign = u >> 16 & 0x8000u, body = u & 0x7fffffffu;
    if (body > 0x7f800000u)
        return (uint16_t)(sign | 0x7e00u | (body >> 13 & 0x1ffu));
    if (body >= 0x477ff000u) /* 65520 and above round to infinity */
        return (uint16_t)(sign | 0x7c00u);
    if (body < 0x38800000u) { /* below 2^-14: units of 2^-24; the float adder rounds to even */
        float shifted = eng_bits_f32(body) + 0.5f;
        return (uint16_t)(sign | (eng_f32_bits(shifted) - 0x3f000000u));
    }
    uint32_t rounded = body + 0xfffu + (body >> 13 & 1u);
    return (uint16_t)(sign | ((rounded - (112u << 23)) >> 13));
}

static inline float eng_bf16_to_f32(uint16_t b)
{
    return eng_bits_f32((uint32_t)b << 16);
}

static inline uint16_t eng_f32_to_bf16(float f)
{
    uint32_t u = eng_f32_bits(f);
    if ((u & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(u >> 16 | 0x40u);
    return (uint16_t)((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}

#endif

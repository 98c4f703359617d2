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

/* Without branches, so that loops become vector code. */
static inline float eng_f16_to_f32(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    float moved = eng_bits_f32((uint32_t)(h & 0x7fffu) << 13) * 0x1p112f; /* the exponent's bias from 15 to 127; exact, subnormals too */
    uint32_t infinite = moved >= 65536.0f ? 0x7f800000u : 0;              /* infinity, NaN */
    return eng_bits_f32(eng_f32_bits(moved) | infinite | sign);
}

static inline uint16_t eng_f32_to_f16(float f)
{
    uint32_t u = eng_f32_bits(f), sign = u >> 16 & 0x8000u, body = u & 0x7fffffffu;
    uint32_t normal = (body + 0xfffu + (body >> 13 & 1u) - (112u << 23)) >> 13;
    uint32_t small = eng_f32_bits(eng_bits_f32(body) + 0.5f) - 0x3f000000u; /* below 2^-14, in units of 2^-24: the adder rounds to even */
    uint32_t nan = 0x7e00u | (body >> 13 & 0x1ffu);
    uint32_t out = body < 0x38800000u ? small : normal;
    out = body >= 0x477ff000u ? 0x7c00u : out; /* 65520 and above round to infinity */
    out = body > 0x7f800000u ? nan : out;
    return (uint16_t)(sign | out);
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

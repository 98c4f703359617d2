/*
 * Products of bytes, and the way from floats to bytes. Four factors of the inner dimension lie side by side, for `vpdpbusd` (AVX512-VNNI),
 * which multiplies u8 by s8 and adds four products to an int32 at once, without saturation; without it pairs go through 16 bits, where
 * nothing can overflow either.
 */
#include <math.h>
#include <string.h>
#include "engine/kernels/isa.h"

enum { COLS = ENG_INT8_COLS, GROUP = ENG_INT8_GROUP };

OC_INLINE int32_t group_at(const uint8_t *a, int64_t g)
{
    int32_t v;
    memcpy(&v, a + g * GROUP, sizeof v);
    return v;
}

#if defined(__AVX512F__)
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/* clang-format off */
/* Rows by name: an array of registers would lie in memory. */
#define TIMES_1(X) X(0)
#define TIMES_2(X) TIMES_1(X) X(1)
#define TIMES_3(X) TIMES_2(X) X(2)
#define TIMES_4(X) TIMES_3(X) X(3)
#define TIMES_5(X) TIMES_4(X) X(4)
#define TIMES_6(X) TIMES_5(X) X(5)
#define SUM_AT(r, c) (out + (r) * COLS + (c) * 16)
#define FIRST(r, c) __m512i s##r##c = _mm512_setzero_si512();
#define BEGIN_ROW(r) FIRST(r, 0) FIRST(r, 1) FIRST(r, 2) FIRST(r, 3)
#define ROW(r)                                                      \
    {                                                               \
        __m512i f = _mm512_set1_epi32(group_at(a + r * stride, g)); \
        s##r##0 = _mm512_dpbusd_epi32(s##r##0, f, b0);              \
        s##r##1 = _mm512_dpbusd_epi32(s##r##1, f, b1);              \
        s##r##2 = _mm512_dpbusd_epi32(s##r##2, f, b2);              \
        s##r##3 = _mm512_dpbusd_epi32(s##r##3, f, b3);              \
    }
#define END_ROW(r)                                  \
    _mm512_storeu_si512(SUM_AT(r, 0), s##r##0);     \
    _mm512_storeu_si512(SUM_AT(r, 1), s##r##1);     \
    _mm512_storeu_si512(SUM_AT(r, 2), s##r##2);     \
    _mm512_storeu_si512(SUM_AT(r, 3), s##r##3);

/* rows (1..6) x 64 columns in up to 24 registers. */
#define VNNI_BLOCK(rows)                                                                                                            \
    VNNI static void vnni_##rows(const uint8_t *a, int64_t stride, const int8_t *panel, int64_t groups, int32_t *out)    \
    {                                                                                                                               \
        TIMES_##rows(BEGIN_ROW) for (int64_t g = 0; g < groups; g++, panel += COLS * GROUP)                                         \
        {                                                                                                                           \
            __m512i b0 = _mm512_loadu_si512(panel), b1 = _mm512_loadu_si512(panel + 64), b2 = _mm512_loadu_si512(panel + 128),      \
                    b3 = _mm512_loadu_si512(panel + 192);                                                                           \
            TIMES_##rows(ROW)                                                                                                       \
        }                                                                                                                           \
        TIMES_##rows(END_ROW)                                                                                                       \
    }
VNNI_BLOCK(1)
VNNI_BLOCK(2)
VNNI_BLOCK(3)
VNNI_BLOCK(4)
VNNI_BLOCK(5)
VNNI_BLOCK(6)
/* clang-format on */
#endif

#if defined(__AVX2__)
OC_INLINE __m256i four_columns(const int8_t *p)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* One row x 16 columns: four columns a register, two half sums each. */
OC_INLINE void pairs_16(const uint8_t *a, const int8_t *panel, int64_t groups, int32_t *out)
{
    __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
    for (int64_t g = 0; g < groups; g++, panel += COLS * GROUP) {
        __m256i f = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(group_at(a, g))));
        s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(f, four_columns(panel)));
        s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(f, four_columns(panel + 16)));
        s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(f, four_columns(panel + 32)));
        s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(f, four_columns(panel + 48)));
    }
    int32_t half[32];
    _mm256_storeu_si256((__m256i *)(void *)half, s0);
    _mm256_storeu_si256((__m256i *)(void *)(half + 8), s1);
    _mm256_storeu_si256((__m256i *)(void *)(half + 16), s2);
    _mm256_storeu_si256((__m256i *)(void *)(half + 24), s3);
    for (int c = 0; c < 16; c++)
        out[c] = (int32_t)((uint32_t)half[2 * c] + (uint32_t)half[2 * c + 1]);
}
#else
OC_INLINE void pairs_16(const uint8_t *a, const int8_t *panel, int64_t groups, int32_t *out)
{
    uint32_t sum[16] = {0}; /* unsigned: a sum too long for int32 wraps, as in the other sets */
    for (int64_t g = 0; g < groups; g++, panel += COLS * GROUP)
        for (int c = 0; c < 16; c++)
            for (int i = 0; i < GROUP; i++)
                sum[c] += (uint32_t)(a[g * GROUP + i] * panel[c * GROUP + i]);
    memcpy(out, sum, sizeof sum);
}
#endif

void OC_ISA_NAME(eng_k_int8_panel)(const uint8_t *a, int64_t stride, int rows, const int8_t *panel, int64_t groups, int32_t *out)
{
#if defined(__AVX512F__)
    static void (*const blocks[])(const uint8_t *, int64_t, const int8_t *, int64_t, int32_t *) = {vnni_1, vnni_2, vnni_3,
                                                                                                   vnni_4, vnni_5, vnni_6};
    if (oc_cpu_has_vnni()) {
        blocks[rows - 1](a, stride, panel, groups, out);
        return;
    }
#endif
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < COLS; c += 16)
            pairs_16(a + r * stride, panel + c * GROUP, groups, out + r * COLS + c);
}

void OC_ISA_NAME(eng_k_to_u8)(const float *x, float scale, float zero, uint8_t *y, size_t n)
{
    OC_SIMD
    for (size_t i = 0; i < n; i++) {
        float v = __builtin_rintf(x[i] / scale) + zero;
        v = v > 0 ? v : 0; /* NaN too */
        y[i] = (uint8_t)(int32_t)(v < 255 ? v : 255);
    }
}

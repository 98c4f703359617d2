/*
 * Loops over packed bytes, written with vector types so that each build uses its own registers; see kernels.h. Nothing
 * is read or written past the lanes given.
 */
#include "vision/kernels/kernels.h"
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define NAME(f) PASTE(f, OC_ISA_SUFFIX)

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define VECTORS 4 /* sums kept in registers at once */
typedef uint8_t u8_lanes __attribute__((vector_size(LANES)));
typedef int32_t i32_lanes __attribute__((vector_size(LANES * 4)));

/* Widening and saturated narrowing: compilers turn the portable forms into byte-by-byte code on x86. */
#if defined(__AVX512F__)
static inline i32_lanes load_widened(const uint8_t *p)
{
    return (i32_lanes)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline void store_clamped(i32_lanes sum, uint8_t *dst)
{
    __m512i v = _mm512_max_epi32((__m512i)(sum >> OC_WEIGHT_BITS), _mm512_setzero_si512());
    _mm_storeu_si128((__m128i *)(void *)dst, _mm512_cvtusepi32_epi8(v));
}
#elif defined(__AVX2__)
static inline i32_lanes load_widened(const uint8_t *p)
{
    return (i32_lanes)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}

static inline void store_clamped(i32_lanes sum, uint8_t *dst)
{
    __m256i v = (__m256i)(sum >> OC_WEIGHT_BITS);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((__m128i *)(void *)dst, _mm_packus_epi16(words, words));
}
#elif defined(__SSE2__)
static inline i32_lanes load_widened(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, sizeof four);
    __m128i zero = _mm_setzero_si128(), v = _mm_cvtsi32_si128(four);
    return (i32_lanes)_mm_unpacklo_epi16(_mm_unpacklo_epi8(v, zero), zero);
}

static inline void store_clamped(i32_lanes sum, uint8_t *dst)
{
    __m128i v = (__m128i)(sum >> OC_WEIGHT_BITS), words = _mm_packs_epi32(v, v);
    int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    memcpy(dst, &four, sizeof four);
}
#else
static inline i32_lanes load_widened(const uint8_t *p)
{
    u8_lanes v;
    memcpy(&v, p, sizeof v);
    return __builtin_convertvector(v, i32_lanes);
}

static inline void store_clamped(i32_lanes sum, uint8_t *dst)
{
    i32_lanes v = sum >> OC_WEIGHT_BITS;
    v = v & ~(v < 0); /* below 0 becomes 0: a comparison is all ones where true */
    i32_lanes over = v > 255;
    v = (v & ~over) | (over & 255);
    u8_lanes bytes = __builtin_convertvector(v, u8_lanes);
    memcpy(dst, &bytes, sizeof bytes);
}
#endif

static inline void weighted_vector(const uint8_t *src, size_t stride, const int32_t *weights, int n, uint8_t *dst)
{
    i32_lanes sum = (i32_lanes){0} + (1 << (OC_WEIGHT_BITS - 1));
    for (int j = 0; j < n; j++, src += stride)
        sum += load_widened(src) * weights[j];
    store_clamped(sum, dst);
}

static inline void weighted_block(const uint8_t *src, size_t stride, const int32_t *weights, int n, uint8_t *dst)
{
    const i32_lanes half = (i32_lanes){0} + (1 << (OC_WEIGHT_BITS - 1));
    i32_lanes a = half, b = half, c = half, d = half;
    for (int j = 0; j < n; j++, src += stride) {
        a += load_widened(src) * weights[j];
        b += load_widened(src + LANES) * weights[j];
        c += load_widened(src + 2 * LANES) * weights[j];
        d += load_widened(src + 3 * LANES) * weights[j];
    }
    store_clamped(a, dst);
    store_clamped(b, dst + LANES);
    store_clamped(c, dst + 2 * LANES);
    store_clamped(d, dst + 3 * LANES);
}

static uint8_t weighted_one(const uint8_t *src, size_t stride, const int32_t *weights, int n)
{
    int32_t sum = 1 << (OC_WEIGHT_BITS - 1);
    for (int j = 0; j < n; j++)
        sum += src[(size_t)j * stride] * weights[j];
    sum >>= OC_WEIGHT_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void weighted_rows(const uint8_t *src, size_t stride, const int32_t *weights, int n, size_t lanes, uint8_t *dst)
{
    size_t i = 0;
    for (; i + VECTORS * LANES <= lanes; i += VECTORS * LANES)
        weighted_block(src + i, stride, weights, n, dst + i);
    for (; i + LANES <= lanes; i += LANES)
        weighted_vector(src + i, stride, weights, n, dst + i);
    if (i < lanes && lanes >= LANES) /* the last vector overlaps the one before it */
        weighted_vector(src + lanes - LANES, stride, weights, n, dst + lanes - LANES);
    else
        for (; i < lanes; i++)
            dst[i] = weighted_one(src + i, stride, weights, n);
}

#if defined(__SSE2__)
/* 16 rows of 16 bytes become 16 columns: four rounds, each interleaving row i with row i + 8. */
static inline void turn_block(__m128i r[OC_BAND])
{
    for (int round = 0; round < 4; round++) {
        __m128i t[OC_BAND];
        for (int i = 0; i < OC_BAND / 2; i++) {
            t[2 * i] = _mm_unpacklo_epi8(r[i], r[i + OC_BAND / 2]);
            t[2 * i + 1] = _mm_unpackhi_epi8(r[i], r[i + OC_BAND / 2]);
        }
        memcpy(r, t, sizeof t);
    }
}
#endif

static void turn_in(const uint8_t *const rows[OC_BAND], size_t n, uint8_t *turned)
{
    size_t i = 0;
#if defined(__SSE2__)
    for (; i + OC_BAND <= n; i += OC_BAND) {
        __m128i r[OC_BAND];
        for (int k = 0; k < OC_BAND; k++)
            r[k] = _mm_loadu_si128((const __m128i *)(const void *)(rows[k] + i));
        turn_block(r);
        memcpy(turned + i * OC_BAND, r, sizeof r);
    }
#endif
    for (; i < n; i++)
        for (size_t k = 0; k < OC_BAND; k++)
            turned[i * OC_BAND + k] = rows[k][i];
}

static void turn_out(const uint8_t *turned, size_t n, uint8_t *dst, size_t stride, int rows)
{
    size_t i = 0;
#if defined(__SSE2__)
    for (; i + OC_BAND <= n; i += OC_BAND) {
        __m128i r[OC_BAND];
        memcpy(r, turned + i * OC_BAND, sizeof r);
        turn_block(r);
        for (int k = 0; k < rows; k++)
            _mm_storeu_si128((__m128i *)(void *)(dst + (size_t)k * stride + i), r[k]);
    }
#endif
    for (; i < n; i++)
        for (int k = 0; k < rows; k++)
            dst[(size_t)k * stride + i] = turned[i * OC_BAND + (size_t)k];
}

static void stretch_rgb(const uint8_t *row, const struct oc_tap *taps, int n, int32_t *out)
{
    for (int x = 0; x < n; x++, out += 3) {
        const uint8_t *a = row + 3 * taps[x].at, *b = row + 3 * taps[x].next;
#if defined(__SSE2__)
        int32_t a4, b4;
        memcpy(&a4, a, sizeof a4);
        memcpy(&b4, b, sizeof b4);
        __m128i pairs = _mm_unpacklo_epi8(_mm_unpacklo_epi8(_mm_cvtsi32_si128(a4), _mm_cvtsi32_si128(b4)), _mm_setzero_si128());
        __m128i sums = _mm_madd_epi16(pairs, _mm_set1_epi32(taps[x].w0 | taps[x].w1 << 16)); /* 0..2048 each */
        _mm_storeu_si128((__m128i *)(void *)out, sums);
#else
        for (int c = 0; c < 3; c++)
            out[c] = a[c] * taps[x].w0 + b[c] * taps[x].w1;
#endif
    }
}

static void blend_rows(const int32_t *above, const int32_t *below, int b0, int b1, size_t lanes, uint8_t *dst)
{
    for (size_t i = 0; i < lanes; i++) {
        int32_t v = (((b0 * (above[i] >> 4)) >> 16) + ((b1 * (below[i] >> 4)) >> 16) + 2) >> 2;
        dst[i] = (uint8_t)v; /* weights are not negative and sum to 1: 0..255 */
    }
}

static void to_planes(const uint8_t *pixels, size_t n, const float mean[3], const float scale[3], float *const planes[3])
{
    float *restrict p0 = planes[0], *restrict p1 = planes[1], *restrict p2 = planes[2];
    const float m0 = mean[0], m1 = mean[1], m2 = mean[2], s0 = scale[0], s1 = scale[1], s2 = scale[2];
    for (size_t i = 0; i < n; i++) {
        p0[i] = ((float)pixels[3 * i] - m0) * s0;
        p1[i] = ((float)pixels[3 * i + 1] - m1) * s1;
        p2[i] = ((float)pixels[3 * i + 2] - m2) * s2;
    }
}

extern const struct oc_vision_kernels NAME(oc_vision_kernels);
const struct oc_vision_kernels NAME(oc_vision_kernels) = {
    .weighted_rows = weighted_rows,
    .turn_in = turn_in,
    .turn_out = turn_out,
    .stretch_rgb = stretch_rgb,
    .blend_rows = blend_rows,
    .to_planes = to_planes,
};

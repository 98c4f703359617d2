/*
 * Loops over packed bytes, written with vector types so that each build uses its own registers; see kernels.h. Nothing
 * is read or written past the lanes given.
 */
#include "vision/kernels/kernels.h"
#include <string.h>

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
    .blend_rows = blend_rows,
    .to_planes = to_planes,
};

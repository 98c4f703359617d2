/*
 * For files in isa/, which are compiled once for each instruction set: names with the set's suffix, and the width
 * of its vectors. Loops are plain C under `#pragma omp simd` (only the simd half of OpenMP is switched on: it
 * permits reassociated sums and inputs that are the output).
 */
#ifndef ENG_KERNELS_ISA_H
#define ENG_KERNELS_ISA_H

#include "engine/kernels/kernels.h"

#define OC_ISA_JOIN2(a, b) a##b
#define OC_ISA_JOIN(a, b) OC_ISA_JOIN2(a, b)
#define OC_ISA_NAME(f) OC_ISA_JOIN(f, OC_ISA_SUFFIX)
#define OC_ISA_STRING2(a) #a
#define OC_ISA_STRING(a) OC_ISA_STRING2(a)

#if defined(__AVX512F__)
#define OC_LANES 16
#elif defined(__AVX2__)
#define OC_LANES 8
#else
#define OC_LANES 4
#endif

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define OC_SIMD _Pragma("omp simd")
#define OC_INLINE static inline __attribute__((always_inline))

/* OC_LANES floats at any address. */
typedef float oc_lanes __attribute__((vector_size(OC_LANES * 4), aligned(4), may_alias));

/* a > b ? a : b in each lane: C has no such choice between vectors. */
OC_INLINE oc_lanes oc_lanes_max(oc_lanes a, oc_lanes b)
{
#if defined(__AVX512F__)
    return _mm512_max_ps(a, b);
#elif defined(__AVX2__)
    return _mm256_max_ps(a, b);
#elif defined(__SSE2__)
    return _mm_max_ps(a, b);
#else
    for (int i = 0; i < OC_LANES; i++)
        b[i] = a[i] > b[i] ? a[i] : b[i];
    return b;
#endif
}

/* The first n (1..OC_LANES) lanes from memory, zero in the others; and back. Nothing past them is touched. */
OC_INLINE oc_lanes oc_lanes_load(const float *p, int64_t n)
{
    if (n >= OC_LANES)
        return *(const oc_lanes *)p;
#if defined(__AVX512F__)
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
    oc_lanes v = {};
    for (int64_t i = 0; i < n; i++)
        v[i] = p[i];
    return v;
#endif
}

OC_INLINE void oc_lanes_store(float *p, oc_lanes v, int64_t n)
{
    if (n >= OC_LANES) {
        *(oc_lanes *)p = v;
        return;
    }
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
#else
    for (int64_t i = 0; i < n; i++)
        p[i] = v[i];
#endif
}

/* Prototypes of this set's kernels, from the table's own types. */
#define OC_ISA_DECLARE(f) extern __typeof__(*((struct eng_kernels *)0)->f) OC_ISA_NAME(eng_k_##f);
ENG_KERNEL_LIST(OC_ISA_DECLARE)

#endif

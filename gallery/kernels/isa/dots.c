/*
 * Products of many rows with one query. One row after the other, as memory delivers them: four rows at a time would share loads of the
 * query, but four streams 2 KiB apart reach a third of the bandwidth that one reaches (docs/performance.md). Four sums keep the
 * multiply-adds from waiting for each other.
 */
#include "gallery/kernels/kernels.h"

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
#define SUMS 4
_Static_assert(OC_ROW_PAD % (SUMS * LANES) == 0, "a row is a whole number of steps");

typedef float lanes __attribute__((vector_size(LANES * 4), aligned(LANES * 4), may_alias));

oc_dots_fn NAME(oc_gallery_dots);

void NAME(oc_gallery_dots)(const float *rows, size_t n, size_t stride, const float *query, float *out)
{
    for (size_t i = 0; i < n; i++, rows += stride) {
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        for (size_t k = 0; k < stride; k += SUMS * LANES) {
            const lanes *r = (const lanes *)(rows + k), *q = (const lanes *)(query + k);
            a += r[0] * q[0];
            b += r[1] * q[1];
            c += r[2] * q[2];
            d += r[3] * q[3];
        }
        a = (a + b) + (c + d);
        float sum = 0;
        for (int l = 0; l < LANES; l++)
            sum += a[l];
        out[i] = sum;
    }
}

/* Which taps of a sliding window meet the input: shared by pooling and depthwise convolution. */
#ifndef ENG_KERNELS_WINDOW_H
#define ENG_KERNELS_WINDOW_H

#include <stdint.h>

/* Taps first..last-1 of k, `dil` apart from position `at`, that lie inside 0..size-1. */
static inline void oc_window_taps(int64_t at, int64_t k, int64_t dil, int64_t size, int64_t *first, int64_t *last)
{
    *first = at < 0 ? (-at + dil - 1) / dil : 0;
    int64_t n = at >= size ? 0 : (size - at + dil - 1) / dil;
    *last = n < k ? n : k;
    if (*first > *last)
        *first = *last;
}

#endif

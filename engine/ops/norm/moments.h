/* Mean and variance of elements of one tensor, for the normalisations. */
#ifndef ENG_OPS_NORM_MOMENTS_H
#define ENG_OPS_NORM_MOMENTS_H

#include "engine/eng.h"

struct eng_moments {
    double mean, variance; /* variance: of the whole set, divided by its size, not by size - 1; NaN for an empty set */
};

/* Of outer x inner elements: x[o * outer_step + i * inner_step]. Two passes, so that a large mean does not eat the variance. */
struct eng_moments eng_moments_of(enum eng_dtype t, const void *x, int64_t outer, int64_t outer_step, int64_t inner, int64_t inner_step);

#endif

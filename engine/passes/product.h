/*
 * Products taken apart: whichever way an exporter nests Mul, Div by a number and Pow, a value becomes
 * scalar * f1 * f2 * ..., which is what the activation patterns compare.
 */
#ifndef ENG_PASSES_PRODUCT_H
#define ENG_PASSES_PRODUCT_H

#include "engine/passes/match.h"

#define ENG_PRODUCT_FACTORS 4

struct eng_product {
    float scalar;
    int n;
    int factor[ENG_PRODUCT_FACTORS]; /* value ids; a square appears twice */
};

/* False when the value is no Mul, Div or Pow, or has too many factors. */
bool eng_product_of(const struct eng_graph *g, int value, struct eng_product *p);
/* |p->scalar - want| within a relative 1e-4. */
bool eng_product_scalar_is(const struct eng_product *p, float want);
/* True when all factors but one are x (so n = times + 1); the one left over in *rest. */
bool eng_product_rest(const struct eng_product *p, int x, int times, int *rest);
/* True when there are exactly `times` factors, all of them x. */
bool eng_product_is_power(const struct eng_product *p, int x, int times);

#endif

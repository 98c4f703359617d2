/* Splitting an operator's work over threads when each thread needs scratch memory of its own. */
#ifndef ENG_OPS_PARALLEL_H
#define ENG_OPS_PARALLEL_H

#include "base/par.h"
#include <stdint.h>

/*
 * Splits `count` units of work into at most `slots` equal runs and calls fn(arg, slot, begin, end) for each, in parallel.
 * A slot (0..slots-1) is used by one thread at a time: it is the index of private scratch.
 */
void eng_split(struct oc_par *par, int slots, int64_t count, void (*fn)(void *arg, int slot, int64_t begin, int64_t end), void *arg);

#endif

/* What happens to a prepared node's kernel when it is no longer needed. */
#ifndef ENG_PLAN_KERNEL_H
#define ENG_PLAN_KERNEL_H

#include "engine/ops/op.h"

/* Frees the state (none is fine) and empties k. */
void eng_kernel_free(struct eng_kernel *k);

#endif

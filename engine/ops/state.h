/* How prepare hands its finished configuration to the kernel. */
#ifndef ENG_OPS_STATE_H
#define ENG_OPS_STATE_H

#include "engine/ops/op.h"

/* k->state = a copy of the `size` bytes at state, freed with the kernel (k->free_state stays as it is). OC_E_NOMEM leaves k->state NULL. */
enum oc_status eng_keep_state(const struct eng_prepare *c, struct eng_kernel *k, const void *state, size_t size) OC_MUST_CHECK;

#endif

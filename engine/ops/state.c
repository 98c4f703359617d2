/* Configurations are built on the stack and copied at the end, so that a prepare that fails half-way has nothing to free. */
#include "engine/ops/state.h"
#include "base/mem.h"

enum oc_status eng_keep_state(const struct eng_prepare *c, struct eng_kernel *k, const void *state, size_t size)
{
    k->state = oc_mem_alloc(OC_MEM_MODEL, size);
    if (!k->state)
        return oc_err_nomem(c->err, c->node->op_type, size);
    memcpy(k->state, state, size);
    return OC_OK;
}

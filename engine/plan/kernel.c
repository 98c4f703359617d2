/* Kernels' states are freed the same way wherever a node was prepared. */
#include "engine/plan/kernel.h"

void eng_kernel_free(struct eng_kernel *k)
{
    if (k->state && k->free_state)
        k->free_state(k->state);
    else
        oc_mem_free(k->state);
    *k = (struct eng_kernel){0};
}

/* Which scale and zero point an element of a quantised tensor has: one for all, one for each index of an axis, or one for each block along
 * it. */
#ifndef ENG_OPS_QUANT_LAYOUT_H
#define ENG_OPS_QUANT_LAYOUT_H

#include "engine/ops/op.h"

/* Element i has parameter eng_quant_at(i); it is the same for all elements of a run of `run` (from a multiple of it on). */
struct eng_quant_layout {
    int64_t run;                /* elements behind the axis; the whole tensor when there is one parameter */
    int64_t dim, block, blocks; /* size of the axis, elements of it in a block, number of blocks */
    bool blocked;               /* parameters have the tensor's shape but for the axis */
};

/* scale: the parameter tensor's shape. The node's axis (default 1) and block_size. OC_E_MODEL when the shapes do not fit. */
enum oc_status eng_quant_layout(struct oc_err *err, const struct eng_node *n, const struct eng_shape *x, const struct eng_shape *scale,
                                struct eng_quant_layout *out) OC_MUST_CHECK;

static inline int64_t eng_quant_at(const struct eng_quant_layout *l, int64_t element)
{
    int64_t along = element / l->run % l->dim / l->block;
    return l->blocked ? (element / l->run / l->dim * l->blocks + along) * l->run + element % l->run : along;
}

/* Elements from `element` on that share its parameter, at most `left`. */
static inline int64_t eng_quant_run(const struct eng_quant_layout *l, int64_t element, int64_t left)
{
    int64_t n = l->blocked ? 1 : l->run - element % l->run;
    return n < left ? n : left;
}

#endif

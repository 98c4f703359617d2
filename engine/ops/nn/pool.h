/* What all pools share: the window of an N,C,spatial tensor in either layout, and where its cells lie. */
#ifndef ENG_OPS_NN_POOL_H
#define ENG_OPS_NN_POOL_H

#include "engine/ops/nn/window.h"
#include "engine/ops/op.h"

/* Distances in elements from one image, channel and cell to the next. */
struct eng_pool_steps {
    int64_t image, channel, cell[ENG_WINDOW_DIMS];
};

struct eng_pool {
    struct eng_window w; /* always 3 dimensions: missing outer ones have size 1 */
    int dims;            /* spatial dimensions that the tensor really has */
    int64_t images, channels;
    bool channels_last;
    struct eng_pool_steps in, out; /* set by eng_pool_place */
};

/* Reads the node's window for the input shape; refuses rank < 3 or > 5 and padding as large as the kernel (cells with nothing to pool). */
enum oc_status eng_pool_read(struct oc_err *err, const struct eng_node *n, const struct eng_shape *in, struct eng_pool *out) OC_MUST_CHECK;
/* The output's shape, in the node's layout. */
void eng_pool_shape(const struct eng_pool *p, struct eng_shape *out);
/* infer for pools with one output: type of input 0, shape of the window. */
enum oc_status eng_pool_infer(struct eng_infer *c) OC_MUST_CHECK;
/* Fills p->in and p->out; for prepare, when both shapes have been checked for overflow. */
void eng_pool_place(struct eng_pool *p);

#endif

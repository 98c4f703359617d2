/* What the fusions of bias, residual and activation have in common. */
#ifndef ENG_PASSES_FUSE_H
#define ENG_PASSES_FUSE_H

#include "engine/passes/match.h"

/*
 * The one node that uses the result of n, when n is a node whose kernel can do more before it stores (Conv, ConvTranspose,
 * Gemm, MatMul on f32, no activation fused yet), and the result is not the graph's output. Else NULL.
 */
struct eng_node *eng_fusable_user(const struct eng_graph *g, const struct eng_node *n);
/* n's result takes the place of the user's, and the user dies. */
void eng_absorb(struct eng_graph *g, struct eng_node *n, struct eng_node *user);

#endif

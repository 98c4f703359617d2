/*
 * Types, shapes and constant folding, in one walk over the nodes in order: what a node computes from constants
 * alone is computed now, so that chains such as Shape -> Gather -> Concat -> Reshape are numbers by the time they
 * are needed. Folding runs the operator itself, on the reference backend, with one thread.
 */
#ifndef ENG_PLAN_INFER_H
#define ENG_PLAN_INFER_H

#include "engine/ops/op.h"

enum eng_infer_mode {
    ENG_INFER_SOME, /* at load: what cannot be known without the input shapes stays unknown */
    ENG_INFER_ALL,  /* in a plan: every value must become known, or the node is named in the error */
};

/* Fills values that are not known yet; folded nodes die (sweep afterwards). *folded counts them; may be NULL. */
enum oc_status eng_infer_graph(struct eng_graph *g, enum eng_infer_mode mode, int *folded, struct oc_err *err) OC_MUST_CHECK;
/* Only infers one node whose inputs are known; no folding. */
enum oc_status eng_infer_node(struct eng_graph *g, const struct eng_node *n, struct oc_err *err) OC_MUST_CHECK;

/*
 * Which graph inputs must be known as values before shapes are: from each operator's host_inputs backwards through
 * whatever computes them, but not through Shape and Size, which look at shapes only. needed: [g->n_inputs].
 */
enum oc_status eng_find_host_inputs(const struct eng_graph *g, bool *needed, struct oc_err *err) OC_MUST_CHECK;

/* The value arrays that infer and prepare are given. */
struct eng_operands {
    const struct eng_value *in[LIM_NODE_INPUTS], *out[ENG_NODE_MAX_OUT];
};
void eng_operands_get(const struct eng_graph *g, const struct eng_node *n, struct eng_operands *o);
/* "Conv 'name'" into text, for messages. */
const char *eng_node_text(const struct eng_node *n, char text[256]);

#endif

/* What patterns are looked for with: small questions about a graph, and turning a node into another. */
#ifndef ENG_PASSES_MATCH_H
#define ENG_PASSES_MATCH_H

#include <string.h>
#include "engine/ops/op.h"

/* True when the node is alive and is that operator of the default domain. */
static inline bool eng_is(const struct eng_node *n, const char *op_type)
{
    return n && !n->dead && n->op && n->op->domain[0] == 0 && strcmp(n->op_type, op_type) == 0;
}
/* The live node that makes a value (-1 allowed); NULL for inputs and constants. */
struct eng_node *eng_maker(const struct eng_graph *g, int value);
/* eng_maker when it is that operator, and its result has no other use: it may vanish into a pattern. */
struct eng_node *eng_inner(const struct eng_graph *g, int value, const char *op_type);
/* A constant f32 of one element. */
bool eng_scalar(const struct eng_graph *g, int value, float *out);
/* A two-input node with a scalar constant on either side: the scalar and the other value. */
bool eng_with_scalar(const struct eng_graph *g, const struct eng_node *n, float *scalar, int *other);
/* True when the value is f32 and its shape is known. */
bool eng_is_f32(const struct eng_graph *g, int value);
bool eng_same_shape(const struct eng_graph *g, int a, int b);

/* Room for n inputs on a node, the first ones kept, new ones -1. */
enum oc_status eng_node_inputs(struct eng_graph *g, struct eng_node *n, int n_in, struct oc_err *err) OC_MUST_CHECK;
/* Forgets the attributes and makes the node another operator (which must exist: eng_op_find). */
void eng_node_become(struct eng_node *n, const struct eng_op_def *op, int opset);
/* Turns a node into the activation of one value: "Act" of domain "ocelli". False when there is no such operator. */
bool eng_become_act(struct eng_node *n, int x, enum eng_act act, float alpha, float beta);
/* The activation a node is, on its first input; false when it is none, or not on f32. */
bool eng_as_act(const struct eng_graph *g, const struct eng_node *n, enum eng_act *act, float *alpha, float *beta);

#endif

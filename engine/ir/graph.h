/*
 * The graph: values (edges) and nodes, as indices into arrays. Built from a file by onnx/, rewritten by passes/,
 * turned into a plan by plan/. A graph owns its names, nodes and attributes (in its arena) and shares
 * constants by reference count, so that a clone for another input shape is cheap.
 *
 * Invariants between passes: every value has at most one producer; nodes are in topological order; a value with
 * `constant` set has no producer; `dtype` and `shape` are right whenever `known` is true.
 */
#ifndef ENG_IR_GRAPH_H
#define ENG_IR_GRAPH_H

#include <stdatomic.h>
#include "base/arena.h"
#include "engine/eng.h"

struct eng_op_def;
/* The row for an operator at an opset, or NULL; engine/ops/registry.c has the table. */
const struct eng_op_def *eng_op_find(const char *domain, const char *name, int opset);

/* A constant tensor shared between graphs. data: owned, 64-byte aligned, never written after creation. */
struct eng_const {
    atomic_int refs;
    struct eng_tensor t;
};

/* An uninitialised constant of that type and shape, one reference; OC_E_NOMEM, or OC_E_MODEL when it is over a limit. */
enum oc_status eng_const_new(enum eng_dtype dtype, const struct eng_shape *shape, struct eng_const **out, struct oc_err *err) OC_MUST_CHECK;
struct eng_const *eng_const_ref(struct eng_const *c);
void eng_const_unref(struct eng_const *c); /* NULL is fine */

enum eng_attr_kind {
    ENG_ATTR_INT,
    ENG_ATTR_FLOAT,
    ENG_ATTR_STRING,
    ENG_ATTR_TENSOR,
    ENG_ATTR_INTS,
    ENG_ATTR_FLOATS,
    ENG_ATTR_STRINGS,
    ENG_ATTR_OTHER
};

struct eng_attr {
    const char *name; /* in the graph's arena */
    enum eng_attr_kind kind;
    int64_t i;
    float f;
    const char *s; /* NUL-terminated copy; STRING */
    size_t n;      /* length of s, ints, floats or strings */
    const int64_t *ints;
    const float *floats;
    const char *const *strings;
    struct eng_const *tensor; /* shared */
};

/* Activations that a kernel can apply as it stores its result. */
enum eng_act {
    ENG_ACT_NONE,
    ENG_ACT_RELU,
    ENG_ACT_LEAKY, /* x < 0 ? alpha * x : x                 */
    ENG_ACT_CLIP,  /* min(max(x, alpha), beta)              */
    ENG_ACT_SIGMOID,
    ENG_ACT_TANH,
    ENG_ACT_SILU,        /* x * sigmoid(alpha * x); alpha = 1: SiLU, 1.702: QuickGELU */
    ENG_ACT_HARDSIGMOID, /* clamp(alpha * x + beta, 0, 1)         */
    ENG_ACT_HARDSWISH,   /* x * clamp(x / 6 + 1/2, 0, 1)          */
    ENG_ACT_GELU_ERF,
    ENG_ACT_GELU_TANH,
    ENG_ACT_ELU,  /* x < 0 ? alpha * (exp(x) - 1) : x      */
    ENG_ACT_MISH, /* x * tanh(log(1 + exp(x)))             */
    ENG_ACT_COUNT
};

/* What was fused behind a node: result = act(result + bias + residual). */
struct eng_fused {
    enum eng_act act;
    float alpha, beta;
    int bias;     /* value id: per output channel (Conv) or last dimension (MatMul); -1 = none. Conv's and Gemm's own C input is separate */
    int residual; /* value id of the same shape as the output, added before the activation; -1 = none */
};

struct eng_node {
    const struct eng_op_def *op; /* static */
    const char *name;            /* in the arena; "" when the file gives none */
    const char *op_type;
    int opset; /* version of the node's domain that the file imports */
    int n_in, n_out;
    int *in, *out; /* value ids; -1 = an absent optional */
    int n_attrs;
    struct eng_attr *attrs;
    struct eng_fused fused;
    bool channels_last; /* spatial operators: 4-D tensors are N,H,W,C in memory and in their shapes */
    bool dead;          /* removed; swept by eng_graph_sweep */
};

struct eng_value {
    const char *name;
    enum eng_dtype dtype;
    struct eng_shape shape;
    bool known;                 /* dtype and shape (all dimensions) are known */
    bool is_input, is_output;   /* of the whole graph */
    int producer;               /* node index, -1 = input or constant */
    struct eng_const *constant; /* shared; NULL = computed or input */
};

struct eng_graph {
    struct oc_arena arena;
    int n_values, cap_values;
    struct eng_value *values; /* owned array (not in the arena: it grows) */
    int n_nodes, cap_nodes;
    struct eng_node *nodes; /* owned array */
    int n_inputs, n_outputs;
    int *inputs, *outputs; /* value ids; inputs: without initializers */
};

/* An empty graph. Caller owns it. */
enum oc_status eng_graph_new(struct eng_graph **out, struct oc_err *err) OC_MUST_CHECK;
void eng_graph_free(struct eng_graph *g); /* NULL is fine */
/* A deep copy that shares constants. */
enum oc_status eng_graph_clone(const struct eng_graph *g, struct eng_graph **out, struct oc_err *err) OC_MUST_CHECK;
/* A new value (name copied; may be NULL: made up). Returns its id in *id. Pointers into values[] die. */
enum oc_status eng_graph_add_value(struct eng_graph *g, const char *name, int *id, struct oc_err *err) OC_MUST_CHECK;
/* A new constant value; takes over the caller's reference to c, also on error. */
enum oc_status eng_graph_add_const_take(struct eng_graph *g, const char *name, struct eng_const *c, int *id,
                                        struct oc_err *err) OC_MUST_CHECK;
/*
 * A new node at the end with room for n_in and n_out values (all -1), no attributes; op is the operator of that name in the
 * default domain, NULL when there is none. Pointers into nodes[] die. The producer of its outputs is set by eng_graph_sweep.
 */
enum oc_status eng_graph_add_node(struct eng_graph *g, const char *op_type, int opset, int n_in, int n_out, int *index,
                                  struct oc_err *err) OC_MUST_CHECK;
/* Copies an int, float or int-list attribute onto a node, replacing one of the same name. */
enum oc_status eng_node_set_int(struct eng_graph *g, struct eng_node *n, const char *name, int64_t v, struct oc_err *err) OC_MUST_CHECK;
enum oc_status eng_node_set_float(struct eng_graph *g, struct eng_node *n, const char *name, float v, struct oc_err *err) OC_MUST_CHECK;
enum oc_status eng_node_set_ints(struct eng_graph *g, struct eng_node *n, const char *name, const int64_t *v, size_t count,
                                 struct oc_err *err) OC_MUST_CHECK;

/* Every use of value `from` (node inputs, fused operands, graph outputs) becomes `to`. */
void eng_graph_replace_uses(struct eng_graph *g, int from, int to);
/* Number of uses of a value: node inputs, fused operands, and graph outputs. */
int eng_graph_uses(const struct eng_graph *g, int value);
/* The only node that uses the value, or -1 when there is none or more than one use, or it is a graph output. */
int eng_graph_sole_user(const struct eng_graph *g, int value);
/*
 * Removes dead nodes and nodes without used outputs, sorts topologically (stable: what is in order stays so), renumbers
 * producers, and gives back constants that nothing uses (value ids stay). OC_E_MODEL names a node on a cycle, a value made
 * twice, or one that is used and made by nobody.
 */
enum oc_status eng_graph_sweep(struct eng_graph *g, struct oc_err *err) OC_MUST_CHECK;

/* Attributes: the value, or the default when the node has none of that name. */
const struct eng_attr *eng_node_attr(const struct eng_node *n, const char *name);
int64_t eng_node_int(const struct eng_node *n, const char *name, int64_t def);
float eng_node_float(const struct eng_node *n, const char *name, float def);
const char *eng_node_string(const struct eng_node *n, const char *name, const char *def);
/* Integer list: pointer and count; NULL and 0 when absent. */
const int64_t *eng_node_ints(const struct eng_node *n, const char *name, size_t *count);

#endif

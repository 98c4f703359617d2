/*
 * The contract between the engine and an operator. An operator is a row of a table (eng_op_def): which opsets
 * it covers and four phases: infer (types and shapes), prepare (configure once, choose a kernel, ask for
 * scratch), run (allocate nothing, configure nothing). Shapes are concrete in all of them: the engine makes one
 * plan for each set of input shapes. Whatever can be refused is refused in infer or prepare; run checks only what
 * depends on data (an index in Gather), and reports it.
 *
 * Adding one: docs/internals/adding-an-op.md.
 */
#ifndef ENG_OPS_OP_H
#define ENG_OPS_OP_H

#include "base/par.h"
#include "engine/ir/graph.h"

#define ENG_NODE_MAX_OUT 64 /* outputs of one node that infer can fill (Split) */

/* What infer sees and fills. */
struct eng_infer {
    const struct eng_node *node;
    int n_in, n_out;
    const struct eng_value *const *in; /* [n_in]; NULL = absent optional. dtype and shape known; ->constant may be NULL */
    struct {
        enum eng_dtype dtype;
        struct eng_shape shape;
    } out[ENG_NODE_MAX_OUT];
    struct oc_err *err;
};

struct eng_backend;
struct eng_weights; /* packed weights shared by all plans of a model; backend/weights.h */

/* What prepare sees. Everything is borrowed for the call, except constants, which live as long as the plan. */
struct eng_prepare {
    const struct eng_node *node;
    int n_in, n_out;
    const struct eng_value *const *in;       /* [n_in]; NULL = absent */
    const struct eng_value *const *out;      /* [n_out] */
    const struct eng_value *bias, *residual; /* of node->fused; NULL = none */
    const struct eng_backend *backend;
    struct eng_weights *weights;
    int threads;
    enum eng_precision precision; /* never AUTO */
    struct oc_err *err;
};

struct eng_call;

/* A configured node: immutable after prepare, shared by all sessions. */
struct eng_kernel {
    enum oc_status (*run)(const struct eng_kernel *k, struct eng_call *call);
    void *state; /* owned; freed by free_state, or by oc_mem_free when that is NULL */
    void (*free_state)(void *state);
    size_t scratch_bytes;   /* private memory for one call, 64-byte aligned, contents undefined */
    bool residual_in_place; /* the output may lie where the fused residual lies: it is read before it is overwritten */
    const char *impl;       /* static: the kernel's name, for inspect and reports */
};

/* One execution. */
struct eng_call {
    const struct eng_tensor *in;              /* [n_in]; data = NULL for an absent optional */
    struct eng_tensor *out;                   /* [n_out]; data is where to write */
    const struct eng_tensor *bias, *residual; /* of node->fused; NULL = none */
    void *scratch;
    struct oc_par *par; /* NULL = one thread */
    struct oc_err *err;
};

enum {
    ENG_OP_IN_PLACE = 1 << 0,         /* output 0 may share memory with any input of the same shape and element size (elementwise) */
    ENG_OP_VIEW = 1 << 1,             /* output 0 is input 0 with another shape: no code runs, memory is shared */
    ENG_OP_NONDETERMINISTIC = 1 << 2, /* never folded */
    ENG_OP_UNARY = 1 << 3,            /* elementwise on one tensor, same shape out: layout does not matter */
    ENG_OP_BROADCAST = 1 << 4,        /* elementwise with numpy broadcasting */
};

struct eng_op_def {
    const char *domain; /* "" = ai.onnx */
    const char *name;
    int since, until;   /* opsets covered, both ends included; until 0 = all later ones */
    int min_in, max_in; /* max -1 = any number */
    int min_out, max_out;
    uint32_t host_inputs; /* bit i: infer needs the value of input i (Reshape's shape) */
    uint32_t flags;
    enum oc_status (*infer)(struct eng_infer *c);
    enum oc_status (*prepare)(const struct eng_prepare *c, struct eng_kernel *k);
};

/* Row i of the whole table, or NULL past the end. */
const struct eng_op_def *eng_op_at(int i);

/* --- helpers for operators (ops/op_support.c) --- */

/* OC_E_MODEL with "OP 'name': " before the text: what infer and prepare return for a bad model. */
enum oc_status eng_bad_node(struct oc_err *err, const struct eng_node *n, const char *fmt, ...) OC_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* as oc_err_set */
#define eng_bad_node(...) ((eng_bad_node)(__VA_ARGS__), OC_E_MODEL)
#endif
/* axis in -rank..rank-1 made non-negative. */
enum oc_status eng_axis(struct oc_err *err, const struct eng_node *n, int64_t axis, int rank, int *out) OC_MUST_CHECK;
/* Numpy broadcasting of two shapes. */
enum oc_status eng_broadcast(struct oc_err *err, const struct eng_node *n, const struct eng_shape *a, const struct eng_shape *b,
                             struct eng_shape *out) OC_MUST_CHECK;
/* Checks dimensions >= 0, the count for overflow and LIM_TENSOR_BYTES. Called by the engine on every inferred output. */
enum oc_status eng_shape_check(struct oc_err *err, const char *what, enum eng_dtype t, const struct eng_shape *s) OC_MUST_CHECK;
/* The constant int32 or int64 input i as int64 numbers, at most max of them; OC_E_MODEL when it is not a known integer list. */
enum oc_status eng_const_ints(struct oc_err *err, const struct eng_node *n, const struct eng_value *v, int64_t *out, size_t max,
                              size_t *count) OC_MUST_CHECK;
/*
 * Common infer functions: output 0 has the type and shape of input 0; the broadcast of all inputs (which must have one type);
 * the same with bool out.
 */
enum oc_status eng_infer_same(struct eng_infer *c) OC_MUST_CHECK;
enum oc_status eng_infer_broadcast(struct eng_infer *c) OC_MUST_CHECK;
enum oc_status eng_infer_compare(struct eng_infer *c) OC_MUST_CHECK;
/* Element strides (row-major) of a shape broadcast to out's rank: 0 where a dimension is repeated. */
void eng_broadcast_strides(const struct eng_shape *in, const struct eng_shape *out, int64_t stride[LIM_TENSOR_RANK]);

#endif

/*
 * A plan: a model made ready for one set of input shapes. Optimised graph, one configured kernel a node, and a
 * place in memory for every tensor. Immutable once made, reference-counted, used by any number of sessions.
 */
#ifndef ENG_PLAN_PLAN_H
#define ENG_PLAN_PLAN_H

#include "engine/ops/op.h"
#include "engine/passes/passes.h"

struct eng_backend;
struct eng_weights;

enum eng_where {
    ENG_AT_NOWHERE, /* an absent optional        */
    ENG_AT_ARENA,   /* offset in the arena       */
    ENG_AT_CONST,   /* t.data is the constant's  */
    ENG_AT_INPUT,   /* the caller's input number `input` */
};

/* One operand of one step: type and shape, and where its bytes are. */
struct eng_arg {
    struct eng_tensor t;
    enum eng_where where;
    size_t offset;
    int input;
};

/* Steps' operands are consecutive in the plan's args: inputs, outputs, then fused bias and residual where they are. */
struct eng_step {
    const struct eng_node *node; /* in the plan's graph */
    struct eng_kernel kernel;
    int first, n_in, n_out; /* args: in = first.., out = first + n_in.. */
    int bias, residual;     /* args, -1 = none */
    size_t scratch;         /* offset in the arena */
};

struct eng_plan {
    atomic_int refs;
    struct eng_graph *graph; /* owned: names, attributes, constants */
    int n_inputs;
    struct eng_tensor *inputs; /* what this plan is for: types and shapes; data (owned): the values of an input that decides shapes */
    int n_steps, n_args, n_outputs;
    struct eng_step *steps;
    struct eng_arg *args;
    struct eng_arg *outputs; /* where the graph's outputs are found after a run */
    int *copy_from;          /* [n_outputs] input to copy into the output's place after the run, -1 = none */
    size_t arena_bytes;
    size_t bytes; /* this plan's own memory, about: constants folded for it, kernels' tables, graph */
    int pass_counts[ENG_PASSES_MAX];
    int folded; /* nodes that became constants in this plan */
};

/* What a plan is made from; all borrowed for the call but backend and weights, which outlive the plan. */
struct eng_plan_source {
    const struct eng_graph *graph;
    const struct eng_tensor *inputs; /* in the graph's order; data is read only where host_input says */
    const bool *host_input;
    bool any_size; /* inputs that decide shapes may be of any size: this plan is for one run */
    const struct eng_backend *backend;
    struct eng_weights *weights;
    enum eng_precision precision;
    int threads;
    size_t session_bytes_max;
    const char *disable_passes; /* NULL = none */
};

/* OC_E_UNSUPPORTED names a node whose shape depends on data; OC_E_MODEL what else the model has wrong, or that the arena is too large. */
enum oc_status eng_plan_new(const struct eng_plan_source *s, struct eng_plan **out, struct oc_err *err) OC_MUST_CHECK;
struct eng_plan *eng_plan_ref(struct eng_plan *p);
void eng_plan_unref(struct eng_plan *p); /* NULL is fine */
/* True when the plan is for inputs of these types, shapes and (where they decide shapes) values. */
bool eng_plan_fits(const struct eng_plan *p, const struct eng_tensor *inputs);

/* The second half of eng_plan_new, plan/place.c: args, arena and scratch for the prepared steps. */
enum oc_status eng_plan_place(struct eng_plan *p, struct oc_err *err) OC_MUST_CHECK;

#endif

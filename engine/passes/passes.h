/*
 * The graph rewrites, in the order in which they run. Each is a file p_<name>.c with a picture of before and
 * after, a name that eng_options.disable_passes knows, and a counter that `ocelli inspect` shows.
 *
 * Two stages. "Load" runs once, without input shapes, and does whatever changes weights, so that all plans share
 * the result. "Plan" runs for each set of input shapes, when every type and shape is known: patterns and fusions.
 * A pass leaves the graph's invariants as ir/graph.h says but for order and dead nodes: it is swept after each.
 */
#ifndef ENG_PASSES_PASSES_H
#define ENG_PASSES_PASSES_H

#include "engine/ir/graph.h"

enum eng_stage { ENG_STAGE_LOAD, ENG_STAGE_PLAN, ENG_STAGE_LAYOUT };

struct eng_pass {
    const char *name;
    enum eng_stage stage;
    enum oc_status (*run)(struct eng_graph *g, int *count, struct oc_err *err); /* adds to *count */
};

#define ENG_PASSES_MAX 24
/* Pass i in order, or NULL past the end. */
const struct eng_pass *eng_pass_at(int i);
/*
 * Runs the passes of a stage that `disabled` ("name,name" or NULL) does not name; counts[ENG_PASSES_MAX] by index
 * in the whole list is added to.
 */
enum oc_status eng_passes_run(struct eng_graph *g, enum eng_stage stage, const char *disabled, int *counts,
                              struct oc_err *err) OC_MUST_CHECK;
/* OC_E_INVALID when `disabled` names a pass that there is not. */
enum oc_status eng_passes_check(const char *disabled, struct oc_err *err) OC_MUST_CHECK;

/* Load. */
enum oc_status eng_pass_canonicalise(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_widen(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_fold(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_affine(struct eng_graph *g, int *count, struct oc_err *err);
/* Plan. */
enum oc_status eng_pass_noop(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_layernorm(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_gelu(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_hardswish(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_silu(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_bias(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_residual(struct eng_graph *g, int *count, struct oc_err *err);
enum oc_status eng_pass_activation(struct eng_graph *g, int *count, struct oc_err *err);
/*
 * Layout, only for backends that want channels last: spatial nodes become channels_last and Transposes go where
 * regions meet. Leaves dtype and shape of every value right.
 */
enum oc_status eng_pass_layout(struct eng_graph *g, int *count, struct oc_err *err);

#endif

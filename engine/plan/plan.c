/*
 * Makes a plan: clone, set the input shapes, infer and fold, late passes, layout, kernels; memory is place.c.
 * Nothing here is shared with other threads but constants and packed weights, so it runs without the model's lock.
 */
#include "engine/plan/plan.h"
#include "engine/backend/backend.h"
#include "engine/plan/infer.h"
#include "engine/plan/kernel.h"
#include <string.h>

struct eng_plan *eng_plan_ref(struct eng_plan *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

static void plan_free(struct eng_plan *p)
{
    for (int i = 0; i < p->n_steps; i++)
        eng_kernel_free(&p->steps[i].kernel);
    for (int i = 0; i < p->n_inputs; i++)
        oc_mem_free(p->inputs[i].data);
    oc_mem_free(p->inputs);
    oc_mem_free(p->steps);
    oc_mem_free(p->args);
    oc_mem_free(p->outputs);
    oc_mem_free(p->copy_from);
    eng_graph_free(p->graph);
    oc_mem_free(p);
}

void eng_plan_unref(struct eng_plan *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
        plan_free(p);
}

static size_t tensor_bytes(const struct eng_tensor *t)
{
    return (size_t)eng_shape_count(&t->shape) * eng_dtype_size(t->dtype);
}

bool eng_plan_fits(const struct eng_plan *p, const struct eng_tensor *inputs)
{
    for (int i = 0; i < p->n_inputs; i++) {
        const struct eng_tensor *t = &p->inputs[i];
        if (t->dtype != inputs[i].dtype || !eng_shape_equal(&t->shape, &inputs[i].shape))
            return false;
        if (t->data && memcmp(t->data, inputs[i].data, tensor_bytes(t)) != 0)
            return false;
    }
    return true;
}

/* --- inputs --- */

static enum oc_status keep_values(struct eng_plan *p, int i, const struct eng_tensor *t, bool any_size, struct oc_err *err)
{
    struct eng_value *v = &p->graph->values[p->graph->inputs[i]];
    size_t bytes = tensor_bytes(t);
    if (!any_size && eng_shape_count(&t->shape) > LIM_HOST_INPUT)
        return oc_err_set(err, OC_E_UNSUPPORTED,
                          "input '%.200s' decides shapes inside the model and has %lld elements; such an input may have %d", v->name,
                          (long long)eng_shape_count(&t->shape), LIM_HOST_INPUT);
    struct eng_const *c;
    enum oc_status st = eng_const_new(t->dtype, &t->shape, &c, err);
    if (st)
        return st;
    v->constant = c;
    p->inputs[i].data = oc_mem_alloc(OC_MEM_MODEL, bytes);
    if (!p->inputs[i].data)
        return oc_err_nomem(err, "a plan", bytes);
    if (bytes) {
        memcpy(c->t.data, t->data, bytes);
        memcpy(p->inputs[i].data, t->data, bytes);
    }
    return OC_OK;
}

static enum oc_status set_inputs(struct eng_plan *p, const struct eng_plan_source *s, struct oc_err *err)
{
    struct eng_graph *g = p->graph;
    for (int i = 0; i < g->n_values; i++)
        g->values[i].known = g->values[i].constant != NULL;
    p->inputs = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_inputs, sizeof *p->inputs);
    if (!p->inputs)
        return oc_err_nomem(err, "a plan", (size_t)g->n_inputs * sizeof *p->inputs);
    for (int i = 0; i < g->n_inputs; i++) {
        const struct eng_tensor *t = &s->inputs[i];
        struct eng_value *v = &g->values[g->inputs[i]];
        enum oc_status st = eng_shape_check(err, v->name, t->dtype, &t->shape);
        if (st)
            return st;
        v->dtype = t->dtype;
        v->shape = t->shape;
        v->known = true;
        p->inputs[i] = (struct eng_tensor){t->dtype, t->shape, NULL};
        p->n_inputs = i + 1;
        st = s->host_input[i] ? keep_values(p, i, t, s->any_size, err) : OC_OK;
        if (st)
            return st;
    }
    return OC_OK;
}

/* --- graph --- */

static enum oc_status infer_and_sweep(struct eng_plan *p, struct oc_err *err)
{
    enum oc_status st = eng_infer_graph(p->graph, ENG_INFER_ALL, &p->folded, err);
    return st ? st : eng_graph_sweep(p->graph, err);
}

static enum oc_status optimise(struct eng_plan *p, const struct eng_plan_source *s, struct oc_err *err)
{
    enum oc_status st = infer_and_sweep(p, err);
    if (!st)
        st = eng_passes_run(p->graph, ENG_STAGE_PLAN, s->disable_passes, p->pass_counts, err);
    if (!st && s->backend->channels_last)
        st = eng_passes_run(p->graph, ENG_STAGE_LAYOUT, s->disable_passes, p->pass_counts, err);
    if (!st) /* values that passes made */
        st = infer_and_sweep(p, err);
    return st;
}

/* --- kernels --- */

static enum oc_status prepare_step(struct eng_plan *p, const struct eng_plan_source *s, struct eng_step *step, struct eng_operands *ops,
                                   struct oc_err *err)
{
    const struct eng_graph *g = p->graph;
    const struct eng_node *n = step->node;
    eng_operands_get(g, n, ops);
    struct eng_prepare c = {.node = n,
                            .n_in = n->n_in,
                            .n_out = n->n_out,
                            .in = ops->in,
                            .out = ops->out,
                            .bias = n->fused.bias < 0 ? NULL : &g->values[n->fused.bias],
                            .residual = n->fused.residual < 0 ? NULL : &g->values[n->fused.residual],
                            .backend = s->backend,
                            .weights = s->weights,
                            .threads = s->threads,
                            .precision = s->precision,
                            .err = err};
    char text[256];
    enum oc_status st = n->op->prepare(&c, &step->kernel);
    if (!st && !step->kernel.run)
        st = oc_err_set(err, OC_E_INTERNAL, "%s has no kernel", eng_node_text(n, text));
    return st;
}

static enum oc_status prepare_steps(struct eng_plan *p, const struct eng_plan_source *s, struct oc_err *err)
{
    const struct eng_graph *g = p->graph;
    enum oc_status st = OC_OK;
    struct eng_operands *ops = oc_mem_zero(OC_MEM_MODEL, sizeof *ops); /* too large for the stack */
    p->steps = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_nodes, sizeof *p->steps);
    if (!ops || !p->steps)
        st = oc_err_nomem(err, "a plan", (size_t)g->n_nodes * sizeof *p->steps);
    for (int i = 0; !st && i < g->n_nodes; i++) {
        if (g->nodes[i].op->flags & ENG_OP_VIEW)
            continue; /* no code: place.c gives its output the input's memory */
        struct eng_step *step = &p->steps[p->n_steps++];
        step->node = &g->nodes[i];
        st = prepare_step(p, s, step, ops, err);
    }
    oc_mem_free(ops);
    return st;
}

static size_t own_bytes(const struct eng_plan *p)
{
    const struct eng_graph *g = p->graph;
    size_t n = sizeof *p + g->arena.used + (size_t)g->cap_values * sizeof *g->values + (size_t)g->cap_nodes * sizeof *g->nodes +
               (size_t)g->n_nodes * sizeof *p->steps + (size_t)p->n_args * sizeof *p->args;
    for (int i = 0; i < g->n_values; i++) {
        struct eng_const *c = g->values[i].constant;
        if (c && atomic_load_explicit(&c->refs, memory_order_relaxed) == 1) /* folded for this plan alone */
            n += tensor_bytes(&c->t);
    }
    return n;
}

enum oc_status eng_plan_new(const struct eng_plan_source *s, struct eng_plan **out, struct oc_err *err)
{
    char text[ENG_SHAPE_TEXT];
    *out = NULL;
    struct eng_plan *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
    if (!p)
        return oc_err_nomem(err, "a plan", sizeof *p);
    atomic_init(&p->refs, 1);
    enum oc_status st = eng_graph_clone(s->graph, &p->graph, err);
    if (!st)
        st = set_inputs(p, s, err);
    if (!st)
        st = optimise(p, s, err);
    if (!st)
        st = prepare_steps(p, s, err);
    if (!st)
        st = eng_plan_place(p, err);
    if (!st && p->arena_bytes > s->session_bytes_max)
        st = oc_err_set(err, OC_E_MODEL,
                        "with its first input of shape %s the model needs %zu bytes for intermediate results; the limit is %zu",
                        p->n_inputs ? eng_shape_text(&p->inputs[0].shape, text) : "none", p->arena_bytes, s->session_bytes_max);
    if (st) {
        eng_plan_unref(p);
        return st;
    }
    p->bytes = own_bytes(p);
    *out = p;
    return OC_OK;
}

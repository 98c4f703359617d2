/*
 * One walk, see infer.h. Not done here: anything that changes the graph's structure (passes/), and symbolic shapes;
 * a plan has numbers everywhere.
 */
#include "engine/plan/infer.h"
#include "engine/backend/backend.h"
#include "engine/backend/weights.h"
#include "engine/plan/kernel.h"
#include <string.h>

/* Small results are always worth folding; large ones only when they are not much larger than what they come from (Expand). */
#define FOLD_ALWAYS OC_MIB(1)
#define FOLD_GROWTH 4

struct walk {
    struct eng_graph *g;
    enum eng_infer_mode mode;
    struct eng_weights *weights; /* of folded nodes; made when first needed, dropped at the end */
    size_t folded_bytes;
    struct eng_operands ops;
    struct oc_err *err;
};

const char *eng_node_text(const struct eng_node *n, char text[256])
{
    snprintf(text, 256, "%s '%.200s'", n->op_type, n->name);
    return text;
}

void eng_operands_get(const struct eng_graph *g, const struct eng_node *n, struct eng_operands *o)
{
    for (int i = 0; i < n->n_in; i++)
        o->in[i] = n->in[i] < 0 ? NULL : &g->values[n->in[i]];
    for (int i = 0; i < n->n_out; i++)
        o->out[i] = n->out[i] < 0 ? NULL : &g->values[n->out[i]];
}

static enum oc_status check_arity(const struct eng_node *n, struct oc_err *err)
{
    if (n->n_in > LIM_NODE_INPUTS || n->n_out > ENG_NODE_MAX_OUT)
        return eng_bad_node(err, n, "%d inputs and %d outputs; the limits are %d and %d", n->n_in, n->n_out, LIM_NODE_INPUTS,
                            ENG_NODE_MAX_OUT);
    return OC_OK;
}

enum oc_status eng_infer_node(struct eng_graph *g, const struct eng_node *n, struct oc_err *err)
{
    enum oc_status st = check_arity(n, err);
    if (st)
        return st;
    struct eng_operands ops;
    eng_operands_get(g, n, &ops);
    struct eng_infer c = {.node = n, .n_in = n->n_in, .n_out = n->n_out, .in = ops.in, .err = err};
    st = n->op->infer(&c);
    for (int i = 0; !st && i < n->n_out; i++) {
        if (n->out[i] < 0)
            continue;
        struct eng_value *v = &g->values[n->out[i]];
        char text[256];
        st = eng_shape_check(err, v->name[0] ? v->name : eng_node_text(n, text), c.out[i].dtype, &c.out[i].shape);
        if (st)
            return oc_err_prefix(err, st, "%s: ", eng_node_text(n, text));
        v->dtype = c.out[i].dtype;
        v->shape = c.out[i].shape;
        v->known = true;
    }
    return st;
}

static bool looks_at_shape_only(const struct eng_node *n)
{
    return n->op->domain[0] == 0 && (strcmp(n->op_type, "Shape") == 0 || strcmp(n->op_type, "Size") == 0);
}

static size_t value_bytes(const struct eng_value *v)
{
    return (size_t)eng_shape_count(&v->shape) * eng_dtype_size(v->dtype);
}

/* --- folding --- */

static bool may_fold(const struct walk *w, const struct eng_node *n)
{
    if (n->op->flags & ENG_OP_NONDETERMINISTIC)
        return false;
    size_t in = 0, out = 0;
    for (int i = 0; i < n->n_in; i++) {
        const struct eng_value *v = n->in[i] < 0 ? NULL : &w->g->values[n->in[i]];
        if (v && !v->constant && !looks_at_shape_only(n))
            return false;
        in += v && v->constant ? value_bytes(v) : 0;
    }
    for (int i = 0; i < n->n_out; i++)
        out += n->out[i] < 0 ? 0 : value_bytes(&w->g->values[n->out[i]]);
    if (out > LIM_FOLD_BYTES || w->folded_bytes + out > LIM_FOLD_TOTAL)
        return false;
    return out <= FOLD_ALWAYS || out / FOLD_GROWTH <= in;
}

/* A view has no kernel: its result is its first input with another shape. Nobody may want that result (a mask beside it, say). */
static void copy_view(const struct walk *w, const struct eng_node *n, struct eng_const *result)
{
    if (result && n->in[0] >= 0)
        memcpy(result->t.data, w->g->values[n->in[0]].constant->t.data, value_bytes(&w->g->values[n->out[0]]));
}

static enum oc_status run_folded(struct walk *w, const struct eng_node *n, struct eng_const **results)
{
    struct eng_tensor in[LIM_NODE_INPUTS], out[ENG_NODE_MAX_OUT];
    struct eng_kernel k = {0};
    for (int i = 0; i < n->n_in; i++) {
        in[i] = (struct eng_tensor){0};
        if (n->in[i] >= 0) {
            const struct eng_value *v = &w->g->values[n->in[i]];
            in[i] = v->constant ? v->constant->t : (struct eng_tensor){v->dtype, v->shape, NULL};
        }
    }
    for (int i = 0; i < n->n_out; i++)
        out[i] = results[i] ? results[i]->t : (struct eng_tensor){0};
    eng_operands_get(w->g, n, &w->ops);
    struct eng_prepare p = {.node = n,
                            .n_in = n->n_in,
                            .n_out = n->n_out,
                            .in = w->ops.in,
                            .out = w->ops.out,
                            .backend = &eng_backend_reference,
                            .weights = w->weights,
                            .threads = 1,
                            .precision = ENG_PRECISION_F32,
                            .err = w->err};
    enum oc_status st = n->op->prepare(&p, &k);
    void *scratch = NULL;
    if (!st && k.scratch_bytes && !(scratch = oc_mem_aligned(OC_MEM_MODEL, k.scratch_bytes)))
        st = oc_err_nomem(w->err, "constant folding", k.scratch_bytes);
    if (!st)
        st = k.run(&k, &(struct eng_call){.in = in, .out = out, .scratch = scratch, .err = w->err});
    oc_mem_free(scratch);
    eng_kernel_free(&k);
    return st;
}

static enum oc_status fold_node(struct walk *w, struct eng_node *n)
{
    struct eng_const *results[ENG_NODE_MAX_OUT] = {NULL};
    enum oc_status st = w->weights ? OC_OK : eng_weights_new(&w->weights, w->err);
    for (int i = 0; !st && i < n->n_out; i++)
        if (n->out[i] >= 0) {
            const struct eng_value *v = &w->g->values[n->out[i]];
            st = eng_const_new(v->dtype, &v->shape, &results[i], w->err);
        }
    if (!st && n->op->flags & ENG_OP_VIEW)
        copy_view(w, n, results[0]);
    else if (!st)
        st = run_folded(w, n, results);
    for (int i = 0; i < n->n_out; i++) {
        if (st) {
            eng_const_unref(results[i]);
        } else if (results[i]) {
            struct eng_value *v = &w->g->values[n->out[i]];
            v->constant = results[i];
            v->producer = -1;
            w->folded_bytes += value_bytes(v);
        }
    }
    if (!st)
        n->dead = true;
    return st;
}

/* --- the walk --- */

/* Whether all that infer looks at is there; in ENG_INFER_ALL what is missing is an error. */
static enum oc_status inputs_ready(const struct walk *w, const struct eng_node *n, bool *ready)
{
    *ready = false;
    for (int i = 0; i < n->n_in; i++) {
        const struct eng_value *v = n->in[i] < 0 ? NULL : &w->g->values[n->in[i]];
        if (v && !v->known)
            return w->mode == ENG_INFER_SOME ? OC_OK : eng_bad_node(w->err, n, "the shape of its input '%.200s' is not known", v->name);
        if (v && i < 32 && (n->op->host_inputs >> i & 1) && !v->constant)
            return w->mode == ENG_INFER_SOME
                       ? OC_OK
                       : oc_err_set(w->err, OC_E_UNSUPPORTED,
                                    "%s '%.200s': the shape of its result depends on the data in '%.200s', which is computed from "
                                    "inputs of the model; such models are not supported",
                                    n->op_type, n->name, v->name);
    }
    *ready = true;
    return OC_OK;
}

static bool outputs_known(const struct eng_graph *g, const struct eng_node *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] >= 0 && !g->values[n->out[i]].known)
            return false;
    return true;
}

static enum oc_status walk_node(struct walk *w, struct eng_node *n, int *folded)
{
    bool ready;
    if (!n->op)
        return eng_bad_node(w->err, n, "there is no such operator");
    enum oc_status st = inputs_ready(w, n, &ready);
    if (st || !ready)
        return st;
    st = outputs_known(w->g, n) ? OC_OK : eng_infer_node(w->g, n, w->err);
    if (st || !may_fold(w, n))
        return st;
    st = fold_node(w, n);
    if (!st && folded)
        ++*folded;
    return st;
}

enum oc_status eng_infer_graph(struct eng_graph *g, enum eng_infer_mode mode, int *folded, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    struct walk *w = oc_mem_zero(OC_MEM_MODEL, sizeof *w); /* too large for the stack */
    if (!w)
        return oc_err_nomem(err, "shape inference", sizeof *w);
    w->g = g;
    w->mode = mode;
    w->err = err;
    for (int i = 0; !st && i < g->n_nodes; i++)
        if (!g->nodes[i].dead)
            st = walk_node(w, &g->nodes[i], folded);
    eng_weights_free(w->weights);
    oc_mem_free(w);
    return st;
}

enum oc_status eng_find_host_inputs(const struct eng_graph *g, bool *needed, struct oc_err *err)
{
    bool *by_value = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_values, sizeof *by_value);
    if (!by_value)
        return oc_err_nomem(err, "a plan", (size_t)g->n_values);
    for (int i = g->n_nodes - 1; i >= 0; i--) {
        const struct eng_node *n = &g->nodes[i];
        bool all = false;
        for (int k = 0; k < n->n_out; k++)
            all |= n->out[k] >= 0 && by_value[n->out[k]];
        all &= !looks_at_shape_only(n);
        for (int k = 0; k < n->n_in; k++)
            if (n->in[k] >= 0 && (all || (k < 32 && (n->op->host_inputs >> k & 1))))
                by_value[n->in[k]] = true;
    }
    for (int i = 0; i < g->n_inputs; i++)
        needed[i] = by_value[g->inputs[i]];
    oc_mem_free(by_value);
    return OC_OK;
}

/* See tail.h. */
#include "engine/exec/tail.h"
#include <string.h>

enum { LEAST_RANK = 3 }; /* of an input whose values are data; smaller ones say sizes, and decide shapes as part of a plan's key */

struct split {
    struct eng_graph *g;
    bool *data;    /* [n_values] depends on the values of such an input */
    bool *in_tail; /* [n_nodes] */
    int *maker;    /* [n_values] node in the tail that makes it, or -1 */
};

static void split_free(struct split *s)
{
    oc_mem_free(s->data);
    oc_mem_free(s->in_tail);
    oc_mem_free(s->maker);
}

static bool looks_at_shape_only(const struct eng_node *n)
{
    return !strcmp(n->op_type, "Shape") || !strcmp(n->op_type, "Size");
}

/* Operand i of a node, fused ones last; -1: absent. */
static int operand(const struct eng_node *n, int i)
{
    return i < n->n_in ? n->in[i] : i == n->n_in ? n->fused.bias : n->fused.residual;
}

static int n_operands(const struct eng_node *n)
{
    return n->n_in + 2;
}

/* Whether the shape of what it makes depends on data. */
static bool is_dynamic(const struct split *s, const struct eng_node *n)
{
    for (int i = 0; n->op && i < n->n_in && i < 32; i++)
        if ((n->op->host_inputs >> i & 1) && n->in[i] >= 0 && s->data[n->in[i]])
            return true;
    return false;
}

/* Marks values and nodes in one walk: the graph is in order. Returns how many nodes are the tail's. */
static int mark(struct split *s)
{
    struct eng_graph *g = s->g;
    int n_tail = 0;
    for (int i = 0; i < g->n_inputs; i++) {
        const struct eng_value *v = &g->values[g->inputs[i]];
        s->data[g->inputs[i]] = v->shape.rank >= LEAST_RANK || (!v->shape.rank && !v->known); /* or nothing is said of it */
    }
    for (int i = 0; i < g->n_values; i++)
        s->maker[i] = -1;
    for (int i = 0; i < g->n_nodes; i++) {
        const struct eng_node *n = &g->nodes[i];
        bool data = false, follows = false;
        for (int k = 0; k < n_operands(n); k++) {
            int v = operand(n, k);
            data |= v >= 0 && s->data[v];
            follows |= v >= 0 && s->maker[v] >= 0;
        }
        s->in_tail[i] = follows || is_dynamic(s, n);
        n_tail += s->in_tail[i];
        for (int k = 0; k < n->n_out; k++) {
            if (n->out[k] < 0)
                continue;
            s->data[n->out[k]] = (data && !looks_at_shape_only(n)) || s->in_tail[i]; /* a tail's shapes are data as well */
            s->maker[n->out[k]] = s->in_tail[i] ? i : -1;
        }
    }
    return n_tail;
}

static int find(const int *ids, int n, int id)
{
    for (int i = 0; i < n; i++)
        if (ids[i] == id)
            return i;
    return -1;
}

/* Values that the tail needs and does not make, in order; `cut` has room for all values. */
static int collect_cut(const struct split *s, int *cut)
{
    const struct eng_graph *g = s->g;
    int n = 0;
    for (int i = 0; i < g->n_nodes; i++) {
        for (int k = 0; s->in_tail[i] && k < n_operands(&g->nodes[i]); k++) {
            int v = operand(&g->nodes[i], k);
            if (v >= 0 && !g->values[v].constant && s->maker[v] < 0 && find(cut, n, v) < 0)
                cut[n++] = v;
        }
    }
    return n;
}

/* New lists of inputs and outputs for a graph that keeps the tail's nodes, or the others. */
static enum oc_status keep_nodes(struct eng_graph *g, const bool *in_tail, bool tail, const int *outputs, int n_outputs, struct oc_err *err)
{
    int *list = oc_mem_array(OC_MEM_MODEL, (size_t)n_outputs + 1, sizeof *list);
    if (!list)
        return oc_err_nomem(err, "a model", (size_t)n_outputs * sizeof *list);
    for (int i = 0; i < g->n_nodes; i++)
        g->nodes[i].dead |= in_tail[i] != tail;
    for (int i = 0; i < g->n_outputs; i++)
        g->values[g->outputs[i]].is_output = false;
    for (int i = 0; i < n_outputs; i++) {
        list[i] = outputs[i];
        g->values[outputs[i]].is_output = true;
    }
    oc_mem_free(g->outputs);
    g->outputs = list;
    g->n_outputs = n_outputs;
    return OC_OK;
}

static enum oc_status set_inputs(struct eng_graph *g, const int *inputs, int n, struct oc_err *err)
{
    int *list = oc_mem_array(OC_MEM_MODEL, (size_t)n + 1, sizeof *list);
    if (!list)
        return oc_err_nomem(err, "a model", (size_t)n * sizeof *list);
    for (int i = 0; i < g->n_inputs; i++)
        g->values[g->inputs[i]].is_input = false;
    for (int i = 0; i < n; i++) {
        list[i] = inputs[i];
        g->values[inputs[i]].is_input = true;
        g->values[inputs[i]].producer = -1;
    }
    oc_mem_free(g->inputs);
    g->inputs = list;
    g->n_inputs = n;
    return OC_OK;
}

/* Shapes that were known before are not known of what the tail makes. */
static void forget_shapes(struct eng_graph *g)
{
    for (int i = 0; i < g->n_values; i++)
        g->values[i].known = g->values[i].constant != NULL;
}

static enum oc_status build(struct split *s, struct eng_tail *t, int *cut, struct oc_err *err)
{
    struct eng_graph *g = s->g;
    int n_cut = collect_cut(s, cut), n_head = 0, n_tail = 0, n_inputs = n_cut;
    int *outputs = cut + n_cut, *tails = outputs + g->n_outputs + n_cut; /* room was made for them */
    t->n_outputs = g->n_outputs;
    t->output = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_outputs + 1, sizeof *t->output);
    t->from_output = oc_mem_array(OC_MEM_MODEL, (size_t)n_cut + 1, sizeof *t->from_output);
    t->known = oc_mem_array(OC_MEM_MODEL, (size_t)n_cut + 1, sizeof *t->known);
    if (!t->output || !t->from_output || !t->known)
        return oc_err_nomem(err, "a model", (size_t)(g->n_outputs + n_cut) * sizeof *t->output);
    for (int i = 0; i < g->n_outputs; i++) {
        bool tail = s->maker[g->outputs[i]] >= 0;
        t->output[i] = tail ? n_tail : -1 - n_head;
        *(tail ? &tails[n_tail++] : &outputs[n_head++]) = g->outputs[i];
    }
    for (int i = 0; i < n_cut; i++) {
        int at = find(g->inputs, g->n_inputs, cut[i]), given = find(outputs, n_head, cut[i]);
        t->known[i] = true;
        if (at < 0 && given < 0) {
            given = n_head;
            outputs[n_head++] = cut[i];
        }
        t->from_output[i] = at >= 0 ? -1 - at : given;
    }
    enum oc_status st = eng_graph_clone(g, &t->graph, err);
    (void)(st || (st = keep_nodes(t->graph, s->in_tail, true, tails, n_tail, err)) || (st = set_inputs(t->graph, cut, n_inputs, err)) ||
           (st = eng_graph_sweep(t->graph, err)) || (st = keep_nodes(g, s->in_tail, false, outputs, n_head, err)) ||
           (st = eng_graph_sweep(g, err)));
    if (!st)
        forget_shapes(t->graph);
    return st;
}

enum oc_status eng_tail_split(struct eng_graph *g, struct eng_tail **out, struct oc_err *err)
{
    size_t values = (size_t)g->n_values, room = values + 2 * ((size_t)g->n_outputs + values);
    struct split s = {.g = g};
    *out = NULL;
    s.data = oc_mem_array(OC_MEM_MODEL, values + 1, sizeof *s.data);
    s.maker = oc_mem_array(OC_MEM_MODEL, values + 1, sizeof *s.maker);
    s.in_tail = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_nodes + 1, sizeof *s.in_tail);
    int *cut = oc_mem_array(OC_MEM_MODEL, room + 1, sizeof *cut);
    enum oc_status st = s.data && s.maker && s.in_tail && cut ? OC_OK : oc_err_nomem(err, "a model", room * sizeof *cut);
    if (!st && mark(&s)) {
        struct eng_tail *t = oc_mem_zero(OC_MEM_MODEL, sizeof *t);
        st = t ? build(&s, t, cut, err) : oc_err_nomem(err, "a model", sizeof *t);
        if (st)
            eng_tail_free(t);
        else
            *out = t;
    }
    split_free(&s);
    oc_mem_free(cut);
    return st;
}

void eng_tail_free(struct eng_tail *t)
{
    if (!t)
        return;
    eng_graph_free(t->graph);
    oc_mem_free(t->from_output);
    oc_mem_free(t->known);
    oc_mem_free(t->output);
    oc_mem_free(t);
}

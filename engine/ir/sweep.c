/*
 * Uses, order and liveness. The sort is a depth-first walk with its own stack that visits nodes in their present order, so
 * a graph that is in order stays as it is. A cycle is found even where no output depends on it.
 */
#include "engine/ir/graph.h"
#include <string.h>

static void replace(int *ids, int n, int from, int to)
{
    for (int i = 0; i < n; i++)
        if (ids[i] == from)
            ids[i] = to;
}

void eng_graph_replace_uses(struct eng_graph *g, int from, int to)
{
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i];
        if (n->dead)
            continue;
        replace(n->in, n->n_in, from, to);
        replace(&n->fused.bias, 1, from, to);
        replace(&n->fused.residual, 1, from, to);
    }
    replace(g->outputs, g->n_outputs, from, to);
    if (g->values[from].is_output) {
        g->values[from].is_output = false;
        g->values[to].is_output = true;
    }
}

static int count_in(const int *ids, int n, int value)
{
    int uses = 0;
    for (int i = 0; i < n; i++)
        uses += ids[i] == value;
    return uses;
}

static int node_uses(const struct eng_node *n, int value)
{
    return n->dead ? 0 : count_in(n->in, n->n_in, value) + (n->fused.bias == value) + (n->fused.residual == value);
}

int eng_graph_uses(const struct eng_graph *g, int value)
{
    int uses = count_in(g->outputs, g->n_outputs, value);
    for (int i = 0; i < g->n_nodes; i++)
        uses += node_uses(&g->nodes[i], value);
    return uses;
}

int eng_graph_sole_user(const struct eng_graph *g, int value)
{
    int user = -1, uses = count_in(g->outputs, g->n_outputs, value);
    for (int i = 0; i < g->n_nodes && uses < 2; i++) {
        int here = node_uses(&g->nodes[i], value);
        if (here)
            user = i;
        uses += here;
    }
    return uses == 1 ? user : -1;
}

/* --- sweeping --- */

enum mark { UNSEEN, OPEN, DONE };

struct frame {
    int node, next; /* next operand to look at */
};

struct sweep {
    struct eng_graph *g;
    int *producer;       /* [n_values] node index */
    bool *used;          /* [n_values] by a live node or as an output */
    unsigned char *mark; /* [n_nodes] */
    struct frame *stack; /* [n_nodes] */
    int *order;          /* [n_nodes] */
    int n_order;
    struct eng_node *sorted;
};

static void sweep_free(struct sweep *s)
{
    oc_mem_free(s->producer);
    oc_mem_free(s->used);
    oc_mem_free(s->mark);
    oc_mem_free(s->stack);
    oc_mem_free(s->order);
    oc_mem_free(s->sorted);
}

static bool sweep_new(struct sweep *s, struct eng_graph *g)
{
    size_t values = (size_t)g->n_values, nodes = (size_t)g->n_nodes;
    *s = (struct sweep){.g = g};
    s->producer = oc_mem_array(OC_MEM_MODEL, values, sizeof *s->producer);
    s->used = oc_mem_array(OC_MEM_MODEL, values, sizeof *s->used);
    s->mark = oc_mem_array(OC_MEM_MODEL, nodes, sizeof *s->mark);
    s->stack = oc_mem_array(OC_MEM_MODEL, nodes, sizeof *s->stack);
    s->order = oc_mem_array(OC_MEM_MODEL, nodes, sizeof *s->order);
    s->sorted = oc_mem_array(OC_MEM_MODEL, nodes, sizeof *s->sorted);
    return s->producer && s->used && s->mark && s->stack && s->order && s->sorted;
}

/* Operands of a node one after the other: inputs, then the fused ones; -2 past the end. */
static int operand(const struct eng_node *n, int i)
{
    if (i < n->n_in)
        return n->in[i];
    if (i == n->n_in)
        return n->fused.bias;
    return i == n->n_in + 1 ? n->fused.residual : -2;
}

static enum oc_status find_producers(struct sweep *s, struct oc_err *err)
{
    struct eng_graph *g = s->g;
    memset(s->producer, 0xff, (size_t)g->n_values * sizeof *s->producer);
    for (int i = 0; i < g->n_nodes; i++) {
        const struct eng_node *n = &g->nodes[i];
        for (int k = 0; !n->dead && k < n->n_out; k++) {
            if (n->out[k] < 0)
                continue;
            if (s->producer[n->out[k]] >= 0 || g->values[n->out[k]].constant || g->values[n->out[k]].is_input)
                return oc_err_set(err, OC_E_MODEL, "value '%.200s' is made twice, the second time by %s '%.200s'",
                                  g->values[n->out[k]].name, n->op_type, n->name);
            s->producer[n->out[k]] = i;
        }
    }
    return OC_OK;
}

static enum oc_status check_source(const struct sweep *s, int value, const char *user, struct oc_err *err)
{
    const struct eng_value *v = &s->g->values[value];
    if (s->producer[value] >= 0 || v->constant || v->is_input)
        return OC_OK;
    return oc_err_set(err, OC_E_MODEL, "value '%.200s', used by %.200s, is made by no node", v->name, user);
}

/* Puts the node and all that it needs behind what is already in order. */
static enum oc_status visit(struct sweep *s, int root, struct oc_err *err)
{
    int depth = 0;
    s->stack[depth++] = (struct frame){root, 0};
    s->mark[root] = OPEN;
    while (depth) {
        struct frame *f = &s->stack[depth - 1];
        const struct eng_node *n = &s->g->nodes[f->node];
        int value = operand(n, f->next++);
        if (value == -2) {
            s->mark[f->node] = DONE;
            s->order[s->n_order++] = f->node;
            depth--;
            continue;
        }
        if (value < 0)
            continue;
        enum oc_status st = check_source(s, value, n->name[0] ? n->name : n->op_type, err);
        if (st)
            return st;
        int from = s->producer[value];
        if (from >= 0 && s->mark[from] == OPEN)
            return oc_err_set(err, OC_E_MODEL, "%s '%.200s' is part of a cycle (through value '%.200s')", n->op_type, n->name,
                              s->g->values[value].name);
        if (from >= 0 && s->mark[from] == UNSEEN) {
            s->mark[from] = OPEN;
            s->stack[depth++] = (struct frame){from, 0};
        }
    }
    return OC_OK;
}

/* Backwards over the order: a node lives when one of its outputs is used, and then uses its operands. */
static void mark_dead(struct sweep *s)
{
    struct eng_graph *g = s->g;
    for (int i = 0; i < g->n_outputs; i++)
        s->used[g->outputs[i]] = true;
    for (int i = s->n_order - 1; i >= 0; i--) {
        struct eng_node *n = &g->nodes[s->order[i]];
        n->dead = true;
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k] >= 0 && s->used[n->out[k]])
                n->dead = false;
        for (int k = 0, value; !n->dead && (value = operand(n, k)) != -2; k++)
            if (value >= 0)
                s->used[value] = true;
    }
}

static void keep_live(struct sweep *s)
{
    struct eng_graph *g = s->g;
    int n = 0;
    for (int i = 0; i < s->n_order; i++)
        if (!g->nodes[s->order[i]].dead)
            s->sorted[n++] = g->nodes[s->order[i]];
    for (int i = 0; i < g->n_nodes; i++)
        for (int k = 0; g->nodes[i].dead && k < g->nodes[i].n_attrs; k++)
            eng_const_unref(g->nodes[i].attrs[k].tensor);
    if (n)
        memcpy(g->nodes, s->sorted, (size_t)n * sizeof *g->nodes);
    g->n_nodes = n;
    for (int i = 0; i < g->n_values; i++) {
        g->values[i].producer = -1;
        if (!s->used[i]) { /* a weight that was folded away must not stay in memory */
            eng_const_unref(g->values[i].constant);
            g->values[i].constant = NULL;
        }
    }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < g->nodes[i].n_out; k++)
            if (g->nodes[i].out[k] >= 0)
                g->values[g->nodes[i].out[k]].producer = i;
}

enum oc_status eng_graph_sweep(struct eng_graph *g, struct oc_err *err)
{
    struct sweep s;
    enum oc_status st = OC_OK;
    if (!sweep_new(&s, g)) {
        st = oc_err_nomem(err, "sorting the graph", (size_t)g->n_nodes * sizeof *s.sorted);
        goto done;
    }
    st = find_producers(&s, err);
    for (int i = 0; !st && i < g->n_nodes; i++)
        if (!g->nodes[i].dead && s.mark[i] == UNSEEN)
            st = visit(&s, i, err);
    for (int i = 0; !st && i < g->n_outputs; i++)
        st = check_source(&s, g->outputs[i], "the graph as an output", err);
    if (!st) {
        mark_dead(&s);
        keep_live(&s);
    }
done:
    sweep_free(&s);
    return st;
}

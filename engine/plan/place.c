/*
 * Gives every tensor of a plan its memory. Values that share bytes (a view and what it views, an elementwise
 * result and the operand it overwrites) are one group with one buffer; groups and scratch are placed by memory.c.
 * Not done here: concatenation by writing at offsets.
 */
#include "engine/plan/memory.h"
#include "engine/plan/plan.h"
#include <string.h>

struct group {
    enum eng_where where;
    int input;
    int first, last; /* steps */
    size_t bytes;
    int buffer; /* index into buffers, -1 = none */
};

struct place {
    struct eng_plan *p;
    struct eng_graph *g;
    int *parent;          /* [n_values] union-find without ranks: the value whose memory this one shares */
    struct group *groups; /* [n_values], valid at roots */
    struct eng_buffer *buffers;
    int n_buffers;
};

static int root_of(const struct place *s, int v)
{
    while (s->parent[v] != v) {
        s->parent[v] = s->parent[s->parent[v]];
        v = s->parent[v];
    }
    return v;
}

static struct group *group_of(const struct place *s, int v)
{
    return &s->groups[root_of(s, v)];
}

static size_t value_bytes(const struct eng_value *v)
{
    return (size_t)eng_shape_count(&v->shape) * eng_dtype_size(v->dtype);
}

/* Calls fn for each operand of a node that is there: inputs, bias, residual. */
static void each_operand(const struct eng_node *n, void (*fn)(struct place *, int value, int step), struct place *s, int step)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0)
            fn(s, n->in[i], step);
    if (n->fused.bias >= 0)
        fn(s, n->fused.bias, step);
    if (n->fused.residual >= 0)
        fn(s, n->fused.residual, step);
}

static void lives_until(struct place *s, int value, int step)
{
    struct group *g = group_of(s, value);
    if (g->last < step)
        g->last = step;
}

/* --- who shares with whom --- */

static void start_groups(struct place *s)
{
    for (int i = 0; i < s->g->n_values; i++) {
        const struct eng_value *v = &s->g->values[i];
        s->parent[i] = i;
        s->groups[i] = (struct group){.where = v->constant ? ENG_AT_CONST : ENG_AT_ARENA, .first = -1, .last = -1, .buffer = -1};
        s->groups[i].bytes = v->known && !v->constant ? value_bytes(v) : 0;
    }
    for (int i = 0; i < s->g->n_inputs; i++)
        if (!s->g->values[s->g->inputs[i]].constant) {
            s->groups[s->g->inputs[i]].where = ENG_AT_INPUT;
            s->groups[s->g->inputs[i]].input = i;
        }
}

static void join_views(struct place *s)
{
    for (int i = 0; i < s->g->n_nodes; i++) {
        const struct eng_node *n = &s->g->nodes[i];
        if (n->op->flags & ENG_OP_VIEW)
            s->parent[n->out[0]] = root_of(s, n->in[0]);
    }
}

static void find_lifetimes(struct place *s)
{
    struct eng_plan *p = s->p;
    for (int i = 0; i < p->n_steps; i++) {
        const struct eng_node *n = p->steps[i].node;
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k] >= 0) {
                struct group *g = group_of(s, n->out[k]);
                if (g->first < 0)
                    g->first = i;
                lives_until(s, n->out[k], i);
            }
        each_operand(n, lives_until, s, i);
    }
    for (int i = 0; i < s->g->n_outputs; i++) /* graph outputs live past the last step */
        lives_until(s, s->g->outputs[i], p->n_steps);
}

/* Whether another operand reads the same bytes at other positions than the result is written. */
static bool read_elsewhere(const struct place *s, const struct eng_node *n, int root)
{
    const struct eng_value *out = &s->g->values[n->out[0]];
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0 && root_of(s, n->in[i]) == root && !eng_shape_equal(&s->g->values[n->in[i]].shape, &out->shape))
            return true;
    return false;
}

static bool may_overwrite(const struct place *s, const struct eng_node *n, int operand, int step)
{
    if (operand < 0)
        return false;
    int root = root_of(s, operand);
    const struct group *g = &s->groups[root];
    const struct eng_value *v = &s->g->values[operand], *out = &s->g->values[n->out[0]];
    return g->where == ENG_AT_ARENA && g->last == step && eng_shape_equal(&v->shape, &out->shape) &&
           eng_dtype_size(v->dtype) == eng_dtype_size(out->dtype) && !read_elsewhere(s, n, root);
}

/* A kernel that says so may write its result over the residual, if nothing else in the node reads that memory. */
static bool may_overwrite_residual(const struct place *s, const struct eng_node *n, int step)
{
    int r = n->fused.residual;
    if (r < 0 || !s->p->steps[step].kernel.residual_in_place || !may_overwrite(s, n, r, step))
        return false;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0 && root_of(s, n->in[i]) == root_of(s, r))
            return false;
    return n->fused.bias < 0 || root_of(s, n->fused.bias) != root_of(s, r);
}

static void share(struct place *s, int operand, int out)
{
    struct group *to = group_of(s, operand), from = *group_of(s, out);
    if (to->last < from.last)
        to->last = from.last;
    s->parent[root_of(s, out)] = root_of(s, operand);
}

static void join_in_place(struct place *s)
{
    for (int i = 0; i < s->p->n_steps; i++) {
        const struct eng_node *n = s->p->steps[i].node;
        if (n->n_out < 1 || n->out[0] < 0)
            continue;
        if (may_overwrite_residual(s, n, i)) {
            share(s, n->fused.residual, n->out[0]);
            continue;
        }
        for (int k = 0; (n->op->flags & ENG_OP_IN_PLACE) && k < n->n_in; k++)
            if (may_overwrite(s, n, n->in[k], i)) {
                share(s, n->in[k], n->out[0]);
                break;
            }
    }
}

/* --- bytes --- */

static int add_buffer(struct place *s, size_t bytes, int first, int last)
{
    s->buffers[s->n_buffers] = (struct eng_buffer){.bytes = bytes, .first = first, .last = last};
    return s->n_buffers++;
}

static enum oc_status place_buffers(struct place *s, struct oc_err *err)
{
    struct eng_plan *p = s->p;
    int outputs = s->g->n_outputs;
    for (int i = 0; i < s->g->n_values; i++) {
        struct group *g = &s->groups[i];
        if (s->parent[i] == i && g->where == ENG_AT_ARENA && g->first >= 0)
            g->buffer = add_buffer(s, g->bytes, g->first, g->last);
    }
    int scratch = s->n_buffers;
    for (int i = 0; i < p->n_steps; i++)
        add_buffer(s, p->steps[i].kernel.scratch_bytes, i, i);
    int copies = s->n_buffers;
    for (int i = 0; i < outputs; i++) { /* an output that is an input is copied when all steps are done */
        const struct group *g = group_of(s, s->g->outputs[i]);
        p->copy_from[i] = g->where == ENG_AT_INPUT ? g->input : -1;
        add_buffer(s, g->where == ENG_AT_INPUT ? g->bytes : 0, p->n_steps, p->n_steps);
    }
    enum oc_status st = eng_memory_place(s->buffers, s->n_buffers, &p->arena_bytes, err);
    for (int i = 0; !st && i < p->n_steps; i++)
        p->steps[i].scratch = s->buffers[scratch + i].offset;
    for (int i = 0; !st && i < outputs; i++)
        p->outputs[i].offset = s->buffers[copies + i].offset;
    return st;
}

static struct eng_arg arg_of(const struct place *s, int value)
{
    if (value < 0)
        return (struct eng_arg){.where = ENG_AT_NOWHERE};
    const struct eng_value *v = &s->g->values[value];
    int root = root_of(s, value);
    const struct group *g = &s->groups[root];
    struct eng_arg a = {.t = {v->dtype, v->shape, NULL}, .where = g->where, .input = g->input};
    if (g->where == ENG_AT_CONST)
        a.t.data = s->g->values[root].constant->t.data;
    if (g->buffer >= 0)
        a.offset = s->buffers[g->buffer].offset;
    return a;
}

static void fill_args(struct place *s)
{
    struct eng_plan *p = s->p;
    int at = 0;
    for (int i = 0; i < p->n_steps; i++) {
        struct eng_step *step = &p->steps[i];
        const struct eng_node *n = step->node;
        step->first = at;
        step->n_in = n->n_in;
        step->n_out = n->n_out;
        for (int k = 0; k < n->n_in; k++)
            p->args[at++] = arg_of(s, n->in[k]);
        for (int k = 0; k < n->n_out; k++)
            p->args[at++] = arg_of(s, n->out[k]);
        step->bias = n->fused.bias < 0 ? -1 : at;
        if (n->fused.bias >= 0)
            p->args[at++] = arg_of(s, n->fused.bias);
        step->residual = n->fused.residual < 0 ? -1 : at;
        if (n->fused.residual >= 0)
            p->args[at++] = arg_of(s, n->fused.residual);
    }
    for (int i = 0; i < p->n_outputs; i++) {
        size_t copy = p->outputs[i].offset;
        p->outputs[i] = arg_of(s, s->g->outputs[i]);
        if (p->copy_from[i] >= 0) {
            p->outputs[i].where = ENG_AT_ARENA;
            p->outputs[i].offset = copy;
        }
    }
}

static enum oc_status allocate(struct place *s, struct oc_err *err)
{
    struct eng_plan *p = s->p;
    const struct eng_graph *g = s->g;
    size_t values = (size_t)g->n_values, args = 0;
    for (int i = 0; i < p->n_steps; i++)
        args += (size_t)p->steps[i].node->n_in + (size_t)p->steps[i].node->n_out + 2;
    p->n_args = (int)args;
    p->n_outputs = g->n_outputs;
    p->args = oc_mem_array(OC_MEM_MODEL, args, sizeof *p->args);
    p->outputs = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_outputs, sizeof *p->outputs);
    p->copy_from = oc_mem_array(OC_MEM_MODEL, (size_t)g->n_outputs, sizeof *p->copy_from);
    s->parent = oc_mem_array(OC_MEM_MODEL, values, sizeof *s->parent);
    s->groups = oc_mem_array(OC_MEM_MODEL, values, sizeof *s->groups);
    s->buffers = oc_mem_array(OC_MEM_MODEL, values + (size_t)p->n_steps + (size_t)g->n_outputs, sizeof *s->buffers);
    if (p->args && p->outputs && p->copy_from && s->parent && s->groups && s->buffers)
        return OC_OK;
    return oc_err_nomem(err, "a memory plan", values * sizeof *s->groups + args * sizeof *p->args);
}

enum oc_status eng_plan_place(struct eng_plan *p, struct oc_err *err)
{
    struct place s = {.p = p, .g = p->graph};
    enum oc_status st = allocate(&s, err);
    if (!st) {
        start_groups(&s);
        join_views(&s);
        find_lifetimes(&s);
        join_in_place(&s);
        st = place_buffers(&s, err);
    }
    if (!st)
        fill_args(&s);
    oc_mem_free(s.parent);
    oc_mem_free(s.groups);
    oc_mem_free(s.buffers);
    return st;
}

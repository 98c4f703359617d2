/*
 * Channels last for pictures.
 *
 *     x[1,3,64,64] -> Conv -> Relu -> Transpose(0,2,3,1) -> Reshape
 *     x -> Transpose(0,2,3,1) -> Conv* -> Relu ------------> Reshape        (*: channels_last)
 *
 * Walks the nodes in order. Spatial operators take and give N,H,W,C; operators that do not care about the order follow
 * their inputs, with axes and constants moved; everything else gets ONNX's order. No marks stay behind: every value's
 * shape is what lies in memory. A Transpose that only undoes the layout becomes a second name of its input; the
 * channel shuffle and the flattening of pictures into rows of tokens go without moving a number where they can.
 */
#include "engine/ops/op.h"
#include "engine/passes/layout.h"
#include "engine/passes/passes.h"
#include <string.h>

static bool is(const struct eng_node *n, const char *type)
{
    return n->op->domain[0] == 0 && strcmp(n->op_type, type) == 0;
}

static bool has_value(const struct eng_node *n, int i)
{
    return i < n->n_in && n->in[i] >= 0;
}

/* Operators that understand node->channels_last. */
static bool is_spatial(const struct layout *l, const struct eng_node *n)
{
    static const char *const types[] = {"Conv",          "ConvTranspose", "MaxPool",  "AveragePool",       "GlobalAveragePool",
                                        "GlobalMaxPool", "Resize",        "Upsample", "BatchNormalization"};
    if (n->n_in < 1 || !has_value(n, 0) || n->n_out < 1 || n->out[0] < 0 || l->shape[n->in[0]].rank != 4 ||
        l->g->values[n->in[0]].dtype != ENG_DT_F32)
        return false;
    for (int i = 1; i < n->n_out; i++)
        if (n->out[i] >= 0)
            return false;
    for (size_t i = 0; i < OC_ARRAY_LEN(types); i++)
        if (is(n, types[i]))
            return true;
    return false;
}

static enum oc_status take_last(struct layout *l, int node, int *slot)
{
    int v;
    ptrdiff_t at = slot - l->g->nodes[node].in; /* nodes[] may move while a form is made */
    bool residual = slot == &l->g->nodes[node].fused.residual;
    enum oc_status st = eng_layout_last(l, *slot, &v);
    struct eng_node *n = &l->g->nodes[node];
    if (!st)
        *(residual ? &n->fused.residual : &n->in[at]) = v;
    return st;
}

/* A first layer on a picture in planes: the convolution itself turns it round (backend/own/planes.c). */
static bool reads_planes(const struct layout *l, const struct eng_node *n)
{
    const struct eng_value *v = l->g->values;
    int x = n->in[0];
    if (!is(n, "Conv") || l->last[x] >= 0 || l->shape[x].dim[1] > 4 || eng_node_int(n, "group", 1) != 1 || n->fused.residual >= 0)
        return false;
    bool own = n->n_in > 2 && n->in[2] >= 0, fused = n->fused.bias >= 0;
    if ((own && fused) || (own && !v[n->in[2]].constant) || (fused && !v[n->fused.bias].constant))
        return false;
    return v[n->in[1]].constant && l->shape[n->in[1]].dim[2] <= 16;
}

static enum oc_status spatial(struct layout *l, int node, int *count)
{
    bool planes = reads_planes(l, &l->g->nodes[node]);
    enum oc_status st = planes ? eng_node_set_int(l->g, &l->g->nodes[node], "planes", 1, l->err)
                               : take_last(l, node, &l->g->nodes[node].in[0]);
    if (!st && l->g->nodes[node].fused.residual >= 0)
        st = take_last(l, node, &l->g->nodes[node].fused.residual);
    if (st)
        return st;
    l->g->nodes[node].channels_last = true;
    eng_layout_set_last(l, l->g->nodes[node].out[0]);
    ++*count;
    return OC_OK;
}

/* ONNX's order for every input of a node. */
static enum oc_status plain(struct layout *l, int node)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < l->g->nodes[node].n_in; i++) {
        int v = l->g->nodes[node].in[i];
        if (v >= 0)
            st = eng_layout_first(l, v, &v);
        if (!st)
            l->g->nodes[node].in[i] = v;
    }
    int r = l->g->nodes[node].fused.residual;
    if (!st && r >= 0) {
        st = eng_layout_first(l, r, &r);
        l->g->nodes[node].fused.residual = r;
    }
    return st;
}

/* --- operators that do not care --- */

/* Elementwise with one picture (and perhaps scalars): Relu, Clip, Act, Cast. */
static bool is_unary(const struct eng_node *n)
{
    return (n->op->flags & ENG_OP_UNARY) && n->n_out == 1 && n->fused.bias < 0 && n->fused.residual < 0;
}

/* Every operand is a picture of the result's rank, a constant, or one number; and one of them has channels last. */
static bool can_broadcast(const struct layout *l, const struct eng_node *n)
{
    int rank = n->n_out == 1 ? l->shape[n->out[0]].rank : 0;
    bool any = false;
    if (!((n->op->flags & ENG_OP_BROADCAST) || is(n, "PRelu")) || rank < 3 || n->fused.bias >= 0 || n->fused.residual >= 0)
        return false;
    for (int i = 0; i < n->n_in; i++) {
        if (!has_value(n, i))
            return false;
        const struct eng_shape *s = &l->shape[n->in[i]];
        bool one = eng_shape_count(s) == 1 && s->rank < rank;
        if (!one && !l->g->values[n->in[i]].constant && s->rank != rank)
            return false;
        any |= s->rank == rank && eng_layout_has_last(l, n->in[i]);
    }
    return any;
}

static enum oc_status broadcast(struct layout *l, int node)
{
    int rank = l->shape[l->g->nodes[node].out[0]].rank;
    for (int i = 0; i < l->g->nodes[node].n_in; i++) {
        int v = l->g->nodes[node].in[i], moved = v;
        enum oc_status st = OC_OK;
        if (l->g->values[v].constant)
            st = eng_layout_broadcast_const(l, v, rank, &moved);
        else if (l->shape[v].rank == rank)
            st = eng_layout_last(l, v, &moved);
        if (st)
            return st;
        l->g->nodes[node].in[i] = moved;
    }
    eng_layout_set_last(l, l->g->nodes[node].out[0]);
    return OC_OK;
}

/* Concat takes all its inputs along; the others look at the first one only. */
static enum oc_status along_axes(struct layout *l, int node, bool *done)
{
    bool result_last;
    int many = is(&l->g->nodes[node], "Concat") ? l->g->nodes[node].n_in : 1;
    *done = false;
    for (int i = 0; i < many; i++)
        if (!has_value(&l->g->nodes[node], i))
            return OC_OK;
    enum oc_status st = eng_layout_axes(l, node, done, &result_last);
    if (st || !*done)
        return st;
    for (int i = 0; !st && i < many; i++)
        st = take_last(l, node, &l->g->nodes[node].in[i]);
    for (int i = 0; !st && result_last && i < l->g->nodes[node].n_out; i++)
        if (l->g->nodes[node].out[i] >= 0)
            eng_layout_set_last(l, l->g->nodes[node].out[i]);
    return st;
}

/* Concat: most of what it joins has channels last already. */
static bool wants_axes(const struct layout *l, const struct eng_node *n)
{
    int with = 0;
    if (!is(n, "Concat"))
        return eng_layout_has_last(l, n->in[0]) && l->shape[n->in[0]].rank >= 3;
    for (int i = 0; i < n->n_in; i++)
        with += eng_layout_has_last(l, n->in[i]);
    return l->shape[n->out[0]].rank >= 3 && 2 * with >= n->n_in && with > 0;
}

/* --- operators that move dimensions --- */

/* A Transpose of a value that has channels last: another permutation of that, or none. */
static enum oc_status transposed(struct layout *l, int node, bool *done)
{
    struct eng_node *n = &l->g->nodes[node];
    int x = n->in[0], out = n->out[0], rank = l->shape[x].rank;
    size_t count;
    const int64_t *perm = eng_node_ints(n, "perm", &count);
    int64_t moved[LIM_TENSOR_RANK], to_last[LIM_TENSOR_RANK];
    *done = false;
    if (!perm || count != (size_t)rank || rank < 3)
        return OC_OK;
    eng_layout_perm(rank, false, to_last); /* N,H,W,C read as N,C,H,W */
    if (memcmp(perm, to_last, count * sizeof *perm) == 0 && l->first[x] >= 0)
        l->last[out] = l->first[x];
    if (l->last[x] < 0)
        return OC_OK;
    bool same = true;
    for (int d = 0; d < rank; d++) {
        moved[d] = eng_layout_axis(rank, (int)perm[d]);
        same &= moved[d] == d;
    }
    *done = true;
    if (same) {
        l->first[out] = l->last[x];
        n->dead = true;
        return OC_OK;
    }
    n->in[0] = l->last[x];
    return eng_node_set_ints(l->g, n, "perm", moved, (size_t)rank, l->err);
}

/* The node that alone uses a value, if it is that operator; -1 otherwise. */
static int next_is(const struct layout *l, int value, const char *type)
{
    int user = eng_graph_sole_user(l->g, value);
    return user >= 0 && is(&l->g->nodes[user], type) && l->g->nodes[user].in[0] == value ? user : -1;
}

/* Reshape [N,g,c,H,W], Transpose (0,2,1,3,4), Reshape [N,C,H,W]: the channel shuffle, on the last dimension alone. */
static enum oc_status shuffle(struct layout *l, int node, bool *done)
{
    static const int64_t swap[] = {0, 2, 1, 3, 4};
    const struct eng_node *n = &l->g->nodes[node];
    int x = n->in[0], transpose = next_is(l, n->out[0], "Transpose");
    const struct eng_shape s = l->shape[x], five = l->shape[n->out[0]];
    size_t count = 0;
    const int64_t *perm = transpose < 0 ? NULL : eng_node_ints(&l->g->nodes[transpose], "perm", &count);
    int last = transpose < 0 ? -1 : next_is(l, l->g->nodes[transpose].out[0], "Reshape");
    *done = false;
    if (last < 0 || !perm || count != 5 || memcmp(perm, swap, sizeof swap) != 0 || s.rank != 4 || five.rank != 5 ||
        five.dim[0] != s.dim[0] || five.dim[3] != s.dim[2] || five.dim[4] != s.dim[3] ||
        !eng_shape_equal(&s, &l->shape[l->g->nodes[last].out[0]]))
        return OC_OK;
    int out = l->g->nodes[last].out[0], split, swapped;
    struct eng_shape groups = {5, {s.dim[0], s.dim[2], s.dim[3], five.dim[1], five.dim[2]}},
                     joined = {4, {s.dim[0], s.dim[2], s.dim[3], s.dim[1]}};
    enum oc_status st = eng_layout_reshape(l, l->last[x], &groups, &split);
    if (!st)
        st = eng_layout_transpose(l, split, (const int64_t[]){0, 1, 2, 4, 3}, &swapped);
    if (!st)
        st = eng_layout_reshape(l, swapped, &joined, &l->last[out]);
    if (st)
        return st;
    l->first[out] = -1;
    l->g->nodes[node].dead = l->g->nodes[transpose].dead = l->g->nodes[last].dead = true;
    *done = true;
    return OC_OK;
}

/* Same images and channels, other spatial dimensions: with channels last, still a view. */
static enum oc_status reshaped(struct layout *l, int node, bool *done)
{
    struct eng_node *n = &l->g->nodes[node];
    int x = n->in[0], out = n->out[0];
    const struct eng_shape *from = &l->shape[x], *to = &l->shape[out];
    *done = false;
    if (l->last[x] < 0)
        return OC_OK;
    if (from->rank < 3 || to->rank < 3 || from->dim[0] != to->dim[0] || from->dim[1] != to->dim[1])
        return shuffle(l, node, done);
    struct eng_shape shape = {.rank = to->rank};
    for (int d = 0; d < to->rank; d++)
        shape.dim[eng_layout_axis(to->rank, d)] = to->dim[d];
    enum oc_status st = eng_layout_reshape(l, l->last[x], &shape, &l->last[out]);
    if (st)
        return st;
    l->first[out] = -1;
    l->g->nodes[node].dead = true;
    *done = true;
    return OC_OK;
}

static bool is_view(const struct eng_node *n)
{
    return is(n, "Reshape") || is(n, "Flatten") || is(n, "Squeeze") || is(n, "Unsqueeze");
}

static enum oc_status visit(struct layout *l, int node, int *count)
{
    const struct eng_node *n = &l->g->nodes[node];
    bool done = false;
    enum oc_status st = OC_OK;
    if (n->dead || n->n_in < 1 || !has_value(n, 0))
        return n->dead ? OC_OK : plain(l, node);
    if (is_spatial(l, n))
        return spatial(l, node, count);
    if (is_unary(n) && l->shape[n->in[0]].rank >= 3 && eng_layout_has_last(l, n->in[0])) {
        st = take_last(l, node, &l->g->nodes[node].in[0]);
        eng_layout_set_last(l, l->g->nodes[node].out[0]);
        return st;
    }
    if (can_broadcast(l, n))
        return broadcast(l, node);
    if (is(n, "Transpose"))
        st = transposed(l, node, &done);
    else if (is_view(n))
        st = reshaped(l, node, &done);
    else if (wants_axes(l, n) && n->fused.residual < 0 && n->fused.bias < 0)
        st = along_axes(l, node, &done);
    return st || done ? st : plain(l, node);
}

static enum oc_status graph_outputs(struct layout *l)
{
    for (int i = 0; i < l->g->n_outputs; i++) {
        int v = l->g->outputs[i], first;
        enum oc_status st = eng_layout_first(l, v, &first);
        if (st)
            return st;
        if (first == v)
            continue;
        l->g->outputs[i] = first;
        l->g->values[v].is_output = false;
        l->g->values[first].is_output = true;
    }
    return OC_OK;
}

enum oc_status eng_pass_layout(struct eng_graph *g, int *count, struct oc_err *err)
{
    struct layout l;
    bool any = false;
    enum oc_status st = eng_layout_new(g, &l, err);
    if (st)
        return st;
    int nodes = g->n_nodes;
    for (int i = 0; i < nodes; i++)
        any |= is_spatial(&l, &g->nodes[i]);
    for (int i = 0; any && !st && i < nodes; i++)
        st = visit(&l, i, count);
    if (any && !st)
        st = graph_outputs(&l);
    eng_layout_free(&l);
    return st;
}

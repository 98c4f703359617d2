/* Axes in attributes and in constant inputs, moved to where they lie with channels last. */
#include "engine/passes/layout.h"
#include "engine/ops/op.h"
#include <string.h>

static bool is(const struct eng_node *n, const char *type)
{
    return strcmp(n->op_type, type) == 0;
}

static bool normal_axis(int64_t axis, int rank, int *out)
{
    if (axis < -(int64_t)rank || axis >= rank)
        return false;
    *out = (int)(axis < 0 ? axis + rank : axis);
    return true;
}

/* The int32 or int64 constant input i, at most LIM_TENSOR_RANK * 2 numbers; false when it is absent or not known. */
static bool int_input(const struct layout *l, const struct eng_node *n, int i, int64_t *out, int *count)
{
    const struct eng_const *c = i < n->n_in && n->in[i] >= 0 ? l->g->values[n->in[i]].constant : NULL;
    if (!c || (c->t.dtype != ENG_DT_I64 && c->t.dtype != ENG_DT_I32) || eng_shape_count(&c->t.shape) > 2 * LIM_TENSOR_RANK)
        return false;
    *count = (int)eng_shape_count(&c->t.shape);
    for (int k = 0; k < *count; k++)
        out[k] = c->t.dtype == ENG_DT_I64 ? ((const int64_t *)c->t.data)[k] : ((const int32_t *)c->t.data)[k];
    return true;
}

/* Attribute "axis", for operators with one. */
static enum oc_status one_axis(struct layout *l, int node, int rank, int64_t def, bool *ok)
{
    struct eng_node *n = &l->g->nodes[node];
    int axis;
    *ok = normal_axis(eng_node_int(n, "axis", def), rank, &axis);
    return *ok ? eng_node_set_int(l->g, n, "axis", eng_layout_axis(rank, axis), l->err) : OC_OK;
}

/* Slice from opset 10 on: inputs starts, ends, axes, steps, which need not name all axes in order; earlier: attributes. */
static enum oc_status slice(struct layout *l, int node, int rank, bool *ok)
{
    struct eng_node *n = &l->g->nodes[node];
    int64_t axes[2 * LIM_TENSOR_RANK];
    int count = 0, axis;
    size_t given = 0;
    *ok = false;
    if (n->opset >= 10) {
        int64_t starts[2 * LIM_TENSOR_RANK];
        if (!int_input(l, n, 1, starts, &count) || (n->n_in > 3 && n->in[3] >= 0 && !int_input(l, n, 3, axes, &count)))
            return OC_OK;
        given = n->n_in > 3 && n->in[3] >= 0;
    } else {
        const int64_t *starts = eng_node_ints(n, "starts", &given), *list = eng_node_ints(n, "axes", &given);
        if (list)
            memcpy(axes, list, (given > LIM_TENSOR_RANK ? LIM_TENSOR_RANK : given) * sizeof *axes);
        else
            starts = eng_node_ints(n, "starts", &given);
        if (!starts || given > LIM_TENSOR_RANK)
            return OC_OK;
        count = (int)given;
        given = list != NULL;
    }
    if (count > rank)
        return OC_OK;
    for (int i = 0; i < count; i++) {
        if (!normal_axis(given ? axes[i] : i, rank, &axis))
            return OC_OK;
        axes[i] = eng_layout_axis(rank, axis);
    }
    *ok = true;
    if (n->opset < 10)
        return eng_node_set_ints(l->g, n, "axes", axes, (size_t)count, l->err);
    int list, *in = oc_arena_array(&l->g->arena, 5, sizeof *in);
    if (!in)
        return oc_err_nomem(l->err, "layout pass", 5 * sizeof *in);
    enum oc_status st = eng_layout_ints(l, axes, count, &list);
    if (st)
        return st;
    n = &l->g->nodes[node];
    for (int i = 0; i < 5; i++)
        in[i] = i < n->n_in ? n->in[i] : -1;
    in[3] = list;
    n->in = in;
    n->n_in = n->n_in > 4 ? n->n_in : 4;
    return OC_OK;
}

static enum oc_status pad(struct layout *l, int node, int rank, bool *ok)
{
    struct eng_node *n = &l->g->nodes[node];
    int64_t pads[2 * LIM_TENSOR_RANK] = {0}, moved[2 * LIM_TENSOR_RANK];
    int count = 0, list;
    size_t given;
    const int64_t *attr = eng_node_ints(n, n->opset < 2 ? "paddings" : "pads", &given);
    *ok = false;
    if (n->opset >= 11) {
        if (!int_input(l, n, 1, pads, &count) || (n->n_in > 3 && n->in[3] >= 0))
            return OC_OK;
    } else if (attr && given <= 2 * LIM_TENSOR_RANK) {
        count = (int)given;
        memcpy(pads, attr, given * sizeof *pads);
    }
    if (count != 2 * rank)
        return OC_OK;
    for (int d = 0; d < rank; d++) {
        moved[eng_layout_axis(rank, d)] = pads[d];
        moved[rank + eng_layout_axis(rank, d)] = pads[rank + d];
    }
    *ok = true;
    if (n->opset < 11)
        return eng_node_set_ints(l->g, n, n->opset < 2 ? "paddings" : "pads", moved, (size_t)count, l->err);
    enum oc_status st = eng_layout_ints(l, moved, count, &list);
    if (!st)
        l->g->nodes[node].in[1] = list;
    return st;
}

/* Reductions: with keepdims the result has channels last, too; without, what is left must lie in ONNX's order. */
static enum oc_status reduce(struct layout *l, int node, int rank, bool arg, bool *ok, bool *result_last)
{
    struct eng_node *n = &l->g->nodes[node];
    int64_t axes[2 * LIM_TENSOR_RANK];
    int count = 0, axis;
    size_t given = 0;
    const int64_t *attr = arg ? NULL : eng_node_ints(n, "axes", &given);
    bool from_input = !arg && !attr && n->n_in > 1 && n->in[1] >= 0, gone[LIM_TENSOR_RANK] = {false};
    *ok = false;
    if (arg) {
        axes[count++] = eng_node_int(n, "axis", 0);
    } else if (attr && given <= LIM_TENSOR_RANK) {
        count = (int)given;
        memcpy(axes, attr, given * sizeof *axes);
    } else if (!from_input || !int_input(l, n, 1, axes, &count)) {
        return OC_OK;
    }
    if (count == 0 || count > rank)
        return OC_OK;
    for (int i = 0; i < count; i++) {
        if (!normal_axis(axes[i], rank, &axis))
            return OC_OK;
        gone[axis] = true;
        axes[i] = eng_layout_axis(rank, axis);
    }
    *result_last = eng_node_int(n, "keepdims", 1) != 0;
    bool spatial = false;
    for (int d = 2; d < rank; d++)
        spatial |= !gone[d];
    if (!*result_last && !gone[1] && spatial)
        return OC_OK; /* channels and a spatial dimension stay: their order would differ */
    *ok = true;
    if (arg)
        return eng_node_set_int(l->g, n, "axis", axes[0], l->err);
    if (attr)
        return eng_node_set_ints(l->g, n, "axes", axes, (size_t)count, l->err);
    int list;
    enum oc_status st = eng_layout_ints(l, axes, count, &list);
    if (!st)
        l->g->nodes[node].in[1] = list;
    return st;
}

enum oc_status eng_layout_axes(struct layout *l, int node, bool *ok, bool *result_last)
{
    const struct eng_node *n = &l->g->nodes[node];
    int rank = l->shape[n->in[0]].rank;
    *ok = false;
    *result_last = true;
    if (is(n, "Concat"))
        return one_axis(l, node, rank, 1, ok);
    if (is(n, "Split"))
        return one_axis(l, node, rank, 0, ok);
    if ((is(n, "Softmax") || is(n, "LogSoftmax")) && n->opset >= 13)
        return one_axis(l, node, rank, -1, ok);
    if (is(n, "Slice"))
        return slice(l, node, rank, ok);
    if (is(n, "Pad"))
        return pad(l, node, rank, ok);
    if (strncmp(n->op_type, "Reduce", 6) == 0)
        return reduce(l, node, rank, false, ok, result_last);
    if (is(n, "ArgMax") || is(n, "ArgMin"))
        return reduce(l, node, rank, true, ok, result_last);
    return OC_OK;
}

/* The forms of values; see layout.h. */
#include "engine/passes/layout.h"
#include "base/mem.h"
#include "engine/ops/op.h"
#include <string.h>

int eng_layout_axis(int rank, int axis)
{
    return axis == 0 ? 0 : axis == 1 ? rank - 1 : axis - 1;
}

void eng_layout_perm(int rank, bool to_last, int64_t *perm)
{
    for (int axis = 0; axis < rank; axis++) {
        int at = eng_layout_axis(rank, axis);
        perm[to_last ? at : axis] = to_last ? axis : at;
    }
}

enum oc_status eng_layout_new(struct eng_graph *g, struct layout *l, struct oc_err *err)
{
    size_t n = (size_t)g->n_values;
    *l = (struct layout){.g = g, .n = g->n_values, .err = err};
    l->first = oc_mem_array(OC_MEM_MODEL, n, sizeof *l->first);
    l->last = oc_mem_array(OC_MEM_MODEL, n, sizeof *l->last);
    l->shape = oc_mem_array(OC_MEM_MODEL, n, sizeof *l->shape);
    if (!l->first || !l->last || !l->shape) {
        eng_layout_free(l);
        return oc_err_nomem(err, "layout pass", n * sizeof *l->shape);
    }
    for (int i = 0; i < g->n_values; i++) {
        l->first[i] = i;
        l->last[i] = -1;
        l->shape[i] = g->values[i].shape;
    }
    return OC_OK;
}

void eng_layout_free(struct layout *l)
{
    oc_mem_free(l->first);
    oc_mem_free(l->last);
    oc_mem_free(l->shape);
}

static void permute(const struct eng_shape *in, const int64_t *perm, struct eng_shape *out)
{
    *out = (struct eng_shape){.rank = in->rank};
    for (int d = 0; d < in->rank; d++)
        out->dim[d] = in->dim[perm[d]];
}

/* A value of that shape made by a new one-output node; its first input is `value`. */
static enum oc_status derived(struct layout *l, const char *op, int opset, int n_in, int value, const struct eng_shape *shape, int *node,
                              int *out)
{
    enum oc_status st = eng_graph_add_value(l->g, NULL, out, l->err);
    if (!st)
        st = eng_graph_add_node(l->g, op, opset, n_in, 1, node, l->err);
    if (st)
        return st;
    l->g->nodes[*node].in[0] = value;
    l->g->nodes[*node].out[0] = *out;
    struct eng_value *v = &l->g->values[*out];
    v->dtype = l->g->values[value].dtype;
    v->shape = *shape;
    v->known = true;
    v->producer = *node;
    return OC_OK;
}

enum oc_status eng_layout_ints(struct layout *l, const int64_t *v, int n, int *out)
{
    struct eng_const *c;
    struct eng_shape shape = {1, {n}};
    enum oc_status st = eng_const_new(ENG_DT_I64, &shape, &c, l->err);
    if (st)
        return st;
    memcpy(c->t.data, v, (size_t)n * sizeof *v);
    return eng_graph_add_const_take(l->g, NULL, c, out, l->err);
}

enum oc_status eng_layout_reshape(struct layout *l, int value, const struct eng_shape *shape, int *out)
{
    int list = -1, node;
    enum oc_status st = eng_layout_ints(l, shape->dim, shape->rank, &list);
    if (!st)
        st = derived(l, "Reshape", 13, 2, value, shape, &node, out);
    if (!st)
        l->g->nodes[node].in[1] = list;
    return st;
}

enum oc_status eng_layout_transpose(struct layout *l, int value, const int64_t *perm, int *out)
{
    struct eng_shape in = l->g->values[value].shape, shape;
    int node;
    permute(&in, perm, &shape);
    enum oc_status st = derived(l, "Transpose", 13, 1, value, &shape, &node, out);
    return st ? st : eng_node_set_ints(l->g, &l->g->nodes[node], "perm", perm, (size_t)in.rank, l->err);
}

/* The other form of `have`; where no number moves, it is a view. */
static enum oc_status convert(struct layout *l, int value, int have, bool to_last, int *out)
{
    const struct eng_shape *s = &l->shape[value];
    int64_t perm[LIM_TENSOR_RANK], spatial = 1;
    eng_layout_perm(s->rank, to_last, perm);
    for (int d = 2; d < s->rank; d++)
        spatial *= s->dim[d];
    if (s->dim[1] != 1 && spatial != 1)
        return eng_layout_transpose(l, have, perm, out);
    struct eng_shape in = l->g->values[have].shape, shape;
    permute(&in, perm, &shape);
    return eng_layout_reshape(l, have, &shape, out);
}

enum oc_status eng_layout_first(struct layout *l, int value, int *out)
{
    enum oc_status st = OC_OK;
    if (l->first[value] < 0)
        st = convert(l, value, l->last[value], false, &l->first[value]);
    *out = l->first[value];
    return st;
}

enum oc_status eng_layout_last(struct layout *l, int value, int *out)
{
    enum oc_status st = OC_OK;
    if (l->last[value] < 0)
        st = convert(l, value, l->first[value], true, &l->last[value]);
    *out = l->last[value];
    return st;
}

bool eng_layout_has_last(const struct layout *l, int value)
{
    return value >= 0 && value < l->n && l->last[value] >= 0;
}

void eng_layout_set_last(struct layout *l, int value)
{
    int64_t perm[LIM_TENSOR_RANK];
    eng_layout_perm(l->shape[value].rank, true, perm);
    permute(&l->shape[value], perm, &l->g->values[value].shape);
    l->last[value] = value;
    l->first[value] = -1;
}

/* Numbers of `c`, seen as `shape`, into `to` with its dimensions permuted. */
static void copy_permuted(const struct eng_const *c, const struct eng_shape *shape, const int64_t *perm, struct eng_const *to)
{
    size_t size = eng_dtype_size(c->t.dtype);
    int64_t stride[LIM_TENSOR_RANK], step = 1, count = eng_shape_count(shape);
    for (int d = shape->rank - 1; d >= 0; d--) {
        stride[d] = step;
        step *= shape->dim[d];
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, from = 0;
        for (int d = shape->rank - 1; d >= 0; d--) {
            from += rest % to->t.shape.dim[d] * stride[perm[d]];
            rest /= to->t.shape.dim[d];
        }
        memcpy((char *)to->t.data + (size_t)i * size, (const char *)c->t.data + (size_t)from * size, size);
    }
}

enum oc_status eng_layout_broadcast_const(struct layout *l, int value, int rank, int *out)
{
    const struct eng_const *c = l->g->values[value].constant;
    *out = value;
    if (eng_shape_count(&c->t.shape) == 1)
        return OC_OK;
    struct eng_shape full = {.rank = rank}, shape;
    int64_t perm[LIM_TENSOR_RANK];
    for (int d = 0; d < rank; d++)
        full.dim[d] = d < rank - c->t.shape.rank ? 1 : c->t.shape.dim[d - rank + c->t.shape.rank];
    eng_layout_perm(rank, true, perm);
    permute(&full, perm, &shape);
    struct eng_const *moved;
    enum oc_status st = eng_const_new(c->t.dtype, &shape, &moved, l->err);
    if (st)
        return st;
    copy_permuted(c, &full, perm, moved);
    return eng_graph_add_const_take(l->g, NULL, moved, out, l->err);
}

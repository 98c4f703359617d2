/*
 * Gather: rows along an axis, by index. Indices are checked as they are used; a bad one ends the run with its value.
 */
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"
#include <inttypes.h>
#include <string.h>

enum oc_status eng_index_bad(struct oc_err *err, const char *op, int64_t index, int64_t element, int64_t size)
{
    return oc_err_set(err, OC_E_MODEL, "%s: index %" PRId64 " (element %" PRId64 ") is not in %" PRId64 "..%" PRId64, op, index, element,
                      -size, size - 1);
}

struct state {
    int64_t outer, size, count; /* blocks before the axis, the axis itself, indices */
    size_t block;               /* bytes behind the axis */
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const char *from = call->in[0].data;
    char *to = call->out[0].data;
    for (int64_t i = 0; i < s->count; i++) {
        int64_t at = eng_index_at(&call->in[1], i);
        if (!eng_index_wrap(&at, s->size))
            return eng_index_bad(call->err, "Gather", eng_index_at(&call->in[1], i), i, s->size);
        for (int64_t o = 0; o < s->outer; o++) {
            char *out = to + (size_t)(o * s->count + i) * s->block;
            const char *in = from + (size_t)(o * s->size + at) * s->block;
            if (s->block == 4) /* a constant size becomes one move */
                memcpy(out, in, 4);
            else
                memcpy(out, in, s->block);
        }
    }
    return OC_OK;
}

static enum oc_status axis_of(struct oc_err *err, const struct eng_node *n, const struct eng_value *data, int *axis)
{
    return eng_axis(err, n, eng_node_int(n, "axis", 0), data->shape.rank, axis);
}

static enum oc_status infer(struct eng_infer *c)
{
    int axis;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (!st)
        st = axis_of(c->err, c->node, c->in[0], &axis);
    if (st)
        return st;
    const struct eng_shape *data = &c->in[0]->shape, *index = &c->in[1]->shape;
    struct eng_shape *out = &c->out[0].shape;
    if (data->rank - 1 + index->rank > LIM_TENSOR_RANK)
        return eng_bad_node(c->err, c->node, "%d dimensions; the limit is %d", data->rank - 1 + index->rank, LIM_TENSOR_RANK);
    c->out[0].dtype = c->in[0]->dtype;
    *out = (struct eng_shape){0};
    for (int d = 0; d < data->rank; d++) {
        if (d != axis)
            out->dim[out->rank++] = data->dim[d];
        for (int i = 0; d == axis && i < index->rank; i++)
            out->dim[out->rank++] = index->dim[i];
    }
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    int axis;
    enum oc_status st = axis_of(c->err, c->node, c->in[0], &axis);
    if (st)
        return st;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "Gather", sizeof *s);
    const struct eng_shape *data = &c->in[0]->shape;
    s->outer = 1;
    for (int d = 0; d < axis; d++)
        s->outer *= data->dim[d];
    s->block = eng_dtype_size(c->in[0]->dtype);
    for (int d = axis + 1; d < data->rank; d++)
        s->block *= (size_t)data->dim[d];
    s->size = data->dim[axis];
    s->count = eng_shape_count(&c->in[1]->shape);
    k->state = s;
    k->run = run;
    k->impl = "gather";
    return OC_OK;
}

const struct eng_op_def eng_ops_gather[] = {
    {"", "Gather", 1, 0, 2, 2, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

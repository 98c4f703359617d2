/* Shape (with start and end) and Size: numbers that are known as soon as shapes are. */
#include <string.h>
#include "engine/ops/types.h"

struct state {
    size_t count;
    int64_t value[LIM_TENSOR_RANK];
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    if (s->count > 0)
        memcpy(call->out[0].data, s->value, s->count * sizeof s->value[0]);
    return OC_OK;
}

static enum oc_status make(const struct eng_prepare *c, struct eng_kernel *k, const int64_t *value, size_t count, const char *impl)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "shape kernel", sizeof *s);
    memcpy(s->value, value, count * sizeof *value);
    s->count = count;
    k->state = s;
    k->run = run;
    k->impl = impl;
    return OC_OK;
}

static int clamp_axis(int64_t axis, int rank)
{
    axis += axis < 0 ? rank : 0;
    return (int)(axis < 0 ? 0 : axis > rank ? rank : axis);
}

static void range_of(const struct eng_node *n, int rank, int *start, int *end)
{
    *start = clamp_axis(eng_node_int(n, "start", 0), rank);
    *end = clamp_axis(eng_node_int(n, "end", rank), rank);
    *end = *end < *start ? *start : *end;
}

static enum oc_status infer_shape(struct eng_infer *c)
{
    int start, end;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (st)
        return st;
    range_of(c->node, c->in[0]->shape.rank, &start, &end);
    c->out[0].dtype = ENG_DT_I64;
    c->out[0].shape = (struct eng_shape){1, {end - start}};
    return OC_OK;
}

static enum oc_status prepare_shape(const struct eng_prepare *c, struct eng_kernel *k)
{
    int start, end;
    range_of(c->node, c->in[0]->shape.rank, &start, &end);
    return make(c, k, c->in[0]->shape.dim + start, (size_t)(end - start), "shape");
}

static enum oc_status infer_size(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    c->out[0].dtype = ENG_DT_I64;
    c->out[0].shape = (struct eng_shape){0};
    return st;
}

static enum oc_status prepare_size(const struct eng_prepare *c, struct eng_kernel *k)
{
    int64_t count = eng_shape_count(&c->in[0]->shape);
    return make(c, k, &count, 1, "size");
}

const struct eng_op_def eng_ops_shape_of[] = {
    {"", "Shape", 1, 0, 1, 1, 1, 1, 0, 0, infer_shape, prepare_shape},
    {"", "Size", 1, 0, 1, 1, 1, 1, 0, 0, infer_size, prepare_size},
    {.name = NULL},
};

/* GatherElements: the output has the indices' shape; each index replaces one coordinate of its own place. */
#include "engine/ops/copy.h"
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"
#include <string.h>

struct state {
    int rank, axis;
    int64_t dim[LIM_TENSOR_RANK];  /* of the indices */
    int64_t step[LIM_TENSOR_RANK]; /* of the data, elements */
    int64_t size, total;
    size_t bytes;
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const char *from = call->in[0].data;
    char *to = call->out[0].data;
    int64_t at[LIM_TENSOR_RANK] = {0}, base = 0; /* place of the element without the axis */
    for (int64_t i = 0; i < s->total; i++) {
        int64_t index = eng_index_at(&call->in[1], i);
        if (!eng_index_wrap(&index, s->size))
            return eng_index_bad(call->err, "GatherElements", eng_index_at(&call->in[1], i), i, s->size);
        memcpy(to + (size_t)i * s->bytes, from + (size_t)(base + index * s->step[s->axis]) * s->bytes, s->bytes);
        for (int d = s->rank - 1; d >= 0; d--) {
            int64_t step = d == s->axis ? 0 : s->step[d];
            base += step;
            if (++at[d] < s->dim[d])
                break;
            base -= step * s->dim[d];
            at[d] = 0;
        }
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    int axis;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (!st)
        st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 0), c->in[0]->shape.rank, &axis);
    if (st)
        return st;
    const struct eng_shape *data = &c->in[0]->shape, *index = &c->in[1]->shape;
    bool fits = data->rank == index->rank;
    for (int d = 0; fits && d < data->rank; d++)
        fits = d == axis || index->dim[d] <= data->dim[d];
    if (!fits)
        return eng_bad_node(c->err, c->node, "the indices' shape does not fit the data's");
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = *index;
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "GatherElements", sizeof *s);
    k->state = s;
    const struct eng_shape *data = &c->in[0]->shape, *index = &c->in[1]->shape;
    s->rank = data->rank;
    s->bytes = eng_dtype_size(c->in[0]->dtype);
    s->total = eng_shape_count(index);
    memcpy(s->dim, index->dim, sizeof s->dim);
    eng_dense_strides(data, s->step);
    enum oc_status st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 0), data->rank, &s->axis);
    if (st)
        return st;
    s->size = data->dim[s->axis];
    k->run = run;
    k->impl = "gather_elements";
    return OC_OK;
}

const struct eng_op_def eng_ops_gather_elements[] = {
    {"", "GatherElements", 11, 0, 2, 2, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

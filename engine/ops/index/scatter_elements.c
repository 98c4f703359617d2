/* ScatterElements and its first name Scatter: a copy of the data in which each update lands at its own place with one coordinate replaced.
 */
#include "engine/ops/copy.h"
#include "engine/ops/index/combine.h"
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"
#include <string.h>

struct state {
    int rank, axis;
    int64_t dim[LIM_TENSOR_RANK];  /* of the indices */
    int64_t step[LIM_TENSOR_RANK]; /* of the data, elements */
    int64_t size, total;
    size_t bytes, data_bytes;
    enum eng_dtype type;
    enum eng_combine combine;
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const char *updates = call->in[2].data;
    char *to = call->out[0].data;
    int64_t at[LIM_TENSOR_RANK] = {0}, base = 0;
    if (s->data_bytes > 0)
        memcpy(to, call->in[0].data, s->data_bytes);
    for (int64_t i = 0; i < s->total; i++) {
        int64_t index = eng_index_at(&call->in[1], i);
        if (!eng_index_wrap(&index, s->size))
            return eng_index_bad(call->err, "ScatterElements", eng_index_at(&call->in[1], i), i, s->size);
        eng_combine_run(s->combine, s->type, to + (size_t)(base + index * s->step[s->axis]) * s->bytes, updates + (size_t)i * s->bytes, 1);
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
    enum eng_combine combine;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (!st)
        st = eng_need_type(c, 2, 1u << c->in[0]->dtype);
    if (!st)
        st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 0), c->in[0]->shape.rank, &axis);
    if (!st)
        st = eng_combine_of(c->err, c->node, c->in[0]->dtype, &combine);
    if (st)
        return st;
    const struct eng_shape *data = &c->in[0]->shape, *index = &c->in[1]->shape;
    bool fits = data->rank == index->rank && eng_shape_equal(index, &c->in[2]->shape);
    for (int d = 0; fits && d < data->rank; d++)
        fits = d == axis || index->dim[d] <= data->dim[d];
    if (!fits)
        return eng_bad_node(c->err, c->node, "shapes of data, indices and updates do not fit");
    return eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "ScatterElements", sizeof *s);
    k->state = s;
    const struct eng_shape *data = &c->in[0]->shape, *index = &c->in[1]->shape;
    s->rank = data->rank;
    s->type = c->in[0]->dtype;
    s->bytes = eng_dtype_size(s->type);
    s->data_bytes = (size_t)eng_shape_count(data) * s->bytes;
    s->total = eng_shape_count(index);
    memcpy(s->dim, index->dim, sizeof s->dim);
    eng_dense_strides(data, s->step);
    enum oc_status st = eng_combine_of(c->err, c->node, s->type, &s->combine);
    if (!st)
        st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 0), data->rank, &s->axis);
    if (st)
        return st;
    s->size = data->dim[s->axis];
    k->run = run;
    k->impl = "scatter_elements";
    return OC_OK;
}

const struct eng_op_def eng_ops_scatter_elements[] = {
    {"", "Scatter", 9, 10, 3, 3, 1, 1, 0, 0, infer, prepare},
    {"", "ScatterElements", 11, 0, 3, 3, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

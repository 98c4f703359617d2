/* GatherND and ScatterND: the last dimension of the indices is a coordinate; what it points at is a block of the data. */
#include "engine/ops/copy.h"
#include "engine/ops/index/combine.h"
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"
#include <string.h>

struct state {
    int64_t batches, per_batch;                           /* coordinates in all, by batch */
    int depth;                                            /* numbers of one coordinate */
    int64_t size[LIM_TENSOR_RANK], step[LIM_TENSOR_RANK]; /* of the indexed dimensions; steps in elements */
    int64_t batch_step;                                   /* elements of the data from batch to batch */
    int64_t block;                                        /* elements a coordinate points at */
    size_t bytes, data_bytes;                             /* of an element, of the data */
    enum eng_dtype type;
    enum eng_combine combine;
};

/* Element offset of coordinate i inside its batch. */
static enum oc_status locate(const struct state *s, const struct eng_tensor *indices, int64_t i, const char *op, struct oc_err *err,
                             int64_t *offset)
{
    *offset = 0;
    for (int d = 0; d < s->depth; d++) {
        int64_t index = eng_index_at(indices, i * s->depth + d);
        if (!eng_index_wrap(&index, s->size[d]))
            return eng_index_bad(err, op, eng_index_at(indices, i * s->depth + d), i * s->depth + d, s->size[d]);
        *offset += index * s->step[d];
    }
    return OC_OK;
}

static enum oc_status run_gather(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const char *from = call->in[0].data;
    char *to = call->out[0].data;
    size_t block = (size_t)s->block * s->bytes;
    for (int64_t i = 0; i < s->batches * s->per_batch; i++) {
        int64_t offset;
        enum oc_status st = locate(s, &call->in[1], i, "GatherND", call->err, &offset);
        if (st)
            return st;
        offset += i / s->per_batch * s->batch_step;
        if (block > 0)
            memcpy(to + (size_t)i * block, from + (size_t)offset * s->bytes, block);
    }
    return OC_OK;
}

static enum oc_status run_scatter(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const char *updates = call->in[2].data;
    char *to = call->out[0].data;
    if (s->data_bytes > 0)
        memcpy(to, call->in[0].data, s->data_bytes);
    for (int64_t i = 0; i < s->per_batch; i++) {
        int64_t offset;
        enum oc_status st = locate(s, &call->in[1], i, "ScatterND", call->err, &offset);
        if (st)
            return st;
        if (s->block > 0)
            eng_combine_run(s->combine, s->type, to + (size_t)offset * s->bytes, updates + (size_t)(i * s->block) * s->bytes, s->block);
    }
    return OC_OK;
}

/* Depth of the coordinates, checked against the data. */
static enum oc_status depth_of(struct oc_err *err, const struct eng_node *n, const struct eng_shape *data, const struct eng_shape *indices,
                               int batch_dims, int *depth)
{
    if (indices->rank < 1 || data->rank < 1)
        return eng_bad_node(err, n, "data and indices must have dimensions");
    int64_t last = indices->dim[indices->rank - 1];
    if (last < 1 || last > data->rank - batch_dims)
        return eng_bad_node(err, n, "coordinates of %lld numbers for %d dimensions", (long long)last, data->rank - batch_dims);
    *depth = (int)last;
    return OC_OK;
}

static enum oc_status batch_dims_of(struct oc_err *err, const struct eng_node *n, const struct eng_shape *data,
                                    const struct eng_shape *indices, int *out)
{
    int64_t b = eng_node_int(n, "batch_dims", 0);
    if (b < 0 || b >= data->rank || b >= indices->rank)
        return eng_bad_node(err, n, "batch_dims is %lld", (long long)b);
    for (int d = 0; d < b; d++)
        if (data->dim[d] != indices->dim[d])
            return eng_bad_node(err, n, "batch dimension %d differs", d);
    *out = (int)b;
    return OC_OK;
}

static enum oc_status infer_gather(struct eng_infer *c)
{
    int batch, depth;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (st)
        return st;
    const struct eng_shape *data = &c->in[0]->shape, *indices = &c->in[1]->shape;
    st = batch_dims_of(c->err, c->node, data, indices, &batch);
    if (!st)
        st = depth_of(c->err, c->node, data, indices, batch, &depth);
    if (st)
        return st;
    struct eng_shape *out = &c->out[0].shape;
    int tail = data->rank - batch - depth;
    if (indices->rank - 1 + tail > LIM_TENSOR_RANK)
        return eng_bad_node(c->err, c->node, "%d dimensions; the limit is %d", indices->rank - 1 + tail, LIM_TENSOR_RANK);
    c->out[0].dtype = c->in[0]->dtype;
    *out = (struct eng_shape){.rank = indices->rank - 1};
    memcpy(out->dim, indices->dim, (size_t)out->rank * sizeof out->dim[0]);
    for (int d = batch + depth; d < data->rank; d++)
        out->dim[out->rank++] = data->dim[d];
    return OC_OK;
}

static enum oc_status infer_scatter(struct eng_infer *c)
{
    int depth;
    enum eng_combine combine;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (!st)
        st = eng_need_type(c, 2, 1u << c->in[0]->dtype);
    if (!st)
        st = eng_combine_of(c->err, c->node, c->in[0]->dtype, &combine);
    if (st)
        return st;
    const struct eng_shape *data = &c->in[0]->shape, *indices = &c->in[1]->shape, *updates = &c->in[2]->shape;
    st = depth_of(c->err, c->node, data, indices, 0, &depth);
    if (st)
        return st;
    bool fits = updates->rank == indices->rank - 1 + data->rank - depth;
    for (int d = 0; fits && d < updates->rank; d++)
        fits = updates->dim[d] == (d < indices->rank - 1 ? indices->dim[d] : data->dim[d - (indices->rank - 1) + depth]);
    if (!fits)
        return eng_bad_node(c->err, c->node, "the updates' shape does not fit data and indices");
    return eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool scatter)
{
    int batch = 0;
    const struct eng_shape *data = &c->in[0]->shape, *indices = &c->in[1]->shape;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "GatherND or ScatterND", sizeof *s);
    k->state = s;
    enum oc_status st = scatter ? eng_combine_of(c->err, c->node, c->in[0]->dtype, &s->combine)
                                : batch_dims_of(c->err, c->node, data, indices, &batch);
    if (!st)
        st = depth_of(c->err, c->node, data, indices, batch, &s->depth);
    if (st)
        return st;
    int64_t step[LIM_TENSOR_RANK];
    eng_dense_strides(data, step);
    for (int d = 0; d < s->depth; d++) {
        s->size[d] = data->dim[batch + d];
        s->step[d] = step[batch + d];
    }
    s->batches = s->per_batch = s->block = 1;
    for (int d = 0; d < batch; d++)
        s->batches *= data->dim[d];
    for (int d = batch; d < indices->rank - 1; d++)
        s->per_batch *= indices->dim[d];
    for (int d = batch + s->depth; d < data->rank; d++)
        s->block *= data->dim[d];
    s->batch_step = batch > 0 ? step[batch - 1] : 0;
    s->type = c->in[0]->dtype;
    s->bytes = eng_dtype_size(s->type);
    s->data_bytes = (size_t)eng_shape_count(data) * s->bytes;
    k->run = scatter ? run_scatter : run_gather;
    k->impl = scatter ? "scatter_nd" : "gather_nd";
    return OC_OK;
}

static enum oc_status prepare_gather(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

static enum oc_status prepare_scatter(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

const struct eng_op_def eng_ops_nd[] = {
    {"", "GatherND", 11, 0, 2, 2, 1, 1, 0, 0, infer_gather, prepare_gather},
    {"", "ScatterND", 11, 0, 3, 3, 1, 1, 0, 0, infer_scatter, prepare_scatter},
    {.name = NULL},
};

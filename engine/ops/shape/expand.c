/* Expand (numpy broadcasting to a shape) and Tile (whole copies): strided copies in which the source stands still. */
#include "engine/ops/axes.h"
#include "engine/ops/copy.h"
#include "engine/ops/types.h"

static enum oc_status infer_expand(struct eng_infer *c)
{
    struct eng_shape want = {0};
    size_t count;
    bool given;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_list(c->err, c->node, c->in, c->n_in, 1, NULL, want.dim, LIM_TENSOR_RANK, &count, &given);
    if (st)
        return st;
    want.rank = (int)count;
    for (int d = 0; d < want.rank; d++)
        if (want.dim[d] < 0)
            return eng_bad_node(c->err, c->node, "shape[%d] is %lld", d, (long long)want.dim[d]);
    c->out[0].dtype = c->in[0]->dtype;
    return eng_broadcast(c->err, c->node, &c->in[0]->shape, &want, &c->out[0].shape);
}

static enum oc_status prepare_expand(const struct eng_prepare *c, struct eng_kernel *k)
{
    int64_t to[LIM_TENSOR_RANK], from[LIM_TENSOR_RANK];
    const struct eng_shape *out = &c->out[0]->shape;
    eng_dense_strides(out, to);
    eng_broadcast_strides(&c->in[0]->shape, out, from);
    struct eng_copy copy;
    eng_copy_init(&copy, eng_dtype_size(c->in[0]->dtype), out->rank, out->dim, to, 0, from, 0);
    return eng_copy_kernel(c, k, &copy, "expand");
}

static enum oc_status infer_tile(struct eng_infer *c)
{
    int64_t repeat[LIM_TENSOR_RANK];
    size_t count;
    bool given;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_infer_same(c);
    if (!st)
        st = eng_list(c->err, c->node, c->in, c->n_in, 1, NULL, repeat, LIM_TENSOR_RANK, &count, &given);
    if (!st && count != (size_t)c->in[0]->shape.rank)
        st = eng_bad_node(c->err, c->node, "%zu repeats for %d dimensions", count, c->in[0]->shape.rank);
    for (int d = 0; !st && d < c->in[0]->shape.rank; d++)
        if (repeat[d] < 0 || __builtin_mul_overflow(repeat[d], c->in[0]->shape.dim[d], &c->out[0].shape.dim[d]))
            st = eng_bad_node(c->err, c->node, "repeats[%d] is %lld", d, (long long)repeat[d]);
    return st;
}

static enum oc_status prepare_tile(const struct eng_prepare *c, struct eng_kernel *k)
{
    int64_t out_stride[LIM_TENSOR_RANK], in_stride[LIM_TENSOR_RANK];
    int64_t dim[ENG_COPY_RANK], to[ENG_COPY_RANK], from[ENG_COPY_RANK];
    const struct eng_shape *in = &c->in[0]->shape, *out = &c->out[0]->shape;
    eng_dense_strides(out, out_stride);
    eng_dense_strides(in, in_stride);
    for (int d = 0; d < in->rank; d++) { /* [repeats, size] instead of the tiled dimension */
        dim[2 * d] = in->dim[d] ? out->dim[d] / in->dim[d] : 0;
        to[2 * d] = out_stride[d] * in->dim[d];
        from[2 * d] = 0;
        dim[2 * d + 1] = in->dim[d];
        to[2 * d + 1] = out_stride[d];
        from[2 * d + 1] = in_stride[d];
    }
    struct eng_copy copy;
    eng_copy_init(&copy, eng_dtype_size(c->in[0]->dtype), 2 * in->rank, dim, to, 0, from, 0);
    return eng_copy_kernel(c, k, &copy, "tile");
}

const struct eng_op_def eng_ops_expand[] = {
    {"", "Expand", 8, 0, 2, 2, 1, 1, 1u << 1, 0, infer_expand, prepare_expand},
    {"", "Tile", 6, 0, 2, 2, 1, 1, 1u << 1, 0, infer_tile, prepare_tile},
    {.name = NULL},
};

/* Transpose: one strided copy (ops/copy.h), in which neighbouring dimensions that stay together are merged. */
#include "engine/ops/copy.h"
#include "engine/ops/types.h"

static enum oc_status permutation(struct oc_err *err, const struct eng_node *n, int rank, int perm[LIM_TENSOR_RANK])
{
    size_t count;
    const int64_t *list = eng_node_ints(n, "perm", &count);
    uint32_t seen = 0;
    bool given = eng_node_attr(n, "perm") != NULL;
    if (given && count != (size_t)rank)
        return eng_bad_node(err, n, "perm has %zu numbers for %d dimensions", count, rank);
    for (int i = 0; i < rank; i++) {
        perm[i] = rank - 1 - i;
        if (!given)
            continue;
        if (list[i] < 0 || list[i] >= rank || (seen >> list[i] & 1))
            return eng_bad_node(err, n, "perm is not a permutation of 0..%d", rank - 1);
        perm[i] = (int)list[i];
        seen |= 1u << perm[i];
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    int perm[LIM_TENSOR_RANK];
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_infer_same(c);
    if (!st)
        st = permutation(c->err, c->node, c->in[0]->shape.rank, perm);
    for (int i = 0; !st && i < c->in[0]->shape.rank; i++)
        c->out[0].shape.dim[i] = c->in[0]->shape.dim[perm[i]];
    return st;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    int perm[LIM_TENSOR_RANK];
    int64_t to[LIM_TENSOR_RANK], in[LIM_TENSOR_RANK], from[LIM_TENSOR_RANK];
    int rank = c->out[0]->shape.rank;
    enum oc_status st = permutation(c->err, c->node, rank, perm);
    if (st)
        return st;
    eng_dense_strides(&c->out[0]->shape, to);
    eng_dense_strides(&c->in[0]->shape, in);
    for (int i = 0; i < rank; i++)
        from[i] = in[perm[i]];
    struct eng_copy copy;
    eng_copy_init(&copy, eng_dtype_size(c->in[0]->dtype), rank, c->out[0]->shape.dim, to, 0, from, 0);
    return eng_copy_kernel(c, k, &copy, copy.way == ENG_COPY_TRANSPOSE ? "transpose:tiles" : "transpose");
}

const struct eng_op_def eng_ops_transpose[] = {
    {"", "Transpose", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

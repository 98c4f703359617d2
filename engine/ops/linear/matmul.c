/*
 * MatMul, and the engine's own ocelli::MatMul, which reads its inputs and writes its output through transpositions
 * (attributes perm_a, perm_b: the product sees the input as Transpose would give it; perm_out: the result goes to
 * memory as Transpose would put it, its last dimension staying last) and scales by alpha. Strides, no copies.
 */
#include "engine/ops/linear/linear.h"
#include "engine/ops/tables.h"
#include "engine/ops/types.h"

/* A tensor as the product sees it. */
struct view {
    int rank;
    int64_t dim[LIM_TENSOR_RANK], stride[LIM_TENSOR_RANK];
};

static void row_major(const struct eng_shape *s, int64_t *stride)
{
    int64_t n = 1;
    for (int d = s->rank - 1; d >= 0; d--) {
        stride[d] = n;
        n *= s->dim[d];
    }
}

static enum oc_status permuted(struct oc_err *err, const struct eng_node *n, const char *attr, const struct eng_shape *s, struct view *v)
{
    int64_t stride[LIM_TENSOR_RANK];
    size_t count;
    const int64_t *perm = eng_node_ints(n, attr, &count);
    unsigned seen = 0;
    row_major(s, stride);
    v->rank = s->rank;
    if (perm && count != (size_t)s->rank)
        return eng_bad_node(err, n, "%s has %zu values for %d dimensions", attr, count, s->rank);
    for (int d = 0; d < s->rank; d++) {
        int64_t from = perm ? perm[d] : d;
        if (from < 0 || from >= s->rank || seen >> from & 1)
            return eng_bad_node(err, n, "%s is not a permutation", attr);
        seen |= 1u << from;
        v->dim[d] = s->dim[from];
        v->stride[d] = stride[from];
    }
    return OC_OK;
}

/* Numpy: a vector on the left is a row, on the right a column; out: the product's shape with those still in it. */
static enum oc_status match(struct oc_err *err, const struct eng_node *n, struct view *a, struct view *b, int *batches, int64_t *batch)
{
    if (a->rank < 1 || b->rank < 1)
        return eng_bad_node(err, n, "an input is a scalar");
    if (a->rank == 1) {
        *a = (struct view){2, {1, a->dim[0]}, {0, a->stride[0]}};
    }
    if (b->rank == 1) {
        *b = (struct view){2, {b->dim[0], 1}, {b->stride[0], 1}};
    }
    if (a->dim[a->rank - 1] != b->dim[b->rank - 2])
        return eng_bad_node(err, n, "inner dimensions differ: %lld and %lld", (long long)a->dim[a->rank - 1],
                            (long long)b->dim[b->rank - 2]);
    *batches = (a->rank > b->rank ? a->rank : b->rank) - 2;
    for (int i = 0; i < *batches; i++) {
        int ia = a->rank - 2 - *batches + i, ib = b->rank - 2 - *batches + i;
        int64_t da = ia >= 0 ? a->dim[ia] : 1, db = ib >= 0 ? b->dim[ib] : 1;
        if (da != db && da != 1 && db != 1)
            return eng_bad_node(err, n, "batch dimensions %lld and %lld do not broadcast", (long long)da, (long long)db);
        batch[i] = da == 1 ? db : da;
    }
    return OC_OK;
}

static enum oc_status views(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, struct view *a, struct view *b,
                            int *batches, int64_t *batch)
{
    enum oc_status st = permuted(err, n, "perm_a", &in[0]->shape, a);
    if (!st)
        st = permuted(err, n, "perm_b", &in[1]->shape, b);
    return st ? st : match(err, n, a, b, batches, batch);
}

static enum oc_status infer(struct eng_infer *c)
{
    struct view a, b, out;
    int batches;
    int64_t batch[LIM_TENSOR_RANK];
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_NUMERIC);
    if (!st)
        st = views(c->err, c->node, c->in, &a, &b, &batches, batch);
    if (st)
        return st;
    struct eng_shape full = {0};
    for (int i = 0; i < batches; i++)
        full.dim[full.rank++] = batch[i];
    if (c->in[0]->shape.rank > 1)
        full.dim[full.rank++] = a.dim[a.rank - 2];
    if (c->in[1]->shape.rank > 1)
        full.dim[full.rank++] = b.dim[b.rank - 1];
    st = permuted(c->err, c->node, "perm_out", &full, &out);
    if (st)
        return st;
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape.rank = full.rank;
    memcpy(c->out[0].shape.dim, out.dim, sizeof out.dim);
    return OC_OK;
}

/* Strides in the output's memory of the product's own dimensions (perm_out undone). */
static void output_strides(const struct eng_node *n, const struct eng_shape *out, int64_t *stride)
{
    int64_t memory[LIM_TENSOR_RANK];
    size_t count;
    const int64_t *perm = eng_node_ints(n, "perm_out", &count);
    row_major(out, memory);
    for (int d = 0; d < out->rank; d++)
        stride[perm ? perm[d] : d] = memory[d];
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct view a, b;
    int batches;
    int64_t batch[LIM_TENSOR_RANK], sa[LIM_TENSOR_RANK], sb[LIM_TENSOR_RANK], so[LIM_TENSOR_RANK + 2] = {0};
    enum oc_status st = views(c->err, c->node, c->in, &a, &b, &batches, batch);
    if (st)
        return st;
    output_strides(c->node, &c->out[0]->shape, so);
    struct eng_product p = {0};
    struct eng_gemm_desc *d = &p.desc;
    d->alpha = eng_node_float(c->node, "alpha", 1.0f);
    d->m = a.dim[a.rank - 2];
    d->k = a.dim[a.rank - 1];
    d->n = b.dim[b.rank - 1];
    d->a_row_stride = a.stride[a.rank - 2];
    d->a_col_stride = a.stride[a.rank - 1];
    d->b_row_stride = b.stride[b.rank - 2];
    d->b_col_stride = b.stride[b.rank - 1];
    bool row = c->in[0]->shape.rank > 1, col = c->in[1]->shape.rank > 1;
    if (d->n > 1 && so[batches + row] != 1)
        return eng_bad_node(c->err, c->node, "perm_out moves the last dimension");
    d->c_row_stride = row ? so[batches] : d->n;
    if (d->a_row_stride == 0)
        d->a_row_stride = d->k;
    if (!col)
        d->c_row_stride = row ? so[batches] : 1;
    for (int i = 0; i < batches; i++) {
        int ia = a.rank - 2 - batches + i, ib = b.rank - 2 - batches + i;
        sa[i] = ia >= 0 && a.dim[ia] != 1 ? a.stride[ia] : 0;
        sb[i] = ib >= 0 && b.dim[ib] != 1 ? b.stride[ib] : 0;
    }
    eng_product_batches(&p, batches, batch, sa, sb, so);
    return eng_product_kernel(c, &p, NULL, k);
}

const struct eng_op_def eng_ops_matmul[] = {
    {.domain = "", .name = "MatMul", .since = 1, .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1, .infer = infer, .prepare = prepare},
    {.domain = "ocelli",
     .name = "MatMul",
     .since = 1,
     .min_in = 2,
     .max_in = 2,
     .min_out = 1,
     .max_out = 1,
     .infer = infer,
     .prepare = prepare},
    {.name = NULL},
};

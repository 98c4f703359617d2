/* MatMul: numpy's rules for vectors and batches, turned into strides. */
#include "engine/ops/linear/linear.h"
#include "engine/ops/tables.h"
#include "engine/ops/types.h"

/* A tensor as the product sees it. */
struct view {
    int rank;
    int64_t dim[LIM_TENSOR_RANK], stride[LIM_TENSOR_RANK];
};

static struct view view_of(const struct eng_shape *s)
{
    struct view v = {.rank = s->rank};
    int64_t n = 1;
    for (int d = s->rank - 1; d >= 0; d--) {
        v.dim[d] = s->dim[d];
        v.stride[d] = n;
        n *= s->dim[d];
    }
    return v;
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

static enum oc_status infer(struct eng_infer *c)
{
    int batches = 0;
    struct eng_shape *out = &c->out[0].shape;
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_NUMERIC);
    if (st)
        return st;
    struct view a = view_of(&c->in[0]->shape), b = view_of(&c->in[1]->shape);
    st = match(c->err, c->node, &a, &b, &batches, out->dim);
    if (st)
        return st;
    out->rank = batches;
    if (c->in[0]->shape.rank > 1)
        out->dim[out->rank++] = a.dim[a.rank - 2];
    if (c->in[1]->shape.rank > 1)
        out->dim[out->rank++] = b.dim[b.rank - 1];
    c->out[0].dtype = c->in[0]->dtype;
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct view a = view_of(&c->in[0]->shape), b = view_of(&c->in[1]->shape), out = view_of(&c->out[0]->shape);
    int batches = 0;
    int64_t batch[LIM_TENSOR_RANK], sa[LIM_TENSOR_RANK], sb[LIM_TENSOR_RANK];
    enum oc_status st = match(c->err, c->node, &a, &b, &batches, batch);
    if (st)
        return st;
    struct eng_product p = {0};
    struct eng_gemm_desc *d = &p.desc;
    d->alpha = 1.0f;
    d->m = a.dim[a.rank - 2];
    d->k = a.dim[a.rank - 1];
    d->n = b.dim[b.rank - 1];
    d->a_row_stride = d->k;
    d->a_col_stride = 1;
    d->b_row_stride = d->n;
    d->b_col_stride = 1;
    d->c_row_stride = d->n;
    for (int i = 0; i < batches; i++) {
        int ia = a.rank - 2 - batches + i, ib = b.rank - 2 - batches + i;
        sa[i] = ia >= 0 && a.dim[ia] != 1 ? a.stride[ia] : 0;
        sb[i] = ib >= 0 && b.dim[ib] != 1 ? b.stride[ib] : 0;
    }
    eng_product_batches(&p, batches, batch, sa, sb, out.stride);
    return eng_product_kernel(c, &p, NULL, k);
}

const struct eng_op_def eng_ops_matmul[] = {
    {.domain = "", .name = "MatMul", .since = 1, .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1, .infer = infer, .prepare = prepare},
    {.name = NULL},
};

/* Gemm: alpha * A' * B' + beta * C, where ' may be a transposition and C broadcasts to the result. */
#include "engine/ops/linear/linear.h"
#include "engine/ops/tables.h"
#include "engine/ops/types.h"

/* Before opset 7, C broadcast only when the attribute said so; the rule is the same. */
static enum oc_status sizes(struct oc_err *err, const struct eng_node *n, const struct eng_value *a, const struct eng_value *b,
                            struct eng_gemm_desc *d)
{
    if (a->shape.rank != 2 || b->shape.rank != 2)
        return eng_bad_node(err, n, "A and B must be matrices; they have %d and %d dimensions", a->shape.rank, b->shape.rank);
    bool ta = eng_node_int(n, "transA", 0) != 0, tb = eng_node_int(n, "transB", 0) != 0;
    *d = (struct eng_gemm_desc){.batch = {1, 1}, .alpha = eng_node_float(n, "alpha", 1.0f)};
    d->m = a->shape.dim[ta];
    d->k = a->shape.dim[!ta];
    d->n = b->shape.dim[!tb];
    if (b->shape.dim[tb] != d->k)
        return eng_bad_node(err, n, "inner dimensions differ: %lld and %lld", (long long)d->k, (long long)b->shape.dim[tb]);
    d->a_row_stride = ta ? 1 : a->shape.dim[1];
    d->a_col_stride = ta ? a->shape.dim[1] : 1;
    d->b_row_stride = tb ? 1 : b->shape.dim[1];
    d->b_col_stride = tb ? b->shape.dim[1] : 1;
    d->c_row_stride = d->n;
    return OC_OK;
}

static enum oc_status addend(struct oc_err *err, const struct eng_node *n, const struct eng_value *c, const struct eng_gemm_desc *d,
                             struct eng_addend *add)
{
    *add = (struct eng_addend){.value = c, .input = 2, .beta = eng_node_float(n, "beta", 1.0f)};
    if (!c)
        return OC_OK;
    const struct eng_shape *s = &c->shape;
    int64_t rows = s->rank == 2 ? s->dim[0] : 1, cols = s->rank >= 1 ? s->dim[s->rank - 1] : 1;
    if (s->rank > 2 || (rows != 1 && rows != d->m) || (cols != 1 && cols != d->n)) {
        char text[ENG_SHAPE_TEXT];
        return eng_bad_node(err, n, "C is %s, which does not broadcast to %lldx%lld", eng_shape_text(s, text), (long long)d->m,
                            (long long)d->n);
    }
    add->row_stride = rows > 1 ? cols : 0;
    add->col_stride = cols > 1 ? 1 : 0;
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct eng_gemm_desc d;
    struct eng_addend add;
    enum oc_status st = eng_need_same_types(c, 0, 2, ENG_T_NUMERIC);
    if (!st)
        st = sizes(c->err, c->node, c->in[0], c->in[1], &d);
    if (!st)
        st = addend(c->err, c->node, eng_infer_in(c, 2), &d, &add);
    if (st)
        return st;
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = (struct eng_shape){2, {d.m, d.n}};
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct eng_product p = {0};
    struct eng_addend add;
    enum oc_status st = sizes(c->err, c->node, c->in[0], c->in[1], &p.desc);
    if (!st)
        st = addend(c->err, c->node, eng_prepare_in(c, 2), &p.desc, &add);
    return st ? st : eng_product_kernel(c, &p, add.value ? &add : NULL, k);
}

const struct eng_op_def eng_ops_gemm[] = {
    {.domain = "", .name = "Gemm", .since = 1, .min_in = 2, .max_in = 3, .min_out = 1, .max_out = 1, .infer = infer, .prepare = prepare},
    {.name = NULL},
};

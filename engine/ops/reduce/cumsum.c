/* CumSum and CumProd along an axis that is an input (read in run): exclusive leaves the element itself out, reverse starts from the end. */
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"

struct state {
    enum eng_dtype type;
    bool product, exclusive, reverse;
    struct eng_shape shape;
};

static void lane_f64(const struct state *s, const void *x, void *y, int64_t at, int64_t n, int64_t step)
{
    double acc = s->product ? 1 : 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t e = at + (s->reverse ? n - 1 - i : i) * step;
        double v = eng_load_f64(s->type, x, e);
        if (s->exclusive)
            eng_store_f64(s->type, y, e, acc);
        acc = s->product ? acc * v : acc + v;
        if (!s->exclusive)
            eng_store_f64(s->type, y, e, acc);
    }
}

static void lane_i64(const struct state *s, const void *x, void *y, int64_t at, int64_t n, int64_t step)
{
    uint64_t acc = s->product;
    for (int64_t i = 0; i < n; i++) {
        int64_t e = at + (s->reverse ? n - 1 - i : i) * step;
        uint64_t v = (uint64_t)eng_load_i64(s->type, x, e), next = s->product ? acc * v : acc + v;
        eng_store_i64(s->type, y, e, (int64_t)(s->exclusive ? acc : next));
        acc = next;
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    int64_t axis = eng_index_at(&call->in[1], 0), outer = 1, inner = 1;
    if (!eng_index_wrap(&axis, s->shape.rank))
        return eng_index_bad(call->err, s->product ? "CumProd: axis" : "CumSum: axis", eng_index_at(&call->in[1], 0), 0, s->shape.rank);
    for (int d = 0; d < s->shape.rank; d++) {
        outer *= d < axis ? s->shape.dim[d] : 1;
        inner *= d > axis ? s->shape.dim[d] : 1;
    }
    int64_t n = s->shape.dim[axis];
    for (int64_t lane = 0; lane < outer * inner; lane++) {
        int64_t at = lane / inner * n * inner + lane % inner;
        if (eng_type_in(s->type, ENG_T_INTEGER))
            lane_i64(s, call->in[0].data, call->out[0].data, at, n, inner);
        else
            lane_f64(s, call->in[0].data, call->out[0].data, at, n, inner);
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (!st && (eng_shape_count(&c->in[1]->shape) != 1 || c->in[0]->shape.rank == 0))
        st = eng_bad_node(c->err, c->node, "needs one axis and a tensor that has it");
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool product)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, c->node->op_type, sizeof *s);
    *s = (struct state){c->in[0]->dtype, product, eng_node_int(c->node, "exclusive", 0) != 0, eng_node_int(c->node, "reverse", 0) != 0,
                        c->in[0]->shape};
    k->state = s;
    k->run = run;
    k->impl = product ? "cumprod" : "cumsum";
    return OC_OK;
}

static enum oc_status prepare_sum(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

static enum oc_status prepare_product(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

const struct eng_op_def eng_ops_cumsum[] = {
    {"", "CumSum", 11, 0, 2, 2, 1, 1, 0, 0, infer, prepare_sum},
    {"", "CumProd", 26, 0, 2, 2, 1, 1, 0, 0, infer, prepare_product},
    {.name = NULL},
};

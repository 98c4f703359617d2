/*
 * OneHot, and the operators whose result size is data: Compress and NonZero, which therefore need their condition
 * (NonZero: its input) to be known when the model is planned.
 */
#include "base/parse.h"
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"
#include <string.h>

struct one_hot {
    int64_t outer, depth, inner;
    enum eng_dtype index_type;
    size_t size;
};

static enum oc_status run_one_hot(const struct eng_kernel *k, struct eng_call *call)
{
    const struct one_hot *s = k->state;
    const char *off = call->in[2].data, *on = off + s->size;
    char *to = call->out[0].data;
    for (int64_t o = 0; o < s->outer; o++)
        for (int64_t i = 0; i < s->inner; i++) {
            int64_t index = eng_load_i64(s->index_type, call->in[0].data, o * s->inner + i);
            bool inside = index >= -s->depth && index < s->depth;
            index += index < 0 && inside ? s->depth : 0;
            for (int64_t d = 0; d < s->depth; d++)
                memcpy(to + (size_t)((o * s->depth + d) * s->inner + i) * s->size, inside && d == index ? on : off, s->size);
        }
    return OC_OK;
}

static enum oc_status one_hot_of(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int *axis, int64_t *depth)
{
    const struct eng_value *d = in[1];
    if (!d->constant || eng_shape_count(&d->shape) != 1)
        return eng_bad_node(err, n, "depth must be one number that is known when the model is planned");
    *depth = eng_load_i64(d->dtype, d->constant->t.data, 0);
    if (*depth < 1)
        return eng_bad_node(err, n, "depth is %lld", (long long)*depth);
    return eng_axis(err, n, eng_node_int(n, "axis", -1), in[0]->shape.rank + 1, axis);
}

static enum oc_status infer_one_hot(struct eng_infer *c)
{
    int axis;
    int64_t depth;
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_NUMERIC);
    if (!st)
        st = eng_need_type(c, 2, ENG_T_ANY);
    if (!st && (eng_shape_count(&c->in[2]->shape) != 2 || c->in[0]->shape.rank >= LIM_TENSOR_RANK))
        st = eng_bad_node(c->err, c->node, "needs two values and room for one more dimension");
    if (!st)
        st = one_hot_of(c->err, c->node, c->in, &axis, &depth);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    struct eng_shape *out = &c->out[0].shape;
    c->out[0].dtype = c->in[2]->dtype;
    *out = (struct eng_shape){.rank = in->rank + 1};
    for (int d = 0, from = 0; d < out->rank; d++)
        out->dim[d] = d == axis ? depth : in->dim[from++];
    return OC_OK;
}

static enum oc_status prepare_one_hot(const struct eng_prepare *c, struct eng_kernel *k)
{
    int axis;
    int64_t depth;
    enum oc_status st = one_hot_of(c->err, c->node, c->in, &axis, &depth);
    if (st)
        return st;
    struct one_hot *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "OneHot", sizeof *s);
    *s = (struct one_hot){1, depth, 1, c->in[0]->dtype, eng_dtype_size(c->in[2]->dtype)};
    for (int d = 0; d < c->in[0]->shape.rank; d++)
        *(d < axis ? &s->outer : &s->inner) *= c->in[0]->shape.dim[d];
    k->state = s;
    k->run = run_one_hot;
    k->impl = "one_hot";
    return OC_OK;
}

/* Compress: outer x (axis) x block. */
struct compress {
    int64_t outer, size, kept;
    size_t block;
    int64_t index[]; /* [kept] */
};

static enum oc_status run_compress(const struct eng_kernel *k, struct eng_call *call)
{
    const struct compress *s = k->state;
    for (int64_t o = 0; o < s->outer && s->block > 0; o++)
        for (int64_t i = 0; i < s->kept; i++)
            memcpy((char *)call->out[0].data + (size_t)(o * s->kept + i) * s->block,
                   (const char *)call->in[0].data + (size_t)(o * s->size + s->index[i]) * s->block, s->block);
    return OC_OK;
}

static int64_t count_true(const struct eng_value *condition, int64_t size)
{
    const uint8_t *b = condition->constant->t.data;
    int64_t n = eng_shape_count(&condition->shape), kept = 0;
    for (int64_t i = 0; i < n && i < size; i++)
        kept += b[i] != 0;
    return kept;
}

static enum oc_status infer_compress(struct eng_infer *c)
{
    int axis = 0;
    bool flat = eng_node_attr(c->node, "axis") == NULL;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T(BOOL));
    if (!st && (!c->in[1]->constant || c->in[1]->shape.rank != 1))
        st = eng_bad_node(c->err, c->node, "the condition must be a list that is known when the model is planned");
    if (!st && !flat)
        st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 0), c->in[0]->shape.rank, &axis);
    if (!st)
        st = eng_infer_same(c);
    if (st)
        return st;
    int64_t size = flat ? eng_shape_count(&c->in[0]->shape) : c->in[0]->shape.dim[axis];
    if (flat)
        c->out[0].shape = (struct eng_shape){.rank = 1};
    c->out[0].shape.dim[axis] = count_true(c->in[1], size);
    return OC_OK;
}

static enum oc_status prepare_compress(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *in = &c->in[0]->shape;
    const uint8_t *condition = c->in[1]->constant->t.data;
    int axis = 0;
    bool flat = eng_node_attr(c->node, "axis") == NULL;
    if (!flat) {
        enum oc_status st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 0), in->rank, &axis);
        if (st)
            return st;
    }
    int64_t size = flat ? eng_shape_count(in) : in->dim[axis], kept = count_true(c->in[1], size);
    size_t bytes = sizeof(struct compress) + (size_t)kept * sizeof(int64_t);
    struct compress *s = oc_mem_zero(OC_MEM_MODEL, bytes);
    if (!s)
        return oc_err_nomem(c->err, "Compress", bytes);
    s->outer = 1;
    s->size = size;
    s->kept = kept;
    s->block = eng_dtype_size(c->in[0]->dtype);
    for (int d = 0; !flat && d < in->rank; d++)
        if (d < axis)
            s->outer *= in->dim[d];
        else if (d > axis)
            s->block *= (size_t)in->dim[d];
    for (int64_t i = 0, at = 0; at < kept; i++)
        if (condition[i])
            s->index[at++] = i;
    k->state = s;
    k->run = run_compress;
    k->impl = "compress";
    return OC_OK;
}

/* NonZero: coordinates, one column for each number that is not 0. */
static bool is_set(const struct eng_tensor *t, int64_t i)
{
    return eng_load_f64(t->dtype, t->data, i) != 0; /* NaN counts */
}

static int64_t count_set(const struct eng_tensor *t)
{
    int64_t n = 0;
    for (int64_t i = 0; i < eng_shape_count(&t->shape); i++)
        n += is_set(t, i);
    return n;
}

static enum oc_status run_non_zero(const struct eng_kernel *k OC_UNUSED, struct eng_call *call)
{
    const struct eng_tensor *x = &call->in[0];
    int64_t *to = call->out[0].data, columns = call->out[0].shape.dim[1];
    for (int64_t i = 0, at = 0; at < columns && i < eng_shape_count(&x->shape); i++) {
        if (!is_set(x, i))
            continue;
        int64_t rest = i;
        for (int d = x->shape.rank - 1; d >= 0; d--) {
            to[d * columns + at] = rest % x->shape.dim[d];
            rest /= x->shape.dim[d];
        }
        at++;
    }
    return OC_OK;
}

static enum oc_status infer_non_zero(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st && !c->in[0]->constant)
        st = eng_bad_node(c->err, c->node, "the input must be known when the model is planned: it decides the size of the result");
    if (st)
        return st;
    c->out[0].dtype = ENG_DT_I64;
    c->out[0].shape = (struct eng_shape){2, {c->in[0]->shape.rank, count_set(&c->in[0]->constant->t)}};
    return OC_OK;
}

static enum oc_status prepare_non_zero(const struct eng_prepare *c OC_UNUSED, struct eng_kernel *k)
{
    k->run = run_non_zero;
    k->impl = "non_zero";
    return OC_OK;
}

const struct eng_op_def eng_ops_select[] = {
    {"", "OneHot", 9, 0, 3, 3, 1, 1, 1u << 1, 0, infer_one_hot, prepare_one_hot},
    {"", "Compress", 9, 0, 2, 2, 1, 1, 1u << 1, 0, infer_compress, prepare_compress},
    {"", "NonZero", 9, 0, 1, 1, 1, 1, 1u << 0, 0, infer_non_zero, prepare_non_zero},
    {.name = NULL},
};

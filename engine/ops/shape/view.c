/*
 * Reshape, Flatten, Squeeze, Unsqueeze, Identity: the same numbers with another shape. The engine shares the memory
 * and runs nothing; the kernel here only copies where it cannot share (an input that is also an output).
 */
#include <string.h>
#include "engine/ops/axes.h"
#include "engine/ops/types.h"

static enum oc_status run(const struct eng_kernel *k OC_UNUSED, struct eng_call *call)
{
    const struct eng_tensor *in = &call->in[0];
    size_t bytes = (size_t)eng_shape_count(&in->shape) * eng_dtype_size(in->dtype);
    if (bytes > 0 && call->out[0].data != in->data)
        memcpy(call->out[0].data, in->data, bytes);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c OC_UNUSED, struct eng_kernel *k)
{
    k->run = run;
    k->impl = "view";
    return OC_OK;
}

static enum oc_status infer_identity(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    return st ? st : eng_infer_same(c);
}

/* Product of dimensions from..to-1; cannot overflow for a checked shape, but for zeros elsewhere. */
static int64_t product(const struct eng_shape *s, int from, int to)
{
    int64_t n = 1;
    for (int i = from; i < to; i++)
        n *= s->dim[i];
    return n;
}

static enum oc_status infer_reshape(struct eng_infer *c)
{
    int64_t want[LIM_TENSOR_RANK], known = 1;
    size_t count;
    bool given, allow_zero = eng_node_int(c->node, "allowzero", 0) != 0;
    int free_dim = -1;
    enum oc_status st = infer_identity(c);
    if (!st)
        st = eng_list(c->err, c->node, c->in, c->n_in, 1, NULL, want, LIM_TENSOR_RANK, &count, &given);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    struct eng_shape *out = &c->out[0].shape;
    *out = (struct eng_shape){.rank = (int)count};
    for (int i = 0; i < (int)count; i++) {
        int64_t d = want[i];
        if (d == 0 && !allow_zero && i >= in->rank)
            return eng_bad_node(c->err, c->node, "shape[%d] = 0 copies a dimension that the input does not have", i);
        if (d < -1 || (d == -1 && free_dim >= 0))
            return eng_bad_node(c->err, c->node, "shape[%d] = %lld: one -1, and nothing below it", i, (long long)d);
        if (d == -1) {
            free_dim = i;
            continue;
        }
        out->dim[i] = d == 0 && !allow_zero ? in->dim[i] : d;
        if (__builtin_mul_overflow(known, out->dim[i], &known))
            return eng_bad_node(c->err, c->node, "the new shape is too large");
    }
    int64_t total = eng_shape_count(in);
    if (free_dim >= 0) {
        if (known == 0 || total % known != 0)
            return eng_bad_node(c->err, c->node, "%lld elements do not divide by %lld", (long long)total, (long long)known);
        out->dim[free_dim] = total / known;
    } else if (known != total) {
        return eng_bad_node(c->err, c->node, "%lld elements do not fit a shape of %lld", (long long)total, (long long)known);
    }
    return OC_OK;
}

static enum oc_status infer_flatten(struct eng_infer *c)
{
    enum oc_status st = infer_identity(c);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    int64_t axis = eng_node_int(c->node, "axis", 1);
    if (axis < -(int64_t)in->rank || axis > in->rank)
        return eng_bad_node(c->err, c->node, "axis %lld is not in %d..%d", (long long)axis, -in->rank, in->rank);
    int at = (int)(axis < 0 ? axis + in->rank : axis);
    c->out[0].shape = (struct eng_shape){2, {product(in, 0, at), product(in, at, in->rank)}};
    return OC_OK;
}

static enum oc_status infer_squeeze(struct eng_infer *c)
{
    uint32_t axes;
    bool given;
    enum oc_status st = infer_identity(c);
    if (!st)
        st = eng_axis_set(c->err, c->node, c->in, c->n_in, c->node->opset >= 13 ? 1 : -1, "axes", c->in[0]->shape.rank, &axes, &given);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    struct eng_shape *out = &c->out[0].shape;
    *out = (struct eng_shape){0};
    for (int i = 0; i < in->rank; i++) {
        bool go = given ? (axes >> i & 1) != 0 : in->dim[i] == 1;
        if (go && in->dim[i] != 1)
            return eng_bad_node(c->err, c->node, "dimension %d has size %lld, not 1", i, (long long)in->dim[i]);
        if (!go)
            out->dim[out->rank++] = in->dim[i];
    }
    return OC_OK;
}

static enum oc_status infer_unsqueeze(struct eng_infer *c)
{
    int64_t list[LIM_TENSOR_RANK];
    uint32_t axes;
    size_t count;
    bool given;
    int input = c->node->opset >= 13 ? 1 : -1;
    enum oc_status st = infer_identity(c);
    if (!st)
        st = eng_list(c->err, c->node, c->in, c->n_in, input, "axes", list, LIM_TENSOR_RANK, &count, &given);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    struct eng_shape *out = &c->out[0].shape;
    int rank = in->rank + (int)count;
    if (!given)
        return eng_bad_node(c->err, c->node, "axes are missing");
    if (rank > LIM_TENSOR_RANK)
        return eng_bad_node(c->err, c->node, "%d dimensions; the limit is %d", rank, LIM_TENSOR_RANK);
    st = eng_axis_set(c->err, c->node, c->in, c->n_in, input, "axes", rank, &axes, &given);
    *out = (struct eng_shape){.rank = rank};
    for (int i = 0, from = 0; !st && i < rank; i++)
        out->dim[i] = axes >> i & 1 ? 1 : in->dim[from++];
    return st;
}

#define HOST(i) (1u << (i))
const struct eng_op_def eng_ops_view[] = {
    {"", "Identity", 1, 0, 1, 1, 1, 1, 0, ENG_OP_VIEW, infer_identity, prepare},
    {"", "Reshape", 5, 0, 2, 2, 1, 1, HOST(1), ENG_OP_VIEW, infer_reshape, prepare},
    {"", "Flatten", 1, 0, 1, 1, 1, 1, 0, ENG_OP_VIEW, infer_flatten, prepare},
    {"", "Squeeze", 1, 12, 1, 1, 1, 1, 0, ENG_OP_VIEW, infer_squeeze, prepare},
    {"", "Squeeze", 13, 0, 1, 2, 1, 1, HOST(1), ENG_OP_VIEW, infer_squeeze, prepare},
    {"", "Unsqueeze", 1, 12, 1, 1, 1, 1, 0, ENG_OP_VIEW, infer_unsqueeze, prepare},
    {"", "Unsqueeze", 13, 0, 2, 2, 1, 1, HOST(1), ENG_OP_VIEW, infer_unsqueeze, prepare},
    {.name = NULL},
};

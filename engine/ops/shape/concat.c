/* Concat and Split: each part is one strided copy between its own dense tensor and a slab of the whole. */
#include "engine/ops/axes.h"
#include "engine/ops/copy.h"
#include "engine/ops/types.h"

struct state {
    int n;
    bool split;
    struct eng_copy part[];
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    for (int i = 0; i < s->n; i++)
        if (s->split && call->out[i].data) /* no data: an output that nobody uses */
            eng_copy_run(&s->part[i], call->out[i].data, call->in[0].data, call->par);
        else if (!s->split)
            eng_copy_run(&s->part[i], call->out[0].data, call->in[i].data, call->par);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool split, int axis, const int64_t *sizes)
{
    const struct eng_value *whole = split ? c->in[0] : c->out[0];
    int n = split ? c->n_out : c->n_in;
    size_t bytes = sizeof(struct state) + (size_t)n * sizeof(struct eng_copy);
    struct state *s = oc_mem_zero(OC_MEM_MODEL, bytes);
    if (!s)
        return oc_err_nomem(c->err, split ? "Split" : "Concat", bytes);
    int64_t whole_stride[LIM_TENSOR_RANK], stride[LIM_TENSOR_RANK], at = 0;
    eng_dense_strides(&whole->shape, whole_stride);
    s->n = n;
    s->split = split;
    for (int i = 0; i < n; i++) {
        struct eng_shape part = whole->shape, *shape = &part;
        part.dim[axis] = split ? sizes[i] : c->in[i]->shape.dim[axis];
        int64_t offset = at * whole_stride[axis];
        eng_dense_strides(shape, stride);
        if (split)
            eng_copy_init(&s->part[i], eng_dtype_size(whole->dtype), shape->rank, shape->dim, stride, 0, whole_stride, offset);
        else
            eng_copy_init(&s->part[i], eng_dtype_size(whole->dtype), shape->rank, shape->dim, whole_stride, offset, stride, 0);
        at += shape->dim[axis];
    }
    k->state = s;
    k->run = run;
    k->impl = split ? "split" : "concat";
    return OC_OK;
}

static enum oc_status infer_concat(struct eng_infer *c)
{
    int axis;
    enum oc_status st = eng_need_same_types(c, 0, c->n_in - 1, ENG_T_ANY);
    if (!st)
        st = eng_infer_same(c);
    if (!st)
        st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 1), c->in[0]->shape.rank, &axis);
    for (int i = 1; !st && i < c->n_in; i++) {
        if (!c->in[i])
            return eng_bad_node(c->err, c->node, "input %d is missing", i);
        struct eng_shape other = c->in[i]->shape, *out = &c->out[0].shape;
        int64_t more = other.rank == out->rank ? other.dim[axis] : 0;
        if (other.rank == out->rank)
            other.dim[axis] = out->dim[axis];
        if (!eng_shape_equal(&other, out)) {
            char a[ENG_SHAPE_TEXT], b[ENG_SHAPE_TEXT];
            return eng_bad_node(c->err, c->node, "shapes %s and %s do not join at axis %d", eng_shape_text(&c->in[0]->shape, a),
                                eng_shape_text(&c->in[i]->shape, b), axis);
        }
        if (__builtin_add_overflow(out->dim[axis], more, &out->dim[axis]))
            return eng_bad_node(c->err, c->node, "the result is too large");
    }
    return st;
}

static enum oc_status prepare_concat(const struct eng_prepare *c, struct eng_kernel *k)
{
    int axis;
    enum oc_status st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", 1), c->in[0]->shape.rank, &axis);
    return st ? st : prepare(c, k, false, axis, NULL);
}

/* Sizes when none are listed: equal parts; since opset 18 the last may be smaller. */
static enum oc_status equal_parts(struct oc_err *err, const struct eng_node *node, int64_t size, int64_t n, int64_t parts[ENG_NODE_MAX_OUT])
{
    int64_t chunk = (size + n - 1) / n, named = eng_node_int(node, "num_outputs", n);
    if (node->opset >= 18 && named != n)
        return eng_bad_node(err, node, "num_outputs is %lld for %lld outputs", (long long)named, (long long)n);
    if (node->opset < 18 && size % n != 0)
        return eng_bad_node(err, node, "%lld does not divide into %lld equal parts", (long long)size, (long long)n);
    for (int64_t i = 0; i < n; i++) {
        parts[i] = chunk < size ? chunk : size;
        size -= parts[i];
    }
    return OC_OK;
}

/* The axis and the size of each part, checked. Outputs that nobody uses count too. */
static enum oc_status split_parts(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, int n_out,
                                  int *axis, int64_t parts[ENG_NODE_MAX_OUT])
{
    size_t count;
    bool given;
    int64_t sum = 0;
    enum oc_status st = eng_axis(err, n, eng_node_int(n, "axis", 0), in[0]->shape.rank, axis);
    if (!st)
        st = eng_list(err, n, in, n_in, n->opset >= 13 ? 1 : -1, "split", parts, ENG_NODE_MAX_OUT, &count, &given);
    if (st)
        return st;
    int64_t size = in[0]->shape.dim[*axis];
    if (!given)
        return equal_parts(err, n, size, n_out, parts);
    if (count != (size_t)n_out)
        return eng_bad_node(err, n, "%zu sizes for %d outputs", count, n_out);
    for (int i = 0; i < n_out; i++)
        if (parts[i] < 0 || __builtin_add_overflow(sum, parts[i], &sum))
            return eng_bad_node(err, n, "part %d has size %lld", i, (long long)parts[i]);
    if (sum != size)
        return eng_bad_node(err, n, "the parts sum to %lld, not %lld", (long long)sum, (long long)size);
    return OC_OK;
}

static enum oc_status infer_split(struct eng_infer *c)
{
    int64_t parts[ENG_NODE_MAX_OUT];
    int axis;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = split_parts(c->err, c->node, c->in, c->n_in, c->n_out, &axis, parts);
    for (int i = 0; !st && i < c->n_out; i++) {
        c->out[i].dtype = c->in[0]->dtype;
        c->out[i].shape = c->in[0]->shape;
        c->out[i].shape.dim[axis] = parts[i];
    }
    return st;
}

static enum oc_status prepare_split(const struct eng_prepare *c, struct eng_kernel *k)
{
    int64_t parts[ENG_NODE_MAX_OUT];
    int axis;
    enum oc_status st = split_parts(c->err, c->node, c->in, c->n_in, c->n_out, &axis, parts);
    return st ? st : prepare(c, k, true, axis, parts);
}

const struct eng_op_def eng_ops_concat[] = {
    {"", "Concat", 4, 0, 1, -1, 1, 1, 0, 0, infer_concat, prepare_concat},
    {"", "Split", 2, 12, 1, 1, 1, ENG_NODE_MAX_OUT, 0, 0, infer_split, prepare_split},
    {"", "Split", 13, 0, 1, 2, 1, ENG_NODE_MAX_OUT, 1u << 1, 0, infer_split, prepare_split},
    {.name = NULL},
};

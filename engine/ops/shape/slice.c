/*
 * Slice: attributes before opset 10, inputs after; negative starts and steps, ends past both sides. One strided copy
 * with a negative stride where the step is negative.
 */
#include "engine/ops/axes.h"
#include "engine/ops/copy.h"
#include "engine/ops/types.h"

struct box {
    int64_t start[LIM_TENSOR_RANK], step[LIM_TENSOR_RANK], count[LIM_TENSOR_RANK];
};

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* One dimension, as numpy slices: step > 0 clamps to 0..size, step < 0 to -1..size-1. */
static void cut(struct box *b, int axis, int64_t size, int64_t start, int64_t end, int64_t step)
{
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    start = start < 0 ? (start < -size ? -1 - size : start) + size
                      : start; /* INT64_MIN + size could not overflow, but -1 - size says enough */
    end = end < 0 ? (end < -size ? -1 - size : end) + size : end;
    start = clamp(start, low, high);
    end = clamp(end, low, high);
    b->start[axis] = start;
    b->step[axis] = step;
    uint64_t span = step > 0 ? (end > start ? (uint64_t)(end - start) : 0) : (start > end ? (uint64_t)(start - end) : 0);
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    b->count[axis] = span ? (int64_t)((span - 1) / stride + 1) : 0;
}

static enum oc_status read_box(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, struct box *b)
{
    const struct eng_shape *shape = &in[0]->shape;
    int64_t start[LIM_TENSOR_RANK], end[LIM_TENSOR_RANK], axis[LIM_TENSOR_RANK], step[LIM_TENSOR_RANK];
    size_t n_start, n_end, n_axis = 0, n_step = 0;
    bool has_start, has_end, has_axes, has_steps = false, inputs = n->opset >= 10;
    uint32_t seen = 0;
    enum oc_status st = eng_list(err, n, in, n_in, inputs ? 1 : -1, "starts", start, LIM_TENSOR_RANK, &n_start, &has_start);
    if (!st)
        st = eng_list(err, n, in, n_in, inputs ? 2 : -1, "ends", end, LIM_TENSOR_RANK, &n_end, &has_end);
    if (!st)
        st = eng_list(err, n, in, n_in, inputs ? 3 : -1, "axes", axis, LIM_TENSOR_RANK, &n_axis, &has_axes);
    if (!st && inputs)
        st = eng_list(err, n, in, n_in, 4, NULL, step, LIM_TENSOR_RANK, &n_step, &has_steps);
    if (st)
        return st;
    if (n_start != n_end || (has_axes && n_axis != n_start) || (has_steps && n_step != n_start) || n_start > (size_t)shape->rank)
        return eng_bad_node(err, n, "%zu starts, %zu ends, %zu axes, %zu steps for %d dimensions", n_start, n_end, n_axis, n_step,
                            shape->rank);
    for (int d = 0; d < shape->rank; d++)
        cut(b, d, shape->dim[d], 0, shape->dim[d], 1);
    for (size_t i = 0; i < n_start; i++) {
        int d = 0;
        st = eng_axis(err, n, has_axes ? axis[i] : (int64_t)i, shape->rank, &d);
        if (st)
            return st;
        if (seen >> d & 1)
            return eng_bad_node(err, n, "axis %d is named twice", d);
        seen |= 1u << d;
        if (has_steps && step[i] == 0)
            return eng_bad_node(err, n, "a step of 0");
        cut(b, d, shape->dim[d], start[i], end[i], has_steps ? step[i] : 1);
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct box b;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_infer_same(c);
    if (!st)
        st = read_box(c->err, c->node, c->in, c->n_in, &b);
    for (int d = 0; !st && d < c->out[0].shape.rank; d++)
        c->out[0].shape.dim[d] = b.count[d];
    return st;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct box b;
    int64_t to[LIM_TENSOR_RANK], from[LIM_TENSOR_RANK], offset = 0;
    const struct eng_shape *in = &c->in[0]->shape, *out = &c->out[0]->shape;
    enum oc_status st = read_box(c->err, c->node, c->in, c->n_in, &b);
    if (st)
        return st;
    eng_dense_strides(out, to);
    eng_dense_strides(in, from);
    for (int d = 0; d < in->rank; d++) {
        offset += b.count[d] > 0 ? b.start[d] * from[d] : 0;
        from[d] *= b.count[d] > 1 ? b.step[d] : 1; /* a huge step that is never taken must not overflow */
    }
    struct eng_copy copy;
    eng_copy_init(&copy, eng_dtype_size(c->in[0]->dtype), out->rank, out->dim, to, 0, from, offset);
    return eng_copy_kernel(c, k, &copy, "slice");
}

#define HOST (1u << 1 | 1u << 2 | 1u << 3 | 1u << 4)
const struct eng_op_def eng_ops_slice[] = {
    {"", "Slice", 1, 9, 1, 1, 1, 1, 0, 0, infer, prepare},
    {"", "Slice", 10, 0, 3, 5, 1, 1, HOST, 0, infer, prepare},
    {.name = NULL},
};

/*
 * MaxUnpool: puts each number back where MaxPool found it, zeros elsewhere. Indices count within the tensor that the
 * window alone leads to; with output_shape that tensor is the upper left corner of a larger one. Indices are checked
 * when the node runs.
 */
#include "engine/ops/nn/window.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"

struct max_unpool {
    size_t element;
    struct eng_shape corner; /* what Indices count in */
};

/* Where number `index` of the corner lies in the whole output; -1 = outside. */
static int64_t place(const struct max_unpool *m, const struct eng_shape *out, int64_t index)
{
    int64_t at = 0, step = 1;
    if (index < 0)
        return -1;
    for (int i = out->rank - 1; i >= 0; i--) {
        int64_t cell = index % m->corner.dim[i];
        index /= m->corner.dim[i];
        if (cell >= out->dim[i])
            return -1;
        at += cell * step;
        step *= out->dim[i];
    }
    return index ? -1 : at;
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct max_unpool *m = k->state;
    int64_t n = eng_shape_count(&call->in[0].shape);
    const int64_t *index = call->in[1].data;
    memset(call->out[0].data, 0, (size_t)eng_shape_count(&call->out[0].shape) * m->element);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = place(m, &call->out[0].shape, index[i]);
        if (at < 0)
            return oc_err_set(call->err, OC_E_INVALID, "MaxUnpool: index %lld is outside the output", (long long)index[i]);
        memcpy((char *)call->out[0].data + (size_t)at * m->element, (const char *)call->in[0].data + (size_t)i * m->element, m->element);
    }
    return OC_OK;
}

/* The smallest size that pools to the input's: (in - 1) * stride + kernel - padding; output_shape may ask for a larger one. */
static enum oc_status corner_shape(struct oc_err *err, const struct eng_node *n, const struct eng_shape *in, struct eng_shape *out)
{
    static const int64_t ones[2 * ENG_WINDOW_DIMS] = {1, 1, 1, 1, 1, 1}, zeros[2 * ENG_WINDOW_DIMS];
    size_t n_kernel, n_stride, n_pad, dims = (size_t)in->rank - 2;
    const int64_t *kernel = eng_node_ints(n, "kernel_shape", &n_kernel), *stride = eng_node_ints(n, "strides", &n_stride),
                  *pad = eng_node_ints(n, "pads", &n_pad);
    if (!kernel || n_kernel != dims || (stride && n_stride != dims) || (pad && n_pad != 2 * dims))
        return eng_bad_node(err, n, "kernel_shape, strides or pads do not fit %zu spatial dimensions", dims);
    stride = stride ? stride : ones;
    pad = pad ? pad : zeros;
    *out = *in;
    for (size_t i = 0; i < dims; i++) {
        if (kernel[i] < 1 || kernel[i] > LIM_WINDOW || stride[i] < 1 || stride[i] > LIM_WINDOW || pad[i] < 0 || pad[i] > LIM_WINDOW ||
            pad[i + dims] < 0 || pad[i + dims] > LIM_WINDOW || in->dim[i + 2] > LIM_WINDOW)
            return eng_bad_node(err, n, "kernel, stride, padding or size of dimension %zu is out of range", i);
        out->dim[i + 2] = in->dim[i + 2] ? (in->dim[i + 2] - 1) * stride[i] + kernel[i] - pad[i] - pad[i + dims] : 0;
        if (in->dim[i + 2] && out->dim[i + 2] < 1)
            return eng_bad_node(err, n, "dimension %zu would have size %lld", i, (long long)out->dim[i + 2]);
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = eng_need_type(c, 1, ENG_T(I64));
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    if (c->node->channels_last)
        return eng_bad_node(c->err, c->node, "channels-last tensors are not supported");
    if (in->rank < 3 || in->rank > 2 + ENG_WINDOW_DIMS)
        return eng_bad_node(c->err, c->node, "input has %d dimensions; batch, channels and 1 to 3 spatial ones are needed", in->rank);
    if (!eng_shape_equal(in, &c->in[1]->shape))
        return eng_bad_node(c->err, c->node, "indices have another shape than the input");
    c->out[0].dtype = c->in[0]->dtype;
    st = corner_shape(c->err, c->node, in, &c->out[0].shape);
    const struct eng_value *wanted = eng_infer_in(c, 2);
    if (st || !wanted)
        return st;
    int64_t sizes[LIM_TENSOR_RANK];
    size_t count;
    st = eng_const_ints(c->err, c->node, wanted, sizes, LIM_TENSOR_RANK, &count);
    if (st)
        return st;
    if (count != (size_t)in->rank)
        return eng_bad_node(c->err, c->node, "output_shape has %zu numbers for %d dimensions", count, in->rank);
    for (int i = 0; i < in->rank; i++)
        c->out[0].shape.dim[i] = sizes[i];
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct max_unpool m = {.element = eng_dtype_size(c->in[0]->dtype)};
    enum oc_status st = corner_shape(c->err, c->node, &c->in[0]->shape, &m.corner);
    if (!st) /* indices are reduced by these sizes: a corner of impossible size must not get past here */
        st = eng_shape_check(c->err, "MaxUnpool", c->in[0]->dtype, &m.corner);
    if (st)
        return st;
    k->run = run;
    k->impl = "max unpool";
    return eng_keep_state(c, k, &m, sizeof m);
}

const struct eng_op_def eng_ops_max_unpool[] = {
    {"", "MaxUnpool", 9, 0, 2, 3, 1, 1, 1u << 2, 0, infer, prepare},
    {.name = NULL},
};

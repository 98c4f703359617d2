/*
 * Conv and ConvTranspose: shapes and attributes; the arithmetic is in conv_kernel.c. With node->channels_last, X and Y
 * are N,H,W,C in memory and in their shapes; W stays as ONNX has it.
 */
#include "engine/ops/linear/linear.h"
#include "engine/ops/tables.h"
#include "engine/ops/types.h"

static enum oc_status sizes(struct oc_err *err, const struct eng_node *n, const struct eng_shape *x, const struct eng_shape *w,
                            bool transposed, struct eng_conv_shape *s)
{
    int dims = x->rank - 2;
    if (dims < 1 || dims > ENG_WINDOW_DIMS)
        return eng_bad_node(err, n, "X has %d dimensions; 3 to 5 are implemented", x->rank);
    if (w->rank != x->rank)
        return eng_bad_node(err, n, "X has %d dimensions, W %d", x->rank, w->rank);
    if (n->channels_last && dims != 2)
        return eng_bad_node(err, n, "channels-last layout with %d spatial dimensions", dims);
    *s = (struct eng_conv_shape){.n = x->dim[0], .transposed = transposed, .channels_last = n->channels_last};
    s->planes = n->channels_last && eng_node_int(n, "planes", 0) != 0;
    bool last = n->channels_last && !s->planes;
    s->c_in = x->dim[last ? x->rank - 1 : 1];
    s->groups = eng_node_int(n, "group", 1);
    if (s->groups < 1 || s->groups > s->c_in || s->c_in % s->groups)
        return eng_bad_node(err, n, "group is %lld with %lld input channels", (long long)s->groups, (long long)s->c_in);
    int64_t expected = transposed ? s->c_in : s->c_in / s->groups, given = w->dim[transposed ? 0 : 1];
    if (given != expected)
        return eng_bad_node(err, n, "W has %lld input channels, X with its groups needs %lld", (long long)given, (long long)expected);
    if (transposed ? w->dim[1] < 1 || w->dim[1] > INT32_MAX / s->groups : w->dim[0] < 1 || w->dim[0] % s->groups)
        return eng_bad_node(err, n, "W has %lld output channels in %lld groups", (long long)w->dim[!!transposed], (long long)s->groups);
    s->c_out = transposed ? w->dim[1] * s->groups : w->dim[0];
    s->window.dims = dims;
    for (int d = 0; d < dims; d++)
        s->window.in[d] = x->dim[(last ? 1 : 2) + d];
    return OC_OK;
}

/* Output size and padding of one dimension of ConvTranspose (ONNX operator document). */
static enum oc_status transposed_size(struct oc_err *err, const struct eng_node *n, struct eng_window *w, int d, int64_t output_padding,
                                      const int64_t *wanted, const char *auto_pad)
{
    bool same = !strcmp(auto_pad, "SAME_UPPER") || !strcmp(auto_pad, "SAME_LOWER");
    int64_t full = w->stride[d] * (w->in[d] - 1) + output_padding + (w->kernel[d] - 1) * w->dilation[d] + 1;
    if (wanted || same) {
        w->out[d] = wanted ? wanted[d] : w->in[d] * w->stride[d];
        int64_t total = full - w->out[d];
        total = total < 0 ? 0 : total;
        w->pad_begin[d] = !strcmp(auto_pad, "SAME_UPPER") ? total / 2 : total - total / 2;
        w->pad_end[d] = total - w->pad_begin[d];
    } else {
        if (!strcmp(auto_pad, "VALID"))
            w->pad_begin[d] = w->pad_end[d] = 0;
        w->out[d] = full - w->pad_begin[d] - w->pad_end[d];
    }
    if (w->out[d] < 1 || w->out[d] > INT32_MAX)
        return eng_bad_node(err, n, "output size %lld in dimension %d", (long long)w->out[d], d);
    return OC_OK;
}

/* An optional list of `count` numbers in 0..INT32_MAX. */
static enum oc_status list(struct oc_err *err, const struct eng_node *n, const char *name, int count, int64_t low, const int64_t **out)
{
    size_t given;
    *out = eng_node_ints(n, name, &given);
    if (!*out)
        return OC_OK;
    if (given != (size_t)count)
        return eng_bad_node(err, n, "%s has %zu values, %d are needed", name, given, count);
    for (int i = 0; i < count; i++)
        if ((*out)[i] < low || (*out)[i] > INT32_MAX)
            return eng_bad_node(err, n, "%s[%d] is %lld", name, i, (long long)(*out)[i]);
    return OC_OK;
}

static enum oc_status transposed_window(struct oc_err *err, const struct eng_node *n, const int64_t *kernel, struct eng_window *w)
{
    const int64_t *strides, *dilations, *pads, *padding, *wanted;
    int dims = w->dims;
    enum oc_status st = list(err, n, "strides", dims, 1, &strides);
    if (!st)
        st = list(err, n, "dilations", dims, 1, &dilations);
    if (!st)
        st = list(err, n, "pads", 2 * dims, 0, &pads);
    if (!st)
        st = list(err, n, "output_padding", dims, 0, &padding);
    if (!st)
        st = list(err, n, "output_shape", dims, 1, &wanted);
    const char *auto_pad = eng_node_string(n, "auto_pad", "NOTSET");
    for (int d = 0; !st && d < dims; d++) {
        w->kernel[d] = kernel[d];
        w->stride[d] = strides ? strides[d] : 1;
        w->dilation[d] = dilations ? dilations[d] : 1;
        w->pad_begin[d] = pads ? pads[d] : 0;
        w->pad_end[d] = pads ? pads[d + dims] : 0;
        if (kernel[d] < 1 || kernel[d] > INT32_MAX || w->in[d] < 1 || w->in[d] > INT32_MAX)
            return eng_bad_node(err, n, "kernel size %lld over input size %lld", (long long)kernel[d], (long long)w->in[d]);
        st = transposed_size(err, n, w, d, padding ? padding[d] : 0, wanted, auto_pad);
    }
    return st;
}

static enum oc_status read_shape(struct oc_err *err, const struct eng_node *n, const struct eng_value *x, const struct eng_value *w,
                                 bool transposed, struct eng_conv_shape *s)
{
    enum oc_status st = sizes(err, n, &x->shape, &w->shape, transposed, s);
    if (st)
        return st;
    if (transposed)
        return transposed_window(err, n, w->shape.dim + 2, &s->window);
    int64_t in[ENG_WINDOW_DIMS];
    for (int d = 0; d < s->window.dims; d++)
        in[d] = s->window.in[d];
    return eng_window(err, n, s->window.dims, in, w->shape.dim + 2, &s->window);
}

static enum oc_status infer(struct eng_infer *c, bool transposed)
{
    struct eng_conv_shape s;
    enum oc_status st = eng_need_same_types(c, 0, 2, ENG_T_FLOAT);
    if (!st)
        st = read_shape(c->err, c->node, c->in[0], c->in[1], transposed, &s);
    if (st)
        return st;
    const struct eng_value *b = eng_infer_in(c, 2);
    if (b && (b->shape.rank != 1 || b->shape.dim[0] != s.c_out))
        return eng_bad_node(c->err, c->node, "B must be %lld numbers", (long long)s.c_out);
    int rank = s.window.dims + 2;
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape.rank = rank;
    c->out[0].shape.dim[0] = s.n;
    c->out[0].shape.dim[s.channels_last ? rank - 1 : 1] = s.c_out;
    for (int d = 0; d < s.window.dims; d++)
        c->out[0].shape.dim[(s.channels_last ? 1 : 2) + d] = s.window.out[d];
    return OC_OK;
}

static enum oc_status infer_conv(struct eng_infer *c)
{
    return infer(c, false);
}

static enum oc_status infer_transposed(struct eng_infer *c)
{
    return infer(c, true);
}

static enum oc_status prepare(const struct eng_prepare *c, bool transposed, struct eng_kernel *k)
{
    struct eng_conv_shape s;
    enum oc_status st = read_shape(c->err, c->node, c->in[0], c->in[1], transposed, &s);
    return st ? st : eng_conv_kernel(c, &s, k);
}

static enum oc_status prepare_conv(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, false, k);
}

static enum oc_status prepare_transposed(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, true, k);
}

const struct eng_op_def eng_ops_conv[] = {
    {.domain = "",
     .name = "Conv",
     .since = 1,
     .min_in = 2,
     .max_in = 3,
     .min_out = 1,
     .max_out = 1,
     .infer = infer_conv,
     .prepare = prepare_conv},
    {.domain = "",
     .name = "ConvTranspose",
     .since = 1,
     .min_in = 2,
     .max_in = 3,
     .min_out = 1,
     .max_out = 1,
     .infer = infer_transposed,
     .prepare = prepare_transposed},
    {.name = NULL},
};

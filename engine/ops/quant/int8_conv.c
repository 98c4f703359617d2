/*
 * ConvInteger (int32 out) and QLinearConv (requantised): 1 to 3 spatial dimensions, groups, zero point of the weights
 * per tensor or per output channel. Padding has the value of the zero point, that is nothing is added for it.
 * Plain loops; correct first, the fast ones belong to a backend.
 */
#include "engine/ops/nn/window.h"
#include "engine/ops/parallel.h"
#include "engine/ops/quant/integer.h"
#include "engine/ops/state.h"

struct conv {
    bool requantise;
    enum eng_dtype x, w, y;
    struct eng_window win; /* 3 dimensions; missing outer ones have size 1 */
    int64_t images, c_in, c_out, groups, in_cells, out_cells, kernel_cells;
    int n_in, threads;
};

struct conv_run {
    const struct conv *c;
    const struct eng_call *call;
};

static const struct eng_tensor *input(const struct conv_run *r, int i)
{
    return i < r->c->n_in && r->call->in[i].data ? &r->call->in[i] : NULL;
}

/* The sum of one output cell. base: first element of the group's input channels; w: of the output channel's weights. */
static int32_t cell_sum(const struct conv_run *r, int64_t base, int64_t w, const struct eng_taps t[ENG_WINDOW_DIMS], int32_t x_zero,
                        int32_t w_zero)
{
    const struct conv *c = r->c;
    const void *x = r->call->in[0].data, *weights = r->call->in[c->requantise ? 3 : 1].data;
    uint32_t sum = 0; /* unsigned: a sum too long for int32 wraps */
    for (int64_t channel = 0; channel < c->c_in / c->groups; channel++, base += c->in_cells, w += c->kernel_cells)
        for (int64_t i = 0; i < t[0].count; i++)
            for (int64_t j = 0; j < t[1].count; j++)
                for (int64_t k = 0; k < t[2].count; k++) {
                    int64_t at = ((t[0].begin + i * t[0].step) * c->win.in[1] + t[1].begin + j * t[1].step) * c->win.in[2] + t[2].begin +
                                 k * t[2].step;
                    int64_t tap = ((t[0].skipped + i) * c->win.kernel[1] + t[1].skipped + j) * c->win.kernel[2] + t[2].skipped + k;
                    sum += (uint32_t)((eng_byte_at(c->x, x, base + at) - x_zero) * (eng_byte_at(c->w, weights, w + tap) - w_zero));
                }
    return (int32_t)sum;
}

static void store(const struct conv_run *r, int64_t at, int64_t channel, int32_t sum)
{
    const struct eng_tensor *in = r->call->in;
    if (!r->c->requantise) {
        ((int32_t *)r->call->out[0].data)[at] = sum;
        return;
    }
    const struct eng_tensor *bias = input(r, 8), *w_scale = &in[4];
    float scale = (float)eng_load_f64(w_scale->dtype, w_scale->data, eng_shape_count(&w_scale->shape) == 1 ? 0 : channel);
    float factor = ((const float *)in[1].data)[0] * scale / ((const float *)in[6].data)[0];
    if (bias)
        sum = (int32_t)((uint32_t)sum + (uint32_t)((const int32_t *)bias->data)[channel]);
    ((uint8_t *)r->call->out[0].data)[at] = (uint8_t)eng_requantise(r->c->y, (float)sum, factor, eng_zero_at(&in[7], 0));
}

static void run_planes(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct conv_run *r = arg;
    const struct conv *c = r->c;
    struct eng_taps t[ENG_WINDOW_DIMS];
    (void)slot;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t image = plane / c->c_out, channel = plane % c->c_out, group = channel / (c->c_out / c->groups);
        int64_t base = (image * c->c_in + group * (c->c_in / c->groups)) * c->in_cells,
                w = channel * (c->c_in / c->groups) * c->kernel_cells;
        int32_t x_zero = eng_zero_at(input(r, 2), 0), w_zero = eng_zero_at(input(r, c->requantise ? 5 : 3), channel);
        for (int64_t cell = 0; cell < c->out_cells; cell++) {
            t[0] = eng_window_taps(&c->win, 0, cell / c->win.out[2] / c->win.out[1]);
            t[1] = eng_window_taps(&c->win, 1, cell / c->win.out[2] % c->win.out[1]);
            t[2] = eng_window_taps(&c->win, 2, cell % c->win.out[2]);
            store(r, plane * c->out_cells + cell, channel, cell_sum(r, base, w, t, x_zero, w_zero));
        }
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct conv *c = k->state;
    struct conv_run r = {c, call};
    eng_split(call->par, c->threads, c->images * c->c_out, run_planes, &r);
    return OC_OK;
}

static enum oc_status read(struct oc_err *err, const struct eng_node *n, const struct eng_shape *x, const struct eng_shape *w,
                           struct conv *c)
{
    c->groups = eng_node_int(n, "group", 1);
    if (x->rank < 3 || x->rank > 2 + ENG_WINDOW_DIMS || w->rank != x->rank)
        return eng_bad_node(err, n, "input has %d dimensions, weights %d; batch, channels and 1 to 3 more are needed", x->rank, w->rank);
    c->images = x->dim[0];
    c->c_in = x->dim[1];
    c->c_out = w->dim[0];
    if (c->groups < 1 || c->c_in % c->groups || c->c_out % c->groups || w->dim[1] != c->c_in / c->groups)
        return eng_bad_node(err, n, "%lld groups, %lld input and %lld output channels do not fit weights of %lld", (long long)c->groups,
                            (long long)c->c_in, (long long)c->c_out, (long long)w->dim[1]);
    return eng_window(err, n, x->rank - 2, x->dim + 2, w->dim + 2, &c->win);
}

#define BYTES (ENG_T(U8) | ENG_T(I8))

static enum oc_status need_list(struct eng_infer *c, int i, uint32_t types, int64_t count)
{
    enum oc_status st = eng_need_type(c, i, types);
    int64_t n = st ? 0 : eng_shape_count(&c->in[i]->shape);
    if (!st && n != 1 && n != count)
        st = eng_bad_node(c->err, c->node, "input %d has %lld numbers; 1 or %lld are supported", i, (long long)n, (long long)count);
    return st;
}

static enum oc_status check_qlinear(struct eng_infer *c, int64_t c_out)
{
    enum oc_status st;
    if ((st = need_list(c, 1, ENG_T(F32), 1)) || (st = need_list(c, 2, BYTES, 1)) || (st = need_list(c, 4, ENG_T(F32), c_out)) ||
        (st = need_list(c, 5, BYTES, c_out)) || (st = need_list(c, 6, ENG_T(F32), 1)) || (st = need_list(c, 7, BYTES, 1)))
        return st;
    if (!eng_infer_in(c, 8))
        return OC_OK;
    st = eng_need_type(c, 8, ENG_T(I32));
    if (!st && eng_shape_count(&c->in[8]->shape) != c_out)
        st = eng_bad_node(c->err, c->node, "the bias needs %lld numbers", (long long)c_out);
    return st;
}

static enum oc_status infer(struct eng_infer *c, bool requantise)
{
    int w = requantise ? 3 : 1;
    struct conv conv = {0};
    enum oc_status st = eng_need_type(c, 0, BYTES);
    if (st || (st = eng_need_type(c, w, BYTES)) || (st = read(c->err, c->node, &c->in[0]->shape, &c->in[w]->shape, &conv)))
        return st;
    if (c->node->channels_last)
        return eng_bad_node(c->err, c->node, "channels-last tensors are not supported");
    if (requantise)
        st = check_qlinear(c, conv.c_out);
    else if (eng_infer_in(c, 2))
        st = need_list(c, 2, BYTES, 1);
    if (!st && !requantise && eng_infer_in(c, 3))
        st = need_list(c, 3, BYTES, conv.c_out);
    if (st)
        return st;
    c->out[0].dtype = requantise ? c->in[7]->dtype : ENG_DT_I32;
    c->out[0].shape = c->in[0]->shape;
    c->out[0].shape.dim[1] = conv.c_out;
    for (int i = 0; i < conv.win.dims; i++)
        c->out[0].shape.dim[2 + i] = conv.win.out[i];
    return OC_OK;
}

static enum oc_status integer_infer(struct eng_infer *c)
{
    return infer(c, false);
}

static enum oc_status qlinear_infer(struct eng_infer *c)
{
    return infer(c, true);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool requantise)
{
    const struct eng_value *w = c->in[requantise ? 3 : 1];
    struct conv conv = {
        .requantise = requantise, .x = c->in[0]->dtype, .w = w->dtype, .y = c->out[0]->dtype, .n_in = c->n_in, .threads = c->threads};
    enum oc_status st = read(c->err, c->node, &c->in[0]->shape, &w->shape, &conv);
    if (st)
        return st;
    eng_window_widen(&conv.win);
    conv.in_cells = conv.win.in[0] * conv.win.in[1] * conv.win.in[2];
    conv.out_cells = conv.win.out[0] * conv.win.out[1] * conv.win.out[2];
    conv.kernel_cells = conv.win.kernel[0] * conv.win.kernel[1] * conv.win.kernel[2];
    k->run = run;
    k->impl = requantise ? "int8 convolution, requantised" : "int8 convolution";
    return eng_keep_state(c, k, &conv, sizeof conv);
}

static enum oc_status integer_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

static enum oc_status qlinear_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

const struct eng_op_def eng_ops_int8_conv[] = {
    {"", "ConvInteger", 10, 0, 2, 4, 1, 1, 0, 0, integer_infer, integer_prepare},
    {"", "QLinearConv", 10, 0, 8, 9, 1, 1, 0, 0, qlinear_infer, qlinear_prepare},
    {.name = NULL},
};

/*
 * BatchNormalization: one factor and one addend a channel, computed at the start of each run (C numbers, not worth
 * keeping). training_mode takes mean and variance from the batch and updates the running ones.
 * Not done: spatial = 0 (statistics for each cell, up to opset 8) and the saved statistics that opsets below 14 could return.
 */
#include "engine/kernels/kernels.h"
#include "engine/ops/norm/moments.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include "base/mem.h"
#include <math.h>

#define PIECE 2048

struct batch_norm {
    enum eng_dtype dtype;
    double epsilon, momentum;
    bool training, channels_last;
    int64_t images, channels, cells;
    int threads, n_out;
};

struct batch_run {
    const struct batch_norm *b;
    const void *x;
    void *y;
    const float *factor, *addend;
};

/* What the batch itself has, and the running statistics it leads to. */
static struct eng_moments batch_moments(const struct batch_norm *b, const struct eng_call *call, int64_t c)
{
    struct eng_moments m,
        old = {eng_load_f64(call->in[3].dtype, call->in[3].data, c), eng_load_f64(call->in[4].dtype, call->in[4].data, c)};
    int64_t image = b->channels * b->cells;
    size_t offset = (size_t)(b->channels_last ? c : c * b->cells) * eng_dtype_size(b->dtype);
    m = eng_moments_of(b->dtype, (const char *)call->in[0].data + offset, b->images, image, b->cells, b->channels_last ? b->channels : 1);
    if (b->n_out > 1)
        eng_store_f64(call->out[1].dtype, call->out[1].data, c, old.mean * b->momentum + m.mean * (1 - b->momentum));
    if (b->n_out > 2)
        eng_store_f64(call->out[2].dtype, call->out[2].data, c, old.variance * b->momentum + m.variance * (1 - b->momentum));
    return m;
}

/* y = x * f + a in pieces that stay in the first-level cache between the two steps. */
static void scale_plane(const float *x, float f, float a, float *y, int64_t n)
{
    const struct eng_kernels *k = eng_kernels();
    for (int64_t i = 0; i < n; i += PIECE) {
        size_t m = (size_t)(n - i < PIECE ? n - i : PIECE);
        k->binary_scalar(ENG_BI_MUL, x + i, f, false, y + i, m);
        k->binary_scalar(ENG_BI_ADD, y + i, a, false, y + i, m);
    }
}

static void run_planes(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct batch_run *r = arg;
    const struct batch_norm *b = r->b;
    (void)slot;
    for (int64_t p = begin; p < end; p++) {
        float f = r->factor[p % b->channels], a = r->addend[p % b->channels];
        if (b->dtype == ENG_DT_F32) {
            scale_plane((const float *)r->x + p * b->cells, f, a, (float *)r->y + p * b->cells, b->cells);
        } else {
            for (int64_t i = p * b->cells; i < (p + 1) * b->cells; i++)
                eng_store_f64(b->dtype, r->y, i, eng_load_f64(b->dtype, r->x, i) * (double)f + (double)a);
        }
    }
}

static void run_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct batch_run *r = arg;
    const struct eng_kernels *k = eng_kernels();
    const struct batch_norm *b = r->b;
    (void)slot;
    for (int64_t p = begin; p < end; p++) {
        if (b->dtype == ENG_DT_F32) {
            float *y = (float *)r->y + p * b->channels;
            k->binary(ENG_BI_MUL, (const float *)r->x + p * b->channels, r->factor, y, (size_t)b->channels);
            k->binary(ENG_BI_ADD, y, r->addend, y, (size_t)b->channels);
        } else {
            for (int64_t c = 0; c < b->channels; c++)
                eng_store_f64(b->dtype, r->y, p * b->channels + c,
                              eng_load_f64(b->dtype, r->x, p * b->channels + c) * (double)r->factor[c] + (double)r->addend[c]);
        }
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct batch_norm *b = k->state;
    float *factor = call->scratch, *addend = factor + b->channels;
    for (int64_t c = 0; c < b->channels; c++) {
        struct eng_moments m = {eng_load_f64(call->in[3].dtype, call->in[3].data, c), eng_load_f64(call->in[4].dtype, call->in[4].data, c)};
        if (b->training)
            m = batch_moments(b, call, c);
        double f = eng_load_f64(call->in[1].dtype, call->in[1].data, c) / sqrt(m.variance + b->epsilon);
        factor[c] = (float)f;
        addend[c] = (float)(eng_load_f64(call->in[2].dtype, call->in[2].data, c) - m.mean * f);
    }
    struct batch_run r = {b, call->in[0].data, call->out[0].data, factor, addend};
    if (b->channels_last)
        eng_split(call->par, b->threads, b->images * b->cells, run_rows, &r);
    else
        eng_split(call->par, b->threads, b->images * b->channels, run_planes, &r);
    return OC_OK;
}

static int64_t channels_of(const struct eng_node *n, const struct eng_shape *s)
{
    return s->rank < 2 ? 1 : s->dim[n->channels_last ? s->rank - 1 : 1];
}

static enum oc_status infer(struct eng_infer *c)
{
    const struct eng_node *n = c->node;
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    for (int i = 1; !st && i < 5; i++) {
        st = eng_need_type(c, i, ENG_T_FLOAT);
        if (!st && (c->in[i]->shape.rank != 1 || c->in[i]->shape.dim[0] != channels_of(n, &c->in[0]->shape)))
            return eng_bad_node(c->err, n, "input %d needs %lld numbers, one for each channel", i,
                                (long long)channels_of(n, &c->in[0]->shape));
    }
    if (st)
        return st;
    if (n->opset < 9 && eng_node_int(n, "spatial", 1) == 0)
        return eng_bad_node(c->err, n, "spatial = 0 is not supported");
    if (c->n_out > (n->opset < 14 ? 1 : 3))
        return eng_bad_node(c->err, n, "%d outputs (statistics for training) are not supported", c->n_out);
    if (c->n_out > 1 && eng_node_int(n, "training_mode", 0) == 0)
        return eng_bad_node(c->err, n, "running statistics as outputs need training_mode = 1");
    for (int i = 1; i < c->n_out; i++) {
        c->out[i].dtype = c->in[3]->dtype;
        c->out[i].shape = c->in[3]->shape;
    }
    return eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *in = &c->in[0]->shape;
    struct batch_norm b = {.dtype = c->in[0]->dtype, .threads = c->threads, .n_out = c->n_out, .channels_last = c->node->channels_last};
    b.epsilon = (double)eng_node_float(c->node, "epsilon", 1e-5f);
    b.momentum = (double)eng_node_float(c->node, "momentum", 0.9f);
    b.training = c->node->opset >= 14 && eng_node_int(c->node, "training_mode", 0) != 0;
    b.images = in->rank > 0 ? in->dim[0] : 1;
    b.channels = channels_of(c->node, in);
    b.cells = b.images && b.channels ? eng_shape_count(in) / b.images / b.channels : 0;
    if (!oc_size_mul((size_t)b.channels, 2 * sizeof(float), &k->scratch_bytes))
        return eng_bad_node(c->err, c->node, "%lld channels are too many", (long long)b.channels);
    k->run = run;
    k->impl = "batch normalization";
    return eng_keep_state(c, k, &b, sizeof b);
}

/* spatial attribute gone: 9; training_mode: 14; separate types for the statistics: 15. */
const struct eng_op_def eng_ops_batch_norm[] = {
    {"", "BatchNormalization", 6, 0, 5, 5, 1, 5, 0, ENG_OP_IN_PLACE, infer, prepare},
    {.name = NULL},
};

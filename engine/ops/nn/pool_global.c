/*
 * GlobalAveragePool, GlobalMaxPool, GlobalLpPool: one number a channel. Channels-last rows are merged into an
 * accumulator of C numbers; otherwise each channel is one contiguous run. An empty image averages to NaN, as numpy says.
 */
#include "engine/kernels/kernels.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

enum kind { GLOBAL_AVERAGE, GLOBAL_MAX, GLOBAL_LP };

struct global_pool {
    enum kind kind;
    enum eng_dtype dtype;
    double norm;
    bool channels_last;
    int64_t images, channels, cells;
    int threads;
};

struct global_run {
    const struct global_pool *g;
    const void *x;
    void *y;
};

static double merge(const struct global_pool *g, double a, double v)
{
    switch (g->kind) {
    case GLOBAL_MAX:
        return v > a || isnan(v) ? v : a;
    case GLOBAL_LP:
        return a + (g->norm == 2 ? v * v : pow(fabs(v), g->norm));
    default:
        return a + v;
    }
}

static double finish(const struct global_pool *g, double a)
{
    switch (g->kind) {
    case GLOBAL_MAX:
        return a;
    case GLOBAL_LP:
        return g->norm == 2 ? sqrt(a) : pow(a, 1 / g->norm);
    default:
        return a / (double)g->cells;
    }
}

static void run_channels(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct global_run *r = arg;
    const struct global_pool *g = r->g;
    int64_t step = g->channels_last ? g->channels : 1;
    (void)slot;
    for (int64_t i = begin; i < end; i++) {
        int64_t image = i / g->channels, channel = i % g->channels;
        int64_t at = g->channels_last ? image * g->cells * g->channels + channel : i * g->cells;
        double a = g->kind == GLOBAL_MAX ? -(double)INFINITY : 0;
        if (g->dtype == ENG_DT_F32 && g->kind == GLOBAL_AVERAGE && step == 1) {
            a = (double)eng_kernels()->sum((const float *)r->x + at, (size_t)g->cells);
        } else {
            for (int64_t j = 0; j < g->cells; j++)
                a = merge(g, a, eng_load_f64(g->dtype, r->x, at + j * step));
        }
        eng_store_f64(g->dtype, r->y, i, finish(g, a));
    }
}

/* float32 average or maximum of N,H,W,C: whole rows of channels merged into the output. */
static void run_images(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct global_run *r = arg;
    const struct global_pool *g = r->g;
    const struct eng_kernels *k = eng_kernels();
    size_t channels = (size_t)g->channels;
    (void)slot;
    for (int64_t image = begin; image < end; image++) {
        const float *x = (const float *)r->x + image * g->cells * g->channels;
        float *y = (float *)r->y + image * g->channels;
        for (size_t c = 0; c < channels; c++)
            y[c] = g->kind == GLOBAL_MAX ? -INFINITY : 0;
        for (int64_t j = 0; j < g->cells; j++)
            k->binary(g->kind == GLOBAL_MAX ? ENG_BI_MAX : ENG_BI_ADD, y, x + j * g->channels, y, channels);
        if (g->kind == GLOBAL_AVERAGE)
            k->binary_scalar(ENG_BI_DIV, y, (float)g->cells, false, y, channels);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct global_pool *g = k->state;
    struct global_run r = {g, call->in[0].data, call->out[0].data};
    if (g->channels_last && g->dtype == ENG_DT_F32 && g->kind != GLOBAL_LP)
        eng_split(call->par, g->threads, g->images, run_images, &r);
    else
        eng_split(call->par, g->threads, g->images * g->channels, run_channels, &r);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    if (in->rank < 2 || (c->node->channels_last && in->rank != 4))
        return eng_bad_node(c->err, c->node, "input has %d dimensions; batch and channels are needed", in->rank);
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = *in;
    for (int i = 1; i < in->rank; i++)
        if (i != (c->node->channels_last ? 3 : 1))
            c->out[0].shape.dim[i] = 1;
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, enum kind kind, const char *impl)
{
    const struct eng_shape *in = &c->in[0]->shape;
    struct global_pool g = {.kind = kind, .dtype = c->in[0]->dtype, .channels_last = c->node->channels_last, .threads = c->threads};
    g.images = in->dim[0];
    g.channels = in->dim[g.channels_last ? 3 : 1];
    g.cells = 1;
    for (int i = 1; i < in->rank; i++)
        if (i != (g.channels_last ? 3 : 1))
            g.cells *= in->dim[i];
    if (kind == GLOBAL_LP)
        g.norm = c->node->opset < 2 ? (double)eng_node_float(c->node, "p", 2) : (double)eng_node_int(c->node, "p", 2);
    if (kind == GLOBAL_LP && !(g.norm > 0))
        return eng_bad_node(c->err, c->node, "p is %g; it must be above 0", g.norm);
    k->run = run;
    k->impl = impl;
    return eng_keep_state(c, k, &g, sizeof g);
}

static enum oc_status prepare_average(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, GLOBAL_AVERAGE, "global average pool");
}

static enum oc_status prepare_max(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, GLOBAL_MAX, "global max pool");
}

static enum oc_status prepare_lp(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, GLOBAL_LP, "global lp pool");
}

const struct eng_op_def eng_ops_pool_global[] = {
    {"", "GlobalAveragePool", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare_average},
    {"", "GlobalMaxPool", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare_max},
    {"", "GlobalLpPool", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare_lp},
    {.name = NULL},
};

/*
 * InstanceNormalization and GroupNormalization: the first is the second with as many groups as channels. Statistics
 * are taken over the channels of a group and all cells of an image; scale and bias are per channel (per group for
 * GroupNormalization 18).
 */
#include "engine/ops/norm/moments.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

struct group_norm {
    enum eng_dtype dtype;
    double epsilon;
    int64_t images, channels, cells, groups, channel_step, cell_step;
    bool scale_by_group;
    int threads;
};

struct group_run {
    const struct group_norm *g;
    const struct eng_tensor *x, *scale, *bias;
    void *y;
};

static void scale_channel(const struct group_run *r, int64_t at, double f, double a)
{
    const struct group_norm *g = r->g;
    if (g->dtype == ENG_DT_F32) {
        const float *x = (const float *)r->x->data + at;
        float *y = (float *)r->y + at, factor = (float)f, addend = (float)a;
        for (int64_t i = 0; i < g->cells; i++)
            y[i * g->cell_step] = x[i * g->cell_step] * factor + addend;
        return;
    }
    for (int64_t i = 0; i < g->cells; i++)
        eng_store_f64(g->dtype, r->y, at + i * g->cell_step, eng_load_f64(g->dtype, r->x->data, at + i * g->cell_step) * f + a);
}

static void run_groups(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct group_run *r = arg;
    const struct group_norm *g = r->g;
    int64_t members = g->channels / g->groups, size = (int64_t)eng_dtype_size(g->dtype);
    (void)slot;
    for (int64_t i = begin; i < end; i++) {
        int64_t image = i / g->groups, first = i % g->groups * members, at = image * g->channels * g->cells + first * g->channel_step;
        struct eng_moments m = eng_moments_of(g->dtype, (const char *)r->x->data + at * size, members, g->channel_step, g->cells,
                                              g->cell_step);
        double inverse = 1 / sqrt(m.variance + g->epsilon);
        for (int64_t c = 0; c < members; c++) {
            int64_t p = g->scale_by_group ? i % g->groups : first + c;
            double f = inverse * eng_load_f64(r->scale->dtype, r->scale->data, p);
            scale_channel(r, at + c * g->channel_step, f, eng_load_f64(r->bias->dtype, r->bias->data, p) - m.mean * f);
        }
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct group_norm *g = k->state;
    struct group_run r = {g, &call->in[0], &call->in[1], &call->in[2], call->out[0].data};
    eng_split(call->par, g->threads, g->images * g->groups, run_groups, &r);
    return OC_OK;
}

static int64_t channels_of(const struct eng_node *n, const struct eng_shape *s)
{
    return s->dim[n->channels_last ? s->rank - 1 : 1];
}

static enum oc_status check_parameters(struct eng_infer *c, int64_t count)
{
    for (int i = 1; i < 3; i++) {
        enum oc_status st = eng_need_type(c, i, ENG_T_FLOAT);
        if (st)
            return st;
        if (c->in[i]->shape.rank != 1 || c->in[i]->shape.dim[0] != count)
            return eng_bad_node(c->err, c->node, "input %d needs %lld numbers", i, (long long)count);
    }
    return eng_infer_same(c);
}

static enum oc_status need_channels(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (!st && c->in[0]->shape.rank < 3)
        st = eng_bad_node(c->err, c->node, "input has %d dimensions; batch, channels and at least one more are needed",
                          c->in[0]->shape.rank);
    return st;
}

static enum oc_status instance_infer(struct eng_infer *c)
{
    enum oc_status st = need_channels(c);
    return st ? st : check_parameters(c, channels_of(c->node, &c->in[0]->shape));
}

static enum oc_status group_infer(struct eng_infer *c)
{
    enum oc_status st = need_channels(c);
    if (st)
        return st;
    int64_t channels = channels_of(c->node, &c->in[0]->shape), groups = eng_node_int(c->node, "num_groups", 0);
    if (groups < 1 || channels % groups)
        return eng_bad_node(c->err, c->node, "num_groups %lld does not divide %lld channels", (long long)groups, (long long)channels);
    return check_parameters(c, c->node->opset < 21 ? groups : channels);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool instance)
{
    const struct eng_shape *in = &c->in[0]->shape;
    bool last = c->node->channels_last;
    struct group_norm g = {.dtype = c->in[0]->dtype, .threads = c->threads, .images = in->dim[0]};
    g.epsilon = (double)eng_node_float(c->node, "epsilon", 1e-5f);
    g.channels = channels_of(c->node, in);
    g.cells = 1;
    for (int i = last ? 1 : 2; i < (last ? in->rank - 1 : in->rank); i++)
        g.cells *= in->dim[i];
    g.groups = instance ? g.channels : eng_node_int(c->node, "num_groups", 1);
    g.scale_by_group = !instance && c->node->opset < 21;
    g.channel_step = last ? 1 : g.cells;
    g.cell_step = last ? g.channels : 1;
    k->run = run;
    k->impl = instance ? "instance normalization" : "group normalization";
    return eng_keep_state(c, k, &g, sizeof g);
}

static enum oc_status instance_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

static enum oc_status group_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

/* GroupNormalization: scale and bias per group in 18, per channel since 21. */
const struct eng_op_def eng_ops_group_norm[] = {
    {"", "InstanceNormalization", 1, 0, 3, 3, 1, 1, 0, 0, instance_infer, instance_prepare},
    {"", "GroupNormalization", 18, 0, 3, 3, 1, 1, 0, 0, group_infer, group_prepare},
    {.name = NULL},
};

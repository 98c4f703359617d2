/*
 * LRN: y = x / (bias + alpha / size * sum of x^2 over neighbouring channels) ^ beta. The neighbours of channel c are
 * c - floor((size - 1) / 2) .. c + ceil((size - 1) / 2), as far as they exist.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

struct lrn {
    enum eng_dtype dtype;
    double alpha_over_size, beta, bias;
    int64_t before, after; /* neighbours on each side */
    int64_t images, channels, cells, channel_step, cell_step;
    int threads;
};

struct lrn_run {
    const struct lrn *l;
    const void *x;
    void *y;
};

static void run_channels(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct lrn_run *r = arg;
    const struct lrn *l = r->l;
    (void)slot;
    for (int64_t i = begin; i < end; i++) {
        int64_t image = i / l->channels, c = i % l->channels, base = image * l->channels * l->cells;
        int64_t first = c < l->before ? 0 : c - l->before, last = l->channels - 1 - c < l->after ? l->channels - 1 : c + l->after;
        for (int64_t j = 0; j < l->cells; j++) {
            int64_t at = base + j * l->cell_step;
            double sum = 0;
            for (int64_t n = first; n <= last; n++) {
                double v = eng_load_f64(l->dtype, r->x, at + n * l->channel_step);
                sum += v * v;
            }
            at += c * l->channel_step;
            eng_store_f64(l->dtype, r->y, at, eng_load_f64(l->dtype, r->x, at) / pow(l->bias + l->alpha_over_size * sum, l->beta));
        }
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct lrn *l = k->state;
    struct lrn_run r = {l, call->in[0].data, call->out[0].data};
    eng_split(call->par, l->threads, l->images * l->channels, run_channels, &r);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (!st && c->in[0]->shape.rank < 2)
        st = eng_bad_node(c->err, c->node, "input has %d dimensions; batch and channels are needed", c->in[0]->shape.rank);
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *in = &c->in[0]->shape;
    bool last = c->node->channels_last;
    int64_t size = eng_node_int(c->node, "size", 0);
    if (size < 1 || size > LIM_WINDOW)
        return eng_bad_node(c->err, c->node, "size is %lld, outside 1..%lld", (long long)size, (long long)LIM_WINDOW);
    struct lrn l = {.dtype = c->in[0]->dtype, .threads = c->threads};
    l.alpha_over_size = (double)eng_node_float(c->node, "alpha", 1e-4f) / (double)size;
    l.beta = (double)eng_node_float(c->node, "beta", 0.75f);
    l.bias = (double)eng_node_float(c->node, "bias", 1.0f);
    l.before = (size - 1) / 2;
    l.after = size / 2;
    l.images = in->dim[0];
    l.channels = in->dim[last ? in->rank - 1 : 1];
    l.cells = 1;
    for (int i = last ? 1 : 2; i < (last ? in->rank - 1 : in->rank); i++)
        l.cells *= in->dim[i];
    l.channel_step = last ? 1 : l.cells;
    l.cell_step = last ? l.channels : 1;
    k->run = run;
    k->impl = "lrn";
    return eng_keep_state(c, k, &l, sizeof l);
}

const struct eng_op_def eng_ops_lrn[] = {
    {"", "LRN", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

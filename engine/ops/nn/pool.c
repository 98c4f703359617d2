/* 1-D and 2-D pools become 3-D ones with outer dimensions of size 1, so that each pool is written once. */
#include "engine/ops/nn/pool.h"

static struct eng_pool_steps steps_of(int64_t channels, const int64_t size[ENG_WINDOW_DIMS], bool channels_last)
{
    struct eng_pool_steps s;
    int64_t step = channels_last ? channels : 1;
    for (int i = ENG_WINDOW_DIMS - 1; i >= 0; i--) {
        s.cell[i] = step;
        step *= size[i];
    }
    s.channel = channels_last ? 1 : step;
    s.image = channels_last ? step : step * channels;
    return s;
}

void eng_pool_place(struct eng_pool *p)
{
    p->in = steps_of(p->channels, p->w.in, p->channels_last);
    p->out = steps_of(p->channels, p->w.out, p->channels_last);
}

enum oc_status eng_pool_read(struct oc_err *err, const struct eng_node *n, const struct eng_shape *in, struct eng_pool *out)
{
    struct eng_pool p = {.dims = in->rank - 2, .channels_last = n->channels_last};
    if (in->rank < 3 || in->rank > 2 + ENG_WINDOW_DIMS || (p.channels_last && in->rank != 4))
        return eng_bad_node(err, n, "input has %d dimensions; batch, channels and 1 to 3 spatial ones are needed", in->rank);
    enum oc_status st = eng_window(err, n, p.dims, in->dim + (p.channels_last ? 1 : 2), NULL, &p.w);
    if (st)
        return st;
    for (int i = 0; i < p.dims; i++) {
        int64_t reach = (p.w.kernel[i] - 1) * p.w.dilation[i] + 1;
        if (p.w.pad_begin[i] >= reach || p.w.pad_end[i] >= reach)
            return eng_bad_node(err, n, "padding %lld and %lld of dimension %d is not smaller than the window of %lld",
                                (long long)p.w.pad_begin[i], (long long)p.w.pad_end[i], i, (long long)reach);
    }
    eng_window_widen(&p.w);
    p.images = in->dim[0];
    p.channels = in->dim[p.channels_last ? 3 : 1];
    *out = p;
    return OC_OK;
}

void eng_pool_shape(const struct eng_pool *p, struct eng_shape *out)
{
    out->rank = p->dims + 2;
    out->dim[0] = p->images;
    out->dim[p->channels_last ? 3 : 1] = p->channels;
    for (int i = 0; i < p->dims; i++)
        out->dim[i + (p->channels_last ? 1 : 2)] = p->w.out[ENG_WINDOW_DIMS - p->dims + i];
}

enum oc_status eng_pool_infer(struct eng_infer *c)
{
    struct eng_pool p;
    enum oc_status st = eng_pool_read(c->err, c->node, &c->in[0]->shape, &p);
    if (st)
        return st;
    for (int i = 0; i < c->n_out; i++) {
        c->out[i].dtype = i ? ENG_DT_I64 : c->in[0]->dtype;
        eng_pool_shape(&p, &c->out[i].shape);
    }
    return OC_OK;
}

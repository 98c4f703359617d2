/* LpPool: the p-norm of each window, cell by cell. Padding counts as 0. p is a float in opset 1, an integer since 2. */
#include "engine/ops/nn/pool.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

struct lp_pool {
    struct eng_pool p;
    enum eng_dtype dtype;
    double norm;
    int threads;
};

struct lp_run {
    const struct lp_pool *l;
    const void *x;
    void *y;
};

static double window_norm(const struct lp_pool *l, const void *x, int64_t base, const struct eng_taps t[ENG_WINDOW_DIMS])
{
    const int64_t *step = l->p.in.cell;
    double sum = 0;
    for (int64_t i = 0; i < t[0].count; i++)
        for (int64_t j = 0; j < t[1].count; j++)
            for (int64_t k = 0; k < t[2].count; k++) {
                int64_t at = base + (t[0].begin + i * t[0].step) * step[0] + (t[1].begin + j * t[1].step) * step[1] +
                             (t[2].begin + k * t[2].step) * step[2];
                double v = fabs(eng_load_f64(l->dtype, x, at));
                sum += l->norm == 2 ? v * v : l->norm == 1 ? v : pow(v, l->norm);
            }
    return l->norm == 2 ? sqrt(sum) : l->norm == 1 ? sum : pow(sum, 1 / l->norm);
}

static void run_planes(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct lp_run *r = arg;
    const struct eng_pool *p = &r->l->p;
    struct eng_taps t[ENG_WINDOW_DIMS];
    (void)slot;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t image = plane / p->channels, channel = plane % p->channels;
        int64_t from = image * p->in.image + channel * p->in.channel, to = image * p->out.image + channel * p->out.channel;
        for (int64_t i = 0; i < p->w.out[0]; i++) {
            t[0] = eng_window_taps(&p->w, 0, i);
            for (int64_t j = 0; j < p->w.out[1]; j++) {
                t[1] = eng_window_taps(&p->w, 1, j);
                for (int64_t k = 0; k < p->w.out[2]; k++) {
                    t[2] = eng_window_taps(&p->w, 2, k);
                    eng_store_f64(r->l->dtype, r->y, to + i * p->out.cell[0] + j * p->out.cell[1] + k * p->out.cell[2],
                                  window_norm(r->l, r->x, from, t));
                }
            }
        }
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct lp_pool *l = k->state;
    struct lp_run r = {l, call->in[0].data, call->out[0].data};
    eng_split(call->par, l->threads, l->p.images * l->p.channels, run_planes, &r);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    return st ? st : eng_pool_infer(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct lp_pool l = {.dtype = c->in[0]->dtype, .threads = c->threads};
    enum oc_status st = eng_pool_read(c->err, c->node, &c->in[0]->shape, &l.p);
    if (st)
        return st;
    eng_pool_place(&l.p);
    l.norm = c->node->opset < 2 ? (double)eng_node_float(c->node, "p", 2) : (double)eng_node_int(c->node, "p", 2);
    if (!(l.norm > 0))
        return eng_bad_node(c->err, c->node, "p is %g; it must be above 0", l.norm);
    k->run = run;
    k->impl = "lp pool";
    return eng_keep_state(c, k, &l, sizeof l);
}

/* ceil_mode and dilations: 18. */
const struct eng_op_def eng_ops_pool_lp[] = {
    {.domain = "", .name = "LpPool", .since = 1, .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1, .infer = infer, .prepare = prepare},
    {.name = NULL},
};

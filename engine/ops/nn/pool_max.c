/*
 * MaxPool. float32 in two dimensions without Indices goes row by row (pool_rows.h); everything else cell by cell.
 * NaN wins, as in PyTorch. A window that sees only padding (possible with dilations) gives the lowest value.
 */
#include "engine/ops/nn/pool.h"
#include "engine/ops/nn/pool_rows.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

struct max_pool {
    struct eng_pool p;
    enum eng_dtype dtype;
    bool indices;
    bool column_major; /* how Indices count the cells of a plane */
    int threads;
    size_t line; /* floats */
};

struct max_run {
    const struct max_pool *m;
    const void *x;
    void *y;
    int64_t *indices; /* NULL = not wanted */
    float *scratch;
};

static double lowest(enum eng_dtype t)
{
    return t == ENG_DT_U8 ? 0 : t == ENG_DT_I8 ? -128 : -(double)INFINITY;
}

/* One output cell: the maximum, and where it was (cell numbers along the three dimensions; -1 = nowhere). */
static double window_max(const struct max_pool *m, const void *x, int64_t base, const struct eng_taps t[ENG_WINDOW_DIMS],
                         int64_t where[ENG_WINDOW_DIMS])
{
    const int64_t *step = m->p.in.cell;
    double best = lowest(m->dtype);
    where[0] = -1;
    for (int64_t i = 0; i < t[0].count; i++)
        for (int64_t j = 0; j < t[1].count; j++)
            for (int64_t k = 0; k < t[2].count; k++) {
                int64_t at[ENG_WINDOW_DIMS] = {t[0].begin + i * t[0].step, t[1].begin + j * t[1].step, t[2].begin + k * t[2].step};
                double v = eng_load_f64(m->dtype, x, base + at[0] * step[0] + at[1] * step[1] + at[2] * step[2]);
                if (where[0] < 0 || v > best || (isnan(v) && !isnan(best))) {
                    best = v;
                    memcpy(where, at, sizeof at);
                }
            }
    return best;
}

/* Indices count in N,C,spatial order whatever the layout; inside a plane row by row or column by column. */
static int64_t index_of(const struct max_pool *m, int64_t plane, const int64_t where[ENG_WINDOW_DIMS])
{
    const int64_t *in = m->p.w.in;
    if (where[0] < 0)
        return -1;
    int64_t cell = m->column_major ? where[0] + in[0] * (where[1] + in[1] * where[2]) : (where[0] * in[1] + where[1]) * in[2] + where[2];
    return plane * in[0] * in[1] * in[2] + cell;
}

static void run_planes(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct max_run *r = arg;
    const struct eng_pool *p = &r->m->p;
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
                    int64_t where[ENG_WINDOW_DIMS], at = to + i * p->out.cell[0] + j * p->out.cell[1] + k * p->out.cell[2];
                    eng_store_f64(r->m->dtype, r->y, at, window_max(r->m, r->x, from, t, where));
                    if (r->indices)
                        r->indices[at] = index_of(r->m, plane, where);
                }
            }
        }
    }
}

static enum oc_status run_cells(const struct eng_kernel *k, struct eng_call *call)
{
    const struct max_pool *m = k->state;
    struct max_run r = {m, call->in[0].data, call->out[0].data, NULL, NULL};
    if (m->indices)
        r.indices = call->out[1].data;
    eng_split(call->par, m->threads, m->p.images * m->p.channels, run_planes, &r);
    return OC_OK;
}

static void run_some_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct max_run *r = arg;
    eng_pool_rows(&r->m->p, ENG_POOL_MAX, r->x, r->y, r->scratch + (size_t)slot * r->m->line, begin, end);
}

static enum oc_status run_rows(const struct eng_kernel *k, struct eng_call *call)
{
    const struct max_pool *m = k->state;
    struct max_run r = {m, call->in[0].data, call->out[0].data, NULL, call->scratch};
    eng_split(call->par, m->threads, eng_pool_row_count(&m->p), run_some_rows, &r);
    return OC_OK;
}

static enum oc_status max_infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT | ENG_T(U8) | ENG_T(I8));
    return st ? st : eng_pool_infer(c);
}

static enum oc_status max_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct max_pool m = {.dtype = c->in[0]->dtype, .threads = c->threads < 1 ? 1 : c->threads};
    enum oc_status st = eng_pool_read(c->err, c->node, &c->in[0]->shape, &m.p);
    if (st)
        return st;
    eng_pool_place(&m.p);
    m.column_major = eng_node_int(c->node, "storage_order", 0) != 0;
    m.indices = c->n_out > 1 && c->out[1];
    if (m.dtype == ENG_DT_F32 && !m.indices && m.p.dims <= 2) {
        m.line = eng_pool_line(&m.p);
        if (!oc_size_mul(m.line * sizeof(float), (size_t)m.threads, &k->scratch_bytes))
            return eng_bad_node(c->err, c->node, "a row of %zu numbers for %d threads is too much scratch memory", m.line, m.threads);
        k->run = run_rows;
        k->impl = "max pool by rows";
    } else {
        k->run = run_cells;
        k->impl = "max pool by cells";
    }
    return eng_keep_state(c, k, &m, sizeof m);
}

/* auto_pad and pads: 1; Indices and storage_order: 8; ceil_mode and dilations: 10; int8 and uint8: 12. */
const struct eng_op_def eng_ops_pool_max[] = {
    {.domain = "",
     .name = "MaxPool",
     .since = 1,
     .min_in = 1,
     .max_in = 1,
     .min_out = 1,
     .max_out = 2,
     .infer = max_infer,
     .prepare = max_prepare},
    {.name = NULL},
};

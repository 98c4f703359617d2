/*
 * AveragePool. float32 in one and two dimensions goes row by row (pool_rows.h), three dimensions cell by cell.
 *
 * What a window is divided by: the cells of the input that it sees; with count_include_pad those that lie in the input or
 * its padding. With ceil_mode the last window may reach over the padding's end, and that part never counts: so do
 * PyTorch and ONNX Runtime at every opset, ONNX's own document since 19.
 */
#include "engine/ops/nn/pool.h"
#include "engine/ops/nn/pool_rows.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"

struct average_pool {
    struct eng_pool p;
    bool include_pad;
    int threads;
    size_t line; /* floats */
};

struct average_run {
    const struct average_pool *a;
    const float *x;
    float *y, *scratch;
};

/* Cells that count along dimension d for output position o. */
static int64_t cells_counted(const struct average_pool *a, int d, int64_t o, const struct eng_taps *t)
{
    const struct eng_window *w = &a->p.w;
    if (!a->include_pad)
        return t->count;
    int64_t start = o * w->stride[d] - w->pad_begin[d], left = w->in[d] + w->pad_end[d] - start;
    int64_t n = (left + w->dilation[d] - 1) / w->dilation[d];
    return n < w->kernel[d] ? n : w->kernel[d];
}

static void divide_row(const struct average_pool *a, int64_t row, float *y)
{
    struct eng_taps th = eng_window_taps(&a->p.w, 1, row % a->p.w.out[1]);
    int64_t inner = a->p.channels_last ? a->p.channels : 1, high = cells_counted(a, 1, row % a->p.w.out[1], &th);
    for (int64_t o = 0; o < a->p.w.out[2]; o++) {
        struct eng_taps tw = eng_window_taps(&a->p.w, 2, o);
        int64_t n = high * cells_counted(a, 2, o, &tw);
        float scale = n ? 1.0f / (float)n : 0.0f;
        for (int64_t i = 0; i < inner; i++)
            y[o * inner + i] *= scale;
    }
}

static void run_some_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct average_run *r = arg;
    const struct average_pool *a = r->a;
    int64_t width = a->p.w.out[2] * (a->p.channels_last ? a->p.channels : 1);
    eng_pool_rows(&a->p, ENG_POOL_SUM, r->x, r->y, r->scratch + (size_t)slot * a->line, begin, end);
    for (int64_t row = begin; row < end; row++)
        divide_row(a, row, r->y + row * width);
}

static enum oc_status run_rows(const struct eng_kernel *k, struct eng_call *call)
{
    const struct average_pool *a = k->state;
    struct average_run r = {a, call->in[0].data, call->out[0].data, call->scratch};
    eng_split(call->par, a->threads, eng_pool_row_count(&a->p), run_some_rows, &r);
    return OC_OK;
}

static float window_average(const struct average_pool *a, const float *x, const struct eng_taps t[ENG_WINDOW_DIMS], int64_t counted)
{
    const int64_t *step = a->p.in.cell;
    double sum = 0;
    for (int64_t i = 0; i < t[0].count; i++)
        for (int64_t j = 0; j < t[1].count; j++)
            for (int64_t k = 0; k < t[2].count; k++)
                sum += (double)x[(t[0].begin + i * t[0].step) * step[0] + (t[1].begin + j * t[1].step) * step[1] +
                                 (t[2].begin + k * t[2].step) * step[2]];
    return counted ? (float)(sum / (double)counted) : 0.0f;
}

static void run_planes(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct average_run *r = arg;
    const struct eng_pool *p = &r->a->p;
    struct eng_taps t[ENG_WINDOW_DIMS];
    (void)slot;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t image = plane / p->channels, channel = plane % p->channels;
        const float *x = r->x + image * p->in.image + channel * p->in.channel;
        float *y = r->y + image * p->out.image + channel * p->out.channel;
        for (int64_t i = 0; i < p->w.out[0]; i++) {
            t[0] = eng_window_taps(&p->w, 0, i);
            for (int64_t j = 0; j < p->w.out[1]; j++) {
                t[1] = eng_window_taps(&p->w, 1, j);
                int64_t outer = cells_counted(r->a, 0, i, &t[0]) * cells_counted(r->a, 1, j, &t[1]);
                for (int64_t k = 0; k < p->w.out[2]; k++) {
                    t[2] = eng_window_taps(&p->w, 2, k);
                    y[i * p->out.cell[0] + j * p->out.cell[1] + k * p->out.cell[2]] = window_average(
                        r->a, x, t, outer * cells_counted(r->a, 2, k, &t[2]));
                }
            }
        }
    }
}

static enum oc_status run_cells(const struct eng_kernel *k, struct eng_call *call)
{
    const struct average_pool *a = k->state;
    struct average_run r = {a, call->in[0].data, call->out[0].data, NULL};
    eng_split(call->par, a->threads, a->p.images * a->p.channels, run_planes, &r);
    return OC_OK;
}

static enum oc_status average_infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T(F32));
    return st ? st : eng_pool_infer(c);
}

static enum oc_status average_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct average_pool a = {.threads = c->threads < 1 ? 1 : c->threads};
    enum oc_status st = eng_pool_read(c->err, c->node, &c->in[0]->shape, &a.p);
    if (st)
        return st;
    eng_pool_place(&a.p);
    a.include_pad = eng_node_int(c->node, "count_include_pad", 0) != 0;
    if (a.p.dims <= 2) {
        a.line = eng_pool_line(&a.p);
        if (!oc_size_mul(a.line * sizeof(float), (size_t)a.threads, &k->scratch_bytes))
            return eng_bad_node(c->err, c->node, "a row of %zu numbers for %d threads is too much scratch memory", a.line, a.threads);
        k->run = run_rows;
        k->impl = "average pool by rows";
    } else {
        k->run = run_cells;
        k->impl = "average pool by cells";
    }
    return eng_keep_state(c, k, &a, sizeof a);
}

/* count_include_pad: 7; ceil_mode: 10; dilations: 19. */
const struct eng_op_def eng_ops_pool_average[] = {
    {.domain = "",
     .name = "AveragePool",
     .since = 1,
     .min_in = 1,
     .max_in = 1,
     .min_out = 1,
     .max_out = 1,
     .infer = average_infer,
     .prepare = average_prepare},
    {.name = NULL},
};

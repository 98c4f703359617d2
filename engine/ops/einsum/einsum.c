/*
 * Einsum as plain loops: for each place of the output, the sum over the other labels of the product of all operands.
 * Two float32 operands have two quicker ways: dot products where both are dense along a summed label, and rows added
 * up where one operand and the output are dense along the last label. There is no search for a better order of
 * contraction; matrix products proper are better written as MatMul.
 */
#include "engine/kernels/kernels.h"
#include "engine/ops/einsum/equation.h"
#include "engine/ops/types.h"

struct state {
    struct eng_einsum e;
    enum eng_dtype type;
    enum { PLAIN, DOT, ROWS } way;
    int dense; /* ROWS: the operand that is dense along the last output loop */
};

struct job {
    const struct state *s;
    const struct eng_tensor *in;
    void *out;
    int64_t per_piece, units;
};

/* Adds to offset[] the places of position `index` of the loops first..last-1. */
static void place(const struct eng_einsum *e, int first, int last, int64_t index, int64_t offset[ENG_EINSUM_IN])
{
    for (int l = last - 1; l >= first; l--) {
        int64_t at = index % e->dim[l];
        index /= e->dim[l];
        for (int i = 0; i < e->n_in; i++)
            offset[i] += at * e->stride[i][l];
    }
}

static void plain(const struct state *s, const struct eng_tensor *in, void *out, int64_t index)
{
    const struct eng_einsum *e = &s->e;
    int64_t base[ENG_EINSUM_IN] = {0};
    bool integer = eng_type_in(s->type, ENG_T_INTEGER);
    double sum = 0;
    uint64_t isum = 0;
    place(e, 0, e->n_out, index, base);
    for (int64_t k = 0; k < e->sum_count; k++) {
        int64_t at[ENG_EINSUM_IN];
        double product = 1;
        uint64_t iproduct = 1;
        for (int i = 0; i < e->n_in; i++)
            at[i] = base[i];
        place(e, e->n_out, e->n_out + e->n_sum, k, at);
        for (int i = 0; i < e->n_in; i++)
            if (integer)
                iproduct *= (uint64_t)eng_load_i64(s->type, in[i].data, at[i]);
            else
                product *= eng_load_f64(s->type, in[i].data, at[i]);
        sum += product;
        isum += iproduct;
    }
    if (integer)
        eng_store_i64(s->type, out, index, (int64_t)isum);
    else
        eng_store_f64(s->type, out, index, sum);
}

static void dot(const struct state *s, const struct eng_tensor *in, float *out, int64_t index)
{
    const struct eng_einsum *e = &s->e;
    const float *a = in[0].data, *b = in[1].data;
    int last = e->n_out + e->n_sum - 1;
    int64_t base[ENG_EINSUM_IN] = {0}, n = e->dim[last];
    double sum = 0;
    place(e, 0, e->n_out, index, base);
    for (int64_t k = 0; k < e->sum_count / n; k++) {
        int64_t at[ENG_EINSUM_IN] = {base[0], base[1]};
        place(e, e->n_out, last, k, at);
        sum += (double)eng_kernels()->dot(a + at[0], b + at[1], (size_t)n);
    }
    out[index] = (float)sum;
}

static void row(const struct state *s, const struct eng_tensor *in, float *out, int64_t index)
{
    const struct eng_einsum *e = &s->e;
    const float *scale = in[!s->dense].data, *x = in[s->dense].data;
    int64_t base[ENG_EINSUM_IN] = {0}, n = e->dim[e->n_out - 1];
    float *y = out + index * n;
    place(e, 0, e->n_out - 1, index, base);
    for (int64_t i = 0; i < n; i++)
        y[i] = 0;
    for (int64_t k = 0; k < e->sum_count; k++) {
        int64_t at[ENG_EINSUM_IN] = {base[0], base[1]};
        place(e, e->n_out, e->n_out + e->n_sum, k, at);
        eng_kernels()->axpy(scale[at[!s->dense]], x + at[s->dense], y, (size_t)n);
    }
}

static void run_piece(void *arg, size_t piece)
{
    const struct job *j = arg;
    int64_t begin = (int64_t)piece * j->per_piece, end = begin + j->per_piece < j->units ? begin + j->per_piece : j->units;
    for (int64_t i = begin; i < end; i++)
        if (j->s->way == PLAIN)
            plain(j->s, j->in, j->out, i);
        else if (j->s->way == DOT)
            dot(j->s, j->in, j->out, i);
        else
            row(j->s, j->in, j->out, i);
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    struct job j = {.s = s, .in = call->in, .out = call->out[0].data, .units = s->e.out_count};
    int64_t work = s->e.sum_count;
    if (s->way == ROWS && j.units > 0) {
        j.units /= s->e.dim[s->e.n_out - 1];
        work *= s->e.dim[s->e.n_out - 1];
    }
    j.per_piece = work > 0 ? 16384 / work + 1 : 16384;
    oc_par_for(call->par, (size_t)((j.units + j.per_piece - 1) / j.per_piece), run_piece, &j);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct eng_einsum e;
    enum oc_status st = eng_need_same_types(c, 0, c->n_in - 1, ENG_T_NUMERIC);
    for (int i = 1; !st && i < c->n_in; i++)
        st = eng_need_type(c, i, ENG_T_NUMERIC);
    if (!st)
        st = eng_einsum_parse(c->err, c->node, c->in, c->n_in, &e);
    if (st)
        return st;
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = e.out;
    return OC_OK;
}

static void swap_loops(struct eng_einsum *e, int a, int b)
{
    int64_t t = e->dim[a];
    e->dim[a] = e->dim[b];
    e->dim[b] = t;
    for (int i = 0; i < e->n_in; i++) {
        t = e->stride[i][a];
        e->stride[i][a] = e->stride[i][b];
        e->stride[i][b] = t;
    }
}

static void choose_way(struct state *s)
{
    struct eng_einsum *e = &s->e;
    int last = e->n_out - 1, loops = e->n_out + e->n_sum;
    s->way = PLAIN;
    if (s->type != ENG_DT_F32 || e->n_in != 2 || e->out_count == 0 || e->sum_count == 0)
        return;
    for (int i = 0; i < 2 && last >= 0; i++)
        if (e->stride[i][last] == 1 && e->stride[!i][last] == 0) {
            s->way = ROWS;
            s->dense = i;
        }
    for (int l = e->n_out; l < loops && s->way == PLAIN; l++)
        if (e->stride[0][l] == 1 && e->stride[1][l] == 1) {
            s->way = DOT;
            swap_loops(e, l, loops - 1);
        }
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    static const char *const names[] = {"einsum", "einsum:dot", "einsum:rows"};
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "Einsum", sizeof *s);
    k->state = s;
    s->type = c->in[0]->dtype;
    enum oc_status st = eng_einsum_parse(c->err, c->node, c->in, c->n_in, &s->e);
    if (st)
        return st;
    choose_way(s);
    k->run = run;
    k->impl = names[s->way];
    return OC_OK;
}

const struct eng_op_def eng_ops_einsum[] = {
    {"", "Einsum", 12, 0, 1, -1, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

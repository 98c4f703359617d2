/* Det: the determinant of each square matrix, by elimination with row exchange in double. */
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include "base/mem.h"
#include <math.h>

struct det {
    enum eng_dtype dtype;
    int64_t n, count;
};

static double determinant(double *a, int64_t n)
{
    double d = 1;
    for (int64_t c = 0; c < n; c++) {
        int64_t best = c;
        for (int64_t r = c + 1; r < n; r++)
            best = fabs(a[r * n + c]) > fabs(a[best * n + c]) ? r : best;
        d *= best == c ? a[c * n + c] : -a[best * n + c];
        if (a[best * n + c] == 0)
            return 0;
        for (int64_t k = c; k < n && best != c; k++) {
            double t = a[c * n + k];
            a[c * n + k] = a[best * n + k];
            a[best * n + k] = t;
        }
        for (int64_t r = c + 1; r < n; r++) {
            double f = a[r * n + c] / a[c * n + c];
            for (int64_t k = c; k < n; k++)
                a[r * n + k] -= f * a[c * n + k];
        }
    }
    return d;
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct det *d = k->state;
    double *a = call->scratch;
    for (int64_t i = 0; i < d->count; i++) {
        for (int64_t j = 0; j < d->n * d->n; j++)
            a[j] = eng_load_f64(d->dtype, call->in[0].data, i * d->n * d->n + j);
        eng_store_f64(d->dtype, call->out[0].data, i, determinant(a, d->n));
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (st)
        return st;
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = c->in[0]->shape;
    c->out[0].shape.rank -= 2;
    int rank = c->in[0]->shape.rank;
    if (rank < 2 || c->in[0]->shape.dim[rank - 1] != c->in[0]->shape.dim[rank - 2])
        return eng_bad_node(c->err, c->node, "square matrices are needed");
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct det d = {c->in[0]->dtype, c->in[0]->shape.dim[c->in[0]->shape.rank - 1], eng_shape_count(&c->out[0]->shape)};
    size_t cells;
    if (!oc_size_mul((size_t)d.n, (size_t)d.n, &cells) || !oc_size_mul(cells, sizeof(double), &k->scratch_bytes))
        return eng_bad_node(c->err, c->node, "a matrix of %lld rows is too large", (long long)d.n);
    k->run = run;
    k->impl = "determinant";
    return eng_keep_state(c, k, &d, sizeof d);
}

const struct eng_op_def eng_ops_det[] = {
    {"", "Det", 11, 0, 1, 1, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

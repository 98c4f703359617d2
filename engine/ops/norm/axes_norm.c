/*
 * LpNormalization (one axis) and MeanVarianceNormalization (a list of axes). Both see the tensor as sets of elements
 * along some dimensions, one set for each position in the others. Not fast: no current model has them in a hot place.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

/* Added to the deviation by the operator's definition. */
#define DEVIATION_EPSILON 1e-9

struct axes_norm {
    enum eng_dtype dtype;
    int norm; /* 1 or 2: Lp; 0: mean and variance */
    int n_set, n_other;
    int64_t set_dim[LIM_TENSOR_RANK], set_step[LIM_TENSOR_RANK], other_dim[LIM_TENSOR_RANK], other_step[LIM_TENSOR_RANK];
    int64_t set_count, other_count;
    int threads;
};

struct axes_run {
    const struct axes_norm *a;
    const void *x;
    void *y;
};

static int64_t offset_of(int n, const int64_t *dim, const int64_t *step, int64_t index)
{
    int64_t at = 0;
    for (int i = n - 1; i >= 0; i--) {
        at += index % dim[i] * step[i];
        index /= dim[i];
    }
    return at;
}

static double element(const struct axes_run *r, int64_t base, int64_t i, int64_t *at)
{
    const struct axes_norm *a = r->a;
    *at = base + (a->n_set == 1 ? i * a->set_step[0] : offset_of(a->n_set, a->set_dim, a->set_step, i));
    return eng_load_f64(a->dtype, r->x, *at);
}

static void run_sets(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct axes_run *r = arg;
    const struct axes_norm *a = r->a;
    (void)slot;
    for (int64_t s = begin; s < end; s++) {
        int64_t base = offset_of(a->n_other, a->other_dim, a->other_step, s), at;
        double mean = 0, size = 0;
        for (int64_t i = 0; a->norm == 0 && i < a->set_count; i++)
            mean += element(r, base, i, &at) / (double)a->set_count;
        for (int64_t i = 0; i < a->set_count; i++) {
            double v = element(r, base, i, &at) - mean;
            size += a->norm == 1 ? fabs(v) : v * v;
        }
        if (a->norm == 0)
            size = sqrt(size / (double)a->set_count) + DEVIATION_EPSILON;
        else if (a->norm == 2)
            size = sqrt(size);
        for (int64_t i = 0; i < a->set_count; i++) {
            double v = element(r, base, i, &at) - mean;
            eng_store_f64(a->dtype, r->y, at, size == 0 ? 0 : v / size);
        }
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct axes_norm *a = k->state;
    struct axes_run r = {a, call->in[0].data, call->out[0].data};
    eng_split(call->par, a->threads, a->other_count, run_sets, &r);
    return OC_OK;
}

static void add_dim(struct axes_norm *a, bool in_set, int64_t dim, int64_t step)
{
    if (in_set) {
        a->set_dim[a->n_set] = dim;
        a->set_step[a->n_set++] = step;
        a->set_count *= dim;
    } else {
        a->other_dim[a->n_other] = dim;
        a->other_step[a->n_other++] = step;
        a->other_count *= dim;
    }
}

/* chosen: bit i = dimension i belongs to the sets. */
static enum oc_status prepare_axes(const struct eng_prepare *c, struct eng_kernel *k, uint32_t chosen, int norm, const char *impl)
{
    const struct eng_shape *in = &c->in[0]->shape;
    struct axes_norm a = {.dtype = c->in[0]->dtype, .norm = norm, .set_count = 1, .other_count = 1, .threads = c->threads};
    int64_t step[LIM_TENSOR_RANK], s = 1;
    for (int i = in->rank - 1; i >= 0; i--) {
        step[i] = s;
        s *= in->dim[i];
    }
    for (int i = 0; i < in->rank; i++)
        add_dim(&a, chosen >> i & 1, in->dim[i], step[i]);
    k->run = run;
    k->impl = impl;
    return eng_keep_state(c, k, &a, sizeof a);
}

static enum oc_status lp_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    int axis;
    int64_t p = eng_node_int(c->node, "p", 2);
    enum oc_status st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", -1), c->in[0]->shape.rank, &axis);
    if (st)
        return st;
    if (p != 1 && p != 2)
        return eng_bad_node(c->err, c->node, "p is %lld; 1 and 2 are defined", (long long)p);
    return prepare_axes(c, k, 1u << axis, (int)p, "lp normalization");
}

static enum oc_status mean_variance_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    static const int64_t standard[] = {0, 2, 3};
    size_t n;
    const int64_t *axes = eng_node_ints(c->node, "axes", &n);
    uint32_t chosen = 0;
    if (!axes) {
        axes = standard;
        n = OC_ARRAY_LEN(standard);
    }
    for (size_t i = 0; i < n; i++) {
        int axis;
        enum oc_status st = eng_axis(c->err, c->node, axes[i], c->in[0]->shape.rank, &axis);
        if (st)
            return st;
        chosen |= 1u << axis;
    }
    return prepare_axes(c, k, chosen, 0, "mean variance normalization");
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    return st ? st : eng_infer_same(c);
}

const struct eng_op_def eng_ops_axes_norm[] = {
    {"", "LpNormalization", 1, 0, 1, 1, 1, 1, 0, 0, infer, lp_prepare},
    {"", "MeanVarianceNormalization", 9, 0, 1, 1, 1, 1, 0, 0, infer, mean_variance_prepare},
    {.name = NULL},
};

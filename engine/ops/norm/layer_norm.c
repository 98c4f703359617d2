/*
 * LayerNormalization and RMSNormalization: rows of the dimensions from `axis` on. float32 rows go to
 * the vector kernels; other types through double. Scale and bias are one row, one number, or anything that broadcasts to a row.
 */
#include "engine/kernels/kernels.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

struct layer_norm {
    enum eng_dtype dtype;
    bool rms;
    double epsilon;
    int64_t rows, cols;
    int rank;                         /* dimensions of a row */
    int64_t dim[LIM_TENSOR_RANK];     /* their sizes */
    int64_t step[2][LIM_TENSOR_RANK]; /* steps of scale and bias along them */
    bool plain[2];                    /* scale, bias: `cols` numbers in order */
    int threads, n_in, n_out;
};

struct layer_run {
    const struct layer_norm *l;
    const struct eng_call *call;
};

/* Where parameter p (0 scale, 1 bias) of column `col` lies. */
static int64_t parameter_at(const struct layer_norm *l, int p, int64_t col)
{
    int64_t at = 0;
    if (l->plain[p])
        return col;
    for (int i = l->rank - 1; i >= 0; i--) {
        at += col % l->dim[i] * l->step[p][i];
        col /= l->dim[i];
    }
    return at;
}

static void statistics(const struct layer_norm *l, const void *x, int64_t row, double *mean, double *inverse)
{
    double sum = 0, squares = 0, n = (double)l->cols;
    for (int64_t i = 0; !l->rms && i < l->cols; i++)
        sum += eng_load_f64(l->dtype, x, row * l->cols + i);
    for (int64_t i = 0; i < l->cols; i++) {
        double d = eng_load_f64(l->dtype, x, row * l->cols + i) - sum / n;
        squares += d * d;
    }
    *mean = sum / n;
    *inverse = 1 / sqrt(squares / n + l->epsilon);
}

/* float32 rows with scale and bias of `cols` numbers. */
static void plain_row(const struct layer_norm *l, const struct eng_call *call, int64_t row, double *mean, double *inverse)
{
    const struct eng_kernels *k = eng_kernels();
    const float *x = (const float *)call->in[0].data + row * l->cols, *scale = call->in[1].data;
    float *y = (float *)call->out[0].data + row * l->cols, m = 0, i = 0;
    size_t n = (size_t)l->cols;
    if (l->rms) {
        i = 1 / sqrtf(k->sum_squares(x, n) / (float)n + (float)l->epsilon);
        k->binary_scalar(ENG_BI_MUL, x, i, false, y, n);
        k->binary(ENG_BI_MUL, y, scale, y, n);
    } else {
        k->layer_norm(x, scale, l->n_in > 2 ? call->in[2].data : NULL, (float)l->epsilon, y, n, &m, &i);
    }
    *mean = (double)m;
    *inverse = (double)i;
}

static void write_any(const struct layer_norm *l, const struct eng_call *call, int64_t row, double mean, double inverse)
{
    const struct eng_tensor *scale = &call->in[1], *bias = l->n_in > 2 ? &call->in[2] : NULL;
    for (int64_t i = 0; i < l->cols; i++) {
        double v = (eng_load_f64(l->dtype, call->in[0].data, row * l->cols + i) - mean) * inverse;
        v *= eng_load_f64(scale->dtype, scale->data, parameter_at(l, 0, i));
        if (bias && bias->data)
            v += eng_load_f64(bias->dtype, bias->data, parameter_at(l, 1, i));
        eng_store_f64(l->dtype, call->out[0].data, row * l->cols + i, v);
    }
}

static void run_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct layer_run *r = arg;
    const struct layer_norm *l = r->l;
    (void)slot;
    for (int64_t row = begin; row < end; row++) {
        double mean, inverse;
        if (l->dtype == ENG_DT_F32 && l->plain[0] && l->plain[1]) {
            plain_row(l, r->call, row, &mean, &inverse);
        } else {
            statistics(l, r->call->in[0].data, row, &mean, &inverse);
            write_any(l, r->call, row, mean, inverse);
        }
        if (l->n_out > 1 && r->call->out[1].data)
            eng_store_f64(r->call->out[1].dtype, r->call->out[1].data, row, mean);
        if (l->n_out > 2 && r->call->out[2].data)
            eng_store_f64(r->call->out[2].dtype, r->call->out[2].data, row, inverse);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct layer_norm *l = k->state;
    struct layer_run r = {l, call};
    eng_split(call->par, l->threads, l->cols ? l->rows : 0, run_rows, &r);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    int axis;
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (st || (st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", -1), c->in[0]->shape.rank, &axis)))
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    for (int p = 1; p < 3; p++) {
        struct eng_shape together;
        const struct eng_value *v = eng_infer_in(c, p);
        if (!v && p == 2)
            break;
        if ((st = eng_need_type(c, p, ENG_T_FLOAT)) || (st = eng_broadcast(c->err, c->node, in, &v->shape, &together)))
            return st;
        struct eng_shape row = {.rank = in->rank - axis};
        memcpy(row.dim, in->dim + axis, (size_t)row.rank * sizeof row.dim[0]);
        if ((st = eng_broadcast(c->err, c->node, &row, &v->shape, &together)))
            return st;
        if (eng_shape_count(&together) != eng_shape_count(&row))
            return eng_bad_node(c->err, c->node, "input %d is larger than the dimensions that are normalised", p);
    }
    for (int i = 1; i < c->n_out; i++) {
        c->out[i].dtype = ENG_DT_F32;
        c->out[i].shape = *in;
        for (int d = axis; d < in->rank; d++)
            c->out[i].shape.dim[d] = 1;
    }
    return eng_infer_same(c);
}

/* How scale or bias lies along a row's dimensions; leading dimensions of size 1 are cut off. */
static void place_parameter(struct layer_norm *l, int p, const struct eng_value *v)
{
    struct eng_shape row = {.rank = l->rank}, s = {0};
    memcpy(row.dim, l->dim, sizeof row.dim);
    l->plain[p] = !v || eng_shape_count(&v->shape) == l->cols;
    if (!v)
        return;
    for (int i = v->shape.rank > l->rank ? v->shape.rank - l->rank : 0; i < v->shape.rank; i++)
        s.dim[s.rank++] = v->shape.dim[i];
    eng_broadcast_strides(&s, &row, l->step[p]);
    l->plain[p] = l->plain[p] && v->dtype == l->dtype;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool rms)
{
    const struct eng_shape *in = &c->in[0]->shape;
    struct layer_norm l = {
        .dtype = c->in[0]->dtype, .rms = rms, .rows = 1, .cols = 1, .threads = c->threads, .n_in = c->n_in, .n_out = c->n_out};
    int axis;
    enum oc_status st = eng_axis(c->err, c->node, eng_node_int(c->node, "axis", -1), in->rank, &axis);
    if (st)
        return st;
    l.epsilon = (double)eng_node_float(c->node, "epsilon", 1e-5f);
    for (int i = 0; i < axis; i++)
        l.rows *= in->dim[i];
    for (int i = axis; i < in->rank; i++) {
        l.cols *= in->dim[i];
        l.dim[l.rank++] = in->dim[i];
    }
    place_parameter(&l, 0, c->in[1]);
    place_parameter(&l, 1, eng_prepare_in(c, 2));
    k->run = run;
    k->impl = rms ? "rms normalization" : "layer normalization";
    return eng_keep_state(c, k, &l, sizeof l);
}

static enum oc_status layer_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

static enum oc_status rms_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

const struct eng_op_def eng_ops_layer_norm[] = {
    {"", "LayerNormalization", 17, 0, 2, 3, 1, 3, 0, 0, infer, layer_prepare},
    {"", "RMSNormalization", 23, 0, 2, 2, 1, 1, 0, 0, infer, rms_prepare},
    {.name = NULL},
};

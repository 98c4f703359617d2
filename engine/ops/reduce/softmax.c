/*
 * Softmax, LogSoftmax, Hardmax. Before opset 13 the tensor is a matrix cut at `axis` (default 1) and rows are
 * normalised; since 13 one axis is (default the last). Three shapes of loop: dense float rows by the vector kernel,
 * float columns in strips (an axis that is not the last), everything else in double one lane at a time.
 */
#include <math.h>
#include "engine/kernels/kernels.h"
#include "engine/ops/types.h"

#define STRIP 64 /* columns of one strip: their sums and maxima live on the stack */

enum kind { SOFTMAX, LOG_SOFTMAX, HARDMAX };

struct state {
    enum kind kind;
    enum eng_dtype type;
    int64_t outer, n, inner; /* lanes of n numbers, `inner` elements apart */
};

struct job {
    const struct state *s;
    const void *x;
    void *y;
    int64_t lanes_per_piece;
};

static void lane(const struct state *s, const void *x, void *y, int64_t at)
{
    double max = -HUGE_VAL, sum = 0;
    int64_t first = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double v = eng_load_f64(s->type, x, at + i * s->inner);
        if (v > max || v != v) {
            first = v != v && max != max ? first : i;
            max = v;
        }
    }
    for (int64_t i = 0; s->kind != HARDMAX && i < s->n; i++)
        sum += exp(eng_load_f64(s->type, x, at + i * s->inner) - max);
    for (int64_t i = 0; i < s->n; i++) {
        double v = eng_load_f64(s->type, x, at + i * s->inner) - max;
        double r = s->kind == HARDMAX ? (i == first) : s->kind == SOFTMAX ? exp(v) / sum : v - log(sum);
        eng_store_f64(s->type, y, at + i * s->inner, r);
    }
}

/* Columns from..from+count-1 of one n x inner matrix. */
static void strip(const struct state *s, const float *x, float *y, int64_t count)
{
    const struct eng_kernels *kernels = eng_kernels();
    float max[STRIP], sum[STRIP];
    for (int64_t j = 0; j < count; j++) {
        max[j] = x[j];
        sum[j] = 0;
    }
    for (int64_t i = 1; i < s->n; i++)
        kernels->binary(ENG_BI_MAX, max, x + i * s->inner, max, (size_t)count);
    for (int64_t i = 0; i < s->n; i++) {
        float row[STRIP];
        float *out = y + i * s->inner;
        kernels->binary(ENG_BI_SUB, x + i * s->inner, max, out, (size_t)count);
        kernels->unary(ENG_UN_EXP, out, row, (size_t)count);
        kernels->binary(ENG_BI_ADD, sum, row, sum, (size_t)count);
        for (int64_t j = 0; s->kind == SOFTMAX && j < count; j++)
            out[j] = row[j];
    }
    if (s->kind == LOG_SOFTMAX)
        kernels->unary(ENG_UN_LOG, sum, sum, (size_t)count);
    for (int64_t i = 0; i < s->n; i++)
        kernels->binary(s->kind == SOFTMAX ? ENG_BI_DIV : ENG_BI_SUB, y + i * s->inner, sum, y + i * s->inner, (size_t)count);
}

static void run_lane(const struct state *s, const void *x, void *y, int64_t index)
{
    int64_t at = index / s->inner * s->n * s->inner + index % s->inner;
    if (s->inner == 1 && s->type == ENG_DT_F32 && s->kind != HARDMAX)
        eng_kernels()->softmax((const float *)x + at, 1, NULL, (float *)y + at, (size_t)s->n, s->kind == LOG_SOFTMAX);
    else
        lane(s, x, y, at);
}

static void run_piece(void *arg, size_t piece)
{
    const struct job *j = arg;
    const struct state *s = j->s;
    int64_t begin = (int64_t)piece * j->lanes_per_piece, total = s->outer * s->inner;
    int64_t end = begin + j->lanes_per_piece < total ? begin + j->lanes_per_piece : total;
    bool strips = s->type == ENG_DT_F32 && s->inner > 1 && s->kind != HARDMAX;
    while (begin < end) {
        int64_t column = begin % s->inner, count = 1;
        if (strips) {
            count = s->inner - column < STRIP ? s->inner - column : STRIP;
            count = end - begin < count ? end - begin : count;
            int64_t at = begin / s->inner * s->n * s->inner + column;
            strip(s, (const float *)j->x + at, (float *)j->y + at, count);
        } else {
            run_lane(s, j->x, j->y, begin);
        }
        begin += count;
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    struct job j = {.s = s, .x = call->in[0].data, .y = call->out[0].data};
    int64_t lanes = s->outer * s->inner;
    if (lanes == 0 || s->n == 0)
        return OC_OK;
    j.lanes_per_piece = (16384 / s->n + STRIP - 1) / STRIP * STRIP; /* whole strips, about 16 K numbers or more */
    if (s->inner == 1)
        j.lanes_per_piece = 16384 / s->n + 1;
    oc_par_for(call->par, (size_t)((lanes + j.lanes_per_piece - 1) / j.lanes_per_piece), run_piece, &j);
    return OC_OK;
}

static enum oc_status axis_of(struct oc_err *err, const struct eng_node *n, int rank, int *axis)
{
    int64_t a = eng_node_int(n, "axis", n->opset < 13 ? 1 : -1);
    if (n->opset < 13 && a == rank) { /* a matrix with rows of one number */
        *axis = rank;
        return OC_OK;
    }
    if (rank == 0) { /* a scalar is a lane of one number */
        *axis = 0;
        return OC_OK;
    }
    return eng_axis(err, n, a, rank, axis);
}

static enum oc_status infer(struct eng_infer *c)
{
    int axis;
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (!st)
        st = axis_of(c->err, c->node, c->in[0]->shape.rank, &axis);
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, enum kind kind, const char *impl)
{
    int axis;
    const struct eng_shape *shape = &c->in[0]->shape;
    enum oc_status st = axis_of(c->err, c->node, shape->rank, &axis);
    if (st)
        return st;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "softmax kernel", sizeof *s);
    *s = (struct state){.kind = kind, .type = c->in[0]->dtype, .outer = 1, .n = 1, .inner = 1};
    for (int d = 0; d < shape->rank; d++)
        if (d < axis)
            s->outer *= shape->dim[d];
        else if (d == axis || c->node->opset < 13)
            s->n *= shape->dim[d];
        else
            s->inner *= shape->dim[d];
    k->state = s;
    k->run = run;
    k->impl = impl;
    return OC_OK;
}

static enum oc_status prepare_softmax(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, SOFTMAX, "softmax");
}

static enum oc_status prepare_log_softmax(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, LOG_SOFTMAX, "log_softmax");
}

static enum oc_status prepare_hardmax(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, HARDMAX, "hardmax");
}

const struct eng_op_def eng_ops_softmax[] = {
    {"", "Softmax", 1, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE, infer, prepare_softmax},
    {"", "LogSoftmax", 1, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE, infer, prepare_log_softmax},
    {"", "Hardmax", 1, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE, infer, prepare_hardmax},
    {.name = NULL},
};

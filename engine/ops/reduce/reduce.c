/*
 * ReduceSum, Mean, Max, Min, Prod, L1, L2, LogSum, LogSumExp, SumSquare. Dimensions are split into kept and reduced
 * ones, neighbours of a kind merged. float32: rows through the vector kernels when the last dimension is reduced,
 * columns in strips when it is kept. The other types: one result at a time, floats in double, integers exactly
 * (wrapping). No axes at all means all of them, or none with noop_with_empty_axes.
 *
 * Nothing to reduce gives the neutral element: 0, 1, the lowest or highest number; NaN for the mean.
 */
#include <math.h>
#include <string.h>
#include "engine/kernels/kernels.h"
#include "engine/ops/axes.h"
#include "engine/ops/copy.h"
#include "engine/ops/types.h"

#define STRIP 64
#define PIECE 16384 /* numbers read by one parallel piece, about */

enum kind { SUM, MEAN, MAX, MIN, PROD, L1, L2, LOG_SUM, LOG_SUM_EXP, SUM_SQUARE, KINDS };
static const char *const names[KINDS] = {"ReduceSum", "ReduceMean", "ReduceMax",    "ReduceMin",       "ReduceProd",
                                         "ReduceL1",  "ReduceL2",   "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"};

/* Dimensions of one kind; the innermost last. count: all positions. */
struct dims {
    int rank;
    int64_t dim[LIM_TENSOR_RANK], step[LIM_TENSOR_RANK], count;
};

struct state {
    enum kind kind;
    enum eng_dtype type;
    struct dims kept, reduced;
    bool rows; /* the last dimension of the input is reduced (or there is none) */
};

static int64_t place(const struct dims *d, int rank, int64_t index)
{
    int64_t offset = 0;
    for (int i = rank - 1; i >= 0; i--) {
        offset += index % d->dim[i] * d->step[i];
        index /= d->dim[i];
    }
    return offset;
}

static enum kind kind_of(const struct eng_node *n)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(n->op_type, names[i]) == 0)
            return (enum kind)i;
    return SUM;
}

/* --- any type, one result at a time --- */

static double neutral(enum kind kind)
{
    return kind == MAX || kind == LOG_SUM_EXP ? -HUGE_VAL : kind == MIN ? HUGE_VAL : kind == PROD ? 1 : 0;
}

static double step_f64(enum kind kind, double acc, double v)
{
    switch (kind) {
    case MAX:
    case LOG_SUM_EXP: /* its first pass */
        return acc >= v || acc != acc ? acc : v;
    case MIN:
        return acc <= v || acc != acc ? acc : v;
    case PROD:
        return acc * v;
    case L1:
        return acc + fabs(v);
    case L2:
    case SUM_SQUARE:
        return acc + v * v;
    default:
        return acc + v;
    }
}

static double finish(const struct state *s, double acc)
{
    switch (s->kind) {
    case MEAN:
        return acc / (double)s->reduced.count;
    case L2:
        return sqrt(acc);
    case LOG_SUM:
        return log(acc);
    default:
        return acc;
    }
}

static double reduce_f64(const struct state *s, const void *x, int64_t base)
{
    double acc = neutral(s->kind);
    for (int64_t i = 0; i < s->reduced.count; i++)
        acc = step_f64(s->kind, acc, eng_load_f64(s->type, x, base + place(&s->reduced, s->reduced.rank, i)));
    if (s->kind != LOG_SUM_EXP || isinf(acc) || acc != acc)
        return finish(s, acc);
    double sum = 0;
    for (int64_t i = 0; i < s->reduced.count; i++)
        sum += exp(eng_load_f64(s->type, x, base + place(&s->reduced, s->reduced.rank, i)) - acc);
    return acc + log(sum);
}

/* Sum, Max, Min, Prod, L1, SumSquare of integers: low 64 bits, which is exact for every narrower type. */
static int64_t reduce_i64(const struct state *s, const void *x, int64_t base)
{
    bool is_signed = !eng_type_in(s->type, ENG_T_UNSIGNED | ENG_T(BOOL));
    uint64_t acc = s->kind == PROD;
    for (int64_t i = 0; i < s->reduced.count; i++) {
        int64_t v = eng_load_i64(s->type, x, base + place(&s->reduced, s->reduced.rank, i));
        uint64_t u = (uint64_t)v;
        bool less = is_signed ? v < (int64_t)acc : u < acc;
        if (s->kind == MAX || s->kind == MIN)
            acc = i == 0 || less == (s->kind == MIN) ? u : acc;
        else if (s->kind == PROD)
            acc *= u;
        else if (s->kind == SUM_SQUARE)
            acc += u * u;
        else
            acc += s->kind == L1 && is_signed && v < 0 ? 0 - u : u;
    }
    return (int64_t)acc;
}

static void reduce_one(const struct state *s, const void *x, void *y, int64_t out)
{
    int64_t base = place(&s->kept, s->kept.rank, out);
    bool exact = eng_type_in(s->type, ENG_T_INTEGER | ENG_T(BOOL)) && s->kind != MEAN && s->kind != L2 && s->kind != LOG_SUM &&
                 s->kind != LOG_SUM_EXP && s->reduced.count > 0;
    if (exact)
        eng_store_i64(s->type, y, out, reduce_i64(s, x, base));
    else
        eng_store_f64(s->type, y, out, reduce_f64(s, x, base)); /* the neutral infinity clamps to an integer's own limit */
}

/* --- float32 --- */

static double row_f32(const struct state *s, const float *x, size_t n)
{
    const struct eng_kernels *kernels = eng_kernels();
    double product = 1;
    switch (s->kind) {
    case MAX:
        return (double)kernels->maximum(x, n);
    case MIN:
        return (double)kernels->minimum(x, n);
    case PROD:
        for (size_t i = 0; i < n; i++)
            product *= (double)x[i];
        return product;
    case L1:
        return (double)kernels->sum_abs(x, n);
    case L2:
    case SUM_SQUARE:
        return (double)kernels->sum_squares(x, n);
    default:
        return (double)kernels->sum(x, n);
    }
}

/* The kind that joins the results of rows. */
static enum kind join(enum kind kind)
{
    return kind == MAX || kind == MIN || kind == PROD ? kind : SUM;
}

static void rows_f32(const struct state *s, const float *x, float *y, int64_t out)
{
    const float *from = x + place(&s->kept, s->kept.rank, out);
    int outer = s->reduced.rank - 1;
    int64_t n = s->reduced.dim[outer];
    double acc = neutral(s->kind);
    for (int64_t i = 0; i < s->reduced.count / n; i++)
        acc = step_f64(join(s->kind), acc, row_f32(s, from + place(&s->reduced, outer, i), (size_t)n));
    y[out] = (float)finish(s, acc);
}

static void add_row(enum kind kind, float *acc, const float *x, int64_t n)
{
    const struct eng_kernels *kernels = eng_kernels();
    switch (kind) {
    case MAX:
        kernels->binary(ENG_BI_MAX, acc, x, acc, (size_t)n);
        break;
    case MIN:
        kernels->binary(ENG_BI_MIN, acc, x, acc, (size_t)n);
        break;
    case PROD:
        kernels->binary(ENG_BI_MUL, acc, x, acc, (size_t)n);
        break;
    case L1:
        for (int64_t i = 0; i < n; i++)
            acc[i] += fabsf(x[i]);
        break;
    case L2:
    case SUM_SQUARE:
        for (int64_t i = 0; i < n; i++)
            acc[i] += x[i] * x[i];
        break;
    default:
        kernels->binary(ENG_BI_ADD, acc, x, acc, (size_t)n);
    }
}

/* Results out..out+n-1, which lie side by side in the last kept dimension. */
static void strip_f32(const struct state *s, const float *x, float *y, int64_t out, int64_t n)
{
    const float *from = x + place(&s->kept, s->kept.rank, out);
    float acc[STRIP];
    for (int64_t i = 0; i < n; i++)
        acc[i] = (float)neutral(s->kind);
    for (int64_t i = 0; i < s->reduced.count; i++)
        add_row(s->kind, acc, from + place(&s->reduced, s->reduced.rank, i), n);
    for (int64_t i = 0; i < n; i++)
        y[out + i] = (float)finish(s, (double)acc[i]);
}

struct job {
    const struct state *s;
    const void *x;
    void *y;
    int64_t per_piece; /* results */
};

static void run_piece(void *arg, size_t piece)
{
    const struct job *j = arg;
    const struct state *s = j->s;
    int64_t out = (int64_t)piece * j->per_piece, end = out + j->per_piece < s->kept.count ? out + j->per_piece : s->kept.count;
    bool fast = s->type == ENG_DT_F32 && s->kind != LOG_SUM_EXP && s->reduced.count > 0;
    int64_t width = s->kept.rank ? s->kept.dim[s->kept.rank - 1] : 1;
    while (out < end) {
        int64_t n = 1;
        if (fast && s->rows && s->reduced.rank > 0) {
            rows_f32(s, j->x, j->y, out);
        } else if (fast && !s->rows) {
            n = width - out % width < STRIP ? width - out % width : STRIP;
            n = end - out < n ? end - out : n;
            strip_f32(s, j->x, j->y, out, n);
        } else {
            reduce_one(s, j->x, j->y, out);
        }
        out += n;
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    struct job j = {s, call->in[0].data, call->out[0].data, 0};
    int64_t each = s->reduced.count > 0 ? s->reduced.count : 1;
    j.per_piece = (PIECE / each / STRIP + 1) * STRIP;
    if (s->rows)
        j.per_piece = PIECE / each + 1;
    oc_par_for(call->par, (size_t)((s->kept.count + j.per_piece - 1) / j.per_piece), run_piece, &j);
    return OC_OK;
}

/* Bit i: dimension i is reduced. */
static enum oc_status axes_of(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, uint32_t *axes)
{
    int input = n->opset >= (kind_of(n) == SUM ? 13 : 18) ? 1 : -1, rank = in[0]->shape.rank;
    bool given;
    enum oc_status st = eng_axis_set(err, n, in, n_in, input, "axes", rank, axes, &given);
    bool keep_all = input == 1 && eng_node_int(n, "noop_with_empty_axes", 0) != 0;
    if (!st && *axes == 0 && !keep_all)
        *axes = (1u << rank) - 1;
    return st;
}

static enum oc_status infer(struct eng_infer *c)
{
    uint32_t axes;
    enum kind kind = kind_of(c->node);
    bool keep = eng_node_int(c->node, "keepdims", 1) != 0;
    enum oc_status st = eng_need_type(c, 0, kind == MAX || kind == MIN ? ENG_T_ANY : ENG_T_NUMERIC);
    if (!st)
        st = axes_of(c->err, c->node, c->in, c->n_in, &axes);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    struct eng_shape *out = &c->out[0].shape;
    c->out[0].dtype = c->in[0]->dtype;
    *out = (struct eng_shape){0};
    for (int d = 0; d < in->rank; d++)
        if (!(axes >> d & 1))
            out->dim[out->rank++] = in->dim[d];
        else if (keep)
            out->dim[out->rank++] = 1;
    return OC_OK;
}

static void add_dim(struct dims *to, int64_t dim, int64_t step, bool merge)
{
    if (merge) {
        to->dim[to->rank - 1] *= dim;
    } else {
        to->dim[to->rank++] = dim;
    }
    to->step[to->rank - 1] = step;
    to->count *= dim;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    uint32_t axes;
    int64_t step[LIM_TENSOR_RANK];
    const struct eng_shape *in = &c->in[0]->shape;
    enum oc_status st = axes_of(c->err, c->node, c->in, c->n_in, &axes);
    if (st)
        return st;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "reduction", sizeof *s);
    *s = (struct state){.kind = kind_of(c->node), .type = c->in[0]->dtype, .kept.count = 1, .reduced.count = 1, .rows = true};
    eng_dense_strides(in, step);
    int last = -1; /* kind of the dimension before: 0 kept, 1 reduced */
    for (int d = 0; d < in->rank; d++) {
        int reduced = axes >> d & 1;
        if (in->dim[d] == 1)
            continue;
        add_dim(reduced ? &s->reduced : &s->kept, in->dim[d], step[d], last == reduced);
        last = reduced;
    }
    s->rows = last != 0;
    k->state = s;
    k->run = run;
    k->impl = s->rows ? "reduce:rows" : "reduce:columns";
    return OC_OK;
}

#define ROWS(name, changed)                                          \
    {"", name, 1, (changed)-1, 1, 1, 1, 1, 0, 0, infer, prepare},    \
    {                                                                \
        "", name, changed, 0, 1, 2, 1, 1, 1u << 1, 0, infer, prepare \
    }
const struct eng_op_def eng_ops_reduce[] = {
    ROWS("ReduceSum", 13),       ROWS("ReduceMean", 18),      ROWS("ReduceMax", 18), ROWS("ReduceMin", 18),
    ROWS("ReduceProd", 18),      ROWS("ReduceL1", 18),        ROWS("ReduceL2", 18),  ROWS("ReduceLogSum", 18),
    ROWS("ReduceLogSumExp", 18), ROWS("ReduceSumSquare", 18), {.name = NULL},
};

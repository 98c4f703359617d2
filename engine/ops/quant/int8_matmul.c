/*
 * MatMulInteger (int32 out) and QLinearMatMul (requantised), numpy's matmul with broadcasting of the outer dimensions.
 * Plain loops over four rows of B at a time; the fast ones belong to a backend.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/quant/integer.h"
#include "engine/ops/state.h"
#include "base/mem.h"

struct matmul {
    bool requantise;
    enum eng_dtype a, b, y;
    int64_t m, n, k, batches;
    int outer;                                                                      /* broadcast dimensions */
    int64_t dim[LIM_TENSOR_RANK], a_step[LIM_TENSOR_RANK], b_step[LIM_TENSOR_RANK]; /* their sizes; matrices from one index to the next */
    int a_zero, b_zero, n_in;                                                       /* where the zero points are among the inputs */
    int threads;
};

struct matmul_run {
    const struct matmul *m;
    const struct eng_call *call;
    int32_t *rows; /* one row of sums for each slot */
};

static void batch_offsets(const struct matmul *m, int64_t batch, int64_t *a, int64_t *b)
{
    *a = *b = 0;
    for (int i = m->outer - 1; i >= 0; i--) {
        *a += batch % m->dim[i] * m->a_step[i];
        *b += batch % m->dim[i] * m->b_step[i];
        batch /= m->dim[i];
    }
}

static const struct eng_tensor *input(const struct matmul_run *r, int i)
{
    return i < r->m->n_in && r->call->in[i].data ? &r->call->in[i] : NULL;
}

/* sum += f[0..3] times four rows of B that lie one behind another. Unsigned: a sum too long for int32 wraps. */
static void add_rows_u8(uint32_t *restrict sum, const uint8_t *restrict b, int64_t n, const uint32_t f[4])
{
    const uint32_t f0 = f[0], f1 = f[1], f2 = f[2], f3 = f[3];
    for (int64_t j = 0; j < n; j++)
        sum[j] += f0 * b[j] + f1 * b[n + j] + f2 * b[2 * n + j] + f3 * b[3 * n + j];
}

static void add_rows_i8(uint32_t *restrict sum, const int8_t *restrict b, int64_t n, const uint32_t f[4])
{
    const uint32_t f0 = f[0], f1 = f[1], f2 = f[2], f3 = f[3];
    for (int64_t j = 0; j < n; j++)
        sum[j] += f0 * (uint32_t)b[j] + f1 * (uint32_t)b[n + j] + f2 * (uint32_t)b[2 * n + j] + f3 * (uint32_t)b[3 * n + j];
}

static void add_row(enum eng_dtype t, uint32_t *restrict sum, const void *b, int64_t at, int64_t n, uint32_t f)
{
    for (int64_t j = 0; j < n; j++)
        sum[j] += f * (uint32_t)eng_byte_at(t, b, at + j);
}

/* The zero points of B are taken off at the end: sum of a * (b - zero) is sum of a * b less zero times the sum of a. */
static void sum_row(const struct matmul_run *r, int64_t a_row, int64_t b_matrix, int32_t a_zero, int32_t *out)
{
    const struct matmul *m = r->m;
    const struct eng_tensor *b_zero = input(r, m->b_zero);
    const void *a = r->call->in[0].data, *b = r->call->in[m->requantise ? 3 : 1].data;
    uint32_t *sum = (uint32_t *)out, total = 0, f[4];
    int64_t k = 0, first = b_matrix * m->k * m->n;
    memset(sum, 0, (size_t)m->n * sizeof *sum);
    for (; k + 4 <= m->k; k += 4) {
        for (int i = 0; i < 4; i++)
            total += f[i] = (uint32_t)(eng_byte_at(m->a, a, a_row * m->k + k + i) - a_zero);
        if (m->b == ENG_DT_U8)
            add_rows_u8(sum, (const uint8_t *)b + first + k * m->n, m->n, f);
        else
            add_rows_i8(sum, (const int8_t *)b + first + k * m->n, m->n, f);
    }
    for (; k < m->k; k++) {
        total += f[0] = (uint32_t)(eng_byte_at(m->a, a, a_row * m->k + k) - a_zero);
        add_row(m->b, sum, b, first + k * m->n, m->n, f[0]);
    }
    for (int64_t j = 0; b_zero && j < m->n; j++)
        sum[j] -= total * (uint32_t)eng_zero_at(b_zero, j);
}

/* Number i of a list of one or many. */
static float scale_at(const struct eng_tensor *t, int64_t i)
{
    return (float)eng_load_f64(t->dtype, t->data, eng_shape_count(&t->shape) == 1 ? 0 : i);
}

static void run_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct matmul_run *r = arg;
    const struct matmul *m = r->m;
    for (int64_t row = begin; row < end; row++) {
        int64_t a, b, i = row % m->m;
        batch_offsets(m, row / m->m, &a, &b);
        int32_t a_zero = eng_zero_at(input(r, m->a_zero), i);
        int32_t *sum = m->requantise ? r->rows + (int64_t)slot * m->n : (int32_t *)r->call->out[0].data + row * m->n;
        sum_row(r, a * m->m + i, b, a_zero, sum);
        if (!m->requantise)
            continue;
        const struct eng_tensor *in = r->call->in;
        float a_scale = scale_at(&in[1], i), y_scale = scale_at(&in[6], 0);
        int32_t y_zero = eng_zero_at(&in[7], 0);
        uint8_t *y = (uint8_t *)r->call->out[0].data + row * m->n;
        for (int64_t j = 0; j < m->n; j++)
            y[j] = (uint8_t)eng_requantise(m->y, (float)sum[j], a_scale * scale_at(&in[4], j) / y_scale, y_zero);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct matmul *m = k->state;
    struct matmul_run r = {m, call, call->scratch};
    eng_split(call->par, m->threads, m->batches * m->m, run_rows, &r);
    return OC_OK;
}

/* Output shape, and the description when m is not NULL. One-dimensional operands are a row or a column that vanishes again. */
static enum oc_status shapes(struct oc_err *err, const struct eng_node *n, const struct eng_shape *a, const struct eng_shape *b,
                             struct eng_shape *y, struct matmul *m)
{
    struct eng_shape a2 = *a, b2 = *b, outer_a, outer_b, outer;
    if (a->rank < 1 || b->rank < 1)
        return eng_bad_node(err, n, "matrices are needed, not single numbers");
    if (a->rank == 1)
        a2 = (struct eng_shape){2, {1, a->dim[0]}};
    if (b->rank == 1)
        b2 = (struct eng_shape){2, {b->dim[0], 1}};
    int64_t rows = a2.dim[a2.rank - 2], inner = a2.dim[a2.rank - 1], cols = b2.dim[b2.rank - 1];
    if (inner != b2.dim[b2.rank - 2])
        return eng_bad_node(err, n, "inner sizes %lld and %lld differ", (long long)inner, (long long)b2.dim[b2.rank - 2]);
    outer_a = a2;
    outer_b = b2;
    outer_a.rank -= 2;
    outer_b.rank -= 2;
    enum oc_status st = eng_broadcast(err, n, &outer_a, &outer_b, &outer);
    if (st)
        return st;
    *y = outer;
    if (a->rank > 1)
        y->dim[y->rank++] = rows;
    if (b->rank > 1)
        y->dim[y->rank++] = cols;
    if (!m)
        return OC_OK;
    m->m = rows;
    m->k = inner;
    m->n = cols;
    m->outer = outer.rank;
    m->batches = eng_shape_count(&outer);
    memcpy(m->dim, outer.dim, sizeof m->dim);
    eng_broadcast_strides(&outer_a, &outer, m->a_step);
    eng_broadcast_strides(&outer_b, &outer, m->b_step);
    return OC_OK;
}

#define BYTES (ENG_T(U8) | ENG_T(I8))

/* Zero points and scales: one number, or `count` (rows of A, columns of B). */
static enum oc_status need_list(struct eng_infer *c, int i, uint32_t types, int64_t count)
{
    const struct eng_value *v = eng_infer_in(c, i);
    if (!v)
        return OC_OK;
    enum oc_status st = eng_need_type(c, i, types);
    int64_t n = eng_shape_count(&v->shape);
    if (!st && n != 1 && n != count)
        st = eng_bad_node(c->err, c->node, "input %d has %lld numbers; 1 or %lld are supported", i, (long long)n, (long long)count);
    return st;
}

static enum oc_status infer(struct eng_infer *c, bool requantise)
{
    int a = 0, b = requantise ? 3 : 1;
    struct matmul m = {0};
    enum oc_status st = eng_need_type(c, a, BYTES);
    if (st || (st = eng_need_type(c, b, BYTES)) || (st = shapes(c->err, c->node, &c->in[a]->shape, &c->in[b]->shape, &c->out[0].shape, &m)))
        return st;
    c->out[0].dtype = ENG_DT_I32;
    if ((st = need_list(c, 2, BYTES, m.m)) || (st = need_list(c, requantise ? 5 : 3, BYTES, m.n)) || !requantise)
        return st;
    if ((st = eng_need_type(c, 1, ENG_T_FLOAT)) || (st = eng_need_type(c, 4, ENG_T_FLOAT)) || (st = eng_need_type(c, 6, ENG_T_FLOAT)) ||
        (st = eng_need_type(c, 7, BYTES)) || (st = need_list(c, 1, ENG_T_FLOAT, m.m)) || (st = need_list(c, 4, ENG_T_FLOAT, m.n)) ||
        (st = need_list(c, 6, ENG_T_FLOAT, 1)) || (st = need_list(c, 7, BYTES, 1)))
        return st;
    c->out[0].dtype = c->in[7]->dtype;
    return OC_OK;
}

static enum oc_status integer_infer(struct eng_infer *c)
{
    return infer(c, false);
}

static enum oc_status qlinear_infer(struct eng_infer *c)
{
    return infer(c, true);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool requantise)
{
    struct matmul m = {.requantise = requantise, .n_in = c->n_in, .threads = c->threads < 1 ? 1 : c->threads};
    const struct eng_value *b = c->in[requantise ? 3 : 1];
    struct eng_shape y;
    enum oc_status st = shapes(c->err, c->node, &c->in[0]->shape, &b->shape, &y, &m);
    if (st)
        return st;
    m.a = c->in[0]->dtype;
    m.b = b->dtype;
    m.y = c->out[0]->dtype;
    m.a_zero = 2;
    m.b_zero = requantise ? 5 : 3;
    if (requantise && !oc_size_mul((size_t)m.n * sizeof(int32_t), (size_t)m.threads, &k->scratch_bytes))
        return eng_bad_node(c->err, c->node, "%lld columns are too many", (long long)m.n);
    k->run = run;
    k->impl = requantise ? "int8 matmul, requantised" : "int8 matmul";
    return eng_keep_state(c, k, &m, sizeof m);
}

static enum oc_status integer_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

static enum oc_status qlinear_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

const struct eng_op_def eng_ops_int8_matmul[] = {
    {"", "MatMulInteger", 10, 0, 2, 4, 1, 1, 0, 0, integer_infer, integer_prepare},
    {"", "QLinearMatMul", 10, 0, 8, 8, 1, 1, 0, 0, qlinear_infer, qlinear_prepare},
    {.name = NULL},
};

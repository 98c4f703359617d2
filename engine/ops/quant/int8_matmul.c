/*
 * MatMulInteger (int32 out) and QLinearMatMul (requantised), numpy's matmul with broadcasting of the outer dimensions.
 * Both matrices are packed for the int8 kernel, a constant right one once for all plans.
 */
#include "engine/ops/parallel.h"
#include "engine/backend/weights.h"
#include "engine/ops/quant/panels.h"
#include "engine/ops/state.h"
#include "base/mem.h"

struct matmul {
    bool requantise;
    enum eng_dtype a, b, y;
    int64_t m, n, k, batches;
    int outer;                                                                      /* broadcast dimensions */
    int64_t dim[LIM_TENSOR_RANK], a_step[LIM_TENSOR_RANK], b_step[LIM_TENSOR_RANK]; /* their sizes; matrices from one index to the next */
    int64_t a_count, b_count;                                                       /* matrices */
    size_t left_at, sums_at;                                                        /* in scratch */
    const void *packed;                                                             /* right matrices; NULL: packed in each run */
    int a_zero, b_zero, n_in;                                                       /* where the zero points are among the inputs */
    int threads;
};

struct matmul_run {
    const struct matmul *m;
    const struct eng_call *call;
    uint8_t *left;      /* rows of all left matrices, packed */
    int32_t *left_sums; /* of each */
    const void *right;
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

/* Number i of a list of one or many. */
static float scale_at(const struct eng_tensor *t, int64_t i)
{
    return (float)eng_load_f64(t->dtype, t->data, eng_shape_count(&t->shape) == 1 ? 0 : i);
}

/* What the zero points of a panel's columns take off: zb, of each column. */
static void panel_zeros(const struct matmul_run *r, int64_t first, int64_t cols, uint32_t zb[ENG_INT8_COLS])
{
    const struct eng_tensor *zeros = input(r, r->m->b_zero);
    bool one = !zeros || eng_shape_count(&zeros->shape) == 1;
    for (int64_t c = 0; c < ENG_INT8_COLS; c++)
        zb[c] = c < cols ? (uint32_t)eng_int8_right_zero(r->m->b, eng_zero_at(zeros, one ? 0 : first + c)) : 0;
}

/* One row of a panel's sums goes to the output: the parts of the zero points are taken off, and it is requantised or stored. */
static void finish_row(const struct matmul_run *r, int64_t out_row, int64_t left_row, int64_t first, const int32_t *sum,
                       const int32_t *right_sums, const uint32_t *zb)
{
    const struct matmul *m = r->m;
    const struct eng_tensor *in = r->call->in;
    int64_t i = out_row % m->m, cols = m->n - first < ENG_INT8_COLS ? m->n - first : ENG_INT8_COLS;
    uint32_t za = (uint32_t)eng_int8_left_zero(m->a, eng_zero_at(input(r, m->a_zero), i));
    uint32_t rest = (uint32_t)r->left_sums[left_row] - (uint32_t)m->k * za;
    int32_t fixed[ENG_INT8_COLS];
    for (int c = 0; c < ENG_INT8_COLS; c++) /* unsigned: a sum too long for int32 wraps */
        fixed[c] = (int32_t)((uint32_t)sum[c] - za * (uint32_t)right_sums[c] - zb[c] * rest);
    if (!m->requantise) {
        memcpy((int32_t *)r->call->out[0].data + out_row * m->n + first, fixed, (size_t)cols * sizeof *fixed);
        return;
    }
    float a_scale = scale_at(&in[1], i), y_scale = scale_at(&in[6], 0);
    int32_t y_zero = eng_zero_at(&in[7], 0);
    uint8_t *y = (uint8_t *)r->call->out[0].data + out_row * m->n + first;
    for (int64_t c = 0; c < cols; c++)
        y[c] = (uint8_t)eng_requantise(m->y, (float)fixed[c], a_scale * scale_at(&in[4], first + c) / y_scale, y_zero);
}

/* Units of work: a panel of one product, all rows. */
static void run_panels(void *arg, int slot OC_UNUSED, int64_t begin, int64_t end)
{
    const struct matmul_run *r = arg;
    const struct matmul *m = r->m;
    const struct eng_kernels *kernels = eng_kernels();
    int64_t panels = eng_int8_panels(m->n), row_bytes = eng_int8_row(m->k);
    int32_t sum[ENG_INT8_ROWS * ENG_INT8_COLS];
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t a, b, batch = unit / panels, panel = unit % panels;
        batch_offsets(m, batch, &a, &b);
        const int8_t *right = eng_int8_panel_at(r->right, b, m->k, m->n, panel);
        uint32_t zb[ENG_INT8_COLS];
        panel_zeros(r, panel * ENG_INT8_COLS, m->n - panel * ENG_INT8_COLS, zb);
        const int32_t *right_sums = eng_int8_sums_at(r->right, m->b_count, b, m->k, m->n, panel);
        for (int64_t row = 0; row < m->m; row += ENG_INT8_ROWS) {
            int rows = m->m - row < ENG_INT8_ROWS ? (int)(m->m - row) : ENG_INT8_ROWS;
            kernels->int8_panel(r->left + (a * m->m + row) * row_bytes, row_bytes, rows, right, row_bytes / ENG_INT8_GROUP, sum);
            for (int i = 0; i < rows; i++)
                finish_row(r, batch * m->m + row + i, a * m->m + row + i, panel * ENG_INT8_COLS, sum + i * ENG_INT8_COLS, right_sums, zb);
        }
    }
}

static void pack_rows(void *arg, int slot OC_UNUSED, int64_t begin, int64_t end)
{
    const struct matmul_run *r = arg;
    const struct matmul *m = r->m;
    for (int64_t row = begin; row < end; row++)
        r->left_sums[row] = eng_int8_pack_left(m->a, (const uint8_t *)r->call->in[0].data + row * m->k, m->k,
                                               r->left + row * eng_int8_row(m->k));
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct matmul *m = k->state;
    struct matmul_run r = {m, call, (uint8_t *)call->scratch + m->left_at, (int32_t *)(void *)((uint8_t *)call->scratch + m->sums_at),
                           m->packed};
    if (!r.right) {
        eng_int8_pack_right(m->b, call->in[m->requantise ? 3 : 1].data, m->b_count, m->k, m->n, call->scratch);
        r.right = call->scratch;
    }
    eng_split(call->par, m->threads, m->a_count * m->m, pack_rows, &r);
    eng_split(call->par, m->threads, m->batches * eng_int8_panels(m->n), run_panels, &r);
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
    m->a_count = eng_shape_count(&outer_a);
    m->b_count = eng_shape_count(&outer_b);
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

static enum oc_status pack_constant(void *arg, const struct eng_const *source, void *packed)
{
    const struct matmul *m = arg;
    eng_int8_pack_right(m->b, source->t.data, m->b_count, m->k, m->n, packed);
    return OC_OK;
}

/* A constant right side is packed now; scratch has room for the left one, its sums, and a right one that is not constant. */
static enum oc_status place(const struct eng_prepare *c, struct matmul *m, const struct eng_const *b, size_t *scratch)
{
    size_t right = 0, rows, left, sums;
    const int64_t key[] = {0x70616e656c, m->b_count, m->k, m->n};
    if (!eng_int8_right_bytes(m->b_count, m->k, m->n, &right) || right > LIM_TENSOR_BYTES)
        return eng_bad_node(c->err, c->node, "a matrix of %lld x %lld is too large", (long long)m->k, (long long)m->n);
    if (b && c->weights) {
        enum oc_status st = eng_weights_get(c->weights, b, key, sizeof key, right ? right : 1, pack_constant, m, &m->packed, c->err);
        if (st)
            return st;
        right = 0;
    }
    if (!oc_size_mul((size_t)m->a_count, (size_t)m->m, &rows) || !oc_size_mul(rows, (size_t)eng_int8_row(m->k), &left) ||
        !oc_size_mul(rows, sizeof(int32_t), &sums) || left > LIM_TENSOR_BYTES || sums > LIM_TENSOR_BYTES)
        return eng_bad_node(c->err, c->node, "%lld rows are too many", (long long)m->m);
    m->left_at = (right + 63) / 64 * 64;
    m->sums_at = m->left_at + (left + 63) / 64 * 64;
    *scratch = m->sums_at + sums;
    return OC_OK;
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
    if ((st = place(c, &m, b->constant, &k->scratch_bytes)))
        return st;
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

/*
 * Attention (opset 23): softmax(scale * Q K^T + mask) V, with grouped heads, a cache of past keys and values, a soft cap
 * and the intermediate scores as outputs. One row of scores at a time, in double; a reference, not the fast path: graphs
 * in use have attention spelled out as MatMul and Softmax, which passes see.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include "base/mem.h"
#include <math.h>

enum { IN_Q, IN_K, IN_V, IN_MASK, IN_PAST_K, IN_PAST_V, IN_LENGTHS, INPUTS };

/* Where element (batch, head, position, feature) lies: products of steps; features are contiguous. */
struct layout {
    int64_t batch, head, position;
};

struct attention {
    enum eng_dtype dtype;
    int64_t batches, q_heads, kv_heads, q_length, kv_length, past, total, features, v_features;
    struct layout q, k, v, past_k, past_v, y;
    struct eng_shape scores; /* batches, q_heads, q_length, total */
    int64_t mask_step[LIM_TENSOR_RANK];
    int64_t mask_width; /* the mask may end before the last key: those behind it are hidden */
    double scale, softcap;
    bool causal;
    int64_t score_mode;
    bool has[INPUTS];
    int n_out, threads;
};

struct attention_run {
    const struct attention *a;
    const struct eng_call *call;
    double *rows;
};

static double key_at(const struct attention_run *r, bool value, int64_t b, int64_t h, int64_t j, int64_t f)
{
    const struct attention *a = r->a;
    bool old = j < a->past;
    const struct eng_tensor *t = &r->call->in[value ? (old ? IN_PAST_V : IN_V) : (old ? IN_PAST_K : IN_K)];
    const struct layout *l = value ? (old ? &a->past_v : &a->v) : (old ? &a->past_k : &a->k);
    return eng_load_f64(t->dtype, t->data, b * l->batch + h * l->head + (old ? j : j - a->past) * l->position + f);
}

/* What is added to a score: 0, -infinity, or the mask's number. */
static double bias(const struct attention_run *r, int64_t b, int64_t h, int64_t i, int64_t j)
{
    const struct attention *a = r->a;
    const struct eng_tensor *mask = &r->call->in[IN_MASK];
    int64_t offset = a->past;
    double add = 0;
    if (a->has[IN_LENGTHS]) {
        int64_t length = eng_load_i64(r->call->in[IN_LENGTHS].dtype, r->call->in[IN_LENGTHS].data, b);
        if (j >= length)
            return -(double)INFINITY;
        offset = length < INT32_MIN || length > INT32_MAX ? 0 : length - a->q_length;
    }
    if (a->causal && j > i + offset)
        return -(double)INFINITY;
    if (a->has[IN_MASK]) {
        if (j >= a->mask_width)
            return -(double)INFINITY;
        int64_t at = b * a->mask_step[0] + h * a->mask_step[1] + i * a->mask_step[2] + j * a->mask_step[3];
        add = eng_load_f64(mask->dtype, mask->data, at);
        if (mask->dtype == ENG_DT_BOOL)
            add = add != 0 ? 0 : -(double)INFINITY;
    }
    return add;
}

static void keep_scores(const struct attention_run *r, int64_t mode, int64_t row, const double *s)
{
    const struct attention *a = r->a;
    if (a->n_out < 4 || a->score_mode != mode || !r->call->out[3].data)
        return;
    for (int64_t j = 0; j < a->total; j++)
        eng_store_f64(r->call->out[3].dtype, r->call->out[3].data, row * a->total + j, s[j]);
}

/* A row that sees nothing gives zeros. */
static void softmax(double *s, int64_t n)
{
    double max = -(double)INFINITY, sum = 0;
    for (int64_t j = 0; j < n; j++)
        max = s[j] > max || isnan(s[j]) ? s[j] : max;
    for (int64_t j = 0; j < n; j++) {
        s[j] = max == -(double)INFINITY ? 0 : exp(s[j] - max);
        sum += s[j];
    }
    for (int64_t j = 0; j < n && sum != 0; j++)
        s[j] /= sum;
}

static void one_row(const struct attention_run *r, int64_t row, double *s)
{
    const struct attention *a = r->a;
    int64_t i = row % a->q_length, h = row / a->q_length % a->q_heads, b = row / a->q_length / a->q_heads,
            kv = h / (a->q_heads / a->kv_heads);
    const struct eng_tensor *q = &r->call->in[IN_Q];
    for (int64_t j = 0; j < a->total; j++) {
        s[j] = 0;
        for (int64_t f = 0; f < a->features; f++)
            s[j] += eng_load_f64(q->dtype, q->data, b * a->q.batch + h * a->q.head + i * a->q.position + f) * key_at(r, false, b, kv, j, f);
        s[j] *= a->scale;
    }
    keep_scores(r, 0, row, s);
    for (int64_t j = 0; a->softcap != 0 && j < a->total; j++) /* before the mask, or it would make -infinity visible again */
        s[j] = a->softcap * tanh(s[j] / a->softcap);
    keep_scores(r, 1, row, s);
    for (int64_t j = 0; j < a->total; j++)
        s[j] += bias(r, b, h, i, j);
    keep_scores(r, 2, row, s);
    softmax(s, a->total);
    keep_scores(r, 3, row, s);
    for (int64_t f = 0; f < a->v_features; f++) {
        double sum = 0;
        for (int64_t j = 0; j < a->total; j++)
            sum += s[j] != 0 ? s[j] * key_at(r, true, b, kv, j, f) : 0;
        eng_store_f64(a->dtype, r->call->out[0].data, b * a->y.batch + h * a->y.head + i * a->y.position + f, sum);
    }
}

static void run_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct attention_run *r = arg;
    for (int64_t row = begin; row < end; row++)
        one_row(r, row, r->rows + (int64_t)slot * r->a->total);
}

/* present_key and present_value: the cache with what was added, N,heads,length,features. */
static void write_present(const struct attention_run *r, bool value)
{
    const struct attention *a = r->a;
    const struct eng_tensor *out = &r->call->out[value ? 2 : 1];
    int64_t at = 0, width = value ? a->v_features : a->features;
    for (int64_t b = 0; b < a->batches; b++)
        for (int64_t h = 0; h < a->kv_heads; h++)
            for (int64_t j = 0; j < a->total; j++)
                for (int64_t f = 0; f < width; f++)
                    eng_store_f64(out->dtype, out->data, at++, key_at(r, value, b, h, j, f));
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct attention *a = k->state;
    struct attention_run r = {a, call, call->scratch};
    eng_split(call->par, a->threads, a->batches * a->q_heads * a->q_length, run_rows, &r);
    for (int i = 1; i < 3; i++)
        if (a->n_out > i && call->out[i].data)
            write_present(&r, i == 2);
    return OC_OK;
}

/* Batch, heads, length and features of Q, K or V, and how they lie in memory. */
static enum oc_status operand(struct oc_err *err, const struct eng_node *n, const struct eng_shape *s, const char *heads_name,
                              int64_t dims[4], struct layout *l)
{
    int64_t heads = eng_node_int(n, heads_name, 0);
    if (s->rank == 4) {
        memcpy(dims, s->dim, 4 * sizeof dims[0]);
        *l = (struct layout){dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3]};
        return OC_OK;
    }
    if (s->rank != 3)
        return eng_bad_node(err, n, "queries, keys and values need 3 or 4 dimensions, not %d", s->rank);
    if (heads < 1 || s->dim[2] % heads)
        return eng_bad_node(err, n, "%s %lld does not divide %lld features", heads_name, (long long)heads, (long long)s->dim[2]);
    dims[0] = s->dim[0];
    dims[1] = heads;
    dims[2] = s->dim[1];
    dims[3] = s->dim[2] / heads;
    *l = (struct layout){s->dim[1] * s->dim[2], dims[3], s->dim[2]};
    return OC_OK;
}

static const struct eng_value *input(const struct eng_value *const *in, int n_in, int i)
{
    return i < n_in ? in[i] : NULL;
}

static enum oc_status place_past(struct oc_err *err, const struct eng_node *n, const struct eng_value *v, int64_t width,
                                 struct attention *a, struct layout *l)
{
    const struct eng_shape *s = &v->shape;
    if (s->rank != 4 || s->dim[0] != a->batches || s->dim[1] != a->kv_heads || s->dim[3] != width)
        return eng_bad_node(err, n, "past keys or values do not fit the new ones");
    a->past = s->dim[2];
    *l = (struct layout){s->dim[1] * s->dim[2] * s->dim[3], s->dim[2] * s->dim[3], s->dim[3]};
    return OC_OK;
}

static enum oc_status place_mask(struct oc_err *err, const struct eng_node *n, const struct eng_value *v, struct attention *a)
{
    struct eng_shape target = a->scores, together;
    if (v->shape.rank < 1 || v->shape.rank > 4)
        return eng_bad_node(err, n, "the mask has %d dimensions", v->shape.rank);
    a->mask_width = v->shape.dim[v->shape.rank - 1];
    if (a->mask_width == 1 || a->mask_width > a->total)
        a->mask_width = a->total;
    else
        target.dim[3] = a->mask_width;
    enum oc_status st = eng_broadcast(err, n, &v->shape, &target, &together);
    if (!st && !eng_shape_equal(&together, &target))
        st = eng_bad_node(err, n, "the mask is larger than the scores");
    if (!st)
        eng_broadcast_strides(&v->shape, &target, a->mask_step);
    return st;
}

static enum oc_status read(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, struct attention *a)
{
    int64_t q[4], k[4], v[4];
    enum oc_status st = operand(err, n, &in[IN_Q]->shape, "q_num_heads", q, &a->q);
    if (st || (st = operand(err, n, &in[IN_K]->shape, "kv_num_heads", k, &a->k)) ||
        (st = operand(err, n, &in[IN_V]->shape, "kv_num_heads", v, &a->v)))
        return st;
    if (k[0] != q[0] || v[0] != q[0] || v[1] != k[1] || v[2] != k[2] || k[3] != q[3] || k[1] < 1 || q[1] % k[1])
        return eng_bad_node(err, n, "queries, keys and values do not fit each other");
    for (int i = 0; i < INPUTS; i++)
        a->has[i] = input(in, n_in, i) != NULL;
    a->dtype = in[IN_Q]->dtype;
    a->batches = q[0];
    a->q_heads = q[1];
    a->q_length = q[2];
    a->features = q[3];
    a->kv_heads = k[1];
    a->kv_length = k[2];
    a->v_features = v[3];
    if (a->has[IN_PAST_K] != a->has[IN_PAST_V])
        return eng_bad_node(err, n, "past keys and values come together or not at all");
    if (a->has[IN_PAST_K] && ((st = place_past(err, n, in[IN_PAST_V], a->v_features, a, &a->past_v)) ||
                              (st = place_past(err, n, in[IN_PAST_K], a->features, a, &a->past_k))))
        return st;
    if (a->has[IN_PAST_K] && in[IN_PAST_V]->shape.dim[2] != a->past)
        return eng_bad_node(err, n, "past keys and values have different lengths");
    a->total = a->past + a->kv_length;
    a->scores = (struct eng_shape){4, {a->batches, a->q_heads, a->q_length, a->total}};
    if (a->has[IN_LENGTHS] && (in[IN_LENGTHS]->shape.rank != 1 || in[IN_LENGTHS]->shape.dim[0] != a->batches))
        return eng_bad_node(err, n, "nonpad_kv_seqlen needs one number for each batch entry");
    return a->has[IN_MASK] ? place_mask(err, n, in[IN_MASK], a) : OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct attention a = {0};
    enum oc_status st = eng_need_same_types(c, IN_Q, IN_K, ENG_T_FLOAT);
    if (st || (st = eng_need_type(c, IN_V, ENG_T_FLOAT)))
        return st;
    for (int i = IN_MASK; i < c->n_in; i++) {
        uint32_t types = i == IN_MASK ? ENG_T_ANY : i == IN_LENGTHS ? ENG_T_INDEX : ENG_T_FLOAT;
        if (eng_infer_in(c, i) && (st = eng_need_type(c, i, types)))
            return st;
    }
    if ((st = read(c->err, c->node, c->in, c->n_in, &a)))
        return st;
    bool flat = c->in[IN_Q]->shape.rank == 3;
    struct eng_shape y4 = {4, {a.batches, a.q_heads, a.q_length, a.v_features}},
                     y3 = {3, {a.batches, a.q_length, a.q_heads * a.v_features}};
    c->out[0].dtype = a.dtype;
    c->out[0].shape = flat ? y3 : y4;
    c->out[1].dtype = c->in[IN_K]->dtype;
    c->out[1].shape = (struct eng_shape){4, {a.batches, a.kv_heads, a.total, a.features}};
    c->out[2].dtype = c->in[IN_V]->dtype;
    c->out[2].shape = (struct eng_shape){4, {a.batches, a.kv_heads, a.total, a.v_features}};
    c->out[3].dtype = a.dtype;
    c->out[3].shape = a.scores;
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct attention a = {.threads = c->threads < 1 ? 1 : c->threads, .n_out = c->n_out};
    enum oc_status st = read(c->err, c->node, c->in, c->n_in, &a);
    if (st)
        return st;
    int64_t width = a.q_heads * a.v_features;
    a.y = c->in[IN_Q]->shape.rank == 3 ? (struct layout){a.q_length * width, a.v_features, width}
                                       : (struct layout){a.q_length * width, a.q_length * a.v_features, a.v_features};
    a.scale = (double)eng_node_float(c->node, "scale", 0);
    if (a.scale == 0)
        a.scale = 1 / sqrt((double)a.features);
    a.softcap = (double)eng_node_float(c->node, "softcap", 0);
    a.causal = eng_node_int(c->node, "is_causal", 0) != 0;
    a.score_mode = eng_node_int(c->node, "qk_matmul_output_mode", 0);
    if (!oc_size_mul((size_t)a.total * sizeof(double), (size_t)a.threads, &k->scratch_bytes))
        return eng_bad_node(c->err, c->node, "%lld keys are too many", (long long)a.total);
    k->run = run;
    k->impl = "attention by rows";
    return eng_keep_state(c, k, &a, sizeof a);
}

/* nonpad_kv_seqlen: 24. */
const struct eng_op_def eng_ops_attention[] = {
    {"", "Attention", 23, 0, 3, 7, 1, 4, 0, 0, infer, prepare},
    {.name = NULL},
};

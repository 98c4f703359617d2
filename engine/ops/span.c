/* See span.h. A piece of the output is found again from its first element, so pieces need nothing from each other. */
#include "engine/ops/span.h"
#include "engine/ops/half.h"
#include "engine/ops/types.h"

#define PIECE 16384    /* outputs of one parallel piece */
#define HALF_PIECE 256 /* elements converted at a time, on the stack */

static bool mergeable(const struct eng_broadcast_plan *p, int outer, int64_t inner_dim, const int64_t *inner_stride)
{
    for (int i = 0; i < p->n_in; i++)
        if (p->stride[i][outer] != inner_stride[i] * inner_dim)
            return false;
    return true;
}

void eng_broadcast_plan_init(struct eng_broadcast_plan *p, int n_in, const struct eng_value *const *v, const struct eng_value *out)
{
    int64_t stride[ENG_SPAN_IN][LIM_TENSOR_RANK] = {{0}};
    *p = (struct eng_broadcast_plan){.n_in = n_in, .out_type = out->dtype, .total = eng_shape_count(&out->shape)};
    for (int i = 0; i < n_in; i++) {
        p->in_type[i] = v[i]->dtype;
        eng_broadcast_strides(&v[i]->shape, &out->shape, stride[i]);
    }
    for (int d = 0; d < out->shape.rank; d++) {
        int64_t inner[ENG_SPAN_IN] = {stride[0][d], stride[1][d], stride[2][d]};
        if (out->shape.dim[d] == 1)
            continue;
        bool merge = p->rank > 0 && mergeable(p, p->rank - 1, out->shape.dim[d], inner);
        int at = merge ? p->rank - 1 : p->rank++;
        p->dim[at] = merge ? p->dim[at] * out->shape.dim[d] : out->shape.dim[d];
        for (int i = 0; i < n_in; i++)
            p->stride[i][at] = inner[i];
    }
    if (p->rank == 0) { /* one element */
        p->rank = 1;
        p->dim[0] = p->total;
    }
}

struct job {
    const struct eng_broadcast_plan *p;
    const void *in[ENG_SPAN_IN];
    void *out;
    eng_span_fn fn;
    const void *arg;
    bool half;
};

static void load_float(float *to, enum eng_dtype t, const void *from, int64_t n)
{
    const uint16_t *h = from;
    if (t == ENG_DT_F16)
        for (int64_t i = 0; i < n; i++)
            to[i] = eng_f16_to_f32(h[i]);
    else
        for (int64_t i = 0; i < n; i++)
            to[i] = eng_bf16_to_f32(h[i]);
}

static void store_float(void *to, enum eng_dtype t, const float *from, int64_t n)
{
    uint16_t *h = to;
    if (t == ENG_DT_F16)
        for (int64_t i = 0; i < n; i++)
            h[i] = eng_f32_to_f16(from[i]);
    else
        for (int64_t i = 0; i < n; i++)
            h[i] = eng_f32_to_bf16(from[i]);
}

static void call_half(const struct job *j, const struct eng_span *s)
{
    const struct eng_broadcast_plan *p = j->p;
    float in[ENG_SPAN_IN][HALF_PIECE], out[HALF_PIECE];
    for (int64_t at = 0; at < s->n; at += HALF_PIECE) {
        struct eng_span piece = *s;
        piece.n = s->n - at < HALF_PIECE ? s->n - at : HALF_PIECE;
        for (int i = 0; i < p->n_in; i++) {
            piece.in[i] = (const char *)s->in[i] + (size_t)(at * s->step[i]) * eng_dtype_size(p->in_type[i]);
            if (eng_type_is_half(p->in_type[i])) {
                load_float(in[i], p->in_type[i], piece.in[i], s->step[i] ? piece.n : 1);
                piece.in[i] = in[i];
            }
        }
        void *to = (char *)s->out + (size_t)at * eng_dtype_size(p->out_type);
        bool half_out = eng_type_is_half(p->out_type);
        piece.out = half_out ? out : to;
        j->fn(j->arg, &piece);
        if (half_out)
            store_float(to, p->out_type, out, piece.n);
    }
}

static void run_piece(void *arg, size_t index)
{
    const struct job *j = arg;
    const struct eng_broadcast_plan *p = j->p;
    int last = p->rank - 1;
    int64_t at[LIM_TENSOR_RANK] = {0}, offset[ENG_SPAN_IN] = {0};
    int64_t begin = (int64_t)index * PIECE, end = begin + PIECE < p->total ? begin + PIECE : p->total;
    int64_t rest = begin;
    for (int d = last; d >= 0; d--) {
        at[d] = rest % p->dim[d];
        rest /= p->dim[d];
        for (int i = 0; i < p->n_in; i++)
            offset[i] += at[d] * p->stride[i][d];
    }
    while (begin < end) {
        int64_t left = p->dim[last] - at[last];
        struct eng_span s = {.n = end - begin < left ? end - begin : left,
                             .out = (char *)j->out + (size_t)begin * eng_dtype_size(p->out_type)};
        for (int i = 0; i < p->n_in; i++) {
            s.in[i] = (const char *)j->in[i] + (size_t)offset[i] * eng_dtype_size(p->in_type[i]);
            s.step[i] = p->stride[i][last];
        }
        if (j->half)
            call_half(j, &s);
        else
            j->fn(j->arg, &s);
        begin += s.n;
        at[last] += s.n;
        for (int i = 0; i < p->n_in; i++)
            offset[i] += s.n * p->stride[i][last];
        for (int d = last; d > 0 && at[d] == p->dim[d]; d--) {
            at[d] = 0;
            at[d - 1]++;
            for (int i = 0; i < p->n_in; i++)
                offset[i] += p->stride[i][d - 1] - p->dim[d] * p->stride[i][d];
        }
    }
}

void eng_broadcast_run(const struct eng_broadcast_plan *p, const void *const *in, void *out, struct oc_par *par, eng_span_fn fn,
                       const void *arg)
{
    struct job j = {.p = p, .out = out, .fn = fn, .arg = arg, .half = eng_type_is_half(p->out_type)};
    for (int i = 0; i < p->n_in; i++) {
        j.in[i] = in[i];
        j.half |= eng_type_is_half(p->in_type[i]);
    }
    oc_par_for(par, (size_t)((p->total + PIECE - 1) / PIECE), run_piece, &j);
}

void eng_span_binary_f32(enum eng_binary op, const struct eng_span *s)
{
    const struct eng_kernels *kernels = eng_kernels();
    const float *a = s->in[0], *b = s->in[1];
    float *y = s->out;
    size_t n = (size_t)s->n;
    if (s->step[0] && s->step[1]) {
        kernels->binary(op, a, b, y, n);
    } else if (s->step[0]) {
        kernels->binary_scalar(op, a, *b, false, y, n);
    } else if (s->step[1]) {
        kernels->binary_scalar(op, b, *a, true, y, n);
    } else {
        kernels->binary(op, a, b, y, 1);
        for (size_t i = 1; i < n; i++)
            y[i] = y[0];
    }
}

void eng_span_unary_f32(enum eng_unary op, const struct eng_span *s)
{
    eng_kernels()->unary(op, s->in[0], s->out, (size_t)s->n);
}

void eng_span_act_f32(enum eng_act act, float alpha, float beta, const struct eng_span *s)
{
    eng_kernels()->act(act, alpha, beta, s->in[0], s->out, (size_t)s->n);
}

struct state {
    struct eng_broadcast_plan plan;
    eng_span_fn fn;
    struct eng_span_param param;
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const void *in[ENG_SPAN_IN] = {NULL};
    for (int i = 0; i < s->plan.n_in; i++)
        in[i] = call->in[i].data;
    eng_broadcast_run(&s->plan, in, call->out[0].data, call->par, s->fn, &s->param);
    return OC_OK;
}

enum oc_status eng_span_kernel(const struct eng_prepare *c, struct eng_kernel *k, int n_in, eng_span_fn fn,
                               const struct eng_span_param *param, const char *impl)
{
    if (!fn)
        return eng_bad_node(c->err, c->node, "no kernel for type %s", eng_dtype_name(c->in[0]->dtype));
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "elementwise kernel", sizeof *s);
    eng_broadcast_plan_init(&s->plan, n_in, c->in, c->out[0]);
    s->fn = fn;
    if (param)
        s->param = *param;
    k->state = s;
    k->run = run;
    k->impl = impl;
    return OC_OK;
}

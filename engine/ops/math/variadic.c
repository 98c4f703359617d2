/*
 * Min, Max, Sum, Mean of any number of inputs: the first two into the output, then each further input onto it.
 * Not in place: the output could be the memory of an input that is still to come. NaN wins, as in numpy.
 */
#include "engine/ops/span.h"
#include "engine/ops/types.h"

enum kind { MIN, MAX, SUM, KINDS };

#define INTEGER_KERNELS(name, type, twin)                                       \
    static void min_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, y < x ? y : x);                          \
    }                                                                           \
    static void max_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, y > x ? y : x);                          \
    }                                                                           \
    static void sum_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, (twin)((uint64_t)x + (uint64_t)y));      \
    }
ENG_INTEGER_TYPES(INTEGER_KERNELS)

/* x != x: a NaN in x stays; a NaN in y makes the comparison false the other way round. */
static void min_F64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, double, double, x <= y || x != x ? x : y);
}

static void max_F64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, double, double, x >= y || x != x ? x : y);
}

static void sum_F64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, double, double, x + y);
}

static void scale_F64(const void *arg, const struct eng_span *s)
{
    const double factor = (double)((const struct eng_span_param *)arg)->mode;
    ENG_SPAN_UNARY(s, double, double, x / factor);
}

static void min_F32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    eng_span_binary_f32(ENG_BI_MIN, s);
}

static void max_F32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    eng_span_binary_f32(ENG_BI_MAX, s);
}

static void sum_F32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    eng_span_binary_f32(ENG_BI_ADD, s);
}

static void scale_F32(const void *arg, const struct eng_span *s)
{
    const float factor = (float)((const struct eng_span_param *)arg)->mode;
    ENG_SPAN_UNARY(s, float, float, x / factor);
}

#define ROW(name, type, twin) [ENG_DT_##name] = {min_##name, max_##name, sum_##name},
static const eng_span_fn kernels[][KINDS] = {
    ENG_INTEGER_TYPES(ROW) ENG_FLOAT_TYPES(ROW)[ENG_DT_F16] = {min_F32, max_F32, sum_F32},
    [ENG_DT_BF16] = {min_F32, max_F32, sum_F32},
};

struct state {
    size_t bytes; /* of the output */
    int n_in;
    bool mean;
    eng_span_fn fn, scale;
    struct eng_broadcast_plan scale_plan;
    struct eng_broadcast_plan step[]; /* [max(1, n_in - 1)]; with one input: a copy */
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    void *out = call->out[0].data;
    if (s->n_in == 1 && s->bytes > 0)
        memcpy(out, call->in[0].data, s->bytes);
    for (int i = 1; i < s->n_in; i++) {
        const void *in[] = {i == 1 ? call->in[0].data : out, call->in[i].data};
        eng_broadcast_run(&s->step[i - 1], in, out, call->par, s->fn, NULL);
    }
    struct eng_span_param p = {.mode = s->n_in};
    const void *in[] = {out};
    if (s->mean && s->n_in > 1)
        eng_broadcast_run(&s->scale_plan, in, out, call->par, s->scale, &p);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, enum kind kind, bool mean, const char *impl)
{
    size_t bytes = sizeof(struct state) + (size_t)c->n_in * sizeof(struct eng_broadcast_plan);
    struct state *s = oc_mem_zero(OC_MEM_MODEL, bytes);
    if (!s)
        return oc_err_nomem(c->err, "elementwise kernel", bytes);
    k->state = s;
    s->n_in = c->n_in;
    s->mean = mean;
    s->fn = kernels[c->in[0]->dtype][kind];
    s->scale = c->in[0]->dtype == ENG_DT_F64 ? scale_F64 : scale_F32;
    s->bytes = (size_t)eng_shape_count(&c->out[0]->shape) * eng_dtype_size(c->out[0]->dtype);
    for (int i = 1; i < c->n_in; i++) {
        const struct eng_value *pair[] = {i == 1 ? c->in[0] : c->out[0], c->in[i]};
        eng_broadcast_plan_init(&s->step[i - 1], 2, pair, c->out[0]);
    }
    eng_broadcast_plan_init(&s->scale_plan, 1, c->out, c->out[0]);
    k->run = run;
    k->impl = impl;
    return OC_OK;
}

static enum oc_status prepare_min(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, MIN, false, "min");
}

static enum oc_status prepare_max(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, MAX, false, "max");
}

static enum oc_status prepare_sum(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, SUM, false, "sum");
}

static enum oc_status prepare_mean(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, SUM, true, "mean");
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, c->n_in - 1, ENG_T_NUMERIC);
    return st ? st : eng_infer_broadcast(c);
}

static enum oc_status infer_float(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, c->n_in - 1, ENG_T_FLOAT);
    return st ? st : eng_infer_broadcast(c);
}

const struct eng_op_def eng_ops_variadic[] = {
    {"", "Min", 6, 0, 1, -1, 1, 1, 0, ENG_OP_BROADCAST, infer, prepare_min},
    {"", "Max", 6, 0, 1, -1, 1, 1, 0, ENG_OP_BROADCAST, infer, prepare_max},
    {"", "Sum", 6, 0, 1, -1, 1, 1, 0, ENG_OP_BROADCAST, infer_float, prepare_sum},
    {"", "Mean", 6, 0, 1, -1, 1, 1, 0, ENG_OP_BROADCAST, infer_float, prepare_mean},
    {.name = NULL},
};

/* Clip. Before opset 11 the bounds are attributes; after, optional scalar inputs, read in run. With min > max the result is max, as in
 * numpy. */
#include "engine/ops/half.h"
#include "engine/ops/span.h"
#include "engine/ops/types.h"
#include <float.h>
#include <math.h>

/* Bounds in the element's own type, so that 64-bit integers stay exact. */
union bound {
    int64_t i;
    uint64_t u;
    double f;
};

struct bounds {
    union bound low, high;
};

#define CLIP(name, type, field)                                                                \
    static void clip_##name(const void *arg, const struct eng_span *s)                         \
    {                                                                                          \
        const struct bounds *b = arg;                                                          \
        const type low = (type)b->low.field, high = (type)b->high.field;                       \
        ENG_SPAN_UNARY(s, type, type, x<low ? (low > high ? high : low) : x> high ? high : x); \
    }
#define CLIP_SIGNED(name, type, twin) CLIP(name, type, i)
#define CLIP_UNSIGNED(name, type, twin) CLIP(name, type, u)
#define CLIP_FLOAT(name, type, twin) CLIP(name, type, f)
ENG_SIGNED_TYPES(CLIP_SIGNED)
ENG_UNSIGNED_TYPES(CLIP_UNSIGNED)
ENG_FLOAT_TYPES(CLIP_FLOAT)

#define ROW(name, type, twin) [ENG_DT_##name] = clip_##name,
static const eng_span_fn kernels[] = {
    ENG_INTEGER_TYPES(ROW) ENG_FLOAT_TYPES(ROW)[ENG_DT_F16] = clip_F32,
    [ENG_DT_BF16] = clip_F32,
};

struct state {
    struct eng_broadcast_plan plan;
    enum eng_dtype type;
    struct bounds bounds; /* of the attributes, or no bounds */
    int n_in;
};

static struct bounds no_bounds(enum eng_dtype t)
{
    if (eng_type_in(t, ENG_T_UNSIGNED))
        return (struct bounds){{.u = 0}, {.u = UINT64_MAX}};
    switch (t) {
    case ENG_DT_I8:
        return (struct bounds){{.i = INT8_MIN}, {.i = INT8_MAX}};
    case ENG_DT_I16:
        return (struct bounds){{.i = INT16_MIN}, {.i = INT16_MAX}};
    case ENG_DT_I32:
        return (struct bounds){{.i = INT32_MIN}, {.i = INT32_MAX}};
    case ENG_DT_I64:
        return (struct bounds){{.i = INT64_MIN}, {.i = INT64_MAX}};
    default:
        return (struct bounds){{.f = -HUGE_VAL}, {.f = HUGE_VAL}};
    }
}

static union bound read_bound(const struct eng_tensor *t)
{
    if (eng_type_in(t->dtype, ENG_T_INTEGER)) /* an uint64 keeps its bits */
        return (union bound){.i = eng_load_i64(t->dtype, t->data, 0)};
    return (union bound){.f = eng_load_f64(t->dtype, t->data, 0)};
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    struct bounds b = s->bounds;
    const struct eng_tensor *low = eng_call_in(call, s->n_in, 1), *high = eng_call_in(call, s->n_in, 2);
    if (low)
        b.low = read_bound(low);
    if (high)
        b.high = read_bound(high);
    const void *in[] = {call->in[0].data};
    eng_broadcast_run(&s->plan, in, call->out[0].data, call->par, kernels[s->type], &b);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "elementwise kernel", sizeof *s);
    eng_broadcast_plan_init(&s->plan, 1, c->in, c->out[0]);
    s->type = c->in[0]->dtype;
    s->bounds = no_bounds(s->type);
    s->n_in = c->n_in;
    if (c->node->opset < 11) {
        s->bounds.low.f = (double)eng_node_float(c->node, "min", -FLT_MAX);
        s->bounds.high.f = (double)eng_node_float(c->node, "max", FLT_MAX);
    }
    k->state = s;
    k->run = run;
    k->impl = "clip";
    return OC_OK;
}

static enum oc_status infer_attributes(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    return st ? st : eng_infer_same(c);
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, c->n_in - 1, ENG_T_NUMERIC);
    for (int i = 1; !st && i < c->n_in; i++)
        if (c->in[i] && eng_shape_count(&c->in[i]->shape) != 1)
            st = eng_bad_node(c->err, c->node, "a bound has %lld elements, not 1", (long long)eng_shape_count(&c->in[i]->shape));
    return st ? st : eng_infer_same(c);
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_UNARY)
const struct eng_op_def eng_ops_clip[] = {
    {"", "Clip", 6, 10, 1, 1, 1, 1, 0, FLAGS, infer_attributes, prepare},
    {"", "Clip", 11, 0, 1, 3, 1, 1, 0, FLAGS, infer, prepare},
    {.name = NULL},
};

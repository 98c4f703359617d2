/* Where: by element size, so one kernel serves all types of that size. Three-way broadcasting. */
#include "engine/ops/span.h"
#include "engine/ops/types.h"

#define KERNEL(type)                                                               \
    static void where_##type(const void *arg OC_UNUSED, const struct eng_span *s)  \
    {                                                                              \
        const uint8_t *cond = s->in[0];                                            \
        const type *x = s->in[1], *y = s->in[2];                                   \
        type *o = s->out;                                                          \
        const int64_t n = s->n, sc = s->step[0], sx = s->step[1], sy = s->step[2]; \
        if (sc && sx && sy) {                                                      \
            ENG_SPAN_EACH(n, o[i] = cond[i] ? x[i] : y[i])                         \
        } else if (sc && sx) {                                                     \
            const type other = y[0];                                               \
            ENG_SPAN_EACH(n, o[i] = cond[i] ? x[i] : other)                        \
        } else if (sc && sy) {                                                     \
            const type other = x[0];                                               \
            ENG_SPAN_EACH(n, o[i] = cond[i] ? other : y[i])                        \
        } else {                                                                   \
            ENG_SPAN_EACH(n, o[i] = cond[i * sc] ? x[i * sx] : y[i * sy])          \
        }                                                                          \
    }
KERNEL(uint8_t)
KERNEL(uint16_t)
KERNEL(uint32_t)
KERNEL(uint64_t)

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T(BOOL));
    if (!st)
        st = eng_need_same_types(c, 1, 2, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 2, ENG_T_ANY);
    struct eng_shape xy;
    if (!st)
        st = eng_broadcast(c->err, c->node, &c->in[1]->shape, &c->in[2]->shape, &xy);
    if (st)
        return st;
    c->out[0].dtype = c->in[1]->dtype;
    return eng_broadcast(c->err, c->node, &c->in[0]->shape, &xy, &c->out[0].shape);
}

struct state {
    struct eng_broadcast_plan plan;
    eng_span_fn fn;
};

/* Not eng_span_kernel: halves are moved as they are, not converted. */
static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const void *in[] = {call->in[0].data, call->in[1].data, call->in[2].data};
    eng_broadcast_run(&s->plan, in, call->out[0].data, call->par, s->fn, NULL);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "elementwise kernel", sizeof *s);
    eng_broadcast_plan_init(&s->plan, 3, c->in, c->out[0]);
    switch (eng_dtype_size(c->out[0]->dtype)) {
    case 1:
        s->fn = where_uint8_t;
        break;
    case 2:
        s->fn = where_uint16_t;
        s->plan.in_type[1] = s->plan.in_type[2] = s->plan.out_type = ENG_DT_U16;
        break;
    case 4:
        s->fn = where_uint32_t;
        break;
    default:
        s->fn = where_uint64_t;
    }
    k->state = s;
    k->run = run;
    k->impl = "where";
    return OC_OK;
}

const struct eng_op_def eng_ops_where[] = {
    {"", "Where", 9, 0, 3, 3, 1, 1, 0, ENG_OP_IN_PLACE | ENG_OP_BROADCAST, infer, prepare},
    {.name = NULL},
};

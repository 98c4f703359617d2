/*
 * Cast and CastLike between numbers and bool; no strings. BitCast: the same bits under another type. Float to integer truncates; what does
 * not fit is clamped and NaN becomes 0 (the standard leaves both open; this never is undefined behaviour). Integer to narrower integer
 * keeps the low bits. To bool: not zero, so NaN is true.
 */
#include "base/parse.h"
#include "engine/ops/half.h"
#include "engine/ops/span.h"
#include "engine/ops/types.h"
#include <string.h>

/* From the types that models cast between most; the rest goes through eng_load and eng_store, element by element. */
static void i64_to_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, int64_t, float, x);
}

static void i32_to_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, int32_t, float, x);
}

static void u8_to_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, uint8_t, float, x);
}

static void bool_to_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, uint8_t, float, x != 0);
}

static void f32_to_bool(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, uint8_t, x != 0);
}

static void f32_to_i32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, int32_t, x >= 0x1p31f ? INT32_MAX : x >= -0x1p31f ? (int32_t)x : x != x ? 0 : INT32_MIN);
}

static void f32_to_i64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, int64_t, x >= 0x1p63f ? INT64_MAX : x >= -0x1p63f ? (int64_t)x : x != x ? 0 : INT64_MIN);
}

static void f32_to_u8(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, uint8_t, x >= 255 ? 255 : x > 0 ? (int)x : 0);
}

static void f16_to_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, uint16_t, float, eng_f16_to_f32(x));
}

static void f32_to_f16(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, uint16_t, eng_f32_to_f16(x));
}

static void bf16_to_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, uint16_t, float, eng_bf16_to_f32(x));
}

static void f32_to_bf16(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, uint16_t, eng_f32_to_bf16(x));
}

static void any(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    enum eng_dtype from = (enum eng_dtype)(p->mode >> 8), to = (enum eng_dtype)(p->mode & 255);
    bool integer = eng_type_in(from, ENG_T_INTEGER | ENG_T(BOOL)) && eng_type_in(to, ENG_T_INTEGER | ENG_T(BOOL));
    for (int64_t i = 0; i < s->n; i++)
        if (integer)
            eng_store_i64(to, s->out, i, eng_load_i64(from, s->in[0], i));
        else
            eng_store_f64(to, s->out, i, eng_load_f64(from, s->in[0], i));
}

static void copy(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    memmove(s->out, s->in[0], (size_t)s->n * eng_dtype_size((enum eng_dtype)(p->mode & 255)));
}

static const struct {
    enum eng_dtype from, to;
    eng_span_fn fn;
} fast[] = {
    {ENG_DT_I64, ENG_DT_F32, i64_to_f32},   {ENG_DT_I32, ENG_DT_F32, i32_to_f32},   {ENG_DT_U8, ENG_DT_F32, u8_to_f32},
    {ENG_DT_BOOL, ENG_DT_F32, bool_to_f32}, {ENG_DT_F32, ENG_DT_BOOL, f32_to_bool}, {ENG_DT_F32, ENG_DT_I32, f32_to_i32},
    {ENG_DT_F32, ENG_DT_I64, f32_to_i64},   {ENG_DT_F32, ENG_DT_U8, f32_to_u8},     {ENG_DT_F16, ENG_DT_F32, f16_to_f32},
    {ENG_DT_F32, ENG_DT_F16, f32_to_f16},   {ENG_DT_BF16, ENG_DT_F32, bf16_to_f32}, {ENG_DT_F32, ENG_DT_BF16, f32_to_bf16},
};

struct state {
    struct eng_broadcast_plan plan;
    eng_span_fn fn;
    struct eng_span_param param;
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    const void *in[] = {call->in[0].data};
    eng_broadcast_run(&s->plan, in, call->out[0].data, call->par, s->fn, &s->param);
    return OC_OK;
}

/* The iterator must hand halves over as they are: it is told their bits are plain 16-bit numbers. */
static enum eng_dtype raw_type(enum eng_dtype t)
{
    return eng_type_is_half(t) ? ENG_DT_U16 : t;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "cast kernel", sizeof *s);
    enum eng_dtype from = c->in[0]->dtype, to = c->out[0]->dtype;
    eng_broadcast_plan_init(&s->plan, 1, c->in, c->out[0]);
    s->plan.in_type[0] = raw_type(from);
    s->plan.out_type = raw_type(to);
    s->param.mode = (int64_t)from << 8 | (int64_t)to;
    s->fn = from == to ? copy : any;
    for (size_t i = 0; i < OC_ARRAY_LEN(fast); i++)
        if (fast[i].from == from && fast[i].to == to)
            s->fn = fast[i].fn;
    k->state = s;
    k->run = run;
    k->impl = s->fn == any ? "cast:any" : "cast";
    return OC_OK;
}

/* BitCast: types of one size. */
static enum oc_status infer_bits(struct eng_infer *c)
{
    int64_t to = eng_node_int(c->node, "to", 0);
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st && (to < 0 || to > 31 || !eng_type_in((enum eng_dtype)to, ENG_T_ANY & ~ENG_T(BOOL)) ||
                eng_dtype_size((enum eng_dtype)to) != eng_dtype_size(c->in[0]->dtype)))
        st = eng_bad_node(c->err, c->node, "element type %lld has not the size of %s", (long long)to, eng_dtype_name(c->in[0]->dtype));
    if (st)
        return st;
    c->out[0].dtype = (enum eng_dtype)to;
    c->out[0].shape = c->in[0]->shape;
    return OC_OK;
}

static enum oc_status prepare_bits(const struct eng_prepare *c, struct eng_kernel *k)
{
    enum oc_status st = prepare(c, k);
    struct state *s = k->state;
    if (st)
        return st;
    s->fn = copy;
    k->impl = "bit_cast";
    return OC_OK;
}

static enum oc_status infer_to(struct eng_infer *c, int64_t to)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st && (to < 0 || to > 31 || !eng_type_in((enum eng_dtype)to, ENG_T_ANY)))
        st = eng_bad_node(c->err, c->node, "a cast to element type %lld is not supported", (long long)to);
    if (st)
        return st;
    c->out[0].dtype = (enum eng_dtype)to;
    c->out[0].shape = c->in[0]->shape;
    return OC_OK;
}

static enum oc_status infer_cast(struct eng_infer *c)
{
    return infer_to(c, eng_node_int(c->node, "to", 0));
}

static enum oc_status infer_cast_like(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 1, ENG_T_ANY);
    return st ? st : infer_to(c, c->in[1]->dtype);
}

const struct eng_op_def eng_ops_cast[] = {
    {"", "Cast", 6, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE | ENG_OP_UNARY, infer_cast, prepare},
    {"", "CastLike", 15, 0, 2, 2, 1, 1, 0, ENG_OP_UNARY, infer_cast_like, prepare},
    {"", "BitCast", 26, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE | ENG_OP_UNARY, infer_bits, prepare_bits},
    {.name = NULL},
};

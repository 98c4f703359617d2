/*
 * Pow and Mod. Pow takes a base and an exponent of different types and gives the base's; float by float is powf
 * (with the exponents that models use most taken apart), everything else goes through doubles, or through exact
 * wrapping multiplication when both are integers. Mod: fmod = 0 has the divisor's sign (Python), fmod = 1 the
 * dividend's (C).
 */
#include "engine/ops/span.h"
#include "engine/ops/types.h"
#include <math.h>

static void pow_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    const float exponent = *(const float *)s->in[1];
    if (s->step[1] == 0 && exponent == 2.0f)
        ENG_SPAN_UNARY(s, float, float, x *x);
    else if (s->step[1] == 0 && exponent == 3.0f)
        ENG_SPAN_UNARY(s, float, float, x *x *x);
    else if (s->step[1] == 0 && exponent == 1.0f)
        ENG_SPAN_UNARY(s, float, float, x);
    else
        ENG_SPAN_BINARY(s, float, float, powf(x, y));
}

static void pow_f64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, double, double, pow(x, y));
}

/* Types of a mixed power: what the iterator hands out (halves arrive as floats). */
static int64_t type_pair(enum eng_dtype base, enum eng_dtype exponent)
{
    base = eng_type_is_half(base) ? ENG_DT_F32 : base;
    exponent = eng_type_is_half(exponent) ? ENG_DT_F32 : exponent;
    return (int64_t)base << 8 | (int64_t)exponent;
}

static void pow_mixed(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    enum eng_dtype base = (enum eng_dtype)(p->mode >> 8), exponent = (enum eng_dtype)(p->mode & 255);
    for (int64_t i = 0; i < s->n; i++) {
        double x = eng_load_f64(base, s->in[0], i * s->step[0]), y = eng_load_f64(exponent, s->in[1], i * s->step[1]);
        eng_store_f64(base, s->out, i, pow(x, y));
    }
}

static uint64_t power_u64(uint64_t x, uint64_t y)
{
    uint64_t r = 1;
    for (; y; y >>= 1, x *= x)
        if (y & 1)
            r *= x;
    return r;
}

/* A negative exponent truncates: 1 and -1 stay on the unit circle, everything else becomes 0. */
static uint64_t power_i64(int64_t x, int64_t y)
{
    if (y >= 0)
        return power_u64((uint64_t)x, (uint64_t)y);
    if (x == 1)
        return 1;
    return x == -1 ? (y & 1 ? UINT64_MAX : 1) : 0;
}

static void pow_integers(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    enum eng_dtype base = (enum eng_dtype)(p->mode >> 8), exponent = (enum eng_dtype)(p->mode & 255);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t x = eng_load_i64(base, s->in[0], i * s->step[0]), y = eng_load_i64(exponent, s->in[1], i * s->step[1]);
        uint64_t r = exponent == ENG_DT_U64 ? power_u64((uint64_t)x, (uint64_t)y) : power_i64(x, y);
        eng_store_i64(base, s->out, i, (int64_t)r);
    }
}

static enum oc_status infer_pow(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_NUMERIC);
    c->out[0].dtype = st ? ENG_DT_UNDEFINED : c->in[0]->dtype;
    return st ? st : eng_broadcast(c->err, c->node, &c->in[0]->shape, &c->in[1]->shape, &c->out[0].shape);
}

static enum oc_status prepare_pow(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct eng_span_param p = {.mode = type_pair(c->in[0]->dtype, c->in[1]->dtype)};
    if (p.mode == type_pair(ENG_DT_F32, ENG_DT_F32))
        return eng_span_kernel(c, k, 2, pow_f32, NULL, "pow");
    if (p.mode == type_pair(ENG_DT_F64, ENG_DT_F64))
        return eng_span_kernel(c, k, 2, pow_f64, NULL, "pow");
    bool integers = eng_type_in(c->in[0]->dtype, ENG_T_INTEGER) && eng_type_in(c->in[1]->dtype, ENG_T_INTEGER);
    return eng_span_kernel(c, k, 2, integers ? pow_integers : pow_mixed, &p, "pow:mixed");
}

#define SIGNED_MOD(name, type, twin)                                                                               \
    static void mod_##name(const void *arg OC_UNUSED, const struct eng_span *s)                                    \
    {                                                                                                              \
        ENG_SPAN_BINARY(s, type, type, y == 0 || y == -1 ? 0 : x % y + (x % y != 0 && ((x % y) ^ y) < 0 ? y : 0)); \
    }                                                                                                              \
    static void rem_##name(const void *arg OC_UNUSED, const struct eng_span *s)                                    \
    {                                                                                                              \
        ENG_SPAN_BINARY(s, type, type, y == 0 || y == -1 ? 0 : x % y);                                             \
    }
ENG_SIGNED_TYPES(SIGNED_MOD)
#define UNSIGNED_MOD(name, type, twin)                                          \
    static void mod_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, y == 0 ? 0 : x % y);                     \
    }
ENG_UNSIGNED_TYPES(UNSIGNED_MOD)

static void rem_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, float, float, fmodf(x, y));
}

static void rem_f64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, double, double, fmod(x, y));
}

/* [type][fmod]; integer mod with a float's rounding does not exist: those places are empty. */
#define SIGNED_ROW(name, type, twin) [ENG_DT_##name] = {mod_##name, rem_##name},
#define UNSIGNED_ROW(name, type, twin) [ENG_DT_##name] = {mod_##name, mod_##name},
static const eng_span_fn mod_kernels[][2] = {
    ENG_SIGNED_TYPES(SIGNED_ROW) ENG_UNSIGNED_TYPES(UNSIGNED_ROW)[ENG_DT_F32] = {NULL, rem_f32},
    [ENG_DT_F64] = {NULL, rem_f64},
    [ENG_DT_F16] = {NULL, rem_f32},
    [ENG_DT_BF16] = {NULL, rem_f32},
};

static enum oc_status infer_mod(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_NUMERIC);
    if (!st && !mod_kernels[c->in[0]->dtype][eng_node_int(c->node, "fmod", 0) != 0])
        st = eng_bad_node(c->err, c->node, "%s needs fmod = 1", eng_dtype_name(c->in[0]->dtype));
    return st ? st : eng_infer_broadcast(c);
}

static enum oc_status prepare_mod(const struct eng_prepare *c, struct eng_kernel *k)
{
    return eng_span_kernel(c, k, 2, mod_kernels[c->in[0]->dtype][eng_node_int(c->node, "fmod", 0) != 0], NULL, "mod");
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_BROADCAST)
const struct eng_op_def eng_ops_power[] = {
    {"", "Pow", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_pow, prepare_pow},
    {"", "Mod", 10, 0, 2, 2, 1, 1, 0, FLAGS, infer_mod, prepare_mod},
    {.name = NULL},
};

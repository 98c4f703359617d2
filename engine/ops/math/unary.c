/*
 * Functions of one number without parameters: Neg, Abs, Sign, rounding, roots, logarithms, trigonometry, Erf; and
 * the questions IsNaN and IsInf. Floats by the vector kernels or libm, halves through float; integers where the standard has them.
 */
#include "engine/ops/span.h"
#include "engine/ops/types.h"
#include <math.h>
#include <string.h>

#define FLOAT_PAIR(name, f32, f64)                                              \
    static void name##_F32(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_UNARY(s, float, float, f32);                                   \
    }                                                                           \
    static void name##_F64(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_UNARY(s, double, double, f64);                                 \
    }
/* float32 by the vector kernels. */
#define VECTOR_PAIR(name, code, f64)                                            \
    static void name##_F32(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        eng_span_unary_f32(code, s);                                            \
    }                                                                           \
    static void name##_F64(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_UNARY(s, double, double, f64);                                 \
    }
VECTOR_PAIR(neg, ENG_UN_NEG, -x)
VECTOR_PAIR(abs, ENG_UN_ABS, fabs(x))
FLOAT_PAIR(sign, x != x ? x : (float)((x > 0) - (x < 0)), x != x ? x : (double)((x > 0) - (x < 0)))
VECTOR_PAIR(sqrt, ENG_UN_SQRT, sqrt(x))
VECTOR_PAIR(exp, ENG_UN_EXP, exp(x))
VECTOR_PAIR(log, ENG_UN_LOG, log(x))
VECTOR_PAIR(reciprocal, ENG_UN_RECIPROCAL, 1.0 / x)
VECTOR_PAIR(floor, ENG_UN_FLOOR, floor(x))
VECTOR_PAIR(ceil, ENG_UN_CEIL, ceil(x))
FLOAT_PAIR(round, rintf(x), rint(x)) /* halves go to even: the default rounding mode, which nothing here changes */
FLOAT_PAIR(sin, sinf(x), sin(x))
FLOAT_PAIR(cos, cosf(x), cos(x))
FLOAT_PAIR(tan, tanf(x), tan(x))
FLOAT_PAIR(asin, asinf(x), asin(x))
FLOAT_PAIR(acos, acosf(x), acos(x))
FLOAT_PAIR(atan, atanf(x), atan(x))
FLOAT_PAIR(sinh, sinhf(x), sinh(x))
FLOAT_PAIR(cosh, coshf(x), cosh(x))
FLOAT_PAIR(asinh, asinhf(x), asinh(x))
FLOAT_PAIR(acosh, acoshf(x), acosh(x))
FLOAT_PAIR(atanh, atanhf(x), atanh(x))
VECTOR_PAIR(erf, ENG_UN_ERF, erf(x))

#define SIGNED_KERNELS(name, type, twin)                                          \
    static void neg_##name(const void *arg OC_UNUSED, const struct eng_span *s)   \
    {                                                                             \
        ENG_SPAN_UNARY(s, type, type, (twin)(0 - (uint64_t)x));                   \
    }                                                                             \
    static void abs_##name(const void *arg OC_UNUSED, const struct eng_span *s)   \
    {                                                                             \
        ENG_SPAN_UNARY(s, type, type, x < 0 ? (type)(twin)(0 - (uint64_t)x) : x); \
    }                                                                             \
    static void sign_##name(const void *arg OC_UNUSED, const struct eng_span *s)  \
    {                                                                             \
        ENG_SPAN_UNARY(s, type, type, (x > 0) - (x < 0));                         \
    }
ENG_SIGNED_TYPES(SIGNED_KERNELS)
#define UNSIGNED_KERNELS(name, type, twin)                                       \
    static void abs_##name(const void *arg OC_UNUSED, const struct eng_span *s)  \
    {                                                                            \
        ENG_SPAN_UNARY(s, type, type, x);                                        \
    }                                                                            \
    static void sign_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                            \
        ENG_SPAN_UNARY(s, type, type, x > 0);                                    \
    }
ENG_UNSIGNED_TYPES(UNSIGNED_KERNELS)

/* A function for every type it has; halves use F32's. */
struct function {
    const char *op, *impl;
    eng_span_fn by_type[ENG_DT_U64 + 1];
};
#define FLOATS(name) [ENG_DT_F32] = name##_F32, [ENG_DT_F64] = name##_F64
#define INTS(name) [ENG_DT_I8] = name##_I8, [ENG_DT_I16] = name##_I16, [ENG_DT_I32] = name##_I32, [ENG_DT_I64] = name##_I64
#define UINTS(name) [ENG_DT_U8] = name##_U8, [ENG_DT_U16] = name##_U16, [ENG_DT_U32] = name##_U32, [ENG_DT_U64] = name##_U64
static const struct function functions[] = {
    {"Neg", "neg", {FLOATS(neg), INTS(neg)}},
    {"Abs", "abs", {FLOATS(abs), INTS(abs), UINTS(abs)}},
    {"Sign", "sign", {FLOATS(sign), INTS(sign), UINTS(sign)}},
    {"Sqrt", "sqrt", {FLOATS(sqrt)}},
    {"Exp", "exp", {FLOATS(exp)}},
    {"Log", "log", {FLOATS(log)}},
    {"Reciprocal", "reciprocal", {FLOATS(reciprocal)}},
    {"Floor", "floor", {FLOATS(floor)}},
    {"Ceil", "ceil", {FLOATS(ceil)}},
    {"Round", "round", {FLOATS(round)}},
    {"Sin", "sin", {FLOATS(sin)}},
    {"Cos", "cos", {FLOATS(cos)}},
    {"Tan", "tan", {FLOATS(tan)}},
    {"Asin", "asin", {FLOATS(asin)}},
    {"Acos", "acos", {FLOATS(acos)}},
    {"Atan", "atan", {FLOATS(atan)}},
    {"Sinh", "sinh", {FLOATS(sinh)}},
    {"Cosh", "cosh", {FLOATS(cosh)}},
    {"Asinh", "asinh", {FLOATS(asinh)}},
    {"Acosh", "acosh", {FLOATS(acosh)}},
    {"Atanh", "atanh", {FLOATS(atanh)}},
    {"Erf", "erf", {FLOATS(erf)}},
};

static const struct function *find(const struct eng_node *n)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(functions); i++)
        if (strcmp(functions[i].op, n->op_type) == 0)
            return &functions[i];
    return NULL;
}

static eng_span_fn kernel_of(const struct function *f, enum eng_dtype t)
{
    return f->by_type[eng_type_is_half(t) ? ENG_DT_F32 : t];
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    const struct function *f = find(c->node);
    if (!st && (!f || !kernel_of(f, c->in[0]->dtype)))
        st = eng_bad_node(c->err, c->node, "input 0 has type %s, which this operator does not take", eng_dtype_name(c->in[0]->dtype));
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct function *f = find(c->node);
    return eng_span_kernel(c, k, 1, kernel_of(f, c->in[0]->dtype), NULL, f->impl);
}

static void is_nan_f32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, float, uint8_t, x != x);
}

static void is_nan_f64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, double, uint8_t, x != x);
}

/* alpha, beta: whether the negative and the positive infinity count. */
static void is_inf_f32(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    const bool minus = p->alpha != 0, plus = p->beta != 0;
    ENG_SPAN_UNARY(s, float, uint8_t, (plus & (x == HUGE_VALF)) | (minus & (x == -HUGE_VALF)));
}

static void is_inf_f64(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    const bool minus = p->alpha != 0, plus = p->beta != 0;
    ENG_SPAN_UNARY(s, double, uint8_t, (plus & (x == HUGE_VAL)) | (minus & (x == -HUGE_VAL)));
}

static enum oc_status infer_question(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (!st)
        st = eng_infer_same(c);
    c->out[0].dtype = ENG_DT_BOOL;
    return st;
}

static enum oc_status prepare_is_nan(const struct eng_prepare *c, struct eng_kernel *k)
{
    return eng_span_kernel(c, k, 1, c->in[0]->dtype == ENG_DT_F64 ? is_nan_f64 : is_nan_f32, NULL, "is_nan");
}

static enum oc_status prepare_is_inf(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct eng_span_param p = {.alpha = eng_node_int(c->node, "detect_negative", 1) != 0,
                               .beta = eng_node_int(c->node, "detect_positive", 1) != 0};
    return eng_span_kernel(c, k, 1, c->in[0]->dtype == ENG_DT_F64 ? is_inf_f64 : is_inf_f32, &p, "is_inf");
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_UNARY)
#define ROW(name, since)                                         \
    {                                                            \
        "", name, since, 0, 1, 1, 1, 1, 0, FLAGS, infer, prepare \
    }
const struct eng_op_def eng_ops_unary[] = {
    ROW("Neg", 6),
    ROW("Abs", 6),
    ROW("Sign", 9),
    ROW("Sqrt", 6),
    ROW("Exp", 6),
    ROW("Log", 6),
    ROW("Reciprocal", 6),
    ROW("Floor", 6),
    ROW("Ceil", 6),
    ROW("Round", 11),
    ROW("Sin", 7),
    ROW("Cos", 7),
    ROW("Tan", 7),
    ROW("Asin", 7),
    ROW("Acos", 7),
    ROW("Atan", 7),
    ROW("Sinh", 9),
    ROW("Cosh", 9),
    ROW("Asinh", 9),
    ROW("Acosh", 9),
    ROW("Atanh", 9),
    ROW("Erf", 9),
    {"", "IsNaN", 9, 0, 1, 1, 1, 1, 0, FLAGS, infer_question, prepare_is_nan},
    {"", "IsInf", 10, 0, 1, 1, 1, 1, 0, FLAGS, infer_question, prepare_is_inf},
    {.name = NULL},
};

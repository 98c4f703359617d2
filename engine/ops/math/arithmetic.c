/*
 * Add, Sub, Mul, Div: elementwise with broadcasting, every numeric type. Integers wrap; a division by zero gives 0,
 * as numpy does, and the smallest number divided by -1 wraps: no input can trap.
 */
#include "engine/ops/math/vector.h"
#include "engine/ops/span.h"
#include "engine/ops/types.h"

#define WRAP(op) (uint64_t) x op(uint64_t) y

/* add_I8, sub_I8, mul_I8 and so on. */
#define INTEGER_KERNELS(name, type, twin)                                       \
    static void add_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, (twin)(WRAP(+)));                        \
    }                                                                           \
    static void sub_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, (twin)(WRAP(-)));                        \
    }                                                                           \
    static void mul_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, (twin)(WRAP(*)));                        \
    }
ENG_INTEGER_TYPES(INTEGER_KERNELS)

#define SIGNED_DIVISION(name, type, twin)                                                             \
    static void div_##name(const void *arg OC_UNUSED, const struct eng_span *s)                       \
    {                                                                                                 \
        ENG_SPAN_BINARY(s, type, type, y == 0 ? 0 : y == -1 ? (type)(twin)(0 - (uint64_t)x) : x / y); \
    }
ENG_SIGNED_TYPES(SIGNED_DIVISION)

#define UNSIGNED_DIVISION(name, type, twin)                                     \
    static void div_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, y == 0 ? 0 : x / y);                     \
    }
ENG_UNSIGNED_TYPES(UNSIGNED_DIVISION)

#define FLOAT_KERNELS(kind, op, code)                                           \
    static void kind##_F64(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, double, double, x op y);                             \
    }                                                                           \
    static void kind##_F32(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        eng_span_binary_f32(code, s);                                           \
    }
FLOAT_KERNELS(add, +, ENG_BI_ADD)
FLOAT_KERNELS(sub, -, ENG_BI_SUB)
FLOAT_KERNELS(mul, *, ENG_BI_MUL)
FLOAT_KERNELS(div, /, ENG_BI_DIV)

#define TABLE_ROW(name, type, twin) [ENG_DT_##name] = {add_##name, sub_##name, mul_##name, div_##name},
static const eng_span_fn kernels[][4] = {
    ENG_INTEGER_TYPES(TABLE_ROW) ENG_FLOAT_TYPES(TABLE_ROW)[ENG_DT_F16] = {add_F32, sub_F32, mul_F32, div_F32},
    [ENG_DT_BF16] = {add_F32, sub_F32, mul_F32, div_F32},
};

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_NUMERIC);
    return st ? st : eng_infer_broadcast(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, int kind, const char *impl)
{
    static const enum eng_binary vector[] = {ENG_BI_ADD, ENG_BI_SUB, ENG_BI_MUL, ENG_BI_DIV};
    enum oc_status st = eng_vector_binary(c, vector[kind], impl, k);
    return st == OC_DECLINED ? eng_span_kernel(c, k, 2, kernels[c->in[0]->dtype][kind], NULL, impl) : st;
}

static enum oc_status prepare_add(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 0, "add");
}

static enum oc_status prepare_sub(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 1, "sub");
}

static enum oc_status prepare_mul(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 2, "mul");
}

static enum oc_status prepare_div(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 3, "div");
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_BROADCAST)
const struct eng_op_def eng_ops_arithmetic[] = {
    {"", "Add", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer, prepare_add},
    {"", "Sub", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer, prepare_sub},
    {"", "Mul", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer, prepare_mul},
    {"", "Div", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer, prepare_div},
    {.name = NULL},
};

/* Equal, Less, Greater, LessOrEqual, GreaterOrEqual (bool out), And, Or, Xor (bool), Not. Comparisons with NaN are false. */
#include "engine/ops/span.h"
#include "engine/ops/types.h"

#define KERNEL(kind, op, name, type)                                               \
    static void kind##_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                              \
        ENG_SPAN_BINARY(s, type, uint8_t, x op y);                                 \
    }
#define KERNELS(name, type, twin) \
    KERNEL(eq, ==, name, type)    \
    KERNEL(lt, <, name, type)     \
    KERNEL(gt, >, name, type)     \
    KERNEL(le, <=, name, type)    \
    KERNEL(ge, >=, name, type)
ENG_INTEGER_TYPES(KERNELS)
ENG_FLOAT_TYPES(KERNELS)

static void eq_bool(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, uint8_t, uint8_t, (x != 0) == (y != 0));
}

enum kind { EQ, LT, GT, LE, GE };
#define ROW(name, type, twin) [ENG_DT_##name] = {eq_##name, lt_##name, gt_##name, le_##name, ge_##name},
static const eng_span_fn compare_kernels[][5] = {
    ENG_INTEGER_TYPES(ROW) ENG_FLOAT_TYPES(ROW)[ENG_DT_F16] = {eq_F32, lt_F32, gt_F32, le_F32, ge_F32},
    [ENG_DT_BF16] = {eq_F32, lt_F32, gt_F32, le_F32, ge_F32},
    [ENG_DT_BOOL] = {eq_bool, NULL, NULL, NULL, NULL},
};

static enum oc_status infer_equal(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_ANY);
    return st ? st : eng_infer_compare(c);
}

static enum oc_status infer_order(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_NUMERIC);
    return st ? st : eng_infer_compare(c);
}

#define PREPARE(name, kind, text)                                                            \
    static enum oc_status prepare_##name(const struct eng_prepare *c, struct eng_kernel *k)  \
    {                                                                                        \
        return eng_span_kernel(c, k, 2, compare_kernels[c->in[0]->dtype][kind], NULL, text); \
    }
PREPARE(equal, EQ, "equal")
PREPARE(less, LT, "less")
PREPARE(greater, GT, "greater")
PREPARE(less_equal, LE, "less_equal")
PREPARE(greater_equal, GE, "greater_equal")

static void and_bool(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, uint8_t, uint8_t, (x != 0) & (y != 0));
}

static void or_bool(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, uint8_t, uint8_t, (x != 0) | (y != 0));
}

static void xor_bool(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, uint8_t, uint8_t, (x != 0) ^ (y != 0));
}

static void not_bool(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_UNARY(s, uint8_t, uint8_t, x == 0);
}

static enum oc_status infer_logical(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T(BOOL));
    return st ? st : eng_infer_broadcast(c);
}

static enum oc_status infer_not(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T(BOOL));
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare_and(const struct eng_prepare *c, struct eng_kernel *k)
{
    return eng_span_kernel(c, k, 2, and_bool, NULL, "and");
}

static enum oc_status prepare_or(const struct eng_prepare *c, struct eng_kernel *k)
{
    return eng_span_kernel(c, k, 2, or_bool, NULL, "or");
}

static enum oc_status prepare_xor(const struct eng_prepare *c, struct eng_kernel *k)
{
    return eng_span_kernel(c, k, 2, xor_bool, NULL, "xor");
}

static enum oc_status prepare_not(const struct eng_prepare *c, struct eng_kernel *k)
{
    return eng_span_kernel(c, k, 1, not_bool, NULL, "not");
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_BROADCAST)
const struct eng_op_def eng_ops_compare[] = {
    {"", "Equal", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_equal, prepare_equal},
    {"", "Less", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_order, prepare_less},
    {"", "Greater", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_order, prepare_greater},
    {"", "LessOrEqual", 12, 0, 2, 2, 1, 1, 0, FLAGS, infer_order, prepare_less_equal},
    {"", "GreaterOrEqual", 12, 0, 2, 2, 1, 1, 0, FLAGS, infer_order, prepare_greater_equal},
    {"", "And", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_logical, prepare_and},
    {"", "Or", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_logical, prepare_or},
    {"", "Xor", 7, 0, 2, 2, 1, 1, 0, FLAGS, infer_logical, prepare_xor},
    {"", "Not", 1, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE | ENG_OP_UNARY, infer_not, prepare_not},
    {.name = NULL},
};

/* BitShift, BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot: integers only. A shift by the width or more gives 0, as shifting one by one
 * would. */
#include "engine/ops/span.h"
#include "engine/ops/types.h"
#include <string.h>

#define KERNELS(name, type, twin)                                               \
    static void and_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, x &y);                                   \
    }                                                                           \
    static void or_##name(const void *arg OC_UNUSED, const struct eng_span *s)  \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, x | y);                                  \
    }                                                                           \
    static void xor_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_BINARY(s, type, type, x ^ y);                                  \
    }                                                                           \
    static void not_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                           \
        ENG_SPAN_UNARY(s, type, type, ~x);                                      \
    }
ENG_UNSIGNED_TYPES(KERNELS)

#define SHIFTS(name, type, twin)                                                      \
    static void left_##name(const void *arg OC_UNUSED, const struct eng_span *s)      \
    {                                                                                 \
        ENG_SPAN_BINARY(s, type, type, y >= 8 * sizeof(type) ? 0 : (uint64_t)x << y); \
    }                                                                                 \
    static void right_##name(const void *arg OC_UNUSED, const struct eng_span *s)     \
    {                                                                                 \
        ENG_SPAN_BINARY(s, type, type, y >= 8 * sizeof(type) ? 0 : (uint64_t)x >> y); \
    }
ENG_UNSIGNED_TYPES(SHIFTS)

enum kind { AND, OR, XOR, NOT, LEFT, RIGHT, KINDS };
/* By element size: bits have no sign. */
static const eng_span_fn kernels[][KINDS] = {
    [1] = {and_U8, or_U8, xor_U8, not_U8, left_U8, right_U8},
    [2] = {and_U16, or_U16, xor_U16, not_U16, left_U16, right_U16},
    [4] = {and_U32, or_U32, xor_U32, not_U32, left_U32, right_U32},
    [8] = {and_U64, or_U64, xor_U64, not_U64, left_U64, right_U64},
};

static enum oc_status infer_bits(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, c->n_in - 1, ENG_T_INTEGER);
    return st ? st : eng_infer_broadcast(c);
}

static bool shift_left(const struct eng_node *n)
{
    return strcmp(eng_node_string(n, "direction", ""), "LEFT") == 0;
}

static enum oc_status infer_shift(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_UNSIGNED);
    const char *direction = eng_node_string(c->node, "direction", "");
    if (!st && strcmp(direction, "LEFT") != 0 && strcmp(direction, "RIGHT") != 0)
        st = eng_bad_node(c->err, c->node, "direction '%.32s' is neither LEFT nor RIGHT", direction);
    return st ? st : eng_infer_broadcast(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, enum kind kind, const char *impl)
{
    return eng_span_kernel(c, k, kind == NOT ? 1 : 2, kernels[eng_dtype_size(c->in[0]->dtype)][kind], NULL, impl);
}

static enum oc_status prepare_and(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, AND, "bitwise_and");
}

static enum oc_status prepare_or(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, OR, "bitwise_or");
}

static enum oc_status prepare_xor(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, XOR, "bitwise_xor");
}

static enum oc_status prepare_not(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, NOT, "bitwise_not");
}

static enum oc_status prepare_shift(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, shift_left(c->node) ? LEFT : RIGHT, "bit_shift");
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_BROADCAST)
const struct eng_op_def eng_ops_bitwise[] = {
    {"", "BitShift", 11, 0, 2, 2, 1, 1, 0, FLAGS, infer_shift, prepare_shift},
    {"", "BitwiseAnd", 18, 0, 2, 2, 1, 1, 0, FLAGS, infer_bits, prepare_and},
    {"", "BitwiseOr", 18, 0, 2, 2, 1, 1, 0, FLAGS, infer_bits, prepare_or},
    {"", "BitwiseXor", 18, 0, 2, 2, 1, 1, 0, FLAGS, infer_bits, prepare_xor},
    {"", "BitwiseNot", 18, 0, 1, 1, 1, 1, 0, ENG_OP_IN_PLACE | ENG_OP_UNARY, infer_bits, prepare_not},
    {.name = NULL},
};

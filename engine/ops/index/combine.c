/* See combine.h. Integers wrap; NaN wins in min and max. */
#include "engine/ops/index/combine.h"
#include <string.h>
#include "engine/ops/types.h"

enum oc_status eng_combine_of(struct oc_err *err, const struct eng_node *n, enum eng_dtype t, enum eng_combine *out)
{
    static const char *const names[] = {"none", "add", "mul", "min", "max"};
    const char *name = eng_node_string(n, "reduction", "none");
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *out = (enum eng_combine)i;
        return i > 0 && t == ENG_DT_BOOL ? eng_bad_node(err, n, "reduction '%s' of bool", name) : OC_OK;
    }
    return eng_bad_node(err, n, "reduction '%.32s' is not one of none, add, mul, min, max", name);
}

#define COMBINE_INTEGER(name, type, twin)                                                  \
    static void combine_##name(enum eng_combine op, void *to, const void *from, int64_t n) \
    {                                                                                      \
        type *a = to;                                                                      \
        const type *b = from;                                                              \
        for (int64_t i = 0; i < n; i++)                                                    \
            a[i] = op == ENG_COMBINE_ADD   ? (type)(twin)((uint64_t)a[i] + (uint64_t)b[i]) \
                   : op == ENG_COMBINE_MUL ? (type)(twin)((uint64_t)a[i] * (uint64_t)b[i]) \
                   : op == ENG_COMBINE_MIN ? (b[i] < a[i] ? b[i] : a[i])                   \
                                           : (b[i] > a[i] ? b[i] : a[i]);                  \
    }
ENG_INTEGER_TYPES(COMBINE_INTEGER)

static double combine_one(enum eng_combine op, double a, double b)
{
    switch (op) {
    case ENG_COMBINE_ADD:
        return a + b;
    case ENG_COMBINE_MUL:
        return a * b;
    case ENG_COMBINE_MIN:
        return a <= b || a != a ? a : b;
    default:
        return a >= b || a != a ? a : b;
    }
}

/* float32 and halves: one operation in double rounded once is the operation in the narrow type. */
static void combine_float(enum eng_combine op, enum eng_dtype t, void *to, const void *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        eng_store_f64(t, to, i, combine_one(op, eng_load_f64(t, to, i), eng_load_f64(t, from, i)));
}

void eng_combine_run(enum eng_combine op, enum eng_dtype t, void *to, const void *from, int64_t n)
{
    if (op == ENG_COMBINE_NONE) {
        memcpy(to, from, (size_t)n * eng_dtype_size(t));
        return;
    }
    switch (t) {
#define CASE(name, type, twin)           \
    case ENG_DT_##name:                  \
        combine_##name(op, to, from, n); \
        break;
        ENG_INTEGER_TYPES(CASE)
#undef CASE
    default:
        combine_float(op, t, to, from, n);
    }
}

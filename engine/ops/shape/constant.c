/*
 * Constant: a tensor, a number or a list of numbers in an attribute. The canonicalise pass turns such nodes into
 * constant values without a copy; the operator itself serves where that pass is switched off.
 */
#include "engine/ops/shape/constant.h"
#include "engine/ops/tables.h"
#include <string.h>

static enum oc_status from_numbers(enum eng_dtype type, int rank, const void *numbers, size_t n, struct eng_const **out, struct oc_err *err)
{
    struct eng_shape shape = {.rank = rank, .dim = {(int64_t)n}};
    enum oc_status st = eng_const_new(type, &shape, out, err);
    if (!st && n)
        memcpy((*out)->t.data, numbers, n * eng_dtype_size(type));
    return st;
}

static enum oc_status from_attr(const struct eng_node *n, const struct eng_attr *a, struct eng_const **out, struct oc_err *err)
{
    switch (a->kind) {
    case ENG_ATTR_TENSOR:
        *out = eng_const_ref(a->tensor);
        return OC_OK;
    case ENG_ATTR_INT:
        return from_numbers(ENG_DT_I64, 0, &a->i, 1, out, err);
    case ENG_ATTR_FLOAT:
        return from_numbers(ENG_DT_F32, 0, &a->f, 1, out, err);
    case ENG_ATTR_INTS:
        return from_numbers(ENG_DT_I64, 1, a->ints, a->n, out, err);
    case ENG_ATTR_FLOATS:
        return from_numbers(ENG_DT_F32, 1, a->floats, a->n, out, err);
    case ENG_ATTR_STRING:
    case ENG_ATTR_STRINGS:
    case ENG_ATTR_OTHER:
        break;
    }
    return oc_err_set(err, OC_E_UNSUPPORTED, "Constant '%.200s': only tensors and numbers are supported, not '%.50s'", n->name, a->name);
}

enum oc_status eng_constant_of(const struct eng_node *n, struct eng_const **out, struct oc_err *err)
{
    static const char *const names[] = {"value",      "value_float",  "value_floats",  "value_int",
                                        "value_ints", "value_string", "value_strings", "sparse_value"};
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        const struct eng_attr *a = eng_node_attr(n, names[i]);
        if (a)
            return from_attr(n, a, out, err);
    }
    return eng_bad_node(err, n, "it has no value");
}

static enum oc_status infer(struct eng_infer *c)
{
    struct eng_const *k;
    enum oc_status st = eng_constant_of(c->node, &k, c->err);
    if (st)
        return st;
    c->out[0].dtype = k->t.dtype;
    c->out[0].shape = k->t.shape;
    eng_const_unref(k);
    return OC_OK;
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct eng_const *from = k->state;
    size_t bytes = (size_t)eng_shape_count(&from->t.shape) * eng_dtype_size(from->t.dtype);
    if (bytes)
        memcpy(call->out[0].data, from->t.data, bytes);
    return OC_OK;
}

static void free_state(void *state)
{
    eng_const_unref(state);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct eng_const *value;
    enum oc_status st = eng_constant_of(c->node, &value, c->err);
    if (st)
        return st;
    k->state = value;
    k->free_state = free_state;
    k->run = run;
    k->impl = "constant";
    return OC_OK;
}

const struct eng_op_def eng_ops_constant[] = {
    {"", "Constant", 1, 0, 0, 0, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

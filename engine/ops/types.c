/* Type checks of infer, and numbers of any type read and written one at a time. See types.h. */
#include "engine/ops/types.h"
#include "base/parse.h"
#include "engine/ops/half.h"

const struct eng_value *eng_infer_in(const struct eng_infer *c, int i)
{
    return i < c->n_in ? c->in[i] : NULL;
}

const struct eng_value *eng_prepare_in(const struct eng_prepare *c, int i)
{
    return i < c->n_in ? c->in[i] : NULL;
}

const struct eng_tensor *eng_call_in(const struct eng_call *call, int n_in, int i)
{
    return i < n_in && call->in[i].data ? &call->in[i] : NULL;
}

enum oc_status eng_need_type(struct eng_infer *c, int i, uint32_t set)
{
    const struct eng_value *v = eng_infer_in(c, i);
    if (!v)
        return eng_bad_node(c->err, c->node, "input %d is missing", i);
    if (!eng_type_in(v->dtype, set))
        return eng_bad_node(c->err, c->node, "input %d has type %s, which this operator does not take", i, eng_dtype_name(v->dtype));
    return OC_OK;
}

enum oc_status eng_need_same_types(struct eng_infer *c, int first, int last, uint32_t set)
{
    enum oc_status st = eng_need_type(c, first, set);
    for (int i = first + 1; !st && i <= last; i++) {
        const struct eng_value *v = eng_infer_in(c, i);
        if (v && v->dtype != c->in[first]->dtype)
            st = eng_bad_node(c->err, c->node, "inputs %d and %d have types %s and %s, which must be the same", first, i,
                              eng_dtype_name(c->in[first]->dtype), eng_dtype_name(v->dtype));
    }
    return st;
}

double eng_load_f64(enum eng_dtype t, const void *data, int64_t i)
{
    switch (t) {
    case ENG_DT_F32:
        return (double)((const float *)data)[i];
    case ENG_DT_F64:
        return ((const double *)data)[i];
    case ENG_DT_F16:
        return (double)eng_f16_to_f32(((const uint16_t *)data)[i]);
    case ENG_DT_BF16:
        return (double)eng_bf16_to_f32(((const uint16_t *)data)[i]);
    case ENG_DT_U64:
        return (double)((const uint64_t *)data)[i];
    default:
        return (double)eng_load_i64(t, data, i);
    }
}

int64_t eng_load_i64(enum eng_dtype t, const void *data, int64_t i)
{
    switch (t) {
#define LOAD(name, type, twin) \
    case ENG_DT_##name:        \
        return (int64_t)((const type *)data)[i];
        ENG_INTEGER_TYPES(LOAD)
#undef LOAD
    case ENG_DT_BOOL:
        return ((const uint8_t *)data)[i] != 0;
    default:
        return oc_f64_to_i64(eng_load_f64(t, data, i), INT64_MIN, INT64_MAX);
    }
}

static uint64_t f64_to_u64(double v)
{
    if (!(v > 0))
        return 0;
    return v >= 0x1p64 ? UINT64_MAX : (uint64_t)v;
}

void eng_store_f64(enum eng_dtype t, void *data, int64_t i, double v)
{
    switch (t) {
    case ENG_DT_F32:
        ((float *)data)[i] = (float)v;
        break;
    case ENG_DT_F64:
        ((double *)data)[i] = v;
        break;
    case ENG_DT_F16:
        ((uint16_t *)data)[i] = eng_f32_to_f16((float)v);
        break;
    case ENG_DT_BF16:
        ((uint16_t *)data)[i] = eng_f32_to_bf16((float)v);
        break;
    case ENG_DT_BOOL:
        ((uint8_t *)data)[i] = v != 0;
        break;
    case ENG_DT_U64:
        ((uint64_t *)data)[i] = f64_to_u64(v);
        break;
    case ENG_DT_I64:
        ((int64_t *)data)[i] = oc_f64_to_i64(v, INT64_MIN, INT64_MAX);
        break;
    case ENG_DT_I8:
        ((int8_t *)data)[i] = (int8_t)oc_f64_to_i64(v, INT8_MIN, INT8_MAX);
        break;
    case ENG_DT_I16:
        ((int16_t *)data)[i] = (int16_t)oc_f64_to_i64(v, INT16_MIN, INT16_MAX);
        break;
    case ENG_DT_I32:
        ((int32_t *)data)[i] = (int32_t)oc_f64_to_i64(v, INT32_MIN, INT32_MAX);
        break;
    case ENG_DT_U8:
        ((uint8_t *)data)[i] = (uint8_t)oc_f64_to_i64(v, 0, UINT8_MAX);
        break;
    case ENG_DT_U16:
        ((uint16_t *)data)[i] = (uint16_t)oc_f64_to_i64(v, 0, UINT16_MAX);
        break;
    case ENG_DT_U32:
        ((uint32_t *)data)[i] = (uint32_t)oc_f64_to_i64(v, 0, UINT32_MAX);
        break;
    case ENG_DT_UNDEFINED:
        break;
    }
}

void eng_store_i64(enum eng_dtype t, void *data, int64_t i, int64_t v)
{
    switch (t) {
#define STORE(name, type, twin)      \
    case ENG_DT_##name:              \
        ((type *)data)[i] = (type)v; \
        break;
        ENG_INTEGER_TYPES(STORE)
#undef STORE
    case ENG_DT_BOOL:
        ((uint8_t *)data)[i] = v != 0;
        break;
    default:
        eng_store_f64(t, data, i, (double)v);
    }
}

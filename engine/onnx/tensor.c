/*
 * A tensor is read twice: once for its head (name, type, dimensions, where the numbers are and how many), once to copy the
 * numbers. Memory is set aside only when the sizes are known to agree, so a small file cannot ask for a large block.
 */
#include "engine/onnx/tensor.h"
#include "base/parse.h"
#include "engine/onnx/onnx.h"
#include "engine/ops/op.h"
#include <string.h>

enum {
    T_DIMS = 1,
    T_TYPE = 2,
    T_SEGMENT = 3,
    T_FLOATS = 4,
    T_INT32S = 5,
    T_STRINGS = 6,
    T_INT64S = 7,
    T_NAME = 8,
    T_RAW = 9,
    T_DOUBLES = 10,
    T_UINT64S = 11,
    T_EXTERNAL = 13,
    T_LOCATION = 14,
    T_FIELDS
};

struct head {
    struct eng_span name, raw, location;
    int64_t type;
    enum eng_dtype dtype;
    struct eng_shape shape;
    size_t count[T_FIELDS]; /* numbers in each typed field */
    bool segment, external;
    struct eng_span offset_text, length_text;
    uint64_t offset;
};

const char *eng_onnx_foreign_type(int64_t type)
{
    static const char *const names[] = {
        [8] = "string",      [14] = "complex64",      [15] = "complex128", [17] = "float8e4m3fn", [18] = "float8e4m3fnuz",
        [19] = "float8e5m2", [20] = "float8e5m2fnuz", [21] = "uint4",      [22] = "int4",         [23] = "float4e2m1",
        [24] = "float8e8m0", [25] = "uint2",          [26] = "int2",
    };
    return type >= 0 && type < (int64_t)OC_ARRAY_LEN(names) ? names[type] : NULL;
}

enum oc_status eng_onnx_dtype(int64_t type, const char *what, struct eng_span name, enum eng_dtype *out, struct oc_err *err)
{
    *out = type >= 0 && type <= ENG_DT_BF16 ? (enum eng_dtype)type : ENG_DT_UNDEFINED;
    if (eng_dtype_size(*out))
        return OC_OK;
    const char *foreign = eng_onnx_foreign_type(type);
    if (foreign)
        return oc_err_set(err, OC_E_UNSUPPORTED, "%s '%.*s' has element type %s, which is not supported", what, ENG_SPAN_TEXT(name),
                          foreign);
    return oc_err_set(err, OC_E_MODEL, "%s '%.*s' has the unknown element type %lld", what, ENG_SPAN_TEXT(name), (long long)type);
}

static enum eng_pb_wire wire_of(uint32_t field)
{
    return field == T_FLOATS ? ENG_PB_FIXED32 : field == T_DOUBLES ? ENG_PB_FIXED64 : ENG_PB_VARINT;
}

static void read_dims(struct eng_pb *r, const struct eng_pb_field *f, struct eng_shape *shape)
{
    uint64_t bits;
    for (struct eng_pb_scalars s = eng_pb_scalars(r, f, ENG_PB_VARINT); eng_pb_scalars_next(&s, &bits);) {
        if (shape->rank == LIM_TENSOR_RANK) {
            eng_pb_fail(r, "a tensor has more than %d dimensions", LIM_TENSOR_RANK);
            return;
        }
        shape->dim[shape->rank++] = (int64_t)bits;
    }
}

static void read_external_entry(struct eng_pb *r, const struct eng_pb_field *field, struct head *h)
{
    struct eng_pb_field f;
    struct eng_span key = {NULL, 0}, value = {NULL, 0};
    struct eng_pb sub = eng_pb_message(r, field);
    while (eng_pb_next(&sub, &f)) {
        if (f.number == 1)
            key = eng_pb_name(&sub, &f, "a key of external data");
        else if (f.number == 2)
            value = eng_pb_name(&sub, &f, "a value of external data");
    }
    if (sub.st)
        r->st = sub.st;
    else if (eng_span_is(key, "location"))
        h->location = value;
    else if (eng_span_is(key, "offset"))
        h->offset_text = value;
    else if (eng_span_is(key, "length"))
        h->length_text = value;
}

static enum oc_status read_head(struct eng_pb r, struct head *h)
{
    struct eng_pb_field f;
    *h = (struct head){0};
    while (eng_pb_next(&r, &f)) {
        switch (f.number) {
        case T_DIMS:
            read_dims(&r, &f, &h->shape);
            break;
        case T_TYPE:
            h->type = (int32_t)eng_pb_int(&r, &f);
            break;
        case T_NAME:
            h->name = eng_pb_name(&r, &f, "the name of a tensor");
            break;
        case T_RAW:
            h->raw = eng_pb_bytes(&r, &f);
            break;
        case T_FLOATS:
        case T_INT32S:
        case T_INT64S:
        case T_DOUBLES:
        case T_UINT64S:
            h->count[f.number] += eng_pb_scalars_count(&r, &f, wire_of(f.number));
            break;
        case T_STRINGS:
            h->count[T_STRINGS]++;
            break;
        case T_SEGMENT:
            h->segment = true;
            break;
        case T_EXTERNAL:
            read_external_entry(&r, &f, h);
            break;
        case T_LOCATION:
            h->external = eng_pb_int(&r, &f) == 1;
            break;
        default:
            break;
        }
    }
    return r.st;
}

/* The typed field that holds numbers of this type when they are not raw. */
static uint32_t typed_field(enum eng_dtype t)
{
    switch (t) {
    case ENG_DT_F32:
        return T_FLOATS;
    case ENG_DT_F64:
        return T_DOUBLES;
    case ENG_DT_I64:
        return T_INT64S;
    case ENG_DT_U32:
    case ENG_DT_U64:
        return T_UINT64S;
    default:
        return T_INT32S;
    }
}

static enum oc_status bad(const struct head *h, const char *what, struct oc_err *err, const char *text, size_t have, size_t want)
{
    return oc_err_set(err, OC_E_MODEL, "%s '%.*s' %s: %zu instead of %zu", what, ENG_SPAN_TEXT(h->name), text, have, want);
}

/* That there is one kind of storage and that it has exactly the right size. */
static enum oc_status check_storage(const struct head *h, const char *what, struct oc_err *err)
{
    size_t numbers = (size_t)eng_shape_count(&h->shape), bytes = numbers * eng_dtype_size(h->dtype), typed = 0;
    for (int i = 0; i < T_FIELDS; i++)
        typed += h->count[i];
    if (h->external || h->raw.n) {
        if (typed || (h->external && h->raw.n))
            return oc_err_set(err, OC_E_MODEL, "%s '%.*s' has its data in two places", what, ENG_SPAN_TEXT(h->name));
        if (!h->external && h->raw.n != bytes)
            return bad(h, what, err, "has the wrong number of bytes for its shape", h->raw.n, bytes);
        return OC_OK;
    }
    if (h->count[typed_field(h->dtype)] != typed)
        return oc_err_set(err, OC_E_MODEL, "%s '%.*s' is %s, and its data is of another type", what, ENG_SPAN_TEXT(h->name),
                          eng_dtype_name(h->dtype));
    if (typed != numbers)
        return bad(h, what, err, "has the wrong number of values for its shape", typed, numbers);
    return OC_OK;
}

static bool parse_u63(struct eng_span s, uint64_t *out)
{
    int64_t v = 0;
    if (s.n && !oc_parse_i64((const char *)s.p, s.n, 0, INT64_MAX, &v))
        return false;
    *out = (uint64_t)v;
    return true;
}

static enum oc_status check_external(struct head *h, struct eng_external *external, const char *what, struct oc_err *err)
{
    size_t bytes = (size_t)eng_shape_count(&h->shape) * eng_dtype_size(h->dtype);
    uint64_t length;
    if (!parse_u63(h->offset_text, &h->offset) || !parse_u63(h->length_text, &length))
        return oc_err_set(err, OC_E_MODEL, "%s '%.*s' has an offset or a length that is not a number", what, ENG_SPAN_TEXT(h->name));
    if (h->length_text.n && length != bytes)
        return bad(h, what, err, "has the wrong number of bytes of external data for its shape", (size_t)length, bytes);
    enum oc_status st = eng_external_check(external, h->location, h->offset, bytes, err);
    return st ? oc_err_prefix(err, st, "%s '%.*s': ", what, ENG_SPAN_TEXT(h->name)) : OC_OK;
}

/* One number of int32_data; false when it does not fit the type. */
static bool store_int32(enum eng_dtype t, int64_t v, void *to, size_t i)
{
    switch (t) {
    case ENG_DT_I32:
        ((int32_t *)to)[i] = (int32_t)v;
        return v >= INT32_MIN && v <= INT32_MAX;
    case ENG_DT_I16:
        ((int16_t *)to)[i] = (int16_t)v;
        return v >= INT16_MIN && v <= INT16_MAX;
    case ENG_DT_I8:
        ((int8_t *)to)[i] = (int8_t)v;
        return v >= INT8_MIN && v <= INT8_MAX;
    case ENG_DT_BOOL:
        ((uint8_t *)to)[i] = v != 0;
        return true;
    case ENG_DT_U8:
        ((uint8_t *)to)[i] = (uint8_t)v;
        return v >= 0 && v <= UINT8_MAX;
    default: /* uint16, and the bits of float16 and bfloat16 */
        ((uint16_t *)to)[i] = (uint16_t)v;
        return v >= 0 && v <= UINT16_MAX;
    }
}

static bool store(enum eng_dtype t, uint64_t bits, void *to, size_t i)
{
    switch (t) {
    case ENG_DT_F32:
        memcpy((char *)to + i * 4, &bits, 4);
        return true;
    case ENG_DT_U32:
        ((uint32_t *)to)[i] = (uint32_t)bits;
        return bits <= UINT32_MAX;
    case ENG_DT_F64:
    case ENG_DT_I64:
    case ENG_DT_U64:
        memcpy((char *)to + i * 8, &bits, 8);
        return true;
    default:
        return store_int32(t, (int64_t)bits, to, i);
    }
}

static enum oc_status copy_typed(struct eng_pb r, const struct head *h, struct eng_const *c)
{
    struct eng_pb_field f;
    uint32_t field = typed_field(h->dtype);
    size_t n = 0, total = h->count[field];
    uint64_t bits;
    while (eng_pb_next(&r, &f)) {
        if (f.number != field)
            continue;
        for (struct eng_pb_scalars s = eng_pb_scalars(&r, &f, wire_of(field)); n < total && eng_pb_scalars_next(&s, &bits); n++)
            if (!store(h->dtype, bits, c->t.data, n))
                return eng_pb_fail(&r, "value %zu of tensor '%.*s' does not fit %s", n, ENG_SPAN_TEXT(h->name), eng_dtype_name(h->dtype));
    }
    return r.st;
}

static void normalise_bools(struct eng_const *c)
{
    uint8_t *p = c->t.data;
    size_t n = (size_t)eng_shape_count(&c->t.shape);
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] != 0;
}

static enum oc_status copy_numbers(struct eng_pb r, const struct head *h, struct eng_external *external, struct eng_const *c)
{
    size_t bytes = (size_t)eng_shape_count(&h->shape) * eng_dtype_size(h->dtype);
    enum oc_status st = OC_OK;
    if (h->external)
        st = eng_external_read(external, h->location, h->offset, c->t.data, bytes, r.err);
    else if (h->raw.n)
        memcpy(c->t.data, h->raw.p, bytes);
    else
        st = copy_typed(r, h, c);
    if (!st && h->dtype == ENG_DT_BOOL)
        normalise_bools(c);
    return st;
}

enum oc_status eng_onnx_tensor(struct eng_pb r, struct eng_external *external, const char *what, struct eng_const **out,
                               struct eng_span *name, struct oc_err *err)
{
    struct head h;
    char label[320];
    *out = NULL;
    enum oc_status st = read_head(r, &h);
    if (name)
        *name = h.name;
    if (!st)
        st = eng_onnx_dtype(h.type, what, h.name, &h.dtype, err);
    if (!st && h.segment)
        st = oc_err_set(err, OC_E_UNSUPPORTED, "%s '%.*s' is stored in segments, which is not supported", what, ENG_SPAN_TEXT(h.name));
    snprintf(label, sizeof label, "%s '%.*s'", what, ENG_SPAN_TEXT(h.name));
    if (!st)
        st = eng_shape_check(err, label, h.dtype, &h.shape);
    if (!st)
        st = check_storage(&h, what, err);
    if (!st && h.external)
        st = check_external(&h, external, what, err);
    if (!st)
        st = eng_const_new(h.dtype, &h.shape, out, err);
    if (!st)
        st = copy_numbers(r, &h, external, *out);
    if (st) {
        eng_const_unref(*out);
        *out = NULL;
    }
    return st;
}

enum oc_status eng_onnx_read_tensor(const char *path, struct eng_const **out, struct oc_err *err)
{
    struct eng_span file;
    struct eng_external none;
    *out = NULL;
    eng_external_init(&none, NULL, NULL);
    enum oc_status st = eng_file_map(path, LIM_MODEL_FILE, &file, err);
    if (st)
        return st;
    st = eng_onnx_tensor(eng_pb_start(file, err), &none, "tensor", out, NULL, err);
    eng_file_unmap(&file);
    return st;
}

/* Names and sizes of element types; shapes as text. */
#include "engine/eng.h"

size_t eng_dtype_size(enum eng_dtype t)
{
    switch (t) {
    case ENG_DT_U8:
    case ENG_DT_I8:
    case ENG_DT_BOOL:
        return 1;
    case ENG_DT_U16:
    case ENG_DT_I16:
    case ENG_DT_F16:
    case ENG_DT_BF16:
        return 2;
    case ENG_DT_F32:
    case ENG_DT_I32:
    case ENG_DT_U32:
        return 4;
    case ENG_DT_F64:
    case ENG_DT_I64:
    case ENG_DT_U64:
        return 8;
    case ENG_DT_UNDEFINED:
        break;
    }
    return 0;
}

const char *eng_dtype_name(enum eng_dtype t)
{
    static const char *const names[] = {
        [ENG_DT_F32] = "float32", [ENG_DT_U8] = "uint8",   [ENG_DT_I8] = "int8",       [ENG_DT_U16] = "uint16",  [ENG_DT_I16] = "int16",
        [ENG_DT_I32] = "int32",   [ENG_DT_I64] = "int64",  [ENG_DT_BOOL] = "bool",     [ENG_DT_F16] = "float16", [ENG_DT_F64] = "float64",
        [ENG_DT_U32] = "uint32",  [ENG_DT_U64] = "uint64", [ENG_DT_BF16] = "bfloat16",
    };
    const char *name = (unsigned)t < OC_ARRAY_LEN(names) ? names[t] : NULL;
    return name ? name : "undefined";
}

int64_t eng_shape_count(const struct eng_shape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++)
        n *= s->dim[i];
    return n;
}

bool eng_shape_equal(const struct eng_shape *a, const struct eng_shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

const char *eng_shape_text(const struct eng_shape *s, char text[ENG_SHAPE_TEXT])
{
    size_t at = 0;
    snprintf(text, ENG_SHAPE_TEXT, "scalar");
    for (int i = 0; i < s->rank && at < ENG_SHAPE_TEXT; i++) {
        int n = s->dim[i] < 0 ? snprintf(text + at, ENG_SHAPE_TEXT - at, "%s?", i ? "x" : "")
                              : snprintf(text + at, ENG_SHAPE_TEXT - at, "%s%lld", i ? "x" : "", (long long)s->dim[i]);
        at += n > 0 ? (size_t)n : 0;
    }
    return text;
}

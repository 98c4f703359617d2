/* room: handlers */
/* Any bytes as JSON from a client; what is taken is walked and written again. And as a vector: JSON, text or base64. */
#include "handlers/input/base64.h"
#include "handlers/input/json_in.h"
#include "handlers/input/vector_in.h"
#include "handlers/output/json_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_value(struct oc_json *j, const json_t *v)
{
    const char *key;
    json_t *member;
    size_t i;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        oc_json_open(j, '{');
        json_object_foreach((json_t *)(uintptr_t)v, key, member)
        {
            oc_json_key(j, "k");
            oc_json_open(j, '[');
            oc_json_string(j, key);
            write_value(j, member);
            oc_json_close(j, ']');
        }
        oc_json_close(j, '}');
        break;
    case JSON_ARRAY:
        oc_json_open(j, '[');
        json_array_foreach(v, i, member) write_value(j, member);
        oc_json_close(j, ']');
        break;
    case JSON_STRING:
        oc_json_string_n(j, json_string_value(v), json_string_length(v));
        break;
    default:
        oc_json_float(j, (float)json_number_value(v));
    }
}

static void try_base64(const char *s, size_t n)
{
    struct oc_buf bytes;
    struct oc_err err;
    const char *rest;
    size_t rest_n;
    oc_buf_init(&bytes, OC_MEM_BODY, OC_MIB(1));
    if (oc_data_uri(s, n, &rest, &rest_n, &err) == OC_OK && oc_base64_decode(rest, rest_n, &bytes, &err) == OC_OK &&
        rest_n * 3 / 4 < bytes.len) /* padding may be left out: 3 characters are 2 bytes */
        abort();
    oc_buf_deinit(&bytes);
}

/* Whatever is taken is finite and within the limit. */
static void try_vector(const char *text, size_t n, json_t *body)
{
    struct oc_arena arena;
    struct oc_field field = {.name = "v", .value_len = n};
    struct oc_request req = {.arena = &arena, .query = &field, .n_query = body ? 0 : 1};
    struct oc_inputs in = {.req = &req, .json = body};
    const float *out;
    size_t dim;
    struct oc_err err;
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(64));
    field.value = oc_arena_strndup(&arena, text, n);
    if (field.value && oc_param_vector(&in, "v", &out, &dim, &err) == OC_OK)
        for (size_t i = 0; i < dim; i++)
            if (dim > LIM_VECTOR_DIM || !(out[i] - out[i] == 0)) /* only finite numbers are 0 less themselves */
                abort();
    oc_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *v;
    struct oc_err err;
    try_base64((const char *)data, size);
    try_vector((const char *)data, size, NULL);
    if (oc_json_parse(NULL, (const char *)data, size, &v, &err) != OC_OK)
        return 0;
    if (json_is_object(v))
        try_vector("", 0, v);
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_JSON, OC_MIB(16));
    struct oc_json j = oc_json_begin(&out);
    write_value(&j, v);
    if (oc_json_end(&j) == OC_OK) {
        json_t *back = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if (!back && json_typeof(v) != JSON_OBJECT) /* doubles beyond float become null: still JSON */
            abort();
        json_decref(back);
    }
    oc_buf_deinit(&out);
    json_decref(v);
    return 0;
}

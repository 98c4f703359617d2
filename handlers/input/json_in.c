/* See json_in.h. Depth and number of values are counted in the text first: jansson's own depth limit is 2048, and small values cost much
 * memory. */
#include "handlers/input/json_in.h"
#include "base/mem.h"

/* Deepest nesting and an upper bound of the number of values. */
static void measure(const char *text, size_t n, int *deepest, size_t *values)
{
    int depth = 0;
    bool quoted = false;
    *deepest = 0;
    *values = 1;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
            ++*values;
            *deepest = depth > *deepest ? depth : *deepest;
        } else if (c == '}' || c == ']') {
            depth--;
        } else if (c == ',') {
            ++*values;
        }
    }
}

/* Upper bound of what jansson holds for a text: strings twice in buffers that double, and for each value an object and its slot. */
static size_t need_of(size_t n, size_t values)
{
    return 4 * n + 128 * values; /* n is at most a body's limit, values LIM_JSON_VALUES */
}

enum oc_status oc_json_parse(const char *text, size_t n, json_t **out, struct oc_err *err)
{
    *out = NULL;
    int depth;
    size_t values;
    measure(text, n, &depth, &values);
    if (depth > LIM_JSON_DEPTH)
        return oc_err_set(err, OC_E_JSON, "JSON: at most %d levels of nesting, there are %d", LIM_JSON_DEPTH, depth);
    if (values > LIM_JSON_VALUES)
        return oc_err_set(err, OC_E_JSON, "JSON: at most %d values, there are %zu", LIM_JSON_VALUES, values);
    json_error_t where;
    uint64_t refused = oc_mem_refused();
    if (!oc_mem_overdraw_begin(OC_MEM_JSON, need_of(n, values)))
        return oc_err_nomem(err, "JSON", n);
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    oc_mem_overdraw_end(OC_MEM_JSON, need_of(n, values));
    if (oc_mem_refused() != refused || (!*out && json_error_code(&where) == json_error_out_of_memory)) {
        json_decref(*out); /* jansson goes on with strings cut short when their buffer cannot grow */
        *out = NULL;
        return oc_err_nomem(err, "JSON", n);
    }
    if (*out)
        return OC_OK;
    return oc_err_set(err, OC_E_JSON, "JSON: line %d, column %d: %s", where.line, where.column, where.text);
}

const char *oc_json_kind(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    default:
        return "null";
    }
}

static enum oc_status wrong_kind(const json_t *v, const char *path, const char *expected, struct oc_err *err)
{
    return oc_err_set(err, OC_E_INVALID, "%s: must be %s, is %s", path, expected, v ? oc_json_kind(v) : "missing");
}

enum oc_status oc_json_get_f64(const json_t *v, const char *path, double min, double max, double *out, struct oc_err *err)
{
    if (!json_is_number(v))
        return wrong_kind(v, path, "a number", err);
    double x = json_number_value(v);
    if (!(x >= min && x <= max))
        return oc_err_set(err, OC_E_INVALID, "%s: must be %g..%g, is %g", path, min, max, x);
    *out = x;
    return OC_OK;
}

enum oc_status oc_json_get_int(const json_t *v, const char *path, int64_t min, int64_t max, int64_t *out, struct oc_err *err)
{
    if (!json_is_integer(v))
        return wrong_kind(v, path, "a whole number", err);
    int64_t x = json_integer_value(v);
    if (x < min || x > max)
        return oc_err_set(err, OC_E_INVALID, "%s: must be %lld..%lld, is %lld", path, (long long)min, (long long)max, (long long)x);
    *out = x;
    return OC_OK;
}

enum oc_status oc_json_get_bool(const json_t *v, const char *path, bool *out, struct oc_err *err)
{
    if (!json_is_boolean(v))
        return wrong_kind(v, path, "true or false", err);
    *out = json_is_true(v);
    return OC_OK;
}

enum oc_status oc_json_get_string(const json_t *v, const char *path, size_t max, const char **out, struct oc_err *err)
{
    if (!json_is_string(v))
        return wrong_kind(v, path, "a string", err);
    if (json_string_length(v) > max)
        return oc_err_set(err, OC_E_INVALID, "%s: at most %zu bytes, there are %zu", path, max, json_string_length(v));
    *out = json_string_value(v);
    return OC_OK;
}

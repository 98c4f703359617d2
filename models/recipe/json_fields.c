/* Reading objects of JSON member by member; see json_fields.h. */
#include "models/recipe/json_fields.h"
#include <string.h>
#include "base/limits.h"
#include "base/mem.h"

enum oc_status oc_fields_bad(const struct oc_fields *o, const char *key, const char *what)
{
    return oc_err_set(o->err, OC_E_INVALID, "%s/%s: %s", o->path, key, what);
}

enum oc_status oc_fields_only(const struct oc_fields *o, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(o->json, key, value)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return oc_err_set(o->err, OC_E_INVALID, "%s/%.64s: unknown member", o->path, key);
    }
    return OC_OK;
}

enum oc_status oc_fields_int(const struct oc_fields *o, const char *key, int64_t min, int64_t max, bool *has, int *out)
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (!v)
        return OC_OK;
    if (!json_is_integer(v))
        return oc_fields_bad(o, key, "must be a whole number");
    int64_t n = json_integer_value(v);
    if (n < min || n > max)
        return oc_err_set(o->err, OC_E_INVALID, "%s/%s: must be %lld..%lld, is %lld", o->path, key, (long long)min, (long long)max,
                          (long long)n);
    *out = (int)n;
    return OC_OK;
}

enum oc_status oc_fields_double(const struct oc_fields *o, const char *key, double min, double max, bool *has, double *out)
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (!v)
        return OC_OK;
    if (!json_is_number(v))
        return oc_fields_bad(o, key, "must be a number");
    double n = json_number_value(v);
    if (!(n >= min && n <= max))
        return oc_err_set(o->err, OC_E_INVALID, "%s/%s: must be %g..%g, is %g", o->path, key, min, max, n);
    *out = n;
    return OC_OK;
}

enum oc_status oc_fields_float(const struct oc_fields *o, const char *key, double min, double max, bool *has, float *out)
{
    double n = 0;
    enum oc_status st = oc_fields_double(o, key, min, max, has, &n);
    if (!st && *has)
        *out = (float)n;
    return st;
}

enum oc_status oc_fields_bool(const struct oc_fields *o, const char *key, bool *has, bool *out)
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (v && !json_is_boolean(v))
        return oc_fields_bad(o, key, "must be true or false");
    *out = json_is_true(v);
    return OC_OK;
}

enum oc_status oc_fields_string(const struct oc_fields *o, const char *key, size_t max, const char **out)
{
    json_t *v = json_object_get(o->json, key);
    *out = NULL;
    if (!v)
        return OC_OK;
    if (!json_is_string(v))
        return oc_fields_bad(o, key, "must be a string");
    if (json_string_length(v) > max)
        return oc_err_set(o->err, OC_E_INVALID, "%s/%s: at most %zu bytes, has %zu", o->path, key, max, json_string_length(v));
    *out = json_string_value(v);
    return OC_OK;
}

enum oc_status oc_fields_channels(const struct oc_fields *o, const char *key, bool *has, float out[3])
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (!v)
        return OC_OK;
    if (!json_is_number(v) && (!json_is_array(v) || json_array_size(v) != 3))
        return oc_fields_bad(o, key, "must be a number or a list of three");
    for (size_t c = 0; c < 3; c++) {
        json_t *n = json_is_array(v) ? json_array_get(v, c) : v;
        double x = json_number_value(n);
        if (!json_is_number(n) || !(x >= -1e6 && x <= 1e6))
            return oc_fields_bad(o, key, "must be numbers of -1e6..1e6");
        out[c] = (float)x;
    }
    return OC_OK;
}

enum oc_status oc_fields_word(const struct oc_fields *o, const char *key, const char *const *words, bool *has, int *out)
{
    const char *s;
    enum oc_status st = oc_fields_string(o, key, 32, &s);
    *has = s;
    if (st || !s)
        return st;
    char list[160] = "";
    size_t at = 0;
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], s)) {
            *out = i;
            return OC_OK;
        }
        int n = snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", words[i]);
        at = n > 0 && at + (size_t)n < sizeof list ? at + (size_t)n : sizeof list - 1;
    }
    return oc_err_set(o->err, OC_E_INVALID, "%s/%s: must be one of %s, is '%s'", o->path, key, list, s);
}

enum oc_status oc_fields_object(const struct oc_fields *o, const char *key, const char *path, struct oc_fields *out)
{
    *out = (struct oc_fields){json_object_get(o->json, key), path, o->err};
    if (out->json && !json_is_object(out->json))
        return oc_fields_bad(o, key, "must be an object");
    return OC_OK;
}

/* Nesting is bounded before the JSON library recurses. */
static bool too_deep(const char *text, size_t n)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = false;
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > LIM_JSON_DEPTH)
                return true;
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return false;
}

enum oc_status oc_fields_parse(const char *text, size_t n, const char *what, json_t **out, struct oc_err *err)
{
    *out = NULL;
    if (n > LIM_MODEL_JSON || too_deep(text, n))
        return oc_err_set(err, OC_E_JSON, "%s: at most %zu bytes and %d levels, has %zu bytes", what, LIM_MODEL_JSON, LIM_JSON_DEPTH, n);
    json_error_t where;
    uint64_t refused = oc_mem_refused();
    size_t need = 16 * n; /* an object for every few bytes */
    if (!oc_mem_overdraw_begin(OC_MEM_JSON, need))
        return oc_err_nomem(err, what, n);
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    oc_mem_overdraw_end(OC_MEM_JSON, need);
    enum oc_status st = OC_OK;
    if (oc_mem_refused() != refused || (!json && json_error_code(&where) == json_error_out_of_memory)) /* strings may be cut short */
        st = oc_err_nomem(err, what, n);
    else if (!json)
        st = oc_err_set(err, OC_E_JSON, "%s: line %d: %s", what, where.line, where.text);
    else if (!json_is_object(json))
        st = oc_err_set(err, OC_E_INVALID, "%s: must be an object", what);
    if (st)
        json_decref(json);
    else
        *out = json;
    return st;
}

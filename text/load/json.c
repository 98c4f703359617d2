/* Members of tokenizer.json; see json.h. */
#include "text/load/json.h"
#include "base/limits.h"

enum oc_status oc_json_text(const char *bytes, size_t n, json_t **out, struct oc_err *err)
{
    json_error_t why;
    uint64_t refused = oc_mem_refused();
    size_t need = 16 * n; /* an object for every few bytes; n is at most LIM_TOKENIZER_FILE */
    *out = NULL;
    if (!oc_mem_overdraw_begin(OC_MEM_JSON, need))
        return oc_err_nomem(err, "JSON", n);
    *out = json_loadb(bytes, n, JSON_ALLOW_NUL, &why);
    oc_mem_overdraw_end(OC_MEM_JSON, need);
    if (oc_mem_refused() != refused || (!*out && json_error_code(&why) == json_error_out_of_memory)) {
        json_decref(*out);
        *out = NULL;
        return oc_err_nomem(err, "JSON", n);
    }
    return *out ? OC_OK : oc_err_set(err, OC_E_MODEL, "line %d: %s", why.line, why.text);
}

const json_t *oc_part_member(struct oc_text_part p, const char *name)
{
    const json_t *m = json_object_get(p.json, name);
    return json_is_null(m) ? NULL : m;
}

const char *oc_part_type(struct oc_text_part p)
{
    const char *type = json_string_value(oc_part_member(p, "type"));
    return type ? type : "";
}

enum oc_status oc_part_unknown(struct oc_text_part p, const char *type)
{
    return oc_err_set(p.err, OC_E_UNSUPPORTED, "%s '%.64s' is not known here", p.name, type);
}

enum oc_status oc_part_broken(struct oc_text_part p, const char *what)
{
    return oc_err_set(p.err, OC_E_MODEL, "%s: %s", p.name, what);
}

static enum oc_status wrong(struct oc_text_part p, const char *name, const char *what)
{
    return oc_err_set(p.err, OC_E_MODEL, "%s: '%s' must be %s", p.name, name, what);
}

enum oc_status oc_part_bool(struct oc_text_part p, const char *name, bool *value)
{
    const json_t *m = oc_part_member(p, name);
    if (m && !json_is_boolean(m))
        return wrong(p, name, "true or false");
    *value = m ? json_is_true(m) : *value;
    return OC_OK;
}

enum oc_status oc_part_size(struct oc_text_part p, const char *name, size_t most, size_t *value)
{
    const json_t *m = oc_part_member(p, name);
    if (!m)
        return OC_OK;
    json_int_t v = json_integer_value(m);
    if (!json_is_integer(m) || v < 0 || (uint64_t)v > most)
        return oc_err_set(p.err, OC_E_MODEL, "%s: '%s' must be a number of 0..%zu", p.name, name, most);
    *value = (size_t)v;
    return OC_OK;
}

enum oc_status oc_part_string(struct oc_text_part p, const char *name, const char **value)
{
    const json_t *m = oc_part_member(p, name);
    if (m && (!json_is_string(m) || strlen(json_string_value(m)) != json_string_length(m)))
        return wrong(p, name, "a string");
    *value = m ? json_string_value(m) : *value;
    return OC_OK;
}

enum oc_status oc_part_pattern(struct oc_text_part p, struct oc_pattern *out)
{
    const json_t *m = oc_part_member(p, "pattern");
    const json_t *fixed = json_object_get(m, "String"), *expression = json_object_get(m, "Regex");
    const json_t *text = fixed ? fixed : expression;
    if (!json_is_string(text))
        return wrong(p, "pattern", "a String or a Regex");
    size_t n = json_string_length(text);
    if (!n || n > LIM_TOKEN_BYTES * 8)
        return oc_err_set(p.err, OC_E_UNSUPPORTED, "%s: a pattern of %zu bytes is not known here", p.name, n);
    enum oc_status st = fixed ? oc_pattern_literal(out, json_string_value(text), n, p.err)
                              : oc_pattern_expression(out, json_string_value(text), n, p.err);
    return st ? oc_err_prefix(p.err, st, "%s: ", p.name) : OC_OK;
}

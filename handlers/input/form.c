/* Form bodies; see form.h. */
#include "handlers/input/form.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes '+' and %XX into the arena. */
static enum oc_status unescape(const char *s, size_t n, struct oc_arena *arena, const char **out, size_t *len, struct oc_err *err)
{
    char *text = oc_arena_alloc(arena, n + 1);
    if (!text)
        return oc_err_nomem(err, "a form field", n + 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%') {
            int high = i + 2 < n ? hex_value(s[i + 1]) : -1, low = i + 2 < n ? hex_value(s[i + 2]) : -1;
            if (high < 0 || low < 0)
                return oc_err_set(err, OC_E_INVALID, "form: '%%' without two hexadecimal digits");
            text[k++] = (char)(high << 4 | low);
            i += 2;
        } else {
            text[k++] = s[i] == '+' ? ' ' : s[i];
        }
    }
    text[k] = 0;
    *out = text;
    *len = k;
    return OC_OK;
}

static enum oc_status read_pair(const char *s, size_t n, struct oc_arena *arena, struct oc_field *field, struct oc_err *err)
{
    const char *equals = memchr(s, '=', n);
    size_t name_len = equals ? (size_t)(equals - s) : n, value_len = equals ? n - name_len - 1 : 0, len;
    if (name_len > 3 * LIM_PART_NAME)
        return oc_err_set(err, OC_E_INVALID, "form: a field's name has at most %d bytes", LIM_PART_NAME);
    if (value_len > LIM_FIELD_BYTES)
        return oc_err_set(err, OC_E_INVALID, "form: field '%.*s': at most %zu bytes, there are %zu", (int)name_len, s, LIM_FIELD_BYTES,
                          value_len);
    enum oc_status st = unescape(s, name_len, arena, &field->name, &len, err);
    if (!st && (len > LIM_PART_NAME || memchr(field->name, 0, len)))
        st = oc_err_set(err, OC_E_INVALID, "form: a field's name has at most %d bytes and no NUL", LIM_PART_NAME);
    return st ? st : unescape(equals ? equals + 1 : s + n, value_len, arena, &field->value, &field->value_len, err);
}

enum oc_status oc_form_parse(const char *body, size_t n, struct oc_arena *arena, struct oc_field **out, size_t *n_out, struct oc_err *err)
{
    *out = NULL;
    *n_out = 0;
    size_t count = 1;
    for (const char *p = body; n && (p = memchr(p, '&', n - (size_t)(p - body))); p++)
        count++;
    if (count > LIM_PARTS)
        return oc_err_set(err, OC_E_INVALID, "form: at most %d fields, there are %zu", LIM_PARTS, count);
    struct oc_field *fields = oc_mem_array(OC_MEM_BODY, count, sizeof *fields);
    if (!fields)
        return oc_err_nomem(err, "form fields", count * sizeof *fields);
    enum oc_status st = OC_OK;
    const char *p = body, *end = body + n;
    size_t k = 0;
    while (!st && p < end) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        size_t len = stop ? (size_t)(stop - p) : (size_t)(end - p);
        if (len)
            st = read_pair(p, len, arena, &fields[k++], err);
        p += len + 1;
    }
    if (st) {
        oc_mem_free(fields);
        return st;
    }
    *out = fields;
    *n_out = k;
    return OC_OK;
}

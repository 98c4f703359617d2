/* Form bodies; see form.h. */
#include "handlers/input/form.h"
#include "handlers/input/percent.h"

static enum oc_status read_pair(const char *s, size_t n, struct oc_arena *arena, struct oc_field *field, struct oc_err *err)
{
    const char *equals = memchr(s, '=', n);
    size_t name_len = equals ? (size_t)(equals - s) : n, value_len = equals ? n - name_len - 1 : 0, len;
    if (name_len > 3 * LIM_PART_NAME)
        return oc_err_set(err, OC_E_INVALID, "form: a field's name has at most %d bytes", LIM_PART_NAME);
    enum oc_status st = oc_percent_decode(arena, "form", s, name_len, true, &field->name, &len, err);
    if (!st && (len > LIM_PART_NAME || memchr(field->name, 0, len)))
        st = oc_err_set(err, OC_E_INVALID, "form: a field's name has at most %d bytes and no NUL", LIM_PART_NAME);
    return st ? st : oc_percent_decode(arena, "form", equals ? equals + 1 : s + n, value_len, true, &field->value, &field->value_len, err);
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

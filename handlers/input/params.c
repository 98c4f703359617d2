/*
 * One reader for parameters, wherever they come from; see inputs.h. Text and JSON go through the same checks with the same
 * messages. An empty text counts as absent: forms send empty fields.
 */
#include "handlers/input/inputs.h"
#include "handlers/input/json_in.h"
#include "handlers/input/scalar.h"
#include "handlers/warnings.h"
#include "models/recipe/labels.h"

static void look_in(const struct oc_field *fields, size_t n, const char *name, struct oc_scalar *v, size_t *times)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) != 0 || !fields[i].value_len)
            continue;
        v->text = fields[i].value;
        v->len = fields[i].value_len;
        ++*times;
    }
}

static size_t look(const struct oc_inputs *in, const char *name, struct oc_scalar *v)
{
    size_t times = 0;
    *v = (struct oc_scalar){0};
    oc_asked(in->req, name);
    look_in(in->req->query, in->req->n_query, name, v, &times);
    look_in(in->form, in->n_form, name, v, &times);
    v->json = json_object_get(in->json, name);
    if (json_is_null(v->json))
        v->json = NULL;
    return times + (v->json ? 1 : 0);
}

static enum oc_status look_once(const struct oc_inputs *in, const char *name, struct oc_scalar *v, struct oc_err *err)
{
    size_t times = look(in, name, v);
    return times > 1 ? oc_err_set(err, OC_E_INVALID, "%s: given %zu times", name, times) : OC_OK;
}

const json_t *oc_inputs_member(const struct oc_inputs *in, const char *name)
{
    oc_asked(in->req, name);
    return json_object_get(in->json, name);
}

bool oc_param_given(const struct oc_inputs *in, const char *name)
{
    struct oc_scalar v;
    return look(in, name, &v) > 0;
}

enum oc_status oc_param_f64(const struct oc_inputs *in, const char *name, double min, double max, double *out, struct oc_err *err)
{
    struct oc_scalar v;
    enum oc_status st = look_once(in, name, &v, err);
    return st || (!v.text && !v.json) ? st : oc_scalar_f64(&v, name, min, max, out, err);
}

enum oc_status oc_param_int(const struct oc_inputs *in, const char *name, int64_t min, int64_t max, int64_t *out, struct oc_err *err)
{
    struct oc_scalar v;
    enum oc_status st = look_once(in, name, &v, err);
    return st || (!v.text && !v.json) ? st : oc_scalar_int(&v, name, min, max, out, err);
}

enum oc_status oc_param_bool(const struct oc_inputs *in, const char *name, bool *out, struct oc_err *err)
{
    struct oc_scalar v;
    enum oc_status st = look_once(in, name, &v, err);
    return st || (!v.text && !v.json) ? st : oc_scalar_bool(&v, name, out, err);
}

enum oc_status oc_param_string(const struct oc_inputs *in, const char *name, size_t max, const char **out, struct oc_err *err)
{
    struct oc_scalar v;
    enum oc_status st = look_once(in, name, &v, err);
    if (st || (!v.text && !v.json))
        return st;
    if (v.json)
        return oc_json_get_string(v.json, name, max, out, err);
    if (v.len > max || memchr(v.text, 0, v.len) || !oc_utf8_valid(v.text, v.len))
        return oc_err_set(err, OC_E_INVALID, "%s: UTF-8 text of at most %zu bytes is expected, there are %zu", name, max, v.len);
    *out = v.text;
    return OC_OK;
}

enum oc_status oc_param_word(const struct oc_inputs *in, const char *name, const char *const *words, int *out, struct oc_err *err)
{
    const char *s = NULL;
    char list[256] = "";
    size_t at = 0;
    enum oc_status st = oc_param_string(in, name, 64, &s, err);
    if (st || !s)
        return st;
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], s)) {
            *out = i;
            return OC_OK;
        }
        int n = snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", words[i]);
        at = n > 0 && at + (size_t)n < sizeof list ? at + (size_t)n : sizeof list - 1;
    }
    return oc_err_set(err, OC_E_INVALID, "%s: must be one of %s, is '%s'", name, list, s);
}

/* Items of a list being collected. */
struct list {
    const struct oc_inputs *in;
    const char *name;
    const char **items;
    size_t n, max;
    struct oc_err *err;
};

static enum oc_status add_item(struct list *l, const char *s, size_t n)
{
    while (n && (*s == ' ' || *s == '\t'))
        s++, n--;
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    if (!n)
        return OC_OK;
    if (l->n == l->max)
        return oc_err_set(l->err, OC_E_INVALID, "%s: at most %zu items", l->name, l->max);
    if (memchr(s, 0, n) || !oc_utf8_valid(s, n))
        return oc_err_set(l->err, OC_E_INVALID, "%s: item %zu is not UTF-8 text", l->name, l->n);
    l->items[l->n] = oc_arena_strndup(l->in->req->arena, s, n);
    return l->items[l->n++] ? OC_OK : oc_err_nomem(l->err, l->name, n);
}

static enum oc_status add_text(struct list *l, const char *s, size_t n)
{
    enum oc_status st = OC_OK;
    const char *end = s + n;
    while (!st && s < end) {
        const char *comma = memchr(s, ',', (size_t)(end - s));
        const char *stop = comma ? comma : end;
        st = add_item(l, s, (size_t)(stop - s));
        s = stop + 1;
    }
    return st;
}

static enum oc_status add_fields(struct list *l, const struct oc_field *fields, size_t n)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++)
        if (!strcmp(fields[i].name, l->name))
            st = add_text(l, fields[i].value, fields[i].value_len);
    return st;
}

static enum oc_status add_json(struct list *l, const json_t *v)
{
    enum oc_status st = OC_OK;
    if (json_is_string(v))
        return add_text(l, json_string_value(v), json_string_length(v));
    if (!json_is_array(v))
        return oc_err_set(l->err, OC_E_INVALID, "%s: must be an array or a string, is %s", l->name, oc_json_kind(v));
    for (size_t i = 0; !st && i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        char text[32];
        if (json_is_string(item)) {
            st = add_item(l, json_string_value(item), json_string_length(item));
        } else if (json_is_integer(item)) {
            snprintf(text, sizeof text, "%lld", (long long)json_integer_value(item));
            st = add_item(l, text, strlen(text));
        } else if (json_is_real(item)) {
            snprintf(text, sizeof text, "%.17g", json_real_value(item));
            st = add_item(l, text, strlen(text));
        } else {
            st = oc_err_set(l->err, OC_E_INVALID, "%s/%zu: must be a string or a number, is %s", l->name, i, oc_json_kind(item));
        }
    }
    return st;
}

enum oc_status oc_param_list(const struct oc_inputs *in, const char *name, size_t max, const char *const **out, size_t *n,
                             struct oc_err *err)
{
    struct list l = {.in = in, .name = name, .max = max, .err = err};
    const json_t *json = json_object_get(in->json, name);
    *out = NULL;
    *n = 0;
    if (!oc_param_given(in, name))
        return OC_OK;
    l.items = oc_arena_array(in->req->arena, max, sizeof *l.items);
    if (!l.items)
        return oc_err_nomem(err, name, max * sizeof *l.items);
    enum oc_status st = add_fields(&l, in->req->query, in->req->n_query);
    if (!st)
        st = add_fields(&l, in->form, in->n_form);
    if (!st && json && !json_is_null(json))
        st = add_json(&l, json);
    *out = l.items;
    *n = st ? 0 : l.n;
    return st;
}

/* See texts.h. */
#include "handlers/input/texts.h"
#include <strings.h>
#include "handlers/input/base64.h"
#include "handlers/input/json_in.h"
#include "models/recipe/labels.h"

static enum oc_status grow(struct oc_texts *t, struct oc_err *err)
{
    size_t cap = t->cap ? t->cap * 2 : 16;
    struct oc_text *items = oc_arena_array(t->req->arena, cap, sizeof *items);
    if (!items)
        return oc_err_nomem(err, "the list of texts", cap * sizeof *items);
    if (t->n)
        memcpy(items, t->items, t->n * sizeof *items);
    t->items = items;
    t->cap = cap;
    return OC_OK;
}

enum oc_status oc_texts_add(struct oc_texts *t, const char *what, const char *data, size_t len, struct oc_err *err)
{
    int most = t->req->service->max_texts > 0 ? t->req->service->max_texts : LIM_TEXTS;
    if (t->n >= (size_t)most)
        return oc_err_set(err, OC_E_INVALID, "%s: at most %d texts in one request", what, most);
    if (len > LIM_TEXT_BYTES)
        return oc_err_set(err, OC_E_BODY_TOO_LARGE, "%s: text %zu has %zu bytes, %zu at most", what, t->n, len, LIM_TEXT_BYTES);
    if (!oc_utf8_valid(data, len))
        return oc_err_set(err, OC_E_INVALID, "%s: text %zu is not UTF-8", what, t->n);
    if (oc_is_data_uri(data, len))
        return oc_err_set(err, OC_E_INVALID, "%s: text %zu is a data URI; pictures go into 'image' or 'images'", what, t->n);
    enum oc_status st = t->n == t->cap ? grow(t, err) : OC_OK;
    if (!st)
        t->items[t->n++] = (struct oc_text){data, len};
    return st;
}

static enum oc_status add_json_string(struct oc_texts *t, const char *what, const json_t *v, struct oc_err *err)
{
    if (!json_is_string(v))
        return oc_err_set(err, OC_E_INVALID, "%s: text %zu must be a string, is %s", what, t->n, oc_json_kind(v));
    return oc_texts_add(t, what, json_string_value(v), json_string_length(v), err);
}

enum oc_status oc_texts_add_json(struct oc_texts *t, const char *what, const json_t *v, struct oc_err *err)
{
    if (!json_is_array(v))
        return add_json_string(t, what, v, err);
    enum oc_status st = OC_OK;
    if (!json_array_size(v))
        return oc_err_set(err, OC_E_INVALID, "%s: the list is empty", what);
    for (size_t i = 0; !st && i < json_array_size(v); i++)
        st = add_json_string(t, what, json_array_get(v, i), err);
    return st;
}

static enum oc_status add_fields(struct oc_texts *t, const struct oc_field *fields, size_t n, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++)
        if (!strcmp(fields[i].name, "text") || !strcmp(fields[i].name, "texts"))
            st = oc_texts_add(t, fields[i].name, fields[i].value, fields[i].value_len, err);
    return st;
}

enum oc_status oc_texts_add_parts(struct oc_texts *t, const struct oc_inputs *in, const char *name, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < in->parts.n; i++)
        if (!strcmp(in->parts.items[i].name, name))
            st = oc_texts_add(t, name, in->parts.items[i].data, in->parts.items[i].len, err);
    return st;
}

enum oc_status oc_texts_read(const struct oc_inputs *in, struct oc_texts *out, struct oc_err *err)
{
    *out = (struct oc_texts){.req = in->req};
    enum oc_status st = add_fields(out, in->req->query, in->req->n_query, err);
    if (!st)
        st = add_fields(out, in->form, in->n_form, err);
    if (!st)
        st = oc_texts_add_parts(out, in, "text", err);
    if (!st)
        st = oc_texts_add_parts(out, in, "texts", err);
    static const char *const members[] = {"text", "texts"};
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(members); i++) {
        const json_t *v = oc_inputs_member(in, members[i]);
        if (v && !json_is_null(v))
            st = oc_texts_add_json(out, members[i], v, err);
    }
    return st;
}

enum oc_status oc_param_truncate(const struct oc_inputs *in, bool *out, struct oc_err *err)
{
    static const struct {
        const char *word;
        bool cut;
    } words[] = {{"end", true}, {"right", true}, {"longest_first", true}, {"none", false}, {"do_not_truncate", false}};
    const char *word = NULL;
    struct oc_err none;
    if (oc_param_bool(in, "truncate", out, &none) == OC_OK)
        return OC_OK;
    enum oc_status st = oc_param_string(in, "truncate", 64, &word, err);
    if (st)
        return st;
    for (size_t i = 0; word && i < OC_ARRAY_LEN(words); i++) {
        if (!strcasecmp(word, words[i].word)) {
            *out = words[i].cut;
            return OC_OK;
        }
    }
    return oc_err_set(err, OC_E_INVALID, "truncate: must be true, false, END or NONE, is '%.40s'%s", word ? word : "",
                      word && (!strcasecmp(word, "start") || !strcasecmp(word, "left")) ? ": texts are only cut at their end" : "");
}

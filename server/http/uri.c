/* Request targets; see uri.h. Nothing is normalised: "." and ".." are plain segments, and no path ever names a file. */
#include "server/http/uri.h"
#include "base/limits.h"
#include "handlers/input/percent.h"
#include <strings.h>

struct oc_target oc_target_split(const char *uri)
{
    if (!strncasecmp(uri, "http://", 7) || !strncasecmp(uri, "https://", 8)) {
        const char *authority = strstr(uri, "://") + 3;
        uri = authority + strcspn(authority, "/?#");
    }
    struct oc_target t = {.path = uri, .path_len = strcspn(uri, "?#"), .query = ""};
    if (uri[t.path_len] == '?') {
        t.query = uri + t.path_len + 1;
        t.query_len = strcspn(t.query, "#");
    }
    return t;
}

/* One "name=value" or "name" piece. */
static enum oc_status parse_field(struct oc_arena *arena, const char *s, size_t n, struct oc_field *f, struct oc_err *err)
{
    const char *equals = memchr(s, '=', n);
    size_t raw_name = equals ? (size_t)(equals - s) : n, name_len;
    enum oc_status st = oc_percent_decode(arena, "query", s, raw_name, true, &f->name, &name_len, err);
    if (st)
        return st;
    if (memchr(f->name, 0, name_len))
        return oc_err_set(err, OC_E_INVALID, "query: a parameter's name has a zero byte");
    const char *value = equals ? equals + 1 : s + n;
    st = oc_percent_decode(arena, "query", value, (size_t)(s + n - value), true, &f->value, &f->value_len, err);
    if (!st && f->value_len > LIM_FIELD_BYTES)
        st = oc_err_set(err, OC_E_INVALID, "query: the value of '%.64s' has %zu bytes, %zu at most", f->name, f->value_len,
                        LIM_FIELD_BYTES);
    return st;
}

enum oc_status oc_query_parse(struct oc_arena *arena, const char *query, size_t n, const struct oc_field **out, size_t *n_out,
                              struct oc_err *err)
{
    *out = NULL;
    *n_out = 0;
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        most += query[i] == '&';
    if (most > LIM_QUERY_FIELDS)
        return oc_err_set(err, OC_E_INVALID, "query: %zu parameters, %d at most", most, LIM_QUERY_FIELDS);
    struct oc_field *fields = oc_arena_array(arena, most, sizeof *fields);
    if (!fields)
        return oc_err_nomem(err, "query", most * sizeof *fields);
    size_t count = 0;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(query + at, '&', n - at);
        size_t len = end ? (size_t)(end - query) - at : n - at;
        if (len > 0) {
            enum oc_status st = parse_field(arena, query + at, len, &fields[count], err);
            if (st)
                return st;
            count++;
        }
        at += len + 1;
    }
    *out = fields;
    *n_out = count;
    return OC_OK;
}

/* See json_in.h. Depth and number of values are counted in the text first: jansson's own depth limit is 2048, and small values cost much
 * memory. */
#include "handlers/input/json_in.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "handlers/input/json_place.h"
#include "handlers/input/scalar.h"

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
    return 4 * n + 192 * values; /* n is at most a body's limit, values LIM_JSON_VALUES_MOST */
}

/* The text in pieces, so that a request whose time is over, or whose client has gone, stops in the middle. */
struct feed {
    const char *text;
    size_t left;
    const struct oc_request *req;
    bool stopped;
};

static size_t next_piece(void *to, size_t room, void *arg)
{
    struct feed *f = arg;
    size_t n = f->left < room ? f->left : room;
    f->stopped = f->req && f->req->cancelled && f->req->cancelled(f->req->cancel_arg);
    if (f->stopped)
        return (size_t)-1;
    memcpy(to, f->text, n);
    f->text += n;
    f->left -= n;
    return n;
}

static enum oc_status check_size_of(const struct oc_request *req, const char *text, size_t n, size_t *values, struct oc_err *err)
{
    int depth, most = req && !req->many_values ? LIM_JSON_VALUES : LIM_JSON_VALUES_MOST;
    measure(text, n, &depth, values);
    if (depth > LIM_JSON_DEPTH)
        return oc_err_set(err, OC_E_JSON, "JSON: at most %d levels of nesting, there are %d", LIM_JSON_DEPTH, depth);
    if (*values > (size_t)most)
        return oc_err_set(err, OC_E_JSON, "JSON: at most %d values, there are %zu", most, *values);
    return OC_OK;
}

static enum oc_status not_json(const char *text, size_t n, const json_error_t *where, struct oc_err *err)
{
    char path[OC_JSON_PLACE];
    oc_json_place(text, n, where->position > 0 ? (size_t)where->position : 0, path);
    return oc_err_set(err, OC_E_JSON, "JSON: line %d, column %d%s%s: %s", where->line, where->column, *path ? ", in " : "", path,
                      where->text);
}

enum oc_status oc_json_parse(const struct oc_request *req, const char *text, size_t n, json_t **out, struct oc_err *err)
{
    *out = NULL;
    size_t values, mark = oc_utf8_mark(text, n);
    struct feed feed = {.text = text + mark, .left = n - mark, .req = req};
    enum oc_status st = check_size_of(req, text, n, &values, err);
    if (st)
        return st;
    json_error_t where;
    uint64_t refused = oc_mem_refused();
    if (!oc_mem_overdraw_begin(OC_MEM_JSON, need_of(n, values)))
        return oc_err_nomem(err, "JSON", n);
    *out = json_load_callback(next_piece, &feed, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    oc_mem_overdraw_end(OC_MEM_JSON, need_of(n, values));
    bool short_of_memory = oc_mem_refused() != refused || (!*out && json_error_code(&where) == json_error_out_of_memory);
    if (*out && !short_of_memory)
        return OC_OK;
    json_decref(*out); /* without memory jansson goes on with strings cut short when their buffer cannot grow */
    *out = NULL;
    if (feed.stopped)
        return oc_err_set(err, OC_E_CANCELLED, "cancelled while JSON was read");
    return short_of_memory ? oc_err_nomem(err, "JSON", n) : not_json(text + mark, n - mark, &where, err);
}

enum oc_status oc_json_get_f64(const json_t *v, const char *path, double min, double max, double *out, struct oc_err *err)
{
    return oc_scalar_f64(&(struct oc_scalar){.json = v}, path, min, max, out, err);
}

enum oc_status oc_json_get_int(const json_t *v, const char *path, int64_t min, int64_t max, int64_t *out, struct oc_err *err)
{
    return oc_scalar_int(&(struct oc_scalar){.json = v}, path, min, max, out, err);
}

enum oc_status oc_json_get_bool(const json_t *v, const char *path, bool *out, struct oc_err *err)
{
    return oc_scalar_bool(&(struct oc_scalar){.json = v}, path, out, err);
}

enum oc_status oc_json_get_string(const json_t *v, const char *path, size_t max, const char **out, struct oc_err *err)
{
    char shown[OC_SCALAR_SHOWN];
    if (!json_is_string(v))
        return oc_err_set(err, OC_E_INVALID, "%s: must be a string, is %s", path, oc_scalar_shown(&(struct oc_scalar){.json = v}, shown));
    if (json_string_length(v) > max)
        return oc_err_set(err, OC_E_INVALID, "%s: at most %zu bytes, there are %zu", path, max, json_string_length(v));
    *out = json_string_value(v);
    return OC_OK;
}

/*
 * Reads model.json. Each member is checked as it is read, against the same numbers that docs/model.schema.json states; a member
 * that is absent keeps what recognition found. Nothing here looks at the model itself: models/make.c brings the two together.
 */
#include "models/manifest_fields.h"
#include <jansson.h>
#include "models/families.h"

/* One object being read: its path for messages, and which members were asked for. */
struct object {
    json_t *json;
    const char *path; /* "" for the top */
    struct oc_err *err;
};

static enum oc_status bad(const struct object *o, const char *key, const char *what)
{
    return oc_err_set(o->err, OC_E_INVALID, "%s/%s: %s", o->path, key, what);
}

/* Refuses members that are not in the list (NULL-terminated): a misspelt one would be ignored otherwise. */
static enum oc_status only(const struct object *o, const char *const *known)
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

static enum oc_status get_int(const struct object *o, const char *key, int64_t min, int64_t max, bool *has, int *out)
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (!v)
        return OC_OK;
    if (!json_is_integer(v))
        return bad(o, key, "must be a whole number");
    int64_t n = json_integer_value(v);
    if (n < min || n > max)
        return oc_err_set(o->err, OC_E_INVALID, "%s/%s: must be %lld..%lld, is %lld", o->path, key, (long long)min, (long long)max,
                          (long long)n);
    *out = (int)n;
    return OC_OK;
}

static enum oc_status get_float(const struct object *o, const char *key, double min, double max, bool *has, float *out)
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (!v)
        return OC_OK;
    if (!json_is_number(v))
        return bad(o, key, "must be a number");
    double n = json_number_value(v);
    if (!(n >= min && n <= max))
        return oc_err_set(o->err, OC_E_INVALID, "%s/%s: must be %g..%g, is %g", o->path, key, min, max, n);
    *out = (float)n;
    return OC_OK;
}

static enum oc_status get_bool(const struct object *o, const char *key, bool *has, bool *out)
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (v && !json_is_boolean(v))
        return bad(o, key, "must be true or false");
    *out = json_is_true(v);
    return OC_OK;
}

/* NULL when absent; borrowed from the JSON. */
static enum oc_status get_string(const struct object *o, const char *key, size_t max, const char **out)
{
    json_t *v = json_object_get(o->json, key);
    *out = NULL;
    if (!v)
        return OC_OK;
    if (!json_is_string(v))
        return bad(o, key, "must be a string");
    if (json_string_length(v) > max)
        return oc_err_set(o->err, OC_E_INVALID, "%s/%s: at most %zu bytes, has %zu", o->path, key, max, json_string_length(v));
    *out = json_string_value(v);
    return OC_OK;
}

/* Three numbers, or one for all three. */
static enum oc_status get_channels(const struct object *o, const char *key, bool *has, float out[3])
{
    json_t *v = json_object_get(o->json, key);
    *has = v;
    if (!v)
        return OC_OK;
    if (!json_is_number(v) && (!json_is_array(v) || json_array_size(v) != 3))
        return bad(o, key, "must be a number or a list of three");
    for (size_t c = 0; c < 3; c++) {
        json_t *n = json_is_array(v) ? json_array_get(v, c) : v;
        double x = json_number_value(n);
        if (!json_is_number(n) || !(x >= -1e6 && x <= 1e6))
            return bad(o, key, "must be numbers of -1e6..1e6");
        out[c] = (float)x;
    }
    return OC_OK;
}

/* A word from a list (NULL-terminated); *out its place, unchanged when absent. */
static enum oc_status get_word(const struct object *o, const char *key, const char *const *words, bool *has, int *out)
{
    const char *s;
    enum oc_status st = get_string(o, key, 32, &s);
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

/* The member as an object; json NULL when absent. */
static enum oc_status get_object(const struct object *o, const char *key, const char *path, struct object *out)
{
    *out = (struct object){json_object_get(o->json, key), path, o->err};
    if (out->json && !json_is_object(out->json))
        return bad(o, key, "must be an object");
    return OC_OK;
}

static enum oc_status read_input(const struct object *top, struct oc_manifest *m)
{
    static const char *const known[] = {"width", "height", "fit", "resample", "pad", "channels", "layout", "mean", "scale", NULL};
    static const char *const fits[] = {"stretch", "top_left", "centre", "pad", NULL}, *const resamples[] = {"linear", "antialias", NULL},
                             *const orders[] = {"rgb", "bgr", NULL}, *const layouts[] = {"nchw", "nhwc", NULL};
    struct oc_manifest_input *in = &m->input;
    struct object o;
    enum oc_status st = get_object(top, "input", "/input", &o);
    if (st || !o.json)
        return st;
    (void)((st = only(&o, known)) || (st = get_int(&o, "width", 1, LIM_NETWORK_SIDE, &in->has_width, &in->width)) ||
           (st = get_int(&o, "height", 1, LIM_NETWORK_SIDE, &in->has_height, &in->height)) ||
           (st = get_word(&o, "fit", fits, &in->has_fit, &in->fit)) ||
           (st = get_word(&o, "resample", resamples, &in->has_resample, &in->resample)) ||
           (st = get_int(&o, "pad", 0, 255, &in->has_pad, &in->pad)) ||
           (st = get_word(&o, "channels", orders, &in->has_channels, &in->channels)) ||
           (st = get_word(&o, "layout", layouts, &in->has_layout, &in->layout)) ||
           (st = get_channels(&o, "mean", &in->has_mean, in->mean)) || (st = get_channels(&o, "scale", &in->has_scale, in->scale)));
    return st;
}

static enum oc_status read_strides(const struct object *o, struct oc_manifest_decode *d)
{
    json_t *v = json_object_get(o->json, "strides");
    if (!v)
        return OC_OK;
    if (!json_is_array(v) || json_array_size(v) < 1 || json_array_size(v) > LIM_STRIDES)
        return bad(o, "strides", "must be a list of 1..6 numbers");
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *n = json_array_get(v, i);
        if (!json_is_integer(n) || json_integer_value(n) < 1 || json_integer_value(n) > 1024)
            return oc_err_set(o->err, OC_E_INVALID, "%s/strides/%zu: must be a whole number of 1..1024", o->path, i);
        d->strides[i] = (int)json_integer_value(n);
    }
    d->n_strides = (int)json_array_size(v);
    return OC_OK;
}

static enum oc_status read_decode(const struct object *top, struct oc_manifest *m)
{
    static const char *const known[] = {"strides", "cell_offset", "boxes_decoded", "anchors", NULL};
    struct oc_manifest_decode *d = &m->decode;
    struct object o;
    enum oc_status st = get_object(top, "decode", "/decode", &o);
    if (st || !o.json)
        return st;
    (void)((st = only(&o, known)) || (st = read_strides(&o, d)) ||
           (st = get_float(&o, "cell_offset", 0, 1, &d->has_cell_offset, &d->cell_offset)) ||
           (st = get_bool(&o, "boxes_decoded", &d->has_boxes_decoded, &d->boxes_decoded)) ||
           (st = get_int(&o, "anchors", 1, 8, &d->has_anchors, &d->anchors)));
    return st;
}

static enum oc_status read_thresholds(const struct object *top, struct oc_manifest *m)
{
    static const char *const known[] = {"score", "iou", "max_detections", NULL};
    struct oc_manifest_thresholds *t = &m->thresholds;
    struct object o;
    enum oc_status st = get_object(top, "thresholds", "/thresholds", &o);
    if (st || !o.json)
        return st;
    (void)((st = only(&o, known)) || (st = get_float(&o, "score", 0, 1, &t->has_score, &t->score)) ||
           (st = get_float(&o, "iou", 0, 1, &t->has_iou, &t->iou)) ||
           (st = get_int(&o, "max_detections", 1, LIM_DETECTIONS, &t->has_max_detections, &t->max_detections)));
    return st;
}

static bool is_plain_name(const char *s)
{
    return *s && *s != '.' && !strchr(s, '/') && oc_utf8_valid(s, strlen(s));
}

static enum oc_status copy(struct oc_manifest *m, const char *s, const char **out, struct oc_err *err)
{
    if (!s)
        return OC_OK;
    char *c = oc_arena_strndup(&m->arena, s, strlen(s));
    if (!c)
        return oc_err_nomem(err, "a model's description", strlen(s));
    *out = c;
    return OC_OK;
}

static enum oc_status read_label_list(const struct object *o, json_t *list, struct oc_manifest *m)
{
    size_t n = json_array_size(list);
    if (n < 1 || n > LIM_LABELS)
        return bad(o, "labels", "must be 1..20000 names");
    const char **names = oc_arena_array(&m->arena, n, sizeof *names);
    if (!names)
        return oc_err_nomem(o->err, "labels", n * sizeof *names);
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_array_get(list, i);
        if (!json_is_string(v) || !json_string_length(v) || json_string_length(v) > LIM_LABEL_BYTES)
            return oc_err_set(o->err, OC_E_INVALID, "/labels/%zu: must be a string of 1..%d bytes", i, LIM_LABEL_BYTES);
        enum oc_status st = copy(m, json_string_value(v), &names[i], o->err);
        if (st)
            return st;
    }
    m->labels = (struct oc_labels){n, names};
    return OC_OK;
}

static enum oc_status read_labels(const struct object *o, struct oc_manifest *m)
{
    json_t *v = json_object_get(o->json, "labels");
    if (!v)
        return OC_OK;
    if (json_is_array(v))
        return read_label_list(o, v, m);
    if (!json_is_string(v) || !is_plain_name(json_string_value(v)))
        return bad(o, "labels", "must be a list of names or the name of a file in the same folder");
    return copy(m, json_string_value(v), &m->labels_file, o->err);
}

static enum oc_status read_texts(const struct object *o, struct oc_manifest *m)
{
    const char *file = NULL, *licence = NULL, *source = NULL, *description = NULL, *task = NULL, *family = NULL;
    enum oc_status st = OC_OK;
    (void)((st = get_string(o, "file", 255, &file)) || (st = get_string(o, "licence", 1024, &licence)) ||
           (st = get_string(o, "source", 1024, &source)) || (st = get_string(o, "description", 4096, &description)) ||
           (st = get_string(o, "task", 64, &task)) || (st = get_string(o, "family", 64, &family)));
    if (st)
        return st;
    if (file && !is_plain_name(file))
        return bad(o, "file", "must be the name of a file in the same folder");
    if (task && !oc_task_parse(task, &m->task))
        return oc_err_set(o->err, OC_E_INVALID, "/task: unknown task '%s'", task);
    m->has_task = task;
    if (family && !(m->family = oc_family_find(family)))
        return oc_err_set(o->err, OC_E_INVALID, "/family: unknown family '%s'", family);
    if (m->family && m->has_task && m->family->task != m->task)
        return oc_err_set(o->err, OC_E_INVALID, "/task: family '%s' is for %s, not %s", family, oc_task_name(m->family->task), task);
    (void)((st = copy(m, file, &m->file, o->err)) || (st = copy(m, licence, &m->licence, o->err)) ||
           (st = copy(m, source, &m->source, o->err)) || (st = copy(m, description, &m->description, o->err)));
    return st;
}

static enum oc_status read_top(const struct object *o, struct oc_manifest *m)
{
    static const char *const known[] = {"$schema", "format",     "task",    "family", "file",        "input",   "decode",
                                        "labels",  "thresholds", "licence", "source", "description", "starter", NULL};
    bool has;
    int format = 0;
    enum oc_status st = get_int(o, "format", 1, OC_MANIFEST_FORMAT, &has, &format);
    if (!st && !has)
        st = bad(o, "format", "is missing; this program reads format 1");
    if (!st && !json_object_get(o->json, "task"))
        st = bad(o, "task", "is missing");
    (void)(st || (st = only(o, known)) || (st = read_texts(o, m)) || (st = read_input(o, m)) || (st = read_decode(o, m)) ||
           (st = read_thresholds(o, m)) || (st = read_labels(o, m)) || (st = get_bool(o, "starter", &has, &m->starter)));
    return st;
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

enum oc_status oc_manifest_parse(const char *text, size_t n, struct oc_manifest **out, struct oc_err *err)
{
    *out = NULL;
    if (n > LIM_MODEL_JSON || too_deep(text, n))
        return oc_err_set(err, OC_E_JSON, "model.json: at most %zu bytes and %d levels, has %zu bytes", LIM_MODEL_JSON, LIM_JSON_DEPTH, n);
    struct oc_manifest *m = oc_mem_zero(OC_MEM_MODEL, sizeof *m);
    if (!m)
        return oc_err_nomem(err, "model.json", sizeof *m);
    oc_arena_init(&m->arena, OC_MEM_MODEL, LIM_MODEL_JSON * 4);
    m->file = "model.onnx";
    json_error_t where;
    uint64_t refused = oc_mem_refused();
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    struct object o = {json, "", err};
    enum oc_status st = OC_OK;
    if (oc_mem_refused() != refused || (!json && json_error_code(&where) == json_error_out_of_memory)) /* strings may be cut short */
        st = oc_err_nomem(err, "model.json", n);
    else if (!json)
        st = oc_err_set(err, OC_E_JSON, "model.json: line %d: %s", where.line, where.text);
    else if (!json_is_object(json))
        st = oc_err_set(err, OC_E_INVALID, "model.json: must be an object");
    else if ((st = read_top(&o, m)) == OC_E_INVALID)
        oc_err_prefix(err, st, "model.json: ");
    json_decref(json);
    if (st)
        oc_manifest_free(m);
    else
        *out = m;
    return st;
}

void oc_manifest_free(struct oc_manifest *m)
{
    if (!m)
        return;
    oc_arena_deinit(&m->arena);
    oc_mem_free(m);
}

const char *oc_manifest_file(const struct oc_manifest *m)
{
    return m->file;
}

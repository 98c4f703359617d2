/*
 * Reads model.json. Each member is checked as it is read, against the same numbers that docs/model.schema.json states; a member
 * that is absent keeps what recognition found. Nothing here looks at the model itself: models/package/recipe_make.c brings the two
 * together.
 */
#include "models/package/manifest.h"
#include "models/package/manifest_fields.h"
#include "models/package/families.h"
#include "models/recipe/json_fields.h"
#include "models/package/sections.h"

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

static enum oc_status read_label_list(const struct oc_fields *o, json_t *list, struct oc_manifest *m)
{
    size_t n = json_array_size(list);
    if (n < 1 || n > LIM_LABELS)
        return oc_fields_bad(o, "labels", "must be 1..20000 names");
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

static enum oc_status read_labels(const struct oc_fields *o, struct oc_manifest *m)
{
    json_t *v = json_object_get(o->json, "labels");
    if (!v)
        return OC_OK;
    if (json_is_array(v))
        return read_label_list(o, v, m);
    if (!json_is_string(v) || !is_plain_name(json_string_value(v)))
        return oc_fields_bad(o, "labels", "must be a list of names or the name of a file in the same folder");
    return copy(m, json_string_value(v), &m->labels_file, o->err);
}

static enum oc_status read_texts(const struct oc_fields *o, struct oc_manifest *m)
{
    const char *file = NULL, *licence = NULL, *source = NULL, *description = NULL, *task = NULL, *family = NULL;
    enum oc_status st = OC_OK;
    (void)((st = oc_fields_string(o, "file", 255, &file)) || (st = oc_fields_string(o, "licence", 1024, &licence)) ||
           (st = oc_fields_string(o, "source", 1024, &source)) || (st = oc_fields_string(o, "description", 4096, &description)) ||
           (st = oc_fields_string(o, "task", 64, &task)) || (st = oc_fields_string(o, "family", 64, &family)));
    if (st)
        return st;
    if (file && !is_plain_name(file))
        return oc_fields_bad(o, "file", "must be the name of a file in the same folder");
    if (task && !oc_task_parse(task, &m->task))
        return oc_err_set(o->err, OC_E_INVALID, "/task: unknown task '%s'", task);
    m->has_task = task;
    if (family && !(m->family = oc_family_find(family)))
        return oc_err_set(o->err, OC_E_INVALID, "/family: unknown family '%s'", family);
    bool texts = m->has_task && m->task == OC_TASK_EMBED_TEXT && m->family && m->family->task == OC_TASK_EMBED_IMAGE;
    if (m->family && m->has_task && m->family->task != m->task && !texts)
        return oc_err_set(o->err, OC_E_INVALID, "/task: family '%s' is for %s, not %s", family, oc_task_name(m->family->task), task);
    (void)((st = copy(m, file, &m->file, o->err)) || (st = copy(m, licence, &m->licence, o->err)) ||
           (st = copy(m, source, &m->source, o->err)) || (st = copy(m, description, &m->description, o->err)));
    return st;
}

static enum oc_status read_top(const struct oc_fields *o, struct oc_manifest *m)
{
    static const char *const plain[] = {"$schema", "format", "task",        "family",  "file",    "labels",
                                        "licence", "source", "description", "starter", "quality", NULL};
    bool has;
    int format = 0;
    enum oc_status st = oc_fields_int(o, "format", 1, OC_MANIFEST_FORMAT, &has, &format);
    if (!st && !has)
        st = oc_fields_bad(o, "format", "is missing; this program reads format 1");
    if (!st && !json_object_get(o->json, "task"))
        st = oc_fields_bad(o, "task", "is missing");
    (void)(st || (st = oc_sections_only(o, plain)) || (st = read_texts(o, m)) || (st = oc_sections_read(o, m)) ||
           (st = read_labels(o, m)) || (st = oc_fields_bool(o, "starter", &has, &m->starter)) ||
           (st = oc_fields_double(o, "quality", 0, 100, &m->has_quality, &m->quality)));
    return st;
}

enum oc_status oc_manifest_parse(const char *text, size_t n, struct oc_manifest **out, struct oc_err *err)
{
    *out = NULL;
    json_t *json;
    enum oc_status st = oc_fields_parse(text, n, "model.json", &json, err);
    if (st)
        return st;
    struct oc_manifest *m = oc_mem_zero(OC_MEM_MODEL, sizeof *m);
    if (!m) {
        json_decref(json);
        return oc_err_nomem(err, "model.json", sizeof *m);
    }
    oc_arena_init(&m->arena, OC_MEM_MODEL, LIM_MODEL_JSON * 4);
    m->file = "model.onnx";
    struct oc_fields o = {json, "", err};
    if ((st = read_top(&o, m)) == OC_E_INVALID)
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

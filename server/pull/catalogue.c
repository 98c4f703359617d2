/* Reading the catalogue; see catalogue.h. */
#include "server/pull/catalogue.h"
#include "base/limits.h"
#include "base/parse.h"
#include "models/recipe/json_fields.h"
#include <stdio.h>

#define NAME_MAX_BYTES 100
#define PATH_MAX_BYTES 255
#define URL_MAX_BYTES 2000

bool oc_sha256_parse(const char *text, uint8_t digest[OC_SHA256_BYTES])
{
    if (strlen(text) != 2 * OC_SHA256_BYTES)
        return false;
    for (size_t i = 0; i < OC_SHA256_BYTES; i++) {
        int high = oc_parse_hex_digit(text[2 * i]), low = oc_parse_hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        digest[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void oc_sha256_text(const uint8_t digest[OC_SHA256_BYTES], char text[2 * OC_SHA256_BYTES + 1])
{
    for (size_t i = 0; i < OC_SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* Letters, digits and "._-+", in parts split by single slashes, none of which begins with a dot: it stays below any folder it is put in. */
static bool is_safe_path(const char *path)
{
    if (!*path || strlen(path) > PATH_MAX_BYTES)
        return false;
    bool at_start = true;
    for (const char *c = path; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        if (at_start ? !letter && *c != '_' : !letter && !strchr("._-+/", *c))
            return false;
        at_start = *c == '/';
    }
    return !at_start;
}

static bool is_url(const char *url)
{
    if (strncmp(url, "https://", 8) != 0 || !url[8] || strlen(url) > URL_MAX_BYTES)
        return false;
    for (const char *c = url; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}@#", *c)) /* a user name or an unfilled {name} has no place in it */
            return false;
    return true;
}

/* The text with each {name} filled in; NULL without memory. */
static const char *fill(struct oc_arena *a, const char *text, const char *name)
{
    size_t len = strlen(text), n = strlen(name), places = 0;
    for (const char *p = text; (p = strstr(p, "{name}")); p += 6)
        places++;
    char *out = oc_arena_alloc(a, len + places * n + 1), *at = out;
    if (!out)
        return NULL;
    for (const char *p; (p = strstr(text, "{name}")); text = p + 6) {
        memcpy(at, text, (size_t)(p - text));
        at += p - text;
        at = mempcpy(at, name, n);
    }
    memcpy(at, text, strlen(text) + 1);
    return out;
}

struct reading {
    struct oc_catalogue *c;
    json_t *templates; /* borrowed; may be NULL */
    struct oc_err *err;
};

/* A member of the entry, else of its template; *out NULL when neither has it. */
static enum oc_status text_of(const struct reading *r, const struct oc_fields *entry, const struct oc_fields *base, const char *key,
                              size_t max, const char *name, const char **out)
{
    const char *text;
    enum oc_status st = oc_fields_string(entry, key, max, &text);
    if (!st && !text && base->json)
        st = oc_fields_string(base, key, max, &text);
    *out = st || !text ? NULL : fill(&r->c->arena, text, name);
    return !st && text && !*out ? oc_err_nomem(r->err, "the catalogue", strlen(text)) : st;
}

static enum oc_status read_url(const struct reading *r, const struct oc_fields *o, const char *base_url, const char *name,
                               struct oc_pull_file *f)
{
    const char *url;
    enum oc_status st = oc_fields_string(o, "url", URL_MAX_BYTES, &url);
    if (st)
        return st;
    if (url) {
        f->url = fill(&r->c->arena, url, name);
    } else if (base_url) {
        size_t size = strlen(base_url) + strlen(f->path) + 1;
        char *joined = oc_arena_alloc(&r->c->arena, size);
        if (joined)
            snprintf(joined, size, "%s%s", base_url, f->path);
        f->url = joined;
    } else {
        return oc_fields_bad(o, "url", "is missing");
    }
    if (!f->url)
        return oc_err_nomem(r->err, "the catalogue", URL_MAX_BYTES);
    return is_url(f->url) ? OC_OK : oc_fields_bad(o, "url", "must be an https URL without a user name");
}

static enum oc_status read_file(const struct reading *r, json_t *json, const char *base_url, const char *name, struct oc_pull_file *f)
{
    static const char *const known[] = {"path", "url", "size", "sha256", NULL};
    struct oc_fields o = {json, "/files", r->err};
    const char *path, *digest;
    double size = -1;
    bool has;
    if (!json_is_object(json))
        return oc_fields_bad(&o, "", "each must be an object");
    enum oc_status st = oc_fields_only(&o, known);
    if (!st)
        st = oc_fields_string(&o, "path", PATH_MAX_BYTES, &path);
    if (st)
        return st;
    if (!path || !is_safe_path(path))
        return oc_fields_bad(&o, "path", "must be letters, digits and ._-+ in parts split by slashes");
    if (!(f->path = oc_arena_strndup(&r->c->arena, path, strlen(path))))
        return oc_err_nomem(r->err, "the catalogue", strlen(path));
    st = read_url(r, &o, base_url, name, f);
    if (!st)
        st = oc_fields_double(&o, "size", 1, (double)LIM_PULL_FILE, &has, &size);
    if (!st)
        st = oc_fields_string(&o, "sha256", 64, &digest);
    if (st)
        return st;
    f->size = (int64_t)size;
    f->has_sha256 = digest != NULL;
    if (digest && !oc_sha256_parse(digest, f->sha256))
        return oc_fields_bad(&o, "sha256", "must be 64 hexadecimal digits");
    return OC_OK;
}

static enum oc_status read_files(const struct reading *r, const struct oc_fields *entry, const struct oc_fields *base, const char *base_url,
                                 struct oc_pull_model *m)
{
    json_t *list = json_object_get(entry->json, "files");
    if (!list && base->json)
        list = json_object_get(base->json, "files");
    size_t n = json_array_size(list);
    if (!n || n > LIM_PULL_FILES)
        return oc_fields_bad(entry, "files", "must be a list of 1 to 64 files");
    struct oc_pull_file *files = oc_arena_array(&r->c->arena, n, sizeof *files);
    if (!files)
        return oc_err_nomem(r->err, "the catalogue", n * sizeof *files);
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < n && !st; i++) {
        st = read_file(r, json_array_get(list, i), base_url, m->name, &files[i]);
        for (size_t k = 0; k < i && !st; k++)
            if (!strcmp(files[k].path, files[i].path))
                st = oc_fields_bad(entry, "files", "names one path twice");
    }
    m->files = files;
    m->n_files = n;
    return st;
}

/* The model.json that comes with an entry, as text. */
static enum oc_status read_description(const struct reading *r, const struct oc_fields *entry, const struct oc_fields *base,
                                       struct oc_pull_model *m)
{
    json_t *json = json_object_get(entry->json, "model_json");
    if (!json && base->json)
        json = json_object_get(base->json, "model_json");
    if (!json)
        return OC_OK;
    if (!json_is_object(json))
        return oc_fields_bad(entry, "model_json", "must be an object");
    char *text = json_dumps(json, JSON_INDENT(2));
    m->model_json = text ? oc_arena_strndup(&r->c->arena, text, strlen(text)) : NULL;
    oc_mem_free(text);
    return m->model_json ? OC_OK : oc_err_nomem(r->err, "the catalogue", LIM_MODEL_JSON);
}

static enum oc_status read_names(const struct reading *r, const struct oc_fields *o, const struct oc_fields *base, struct oc_pull_model *m,
                                 const char **base_url)
{
    const struct {
        const char *key;
        const char **out;
        bool wanted;
    } texts[] = {{"task", &m->task, true},       {"about", &m->about, false},
                 {"licence", &m->licence, true}, {"licence_url", &m->licence_url, false},
                 {"source", &m->source, true},   {"folder", &m->folder, false},
                 {"base_url", base_url, false}};
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < OC_ARRAY_LEN(texts) && !st; i++) {
        st = text_of(r, o, base, texts[i].key, URL_MAX_BYTES, m->name, texts[i].out);
        if (!st && texts[i].wanted && !*texts[i].out)
            st = oc_fields_bad(o, texts[i].key, "is missing");
    }
    if (!st && !m->folder)
        m->folder = m->name;
    if (!st && !is_safe_path(m->folder))
        st = oc_fields_bad(o, "folder", "must be letters, digits and ._-+ in parts split by slashes");
    return st;
}

static enum oc_status read_model(const struct reading *r, json_t *json, struct oc_pull_model *m)
{
    static const char *const known[] = {"name",   "template", "task",     "about", "licence",    "licence_url", "restricted",
                                        "source", "folder",   "base_url", "files", "model_json", NULL};
    struct oc_fields o = {json, "/models", r->err}, base = {NULL, "/templates", r->err};
    const char *name, *template, *base_url = NULL;
    bool has;
    if (!json_is_object(json))
        return oc_fields_bad(&o, "", "each must be an object");
    enum oc_status st = oc_fields_only(&o, known);
    if (!st)
        st = oc_fields_string(&o, "name", NAME_MAX_BYTES, &name);
    if (st)
        return st;
    if (!name || !is_safe_path(name) || strchr(name, '/'))
        return oc_fields_bad(&o, "name", "must be letters, digits and ._-+");
    st = oc_fields_string(&o, "template", NAME_MAX_BYTES, &template);
    if (st)
        return st;
    if (template && !json_is_object(base.json = json_object_get(r->templates, template)))
        return oc_fields_bad(&o, "template", "names none of the templates");
    if (oc_catalogue_find(r->c, name))
        return oc_err_set(r->err, OC_E_INVALID, "the catalogue names '%.100s' twice", name);
    if (!(m->name = oc_arena_strndup(&r->c->arena, name, strlen(name))))
        return oc_err_nomem(r->err, "the catalogue", strlen(name));
    st = read_names(r, &o, &base, m, &base_url);
    if (!st && base.json)
        st = oc_fields_bool(&base, "restricted", &has, &m->restricted);
    if (!st && json_object_get(json, "restricted"))
        st = oc_fields_bool(&o, "restricted", &has, &m->restricted);
    if (!st)
        st = read_files(r, &o, &base, base_url, m);
    if (!st)
        st = read_description(r, &o, &base, m);
    return st ? oc_err_prefix(r->err, st, "%.100s: ", m->name) : OC_OK;
}

static enum oc_status read_models(const struct reading *r, const struct oc_fields *top)
{
    json_t *list = json_object_get(top->json, "models");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > LIM_PULL_MODELS)
        return oc_fields_bad(top, "models", "must be a list of at most 1000 models");
    r->c->models = oc_arena_array(&r->c->arena, n ? n : 1, sizeof *r->c->models);
    if (!r->c->models)
        return oc_err_nomem(r->err, "the catalogue", n * sizeof *r->c->models);
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < n && !st; i++) {
        st = read_model(r, json_array_get(list, i), &r->c->models[i]);
        r->c->n += !st;
    }
    return st;
}

enum oc_status oc_catalogue_read(struct oc_catalogue *c, const char *text, size_t n, struct oc_err *err)
{
    static const char *const known[] = {"version", "templates", "models", "$comment", NULL};
    *c = (struct oc_catalogue){0};
    oc_arena_init(&c->arena, OC_MEM_OTHER, OC_MIB(16));
    json_t *json = NULL;
    int version;
    bool has;
    enum oc_status st = oc_fields_parse(text, n, "the catalogue", &json, err);
    if (st)
        return st;
    struct oc_fields top = {json, "", err};
    st = oc_fields_only(&top, known);
    if (!st)
        st = oc_fields_int(&top, "version", 1, 1, &has, &version);
    if (!st && !has)
        st = oc_fields_bad(&top, "version", "is missing");
    if (!st)
        st = read_models(&(struct reading){c, json_object_get(json, "templates"), err}, &top);
    json_decref(json);
    return st;
}

void oc_catalogue_deinit(struct oc_catalogue *c)
{
    oc_arena_deinit(&c->arena);
    *c = (struct oc_catalogue){0};
}

const struct oc_pull_model *oc_catalogue_find(const struct oc_catalogue *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->models[i].name, name))
            return &c->models[i];
    return NULL;
}

int64_t oc_pull_model_size(const struct oc_pull_model *m)
{
    int64_t sum = 0;
    for (size_t i = 0; i < m->n_files; i++) {
        if (m->files[i].size < 0)
            return -1;
        sum += m->files[i].size; /* at most LIM_PULL_FILES files of LIM_PULL_FILE bytes */
    }
    return sum;
}

bool oc_pull_model_is_verified(const struct oc_pull_model *m)
{
    for (size_t i = 0; i < m->n_files; i++)
        if (!m->files[i].has_sha256)
            return false;
    return true;
}

/*
 * Immich's machine-learning service: POST /predict (multipart: `entries` says what is wanted, `image` or `text` of what), GET /. Vectors go
 * out as strings that hold a JSON array, which Immich stores as they come. Pictures are not turned by EXIF: Immich sends its own previews,
 * upright. A model's name is Immich's; it may be installed under its cleaned form.
 */
#include "handlers/dialects/dialects.h"
#include "handlers/dialects/immich_faces.h"
#include "handlers/embed/embedding.h"
#include "handlers/input/json_in.h"
#include "handlers/input/texts.h"
#include "handlers/model_name.h"

struct prediction {
    struct oc_request *req;
    struct oc_inputs in;
    struct oc_image image; /* decoded once for all tasks; empty when a text was sent */
    const char *text;      /* NULL: none was sent */
    size_t text_len;
    json_t *entries; /* owned */
    struct oc_json json;
};

/* One task of Immich's. run writes the task's value; types is the object below the task's name in entries. */
struct task {
    const char *name;
    enum oc_status (*run)(struct prediction *p, const json_t *types, struct oc_err *err);
};

static enum oc_status malformed(struct oc_err *err)
{
    return oc_err_set(err, OC_E_UNPROCESSABLE, "Invalid request format.");
}

/* Installed models are compared by their packages' cleaned names. */
struct search {
    const char *name;
    char cleaned[OC_PACKAGE_NAME_MAX], found[OC_PACKAGE_NAME_MAX];
    bool exact;
};

static enum oc_status look_at(void *arg, const struct oc_model_info *info)
{
    struct search *s = arg;
    char package[OC_PACKAGE_NAME_MAX], cleaned[OC_PACKAGE_NAME_MAX];
    size_t n = strlen(info->name), part = *info->part ? strlen(info->part) + 1 : 0;
    snprintf(package, sizeof package, "%.*s", (int)(n - part), info->name);
    s->exact |= !strcmp(package, s->name) || !strcmp(info->name, s->name);
    if (!s->found[0] && oc_model_name_clean(package, cleaned, sizeof cleaned) && !strcmp(cleaned, s->cleaned))
        memcpy(s->found, package, sizeof package);
    return OC_OK;
}

/* The name under which the model is installed; the client's own when there is none, so that the message names it. */
static enum oc_status resolve(struct oc_request *req, const char *name, const char **out, struct oc_err *err)
{
    struct search s = {.name = oc_model_alias_resolve(req->service, name)};
    *out = s.name;
    if (!oc_model_name_clean(s.name, s.cleaned, sizeof s.cleaned))
        return OC_OK;
    enum oc_status st = oc_registry_each(req->service->registry, look_at, &s);
    if (st || s.exact || !s.found[0])
        return st;
    *out = oc_arena_strndup(req->arena, s.found, strlen(s.found));
    return *out ? OC_OK : oc_err_nomem(err, "a model's name", strlen(s.found));
}

/* modelName of one type of a task; `options` may stand beside it. */
static enum oc_status read_model(struct prediction *p, const json_t *entry, const char **name, struct oc_err *err)
{
    const json_t *v = json_object_get(entry, "modelName"), *options = json_object_get(entry, "options");
    if (!json_is_string(v) || !json_string_length(v) || json_string_length(v) > LIM_MODEL_ID || (options && !json_is_object(options)))
        return malformed(err);
    return resolve(p->req, json_string_value(v), name, err);
}

static enum oc_status embed(struct prediction *p, const json_t *entry, bool visual, struct oc_err *err)
{
    struct oc_embedding_ask ask = {0};
    struct oc_embedding e = {.in = &p->in};
    struct oc_texts texts = {.req = p->req};
    enum oc_status st = read_model(p, entry, &ask.model, err);
    if (!st && visual && !p->image.data)
        st = oc_err_set(err, OC_E_INVALID, "Task clip of type visual needs an image");
    if (!st && !visual && !p->text)
        st = oc_err_set(err, OC_E_INVALID, "Task clip of type textual needs a text");
    if (!st && !visual)
        st = oc_texts_add(&texts, "text", p->text, p->text_len, err);
    ask.decoded = &p->image;
    ask.n_images = visual;
    ask.texts = texts.items;
    ask.n_texts = texts.n;
    if (!st)
        st = oc_embedding_run(&p->in, &ask, &e, err);
    if (!st)
        oc_json_floats_text(&p->json, (visual ? &e.images : &e.texts)->data, e.dim);
    oc_embedding_deinit(&e);
    return st;
}

/* One type is the vector; both, which Immich's own service cannot answer, are an object of two. */
static enum oc_status run_clip(struct prediction *p, const json_t *types, struct oc_err *err)
{
    const json_t *visual = json_object_get(types, "visual"), *textual = json_object_get(types, "textual");
    size_t n = (visual != NULL) + (textual != NULL);
    if (!n || n != json_object_size(types))
        return malformed(err);
    if (n == 1)
        return embed(p, visual ? visual : textual, visual, err);
    oc_json_open(&p->json, '{');
    oc_json_key(&p->json, "visual");
    enum oc_status st = embed(p, visual, true, err);
    oc_json_key(&p->json, "textual");
    if (!st)
        st = embed(p, textual, false, err);
    oc_json_close(&p->json, '}');
    return st;
}

/* Recognition is of what detection finds: both are asked for together. minScore is Immich's default where it is not said. */
static enum oc_status run_faces(struct prediction *p, const json_t *types, struct oc_err *err)
{
    const json_t *detection = json_object_get(types, "detection"), *recognition = json_object_get(types, "recognition");
    struct oc_immich_faces ask = {.min_score = 0.7};
    if ((detection != NULL) + (recognition != NULL) != (int)json_object_size(types))
        return malformed(err);
    if (!detection || !recognition)
        return oc_err_set(err, OC_E_INVALID, "Task facial-recognition needs detection and recognition");
    if (!p->image.data)
        return oc_err_set(err, OC_E_INVALID, "Task facial-recognition needs an image");
    const json_t *min_score = json_object_get(json_object_get(detection, "options"), "minScore");
    enum oc_status st = read_model(p, detection, &ask.detector, err);
    if (!st)
        st = read_model(p, recognition, &ask.embedder, err);
    if (!st && min_score && oc_json_get_f64(min_score, "minScore", 0, 1, &ask.min_score, NULL))
        st = malformed(err);
    return st ? st : oc_immich_faces(&p->in, &p->image, &ask, &p->json, err);
}

static const struct task tasks[] = {
    {"clip", run_clip},
    {"facial-recognition", run_faces},
};

static const struct task *find_task(const char *name)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(tasks); i++)
        if (!strcmp(tasks[i].name, name))
            return &tasks[i];
    return NULL;
}

static enum oc_status read_entries(struct prediction *p, struct oc_err *err)
{
    const char *text = NULL;
    enum oc_status st = oc_param_string(&p->in, "entries", LIM_FIELD_BYTES, &text, err);
    if (!st && text)
        st = oc_json_parse(p->in.req, text, strlen(text), &p->entries, err);
    if (st == OC_E_NOMEM)
        return st;
    if (st || !json_is_object(p->entries) || !json_object_size(p->entries))
        return malformed(err);
    const char *name;
    const json_t *types;
    json_object_foreach(p->entries, name, types)
    {
        if (!json_is_object(types))
            return malformed(err);
        if (!find_task(name))
            return oc_err_set(err, OC_E_UNPROCESSABLE, "Task %.40s is not offered by this server.", name);
    }
    return OC_OK;
}

/* The payload: a picture, or a text; both only where both are asked for. */
static enum oc_status read_payload(struct prediction *p, struct oc_err *err)
{
    for (size_t i = 0; i < p->in.parts.n; i++) {
        const struct oc_part *part = &p->in.parts.items[i];
        if (strcmp(part->name, "text") != 0 || !part->len)
            continue;
        p->text = part->data;
        p->text_len = part->len;
    }
    if (p->in.n_images > 1)
        return oc_err_set(err, OC_E_INVALID, "one image is expected, there are %zu", p->in.n_images);
    if (!p->in.n_images && !p->text)
        return oc_err_set(err, OC_E_INVALID, "Either image or text must be provided");
    return p->in.n_images ? oc_source_decode(p->req, &p->in.images[0], false, &p->image, NULL, err) : OC_OK;
}

static enum oc_status answer(struct prediction *p, struct oc_response *res, struct oc_err *err)
{
    const char *name;
    const json_t *types;
    enum oc_status st = OC_OK;
    p->json = oc_json_begin(&res->body);
    oc_json_open(&p->json, '{');
    json_object_foreach(p->entries, name, types)
    {
        const struct task *t = find_task(name);
        oc_json_key(&p->json, t->name);
        st = t->run(p, types, err);
        if (st)
            return st;
    }
    if (p->image.data) {
        oc_json_put_int(&p->json, "imageHeight", p->image.height);
        oc_json_put_int(&p->json, "imageWidth", p->image.width);
    }
    oc_json_close(&p->json, '}');
    return oc_json_end(&p->json);
}

enum oc_status oc_immich_predict(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct prediction p = {.req = req};
    enum oc_status st = oc_inputs_read(req, &p.in, err);
    (void)(st || (st = read_entries(&p, err)) || (st = read_payload(&p, err)) || (st = answer(&p, res, err)));
    json_decref(p.entries);
    oc_image_deinit(&p.image);
    oc_inputs_deinit(&p.in);
    return st;
}

/* What Immich's own service says here; browsers get the page instead (handlers/web/pages.c). */
enum oc_status oc_immich_root(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    return oc_buf_add_str(&res->body, "{\"message\":\"Immich ML\"}");
}

enum oc_status oc_immich_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id;
    struct oc_json j = oc_json_begin(out);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "detail", detail && *detail ? detail : oc_status_title(code));
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

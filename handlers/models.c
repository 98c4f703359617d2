/*
 * GET /v1/models and /v1/models/{name}: what is installed, in OpenAI's list shape with our members beside; one entry a package, its parts
 * inside. POST .../load and .../unload: of a package all its parts. GET /schemas/model.json.
 */
#include "handlers/output/render.h"
#include "handlers/routes.h"

extern const unsigned char oc_model_schema[];
extern const size_t oc_model_schema_len;

/* Packages being put together from the registry's entries, whose parts follow each other. */
struct packages {
    struct oc_json *json;
    const char *only; /* the package or part that is asked for; NULL: all */
    bool labels;
    struct oc_model_info parts[OC_PARTS_MOST]; /* of the package so far; their strings live while the registry's list is walked */
    size_t n;
    bool found;
};

static size_t package_length(const struct oc_model_info *info)
{
    return strlen(info->name) - (*info->part ? strlen(info->part) + 1 : 0);
}

static bool is_same_package(const struct oc_model_info *a, const struct oc_model_info *b)
{
    size_t n = package_length(a);
    return n == package_length(b) && !memcmp(a->name, b->name, n);
}

static enum oc_status flush(struct packages *p)
{
    if (p->n == 1)
        oc_render_model(p->json, &p->parts[0], p->labels);
    else if (p->n)
        oc_render_package(p->json, p->parts, p->n, package_length(&p->parts[0]), p->labels);
    p->n = 0;
    return oc_json_end(p->json);
}

static bool is_wanted(const struct packages *p, const struct oc_model_info *info)
{
    size_t n = package_length(info);
    return !p->only || !strcmp(p->only, info->name) || (strlen(p->only) == n && !memcmp(p->only, info->name, n));
}

static enum oc_status collect(void *arg, const struct oc_model_info *info)
{
    struct packages *p = arg;
    enum oc_status st = OC_OK;
    if (is_wanted(p, info)) {
        if (p->n && (p->n == OC_PARTS_MOST || !is_same_package(&p->parts[0], info)))
            st = flush(p);
        p->parts[p->n++] = *info;
        p->found = true;
    }
    return !st && info->is_last ? flush(p) : st; /* while the list is locked: the strings are its own */
}

enum oc_status oc_models_list(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    struct oc_json j = oc_json_begin(&res->body);
    struct packages p = {.json = &j};
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "object", "list");
    oc_json_key(&j, "data");
    oc_json_open(&j, '[');
    enum oc_status st = oc_registry_each(req->service->registry, collect, &p);
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return st ? st : oc_json_end(&j);
}

static enum oc_status nothing(void *arg, const struct oc_model_info *info)
{
    (void)arg, (void)info;
    return OC_OK;
}

enum oc_status oc_models_get(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_json j = oc_json_begin(&res->body);
    struct packages p = {.json = &j, .only = req->route_arg, .labels = true};
    enum oc_status st = oc_registry_each(req->service->registry, collect, &p);
    if (st || p.found)
        return st ? st : oc_json_end(&j);
    return oc_registry_info(req->service->registry, req->route_arg, nothing, NULL, err); /* says which ones there are */
}

/* The parts' names of what is asked for, in the request's arena. */
struct names {
    struct packages packages;
    struct oc_arena *arena;
    const char *names[OC_PARTS_MOST];
    size_t n;
    bool short_of_memory;
};

static enum oc_status collect_name(void *arg, const struct oc_model_info *info)
{
    struct names *l = arg;
    if (!is_wanted(&l->packages, info) || l->n == OC_PARTS_MOST)
        return OC_OK;
    const char *name = oc_arena_strndup(l->arena, info->name, strlen(info->name));
    l->short_of_memory |= !name;
    l->names[l->n++] = name;
    return OC_OK;
}

static enum oc_status find_parts(struct oc_request *req, struct names *l, struct oc_err *err)
{
    *l = (struct names){.packages = {.only = req->route_arg}, .arena = req->arena};
    enum oc_status st = oc_registry_each(req->service->registry, collect_name, l);
    if (!st && l->short_of_memory)
        st = oc_err_nomem(err, "names of models", LIM_MODEL_ID);
    if (!st && !l->n)
        l->names[l->n++] = req->route_arg; /* the registry says that it is not there */
    return st;
}

enum oc_status oc_models_load(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_wait wait = {.deadline_ns = req->deadline_ns, .cancelled = req->cancelled, .arg = req->cancel_arg};
    struct names l;
    enum oc_status st = find_parts(req, &l, err);
    for (size_t i = 0; !st && i < l.n; i++)
        st = oc_registry_load(req->service->registry, l.names[i], &wait, err);
    return st ? st : oc_models_get(req, res, err);
}

enum oc_status oc_models_unload(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct names l;
    enum oc_status st = find_parts(req, &l, err);
    for (size_t i = 0; !st && i < l.n; i++)
        st = oc_registry_unload(req->service->registry, l.names[i], err);
    return st ? st : oc_models_get(req, res, err);
}

enum oc_status oc_schema_model(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    res->content_type = "application/schema+json";
    return oc_buf_add(&res->body, oc_model_schema, oc_model_schema_len);
}

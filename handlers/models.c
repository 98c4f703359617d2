/*
 * GET /v1/models and /v1/models/{name}: what is installed, in OpenAI's list shape with our members beside. POST .../load and .../unload.
 * GET /schemas/model.json.
 */
#include "handlers/output/render.h"
#include "handlers/routes.h"

extern const unsigned char oc_model_schema[];
extern const size_t oc_model_schema_len;

static enum oc_status render_one(void *arg, const struct oc_model_info *info)
{
    struct oc_json *j = arg;
    oc_render_model(j, info, false);
    return oc_json_end(j);
}

static enum oc_status render_whole(void *arg, const struct oc_model_info *info)
{
    struct oc_json *j = arg;
    oc_render_model(j, info, true);
    return oc_json_end(j);
}

enum oc_status oc_models_list(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "object", "list");
    oc_json_key(&j, "data");
    oc_json_open(&j, '[');
    enum oc_status st = oc_registry_each(req->service->registry, render_one, &j);
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return st ? st : oc_json_end(&j);
}

enum oc_status oc_models_get(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_json j = oc_json_begin(&res->body);
    return oc_registry_info(req->service->registry, req->route_arg, render_whole, &j, err);
}

enum oc_status oc_models_load(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_wait wait = {.deadline_ns = req->deadline_ns, .cancelled = req->cancelled, .arg = req->cancel_arg};
    enum oc_status st = oc_registry_load(req->service->registry, req->route_arg, &wait, err);
    return st ? st : oc_models_get(req, res, err);
}

enum oc_status oc_models_unload(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    enum oc_status st = oc_registry_unload(req->service->registry, req->route_arg, err);
    return st ? st : oc_models_get(req, res, err);
}

enum oc_status oc_schema_model(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    res->content_type = "application/schema+json";
    return oc_buf_add(&res->body, oc_model_schema, oc_model_schema_len);
}

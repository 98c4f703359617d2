/*
 * Health, version and metrics. All of these run on an HTTP loop and never wait for anything, so that an orchestrator's probe
 * is answered while every worker is busy.
 */
#include "handlers/output/json_out.h"
#include "handlers/routes.h"
#include "models/installed/registry.h"

static enum oc_status healthy(const struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    const char *why = "";
    if (!req->service->is_ready(req->service->server_arg, &why))
        return oc_err_set(err, OC_E_NOT_READY, "%s", why);
    return oc_buf_add_str(&res->body, "{\"status\":\"ok\"}\n");
}

/* The same answer as readiness: whoever asks a single URL wants to know whether to send requests. */
enum oc_status oc_health(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return healthy(req, res, err);
}

/* Says only that the HTTP loops run: a container that fails this one is to be restarted. */
enum oc_status oc_health_live(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    return oc_buf_add_str(&res->body, "{\"status\":\"ok\"}\n");
}

/* Looks for one name among the models that are in memory. */
struct wanted {
    const char *name;
    bool found;
};

static enum oc_status look_at(void *arg, const struct oc_model_info *info)
{
    struct wanted *w = arg;
    size_t n = strlen(w->name);
    bool named = !strncmp(info->name, w->name, n) && (!info->name[n] || info->name[n] == ':');
    w->found |= named && info->state == OC_MODEL_READY;
    return OC_OK;
}

/* Ready all the same: the other models are served, and these when they have come. */
enum oc_status oc_health_ready(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    const struct oc_service *s = req->service;
    const char *why = "";
    bool any = false;
    if (!s->is_ready(s->server_arg, &why))
        return oc_err_set(err, OC_E_NOT_READY, "%s", why);
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "status", "ok");
    for (size_t i = 0; s->registry && i < s->n_preload; i++) {
        struct wanted w = {s->preload[i], !strcmp(s->preload[i], "all")};
        enum oc_status st = oc_registry_each(s->registry, look_at, &w);
        if (st)
            return st;
        if (!w.found && !any) {
            oc_json_key(&j, "missing");
            oc_json_open(&j, '[');
            any = true;
        }
        if (!w.found)
            oc_json_string(&j, w.name);
    }
    if (any)
        oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j) ? oc_json_end(&j) : oc_buf_add_str(&res->body, "\n");
}

/* Exactly four bytes: clients compare the whole body. */
enum oc_status oc_ping(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    res->content_type = "text/plain; charset=utf-8";
    return oc_buf_add_str(&res->body, "pong");
}

enum oc_status oc_version(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    const struct oc_service *s = req->service;
    return oc_buf_addf(&res->body, "{\"name\":\"ocelli\",\"version\":\"%s\",\"build\":\"%s\",\"backends\":\"%s\"}\n", s->version, s->build,
                       s->backends);
}

enum oc_status oc_metrics(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    res->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return req->service->metrics_text(req->service->server_arg, &res->body);
}

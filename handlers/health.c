/*
 * Health, version and metrics. All of these run on an HTTP loop and never wait for anything, so that an orchestrator's probe
 * is answered while every worker is busy.
 */
#include "handlers/routes.h"

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

enum oc_status oc_health_ready(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return healthy(req, res, err);
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

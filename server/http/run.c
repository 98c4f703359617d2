/* Calling a handler, and turning what it says into an outcome. See exchange.h. */
#include "server/http/exchange.h"
#include "base/clock.h"
#include "handlers/warnings.h"
#include "server/http/encoding.h"

#define POLL_EVERY_NS (5 * (int64_t)OC_NS_PER_MS)

/* Asked by the engine between nodes: a clock read most of the time, a look at the socket every few milliseconds. */
static bool cancelled(void *arg)
{
    struct oc_exchange *x = arg;
    if (atomic_load_explicit(&x->server->stopping, memory_order_relaxed))
        return true;
    int64_t now = oc_now_ns();
    if (now >= x->request.deadline_ns)
        return true;
    if (now - x->last_poll_ns < POLL_EVERY_NS)
        return false;
    x->last_poll_ns = now;
    return oc_job_client_gone(&x->job);
}

void oc_exchange_drop_body(struct oc_exchange *x)
{
    oc_buf_deinit(&x->request.body);
    oc_connection_give_body(&x->server->connections, x->entry);
    x->body_reserved = 0;
}

static void count_failure(struct oc_exchange *x)
{
    if (x->status == OC_E_DEADLINE)
        oc_stats_reject(x->server->stats, OC_REJECT_DEADLINE);
    else if (x->status == OC_E_CANCELLED)
        oc_stats_reject(x->server->stats, OC_REJECT_CLIENT_GONE);
    else if (x->status == OC_E_NOMEM)
        oc_stats_reject(x->server->stats, OC_REJECT_MEMORY);
}

void oc_exchange_fail(struct oc_exchange *x, enum oc_status status)
{
    struct oc_response *res = &x->response;
    const struct oc_route *route = x->route;
    x->status = status;
    count_failure(x);
    oc_exchange_drop_body(x);
    oc_buf_deinit(&res->body);
    res->status = (route && route->error_status ? route->error_status : oc_status_http)(status);
    res->headers = NULL;
    res->n_headers = 0;
    res->location = NULL;
    bool dialect = route && route->error;
    res->content_type = !dialect ? "application/problem+json" : route->error_type ? route->error_type : "application/json";
    const char *detail = x->err.msg;
    if (status == OC_E_INTERNAL || status == OC_E_IO) { /* details are for the log */
        oc_log(OC_LOG_ERROR, "internal error", OC_KV_S("id", x->request.request_id), OC_KV_S("detail", x->err.msg));
        detail = "internal error; the server's log has details under this request id";
    }
    enum oc_status st = (dialect ? route->error : oc_problem)(status, detail, x->request.request_id, &res->body);
    if (st)
        oc_buf_deinit(&res->body); /* then the status code alone has to do */
}

/* Why a handler that says "cancelled" was cancelled. */
static enum oc_status cancel_reason(struct oc_exchange *x)
{
    if (oc_now_ns() >= x->request.deadline_ns)
        return oc_err_set(&x->err, OC_E_DEADLINE, "the deadline passed");
    if (atomic_load_explicit(&x->server->stopping, memory_order_relaxed))
        return oc_err_set(&x->err, OC_E_BUSY, "the server is stopping");
    return OC_E_CANCELLED;
}

void oc_exchange_run(struct oc_exchange *x)
{
    struct oc_request *req = &x->request;
    struct oc_response *res = &x->response;
    res->status = 200;
    res->content_type = "application/json";
    req->cancelled = cancelled;
    req->cancel_arg = x;
    oc_err_clear(&x->err);
    enum oc_status st = oc_exchange_unpack(x);
    if (!st)
        st = oc_exchange_authorise_body(x);
    if (!st)
        st = x->route->run(req, res, &x->err);
    if (!st && !x->route->dialect)
        st = oc_warnings_put(req, res);
    if (st == OC_E_CANCELLED)
        st = cancel_reason(x);
    else if ((x->route->flags & OC_ROUTE_WORKER) && st == OC_OK && oc_now_ns() >= req->deadline_ns)
        st = oc_err_set(&x->err, OC_E_DEADLINE, "the deadline passed");
    else if (st == OC_E_BODY_TOO_LARGE && !x->err.msg[0]) /* from the response's buffer */
        st = oc_err_set(&x->err, OC_E_INTERNAL, "the response has more than %zu bytes", res->body.max);
    else if (st && !x->err.msg[0])
        oc_err_set(&x->err, st, "%s", oc_status_title(st));
    if (st)
        oc_exchange_fail(x, st);
    oc_exchange_drop_body(x);
}

/* Answers: headers every response has, counting, the access log. On the HTTP loop only. See exchange.h. */
#include "server/http/exchange.h"
#include "base/clock.h"
#include "server/http/origin.h"
#include <arpa/inet.h>
#include <netdb.h>

static void free_body(void *p)
{
    oc_mem_free(p);
}

/* decode;dur=1.2 and so on, milliseconds (Server Timing, W3C). */
static void format_timing(const struct oc_exchange *x, int64_t total_ns, char *out, size_t size)
{
    const struct oc_timing *t = &x->request.timing;
    double ms = OC_NS_PER_MS;
    snprintf(out, size, "decode;dur=%.3f, preprocess;dur=%.3f, queue;dur=%.3f, inference;dur=%.3f, postprocess;dur=%.3f, total;dur=%.3f",
             (double)t->decode_ns / ms, (double)t->preprocess_ns / ms, (double)t->queue_ns / ms, (double)t->inference_ns / ms,
             (double)t->postprocess_ns / ms, (double)total_ns / ms);
}

static bool add_header(struct MHD_Response *r, const char *name, const char *value)
{
    return MHD_add_response_header(r, name, value) == MHD_YES;
}

static bool has_own(const struct oc_response *res, const char *name)
{
    for (size_t i = 0; i < res->n_headers; i++)
        if (!strcmp(res->headers[i].name, name))
            return true;
    return false;
}

/* For pages of origins that --cors-origin names. */
static bool add_cors(struct oc_exchange *x, struct MHD_Response *r)
{
    const char *origin = oc_origin_allowed(x->server->config, &x->request);
    if (!origin)
        return true;
    bool ok = add_header(r, "access-control-allow-origin", origin) && add_header(r, "vary", "origin") &&
              add_header(r, "access-control-expose-headers", "x-request-id, server-timing, retry-after, location");
    const char *wanted = oc_request_header(&x->request, "access-control-request-headers");
    if (ok && x->preflight)
        ok = add_header(r, "access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE") &&
             (!wanted || add_header(r, "access-control-allow-headers", wanted)) && add_header(r, "access-control-max-age", "600");
    return ok;
}

static bool add_headers(struct oc_exchange *x, struct MHD_Response *r)
{
    const struct oc_response *res = &x->response;
    char text[256];
    format_timing(x, oc_now_ns() - x->start_ns, text, sizeof text);
    bool ok = add_header(r, "server-timing", text) && (has_own(res, "cache-control") || add_header(r, "cache-control", "no-store"));
    if (ok && *x->request.request_id)
        ok = add_header(r, "x-request-id", x->request.request_id);
    if (ok && (res->body.len > 0 || x->response_bytes > 0))
        ok = add_header(r, "content-type", res->content_type);
    if (ok && res->allow)
        ok = add_header(r, "allow", res->allow);
    if (ok && res->location)
        ok = add_header(r, "location", res->location);
    if (ok && res->status == 401) /* RFC 6750 section 3 */
        ok = add_header(r, "www-authenticate",
                        x->wrong_key ? "Bearer realm=\"ocelli\", error=\"invalid_token\"" : "Bearer realm=\"ocelli\"");
    if (ok && (res->status == 503 || res->status == 429)) {
        snprintf(text, sizeof text, "%d", oc_queue_retry_after(&x->server->queue, (int)x->server->config->workers));
        ok = add_header(r, "retry-after", text);
    }
    if (ok && (x->bad_framing || atomic_load_explicit(&x->server->draining, memory_order_relaxed)))
        ok = add_header(r, "connection", "close");
    if (ok)
        ok = add_cors(x, r);
    for (size_t i = 0; ok && i < res->n_headers; i++)
        ok = add_header(r, res->headers[i].name, res->headers[i].value);
    return ok;
}

enum MHD_Result oc_exchange_reply(struct oc_exchange *x)
{
    struct oc_response *res = &x->response;
    if (x->status == OC_E_CANCELLED) { /* nobody is there to read it */
        x->http_status = oc_status_http(OC_E_CANCELLED);
        oc_exchange_count(x);
        return MHD_NO;
    }
    size_t n = 0;
    char *body = oc_buf_take(&res->body, &n);
    static char empty[1] = "";
    x->response_bytes = n;
    struct MHD_Response *r = body ? MHD_create_response_from_buffer_with_free_callback(n, body, free_body)
                                  : MHD_create_response_from_buffer(0, empty, MHD_RESPMEM_PERSISTENT);
    if (!r)
        oc_mem_free(body);
    if (r && !add_headers(x, r)) {
        MHD_destroy_response(r);
        r = NULL;
    }
    x->http_status = r ? res->status : MHD_HTTP_SERVICE_UNAVAILABLE;
    oc_exchange_count(x);
    if (!r)
        return MHD_queue_response(x->connection, MHD_HTTP_SERVICE_UNAVAILABLE, x->server->no_memory);
    oc_connection_phase(&x->server->connections, x->entry, OC_PHASE_SEND);
    enum MHD_Result ok = MHD_queue_response(x->connection, (unsigned)res->status, r);
    MHD_destroy_response(r);
    return ok;
}

void oc_exchange_count(struct oc_exchange *x)
{
    if (x->counted)
        return;
    x->counted = true;
    x->total_ns = oc_now_ns() - x->start_ns;
    oc_stats_finished(x->server->stats, &(struct oc_finished){.route = x->status == OC_E_METHOD ? NULL : x->route,
                                                              .status = x->http_status,
                                                              .total_ns = x->total_ns,
                                                              .body_bytes = x->body_received,
                                                              .response_bytes = x->response_bytes,
                                                              .timing = x->request.timing,
                                                              .model = x->request.model_used});
}

static void client_text(struct oc_exchange *x, char *out, size_t size)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info ? info->client_addr : NULL;
    socklen_t n = a && a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (!a || getnameinfo(a, n, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
        snprintf(out, size, "-");
}

/* One line a request. The route's pattern stands for the path, which may hold people's names. */
void oc_exchange_log(struct oc_exchange *x)
{
    bool quiet = x->route && (x->route->flags & OC_ROUTE_QUIET) && x->http_status < 400;
    enum oc_log_level level = x->http_status == 500 ? OC_LOG_ERROR : quiet ? OC_LOG_DEBUG : OC_LOG_INFO;
    if (!oc_log_wants(level))
        return;
    const struct oc_timing *t = &x->request.timing;
    char client[64];
    client_text(x, client, sizeof client);
    double ms = OC_NS_PER_MS;
    oc_log(level, "request", OC_KV_S("id", x->request.request_id), OC_KV_S("client", client), OC_KV_S("method", x->request.method),
           OC_KV_S("route", x->route ? x->route->path : "-"), OC_KV_I("status", x->http_status),
           OC_KV_S("code", x->status ? oc_status_code(x->status) : "ok"),
           OC_KV_S("model", x->request.model_used ? x->request.model_used : "-"), OC_KV_I("bytes_in", x->body_received),
           OC_KV_I("bytes_out", x->response_bytes), OC_KV_F("total_ms", (double)x->total_ns / ms),
           OC_KV_F("queue_ms", (double)t->queue_ns / ms), OC_KV_F("decode_ms", (double)t->decode_ns / ms),
           OC_KV_F("preprocess_ms", (double)t->preprocess_ns / ms), OC_KV_F("inference_ms", (double)t->inference_ns / ms),
           OC_KV_F("postprocess_ms", (double)t->postprocess_ns / ms));
}

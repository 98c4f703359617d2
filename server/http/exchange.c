/*
 * The life of a request on its HTTP loop: request line -> head -> body -> dispatch -> reply -> completed. libmicrohttpd takes an answer
 * only before the body (it then closes the connection) or after it; an error found early is remembered, the body is read and thrown away up
 * to LIM_DRAIN_BYTES, and the answer goes out at the end, so that the client sees it instead of a reset. The baton (docs/internals/job.md):
 * reserve, suspend, commit; a worker answers and resumes; the callback is called once more.
 */
#include "server/http/exchange.h"
#include "base/clock.h"
#include "server/http/raw.h"
#include "server/http/wire.h"
#include <sys/socket.h>

/*
 * libmicrohttpd takes the query apart too, in the connection's small pool; when that is full, it neither answers nor closes the connection
 * (0.9.75). It asks for our object just before, which is when such a request can still be refused.
 */
static void refuse_long_query(struct oc_exchange *x, const char *uri)
{
    size_t n = 1, len = strlen(uri);
    for (const char *p = strchr(uri, '?'); p && *p; p++)
        n += *p == '&';
    if (n == 1 || len + n * 96 <= LIM_CONN_MEMORY / 4 * 3) /* 72 bytes a parameter, and the request's head */
        return;
    struct oc_err err;
    oc_err_set(&err, OC_E_INVALID, "query: %zu parameters in %zu bytes, at most %d", n, len, LIM_QUERY_FIELDS);
    oc_raw_reply(x->job.fd, OC_E_INVALID, err.msg, oc_exchange_new_id(x));
    shutdown(x->job.fd, SHUT_RDWR); /* wakes the loop that owns the descriptor, which closes it */
}

void *oc_exchange_new(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct oc_server *s = cls;
    struct oc_exchange *x = oc_mem_zero(OC_MEM_OTHER, sizeof *x);
    if (!x)
        return NULL;
    x->server = s;
    x->connection = connection;
    oc_arena_init(&x->arena, OC_MEM_OTHER, LIM_REQUEST_ARENA);
    oc_buf_init(&x->request.body, OC_MEM_BODY, s->config->max_body);
    oc_buf_init(&x->response.body, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    x->uri = oc_arena_strndup(&x->arena, uri, strlen(uri));
    x->job.fd = -1;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info)
        x->entry = info->socket_context;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info)
        x->job.fd = info->connect_fd;
    refuse_long_query(x, uri);
    return x;
}

/* The first call: everything that the head alone decides. */
static enum MHD_Result begin(struct oc_exchange *x, const char *url, const char *method, const char *version)
{
    struct oc_server *s = x->server;
    x->begun = true;
    x->start_ns = oc_now_ns();
    atomic_fetch_add_explicit(&s->in_flight, 1, memory_order_relaxed);
    enum oc_status st = oc_exchange_read_head(x, url, method, version);
    bool has_body = x->chunked || x->body_declared > 0;
    oc_wire_expect(x->job.fd, has_body ? OC_WIRE_BODY : OC_WIRE_HEAD);
    oc_connection_phase(&s->connections, x->entry, has_body ? OC_PHASE_BODY : OC_PHASE_BUSY);
    if (!st)
        return MHD_YES;
    oc_exchange_fail(x, st);
    /* Whoever asks before sending is answered before sending; whoever would send more than we throw away is stopped. */
    if (x->bad_framing || (has_body && (x->expects_continue || x->body_declared > LIM_DRAIN_BYTES)))
        return oc_exchange_reply(x);
    return MHD_YES;
}

/* Takes room for bytes that have come. */
static enum oc_status reserve_growth(struct oc_exchange *x, size_t n)
{
    struct oc_server *s = x->server;
    size_t need = x->request.body.len + n, taken;
    if (need <= x->body_reserved)
        return OC_OK;
    size_t more = need - x->body_reserved;
    enum oc_room room = x->entry ? oc_connection_take_body(&s->connections, x->entry, more, &taken) : OC_ROOM_FULL;
    if (!room) {
        x->body_reserved += more;
        return OC_OK;
    }
    oc_stats_reject(s->stats, OC_REJECT_BODIES_IN_FLIGHT);
    if (room == OC_ROOM_SHARE)
        return oc_err_set(&x->err, OC_E_BUSY, "request bodies of one address may have %zu bytes at a time",
                          s->config->max_body_inflight / 2);
    return oc_err_set(&x->err, OC_E_BUSY, "request bodies in flight have %zu bytes, %zu at most", taken, s->config->max_body_inflight);
}

static enum oc_status keep(struct oc_exchange *x, const char *data, size_t n)
{
    struct oc_buf *body = &x->request.body;
    if (n > body->max - body->len) {
        oc_stats_reject(x->server->stats, OC_REJECT_BODY_TOO_LARGE);
        return oc_err_set(&x->err, OC_E_BODY_TOO_LARGE, "the body is larger than %zu bytes", body->max);
    }
    enum oc_status st = reserve_growth(x, n);
    if (!st)
        st = oc_buf_add(body, data, n);
    return st == OC_E_NOMEM ? oc_err_nomem(&x->err, "request body", n) : st;
}

/* Later calls with a piece of the body. An answer is not allowed here. */
static enum MHD_Result receive(struct oc_exchange *x, const char *data, size_t n)
{
    x->body_received += n;
    if (!x->http_status && !x->status && x->route && (x->route->flags & OC_ROUTE_BODY)) {
        enum oc_status st = keep(x, data, n);
        if (st)
            oc_exchange_fail(x, st);
    }
    bool kept = !x->status && x->route && (x->route->flags & OC_ROUTE_BODY);
    if (kept || x->body_received <= LIM_DRAIN_BYTES)
        return MHD_YES;
    if (!x->status)
        oc_exchange_fail(x, oc_err_set(&x->err, OC_E_BODY_TOO_LARGE, "this path takes no body"));
    oc_raw_reply(x->job.fd, x->status, x->err.msg, x->request.request_id);
    x->http_status = oc_status_http(x->status);
    return MHD_NO; /* closes the connection */
}

/* Hands the exchange to the workers, or says at once that there is no room. */
static enum MHD_Result submit(struct oc_exchange *x)
{
    struct oc_server *s = x->server;
    if (atomic_load_explicit(&s->draining, memory_order_relaxed) || !oc_queue_reserve(&s->queue)) {
        bool draining = atomic_load_explicit(&s->draining, memory_order_relaxed);
        oc_stats_reject(s->stats, draining ? OC_REJECT_DRAINING : OC_REJECT_QUEUE_FULL);
        oc_exchange_fail(x, draining
                                ? oc_err_set(&x->err, OC_E_BUSY, "the server is stopping")
                                : oc_err_set(&x->err, OC_E_BUSY, "the queue is full: %lld requests wait", (long long)s->config->queue));
        return oc_exchange_reply(x);
    }
    x->job.deadline_ns = x->request.deadline_ns;
    x->job.probe_allowed = x->http11;
    MHD_suspend_connection(x->connection);
    oc_queue_commit(&s->queue, &x->job); /* from here on x is whoever's unlinks it */
    return MHD_YES;
}

/* The call after the whole body. */
static enum MHD_Result dispatch(struct oc_exchange *x)
{
    oc_connection_phase(&x->server->connections, x->entry, OC_PHASE_BUSY);
    if (x->preflight)
        x->response.status = 204;
    if (x->status || x->preflight)
        return oc_exchange_reply(x);
    if (oc_now_ns() >= x->request.deadline_ns) {
        oc_exchange_fail(x, oc_err_set(&x->err, OC_E_DEADLINE, "the deadline passed while the request was being received"));
        return oc_exchange_reply(x);
    }
    if (x->route->flags & OC_ROUTE_WORKER)
        return submit(x);
    oc_exchange_run(x);
    return oc_exchange_reply(x);
}

enum MHD_Result oc_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                 const char *upload, size_t *upload_size, void **con_cls)
{
    struct oc_server *s = cls;
    struct oc_exchange *x = *con_cls;
    if (!x || !x->uri) /* no memory for the exchange */
        return MHD_queue_response(connection, MHD_HTTP_SERVICE_UNAVAILABLE, s->no_memory);
    if (!x->begun)
        return begin(x, url, method, version);
    if (*upload_size) {
        size_t n = *upload_size;
        *upload_size = 0;
        return receive(x, upload, n);
    }
    return x->answered ? oc_exchange_reply(x) : dispatch(x);
}

/* The request is over, one way or the other; nothing else frees an exchange. */
void oc_exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode why)
{
    struct oc_server *s = cls;
    struct oc_exchange *x = *con_cls;
    (void)connection;
    if (!x)
        return;
    *con_cls = NULL;
    bool cut_off = oc_connection_completed(&s->connections, x->entry);
    oc_wire_expect(x->job.fd, OC_WIRE_HEAD);
    if (x->begun) {
        if (x->http_status == 0) { /* never answered */
            x->http_status = oc_status_http(cut_off ? OC_E_BODY_TIMEOUT : OC_E_CANCELLED);
            if (!cut_off && x->status != OC_E_CANCELLED) /* else counted when it was given up */
                oc_stats_reject(s->stats, OC_REJECT_CLIENT_GONE);
        } else if (why != MHD_REQUEST_TERMINATED_COMPLETED_OK) {
            x->status = x->status ? x->status : OC_E_CANCELLED; /* for the log: answered, but not received */
        }
        oc_exchange_count(x);
        oc_exchange_log(x);
        atomic_fetch_sub_explicit(&s->in_flight, 1, memory_order_relaxed);
    }
    oc_exchange_drop_body(x);
    oc_buf_deinit(&x->response.body);
    oc_arena_deinit(&x->arena);
    oc_mem_free(x);
}

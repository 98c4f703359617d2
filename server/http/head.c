/*
 * The head of a request: headers copied out (workers must not ask libmicrohttpd), framing checked, route found, limits that the head alone
 * decides. See exchange.h.
 */
#include "server/http/exchange.h"
#include "base/clock.h"
#include "base/parse.h"
#include "server/http/framing.h"
#include "server/http/origin.h"
#include "server/http/uri.h"
#include "handlers/input/percent.h"
#include <strings.h>

struct header_copy {
    struct oc_framing framing;
    struct oc_arena *arena;
    struct oc_field *fields;
    size_t n, max;
    bool failed;
};

static enum MHD_Result copy_header(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct header_copy *c = cls;
    (void)kind;
    value = value ? value : "";
    oc_framing_header(&c->framing, key, value);
    size_t length = strlen(value);
    while (length && (value[length - 1] == ' ' || value[length - 1] == '\t')) /* no part of the value: RFC 9110 section 5.5 */
        length--;
    char *name = oc_arena_strndup(c->arena, key, strlen(key));
    const char *text = oc_arena_strndup(c->arena, value, length);
    if (c->n == c->max || !name || !text) {
        c->failed = true;
        return MHD_NO;
    }
    for (char *p = name; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    c->fields[c->n++] = (struct oc_field){name, text, length};
    return MHD_YES;
}

static enum oc_status read_headers(struct oc_exchange *x)
{
    int n = MHD_get_connection_values(x->connection, MHD_HEADER_KIND, NULL, NULL);
    struct header_copy c = {.arena = &x->arena, .max = n > 0 ? (size_t)n : 0};
    c.fields = oc_arena_array(&x->arena, c.max + 1, sizeof *c.fields);
    if (c.fields)
        MHD_get_connection_values(x->connection, MHD_HEADER_KIND, copy_header, &c);
    if (!c.fields || c.failed)
        return oc_err_nomem(&x->err, "request headers", c.max * sizeof *c.fields);
    x->request.headers = c.fields;
    x->request.n_headers = c.n;
    oc_framing_end(&c.framing);
    x->bad_head = c.framing.wrong;
    return OC_OK;
}

static const char *header(const struct oc_exchange *x, const char *name)
{
    const char *value = oc_request_header(&x->request, name);
    return value ? value : "";
}

/* splitmix64 (Steele, Lea, Flood 2014): identifiers that do not tell how many requests there were. */
static uint64_t mix(uint64_t v)
{
    v += UINT64_C(0x9e3779b97f4a7c15);
    v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
    return v ^ (v >> 31);
}

/* The client's own identifier when it is printable and not too long, else a new one. */
static const char *request_id(struct oc_exchange *x)
{
    const char *own = oc_request_header(&x->request, "x-request-id");
    size_t n = own ? strlen(own) : 0, sane = 0;
    while (sane < n && own[sane] >= 0x20 && own[sane] <= 0x7e)
        sane++;
    return n > 0 && n <= LIM_REQUEST_ID && sane == n ? own : oc_exchange_new_id(x);
}

const char *oc_exchange_new_id(struct oc_exchange *x)
{
    char *id = oc_arena_alloc(&x->arena, 17);
    if (!id)
        return "";
    uint64_t count = atomic_fetch_add_explicit(&x->server->id_count, 1, memory_order_relaxed);
    snprintf(id, 17, "%016llx", (unsigned long long)mix(x->server->id_seed + count));
    return id;
}

/* A body's length must be said once and in one way, or a proxy in front may see other requests than we do (RFC 9112 section 6.3). */
static enum oc_status check_framing(struct oc_exchange *x, bool target_is_whole)
{
    const char *length = NULL, *coding = NULL;
    size_t hosts = 0;
    if (x->bad_head)
        return oc_err_set(&x->err, OC_E_INVALID, "%s", x->bad_head);
    if (!target_is_whole)
        return oc_err_set(&x->err, OC_E_INVALID, "request line: a NUL, or more than one blank, between target and version");
    for (size_t i = 0; i < x->request.n_headers; i++) {
        const struct oc_field *h = &x->request.headers[i];
        if (!strcmp(h->name, "content-length")) {
            if (length && strcmp(length, h->value) != 0)
                return oc_err_set(&x->err, OC_E_INVALID, "two different content-length headers");
            length = h->value;
        } else if (!strcmp(h->name, "host")) {
            if (++hosts > 1)
                return oc_err_set(&x->err, OC_E_INVALID, "two host headers");
        } else if (!strcmp(h->name, "transfer-encoding")) {
            if (coding || strcasecmp(h->value, "chunked") != 0)
                return oc_err_set(&x->err, OC_E_INVALID, "transfer-encoding '%.40s': only chunked is understood", h->value);
            coding = h->value;
        }
    }
    if (length && coding)
        return oc_err_set(&x->err, OC_E_INVALID, "content-length and transfer-encoding exclude each other");
    x->chunked = coding != NULL;
    int64_t n = 0;
    if (length && (length[0] < '0' || length[0] > '9' || !oc_parse_i64(length, strlen(length), 0, INT64_MAX, &n)))
        return oc_err_set(&x->err, OC_E_INVALID, "content-length '%.40s' is not a number of bytes", length);
    x->body_declared = (size_t)n;
    return OC_OK;
}

/* x-timeout-ms lowers the deadline, never raises it. */
static enum oc_status set_deadline(struct oc_exchange *x)
{
    int64_t ms = x->server->config->deadline_ms, asked;
    const char *text = oc_request_header(&x->request, "x-timeout-ms");
    x->request.deadline_ns = x->start_ns + ms * OC_NS_PER_MS;
    if (!text)
        return OC_OK;
    if (!oc_parse_i64(text, strlen(text), 0, INT64_MAX / OC_NS_PER_MS / 2, &asked))
        return oc_err_set(&x->err, OC_E_INVALID, "x-timeout-ms: '%.40s' is not a number of milliseconds", text);
    if (asked < ms)
        x->request.deadline_ns = x->start_ns + asked * OC_NS_PER_MS;
    return OC_OK;
}

static enum oc_status find_route(struct oc_exchange *x, const char *method)
{
    struct oc_target target = oc_target_split(x->uri);
    struct oc_match match;
    enum oc_status st = oc_router_find(&x->server->opt.router, method, target.path, target.path_len, &x->arena, &match, &x->err);
    x->route = match.route;
    x->response.allow = match.allow;
    if (st)
        return st;
    x->request.route_arg = match.arg[0];
    x->request.route_arg2 = match.arg[1];
    size_t len;
    st = oc_percent_decode(&x->arena, "request target", target.path, target.path_len, false, &x->request.path, &len, &x->err);
    if (!st)
        st = oc_query_parse(&x->arena, target.query, target.query_len, &x->request.query, &x->request.n_query, &x->err);
    return st;
}

/* Memory is taken as the bytes arrive: a promise costs nothing. */
static enum oc_status check_body(struct oc_exchange *x)
{
    struct oc_server *s = x->server;
    size_t n = x->body_declared;
    if (n > s->config->max_body) {
        oc_stats_reject(s->stats, OC_REJECT_BODY_TOO_LARGE);
        return oc_err_set(&x->err, OC_E_BODY_TOO_LARGE, "the body has %zu bytes, %zu at most", n, s->config->max_body);
    }
    return OC_OK;
}

/* Routes that need a worker are refused while models are being loaded, and while the server stops. */
static enum oc_status check_open(struct oc_exchange *x)
{
    struct oc_server *s = x->server;
    if (!(x->route->flags & OC_ROUTE_WORKER))
        return OC_OK;
    if (atomic_load_explicit(&s->draining, memory_order_relaxed)) {
        oc_stats_reject(s->stats, OC_REJECT_DRAINING);
        return oc_err_set(&x->err, OC_E_BUSY, "the server is stopping");
    }
    if (!atomic_load_explicit(&s->ready, memory_order_relaxed))
        return oc_err_set(&x->err, OC_E_NOT_READY, "the server is starting");
    return OC_OK;
}

/* Host and origin; after the key, so that who has none learns nothing from it. */
static enum oc_status check_origin(struct oc_exchange *x)
{
    const struct oc_config *c = x->server->config;
    const char *method = x->route->method;
    bool changes = (x->route->flags & OC_ROUTE_CHANGES) || !strcmp(method, "DELETE") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");
    enum oc_status st = oc_origin_check_host(c, &x->request, &x->err);
    return !st && changes ? oc_origin_check_site(c, &x->request, &x->err) : st;
}

enum oc_status oc_exchange_read_head(struct oc_exchange *x, const char *url, const char *method, const char *version)
{
    struct oc_request *r = &x->request;
    r->service = &x->server->service;
    r->arena = &x->arena;
    r->content_type = r->accept = r->path = r->request_id = "";
    r->method = "";
    x->http11 = !strcmp(version, "HTTP/1.1");
    x->head = !strcmp(method, "HEAD");
    enum oc_status st = read_headers(x);
    if (st)
        return st;
    r->request_id = request_id(x);
    r->content_type = header(x, "content-type");
    r->accept = header(x, "accept");
    r->method = oc_arena_strndup(&x->arena, method, strlen(method));
    x->expects_continue = !strcasecmp(header(x, "expect"), "100-continue");
    if (!r->method)
        return oc_err_nomem(&x->err, "request", strlen(method));
    st = check_framing(x, oc_framing_target_is_whole(url, strlen(x->uri), version));
    x->bad_framing = st != OC_OK;
    x->preflight = !st && !strcmp(method, "OPTIONS") && oc_request_header(r, "access-control-request-method") &&
                   oc_origin_allowed(x->server->config, r);
    if (!st && !x->preflight) {
        enum oc_status found = find_route(x, method);
        st = oc_exchange_authorise(x); /* before it is told what there is and what not */
        st = st ? st : found;
        if (!st)
            st = check_origin(x);
    }
    if (!st)
        st = set_deadline(x);
    if (x->preflight)
        return st;
    if (!st)
        st = check_open(x);
    if (!st && (x->route->flags & OC_ROUTE_BODY))
        st = check_body(x);
    return st;
}

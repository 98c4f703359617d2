/*
 * The server with a table of routes that do what tests ask for: sleep, fail, echo. Used like `ocelli serve`.
 */
#include "base/clock.h"
#include "base/parse.h"
#include "handlers/routes.h"
#include "server/command.h"

static const char *parameter(const struct oc_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_query; i++)
        if (!strcmp(req->query[i].name, name))
            return req->query[i].value;
    return "";
}

static int64_t number(const struct oc_request *req, const char *name)
{
    int64_t v;
    const char *text = parameter(req, name);
    return oc_parse_i64(text, strlen(text), 0, 1000000000, &v) ? v : 0;
}

/* Sleeps ms milliseconds; asks whether it should stop unless "stubborn" is given. */
static enum oc_status run_sleep(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    bool stubborn = *parameter(req, "stubborn");
    int64_t until = oc_now_ns() + number(req, "ms") * OC_NS_PER_MS;
    while (oc_now_ns() < until) {
        if (!stubborn && req->cancelled(req->cancel_arg))
            return OC_E_CANCELLED;
        nanosleep(&(struct timespec){.tv_nsec = 2 * OC_NS_PER_MS}, NULL);
    }
    req->timing.inference_ns = number(req, "ms") * OC_NS_PER_MS;
    req->model_used = "sleeper";
    return oc_buf_addf(&res->body, "{\"slept\":%d,\"body\":%zu}", (int)number(req, "ms"), req->body.len);
}

static enum oc_status run_echo(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    res->content_type = "application/octet-stream";
    return oc_buf_add(&res->body, req->body.data ? req->body.data : "", req->body.len);
}

/* What the handler sees, a line each. */
static enum oc_status run_show(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    res->content_type = "text/plain";
    enum oc_status st = oc_buf_addf(&res->body, "method %s\npath %s\narg %s\narg2 %s\ntype %s\naccept %s\nx-test %s\n", req->method,
                                    req->path, req->route_arg ? req->route_arg : "-", req->route_arg2 ? req->route_arg2 : "-",
                                    req->content_type, req->accept,
                                    oc_request_header(req, "x-test") ? oc_request_header(req, "x-test") : "-");
    for (size_t i = 0; !st && i < req->n_query; i++) {
        st = oc_buf_addf(&res->body, "query %s=", req->query[i].name);
        for (size_t k = 0; !st && k < req->query[i].value_len; k++)
            st = oc_buf_addf(&res->body, "%02x", (unsigned char)req->query[i].value[k]);
        if (!st)
            st = oc_buf_add_str(&res->body, "\n");
    }
    return st;
}

static enum oc_status status_named(const char *name)
{
    for (int i = 0; i < OC_STATUS_COUNT; i++)
        if (!strcmp(oc_status_name((enum oc_status)i), name))
            return (enum oc_status)i;
    return OC_E_INTERNAL;
}

/* Fails with the status of that name; with "silent" it says nothing more. */
static enum oc_status run_fail(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)res;
    enum oc_status st = status_named(parameter(req, "status"));
    return *parameter(req, "silent") ? st : oc_err_set(err, st, "asked for: \"%s\"", parameter(req, "why"));
}

static enum oc_status run_headers(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    static const struct oc_field extra[] = {{"x-extra", "one", 3}, {"x-more", "two", 3}};
    res->status = 201;
    res->location = "/show";
    res->headers = extra;
    res->n_headers = 2;
    return req->n_headers > 0 ? oc_buf_add_str(&res->body, "{}") : OC_OK;
}

static enum oc_status run_nothing(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    res->status = 204;
    return OC_OK;
}

static enum oc_status run_big(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    res->content_type = "application/octet-stream";
    enum oc_status st = OC_OK;
    for (int64_t n = number(req, "bytes"); !st && n > 0; n -= 1000)
        st = oc_buf_addf(&res->body, "%01000d", 7);
    return st;
}

/* The body is a URL; answers with what is there. */
static enum oc_status run_fetch(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_buf found;
    if (!req->service->fetch_url)
        return oc_err_set(err, OC_E_FORBIDDEN, "URL input is off");
    oc_buf_init(&found, OC_MEM_BODY, req->service->max_body);
    enum oc_status st = req->service->fetch_url(req->service->fetch_arg, req->body.data ? req->body.data : "", &found, req->deadline_ns,
                                                err);
    if (!st)
        st = oc_buf_add(&res->body, found.data ? found.data : "", found.len);
    oc_buf_deinit(&found);
    return st;
}

static enum oc_status dialect_error(enum oc_status code, const char *detail, const char *id, struct oc_buf *out)
{
    (void)id, (void)detail;
    return oc_buf_addf(out, "{\"error\":\"%s\"}", oc_status_code(code));
}

/* The key is the body's first line. */
static enum oc_status find_key(struct oc_request *req, const char **key, struct oc_err *err)
{
    size_t n = 0;
    while (n < req->body.len && req->body.data[n] != '\n')
        n++;
    *key = n ? oc_arena_strndup(req->arena, req->body.data, n) : NULL;
    return n && !*key ? oc_err_nomem(err, "key", n) : OC_OK;
}

enum { WORKER = OC_ROUTE_WORKER, BODY = OC_ROUTE_BODY };

static const struct oc_route routes[] = {
    {.method = "GET", .path = "/health", .flags = OC_ROUTE_QUIET | OC_ROUTE_OPEN, .run = oc_health},
    {.method = "GET", .path = "/metrics", .flags = OC_ROUTE_QUIET, .run = oc_metrics},
    {.method = "GET", .path = "/ping", .flags = OC_ROUTE_QUIET | OC_ROUTE_OPEN, .run = oc_ping},
    {.method = "POST", .path = "/sleep", .flags = WORKER | BODY, .run = run_sleep},
    {.method = "GET", .path = "/sleep", .flags = WORKER, .run = run_sleep},
    {.method = "POST", .path = "/echo", .flags = WORKER | BODY, .run = run_echo},
    {.method = "PUT", .path = "/echo", .flags = BODY, .run = run_echo},
    {.method = "GET", .path = "/show", .run = run_show},
    {.method = "GET", .path = "/show/{name}", .run = run_show},
    {.method = "GET", .path = "/show/literal", .run = run_headers},
    {.method = "DELETE", .path = "/show/{name}", .run = run_nothing},
    {.method = "GET", .path = "/show/{name}/of/{other}", .run = run_show},
    {.method = "GET", .path = "/fail", .flags = WORKER, .run = run_fail},
    {.method = "POST", .path = "/fetch", .flags = WORKER | BODY, .run = run_fetch},
    {.method = "POST", .path = "/big", .flags = WORKER, .run = run_big},
    {.method = "POST", .path = "/dialect", .flags = WORKER | BODY, .run = run_fail, .error = dialect_error},
    {.method = "POST", .path = "/keyed", .flags = WORKER | BODY, .run = run_echo, .error = dialect_error, .find_key = find_key},
    {.method = "PUT", .path = "/keyed", .flags = BODY, .run = run_echo, .find_key = find_key},
};

int main(int argc, char **argv)
{
    return argc < 2 ? 2 : oc_serve(argc - 1, argv + 1, (struct oc_router){routes, OC_ARRAY_LEN(routes)});
}

/*
 * The web page, the OpenAPI document and its viewer, and the example pictures: GET /, /docs, /openapi.json, /static/{name},
 * /examples/{name}. All of it lies in the program and says nothing of what is installed or asked, so that no API key is needed: the page
 * asks for one and sends it with its own requests. Runs on an HTTP loop.
 */
#include "handlers/dialects/dialects.h"
#include "handlers/routes.h"
#include "handlers/web/assets.h"

/*
 * Nothing from elsewhere, nothing inline, no frames around us. Pictures made by the page itself are blobs.
 * https://www.w3.org/TR/CSP3/
 */
static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
                             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

static const struct {
    const char *end, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
};

static const char *type_of(const char *name)
{
    const char *end = strrchr(name, '.');
    for (size_t i = 0; end && i < OC_ARRAY_LEN(types); i++)
        if (!strcmp(end, types[i].end))
            return types[i].type;
    return "application/octet-stream";
}

static const struct oc_asset *find(const struct oc_asset *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}

/* If-None-Match holds the tag, or a star. Weak tags match too (RFC 9110 section 13.1.2). */
static bool client_has(const struct oc_request *req, const char *tag)
{
    const char *tags = oc_request_header(req, "if-none-match");
    return tags && (strstr(tags, tag) || !strcmp(tags, "*"));
}

enum { TAG_DIGITS = 16 };

static enum oc_status send(struct oc_request *req, struct oc_response *res, const struct oc_asset *asset, struct oc_err *err)
{
    enum { HEADERS = 6 };
    struct oc_field *h = oc_arena_array(req->arena, HEADERS, sizeof *h);
    char *tag = oc_arena_alloc(req->arena, TAG_DIGITS + 3);
    if (!h || !tag)
        return oc_err_nomem(err, "a page", HEADERS * sizeof *h);
    snprintf(tag, TAG_DIGITS + 3, "\"%.*s\"", TAG_DIGITS, asset->sha256);
    h[0] = (struct oc_field){"etag", tag, TAG_DIGITS + 2};
    h[1] = (struct oc_field){.name = "cache-control", .value = "no-cache"}; /* kept, but asked for again: an update shows at once */
    h[2] = (struct oc_field){.name = "content-security-policy", .value = policy};
    h[3] = (struct oc_field){.name = "x-content-type-options", .value = "nosniff"};
    h[4] = (struct oc_field){.name = "referrer-policy", .value = "no-referrer"};
    h[5] = (struct oc_field){.name = "vary", .value = "accept"};
    res->headers = h;
    res->n_headers = HEADERS;
    res->content_type = type_of(asset->name);
    if (client_has(req, tag)) {
        res->status = 304;
        return OC_OK;
    }
    return oc_buf_add(&res->body, asset->data, *asset->len);
}

static enum oc_status send_named(struct oc_request *req, struct oc_response *res, const struct oc_asset *table, size_t n, const char *name,
                                 struct oc_err *err)
{
    const struct oc_asset *asset = find(table, n, name);
    return asset ? send(req, res, asset, err) : oc_err_set(err, OC_E_NOT_FOUND, "there is no file '%.100s' here", name);
}

enum oc_status oc_page_index(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return send_named(req, res, oc_web_pages, oc_web_pages_len, "index.html", err);
}

enum oc_status oc_page_docs(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return send_named(req, res, oc_web_pages, oc_web_pages_len, "docs.html", err);
}

enum oc_status oc_page_openapi(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return send_named(req, res, oc_web_pages, oc_web_pages_len, "openapi.json", err);
}

enum oc_status oc_page_static(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return send_named(req, res, oc_web_pages, oc_web_pages_len, req->route_arg, err);
}

enum oc_status oc_page_example(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return send_named(req, res, oc_web_examples, oc_web_examples_len, req->route_arg, err);
}

/* Who asks for JSON by name is told what Immich's service would say; everyone else gets the page: any type is no preference. */
enum oc_status oc_page_or_immich(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    bool json = strstr(req->accept, "application/json") && !strstr(req->accept, "text/html");
    return json ? oc_immich_root(req, res, err) : oc_page_index(req, res, err);
}

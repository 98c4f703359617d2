/* See origin.h. Fetch metadata: W3C "Fetch Metadata Request Headers"; Origin: RFC 6454. */
#include "server/http/origin.h"
#include <string.h>
#include <strings.h>

enum { NAME_MOST = 256 };

/* The name in "name:port", "[::1]:port" or "name", in `out`, without a final dot; false when it is too long. */
static bool host_name(const char *text, char out[NAME_MOST])
{
    size_t n = *text == '[' ? strcspn(text, "]") + (strchr(text, ']') != NULL) : strcspn(text, ":");
    if (n >= NAME_MOST)
        return false;
    memcpy(out, text, n);
    n -= n && out[n - 1] == '.';
    out[n] = 0;
    return true;
}

bool oc_host_is_loopback(const char *host)
{
    bool numbers = !strncmp(host, "127.", 4);
    for (const char *p = host; numbers && *p; p++)
        numbers = *p == '.' || (*p >= '0' && *p <= '9');
    return numbers || !strcasecmp(host, "localhost") || !strcmp(host, "::1") || !strcmp(host, "[::1]");
}

static bool is_listed(const struct oc_strings *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcasecmp(list->items[i], text))
            return true;
    return false;
}

enum oc_status oc_origin_check_host(const struct oc_config *c, const struct oc_request *req, struct oc_err *err)
{
    const char *host = oc_request_header(req, "host");
    char name[NAME_MOST];
    if (!host || (!c->allowed_host.n && !oc_host_is_loopback(c->host)))
        return OC_OK;
    bool fits = host_name(host, name);
    if (fits && (oc_host_is_loopback(name) || is_listed(&c->allowed_host, name)))
        return OC_OK;
    if (fits && !c->allowed_host.n && !strchr(name, '.') && *name != '[') /* nobody elsewhere can make such a name point here */
        return OC_OK;
    return oc_err_set(err, OC_E_FORBIDDEN, "host '%.100s': this server answers to localhost%s; --allowed-host adds names", host,
                      c->allowed_host.n ? " and the names it was given" : "");
}

const char *oc_origin_allowed(const struct oc_config *c, const struct oc_request *req)
{
    const char *origin = oc_request_header(req, "origin");
    return origin && is_listed(&c->cors_origin, origin) ? origin : NULL;
}

/* "https://name:port" is the host that was asked. */
static bool is_own(const char *origin, const char *host)
{
    const char *at = strstr(origin, "://");
    return at && host && !strcasecmp(at + 3, host);
}

enum oc_status oc_origin_check_site(const struct oc_config *c, const struct oc_request *req, struct oc_err *err)
{
    const char *site = oc_request_header(req, "sec-fetch-site"), *origin = oc_request_header(req, "origin");
    bool foreign = site ? strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0
                        : origin && !is_own(origin, oc_request_header(req, "host"));
    if (!foreign || oc_origin_allowed(c, req))
        return OC_OK;
    return oc_err_set(err, OC_E_FORBIDDEN, "a page of another site (%.100s) may not change anything here; --cors-origin allows origins",
                      origin ? origin
                      : site ? site
                             : "unknown");
}

/*
 * The name is resolved here, every address judged, and the connection pinned to what was judged (CURLOPT_RESOLVE), so that a name that
 * changes its mind in between leads nowhere; the socket callback looks once more at what is really connected to. Proxies from the
 * environment are not used: they would resolve again. What is fetched is not kept. Resolving follows the system's resolver and its own time
 * limits.
 */
#include "server/fetch/fetch.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/parse.h"
#include "server/fetch/address.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <unistd.h>

enum oc_status oc_fetch_setup(const struct oc_strings *allowed, struct oc_err *err)
{
    enum oc_status st = oc_address_check_list(allowed, err);
    if (!st && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        st = oc_err_set(err, OC_E_INTERNAL, "libcurl cannot be set up");
    return st;
}

/* What a URL says, as far as it matters here. */
struct place {
    char host[256]; /* without brackets */
    char port[8];
    bool is_private; /* the operator allowed a private address */
};

static bool part(CURLU *u, CURLUPart what, unsigned flags, char *out, size_t size)
{
    char *text = NULL;
    bool ok = curl_url_get(u, what, &text, flags) == CURLUE_OK && strlen(text) < size;
    snprintf(out, size, "%s", ok ? text : "");
    curl_free(text);
    return ok;
}

static enum oc_status judge_url(CURLU *u, const char *url, const struct oc_strings *allowed, struct place *p, struct oc_err *err)
{
    char scheme[16], text[256], user[8];
    if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        !part(u, CURLUPART_SCHEME, 0, scheme, sizeof scheme) || !part(u, CURLUPART_HOST, 0, text, sizeof text))
        return oc_err_set(err, OC_E_INVALID, "'%.100s' is not a URL", url);
    if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
        return oc_err_set(err, OC_E_FORBIDDEN, "URL scheme '%s': only http and https are fetched", scheme);
    part(u, CURLUPART_USER, 0, user, sizeof user);
    if (*user)
        return oc_err_set(err, OC_E_FORBIDDEN, "URLs with a user name are not fetched");
    size_t n = strlen(text), bracket = text[0] == '[';
    snprintf(p->host, sizeof p->host, "%.*s", (int)(n - 2 * bracket), text + bracket);
    int64_t port;
    if (!part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, p->port, sizeof p->port) || !oc_parse_i64(p->port, strlen(p->port), 1, 65535, &port))
        return oc_err_set(err, OC_E_INVALID, "'%.100s' is not a URL", url);
    enum oc_allowed a = oc_address_allowed(allowed, p->host, (int)port);
    if (a == OC_NOT_ALLOWED)
        return oc_err_set(err, OC_E_FORBIDDEN, "fetching from %.100s port %s is not allowed", p->host, p->port);
    p->is_private = a == OC_ALLOWED_PRIVATE;
    return OC_OK;
}

/* "host:port:address,address": libcurl then asks no resolver. One private address among them is one too many. */
static enum oc_status resolve(const struct place *p, struct oc_buf *pin, struct oc_err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
    int rc = getaddrinfo(p->host, p->port, &hints, &list);
    if (rc)
        return oc_err_set(err, OC_E_INVALID, "%.100s cannot be resolved: %s", p->host, gai_strerror(rc));
    bool six = strchr(p->host, ':') != NULL;
    enum oc_status st = oc_buf_addf(pin, "%s%s%s:%s:", six ? "[" : "", p->host, six ? "]" : "", p->port);
    for (const struct addrinfo *a = list; a && !st; a = a->ai_next) {
        char text[INET6_ADDRSTRLEN];
        if (!p->is_private && !oc_address_is_public(a->ai_addr))
            st = oc_err_set(err, OC_E_FORBIDDEN, "%.100s has an address that is not public", p->host);
        else if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
            st = oc_buf_addf(pin, a->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", a == list ? "" : ",", text);
    }
    freeaddrinfo(list);
    return st;
}

struct receiver {
    struct oc_buf *body;
    enum oc_status st;
};

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct receiver *r = arg;
    r->st = oc_buf_add(r->body, data, size * n);
    return r->st ? 0 : size * n;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
    const struct place *p = arg;
    (void)purpose;
    if (!p->is_private && !oc_address_is_public(&a->addr))
        return CURL_SOCKET_BAD;
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* The scheme was judged already; this is the belt to those braces. */
static bool limit_protocols(CURL *c)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK;
#endif
}

static bool set_options(CURL *c, CURLU *u, struct curl_slist *pin, struct place *p, struct receiver *r, int64_t ms)
{
    return curl_easy_setopt(c, CURLOPT_CURLU, u) == CURLE_OK && limit_protocols(c) &&
           curl_easy_setopt(c, CURLOPT_RESOLVE, pin) == CURLE_OK && curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)(r->body->max - r->body->len)) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "ocelli") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK && curl_easy_setopt(c, CURLOPT_WRITEDATA, r) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, p) == CURLE_OK;
}

static enum oc_status outcome(CURL *c, CURLcode rc, const struct receiver *r, const struct place *p, bool by_deadline, struct oc_err *err)
{
    long status = 0;
    if (r->st == OC_E_NOMEM)
        return oc_err_nomem(err, "picture from a URL", r->body->len);
    if (r->st || rc == CURLE_FILESIZE_EXCEEDED)
        return oc_err_set(err, OC_E_BODY_TOO_LARGE, "what %.100s sends is larger than %zu bytes", p->host, r->body->max);
    if (rc == CURLE_OPERATION_TIMEDOUT && by_deadline)
        return oc_err_set(err, OC_E_DEADLINE, "the deadline passed while fetching from %.100s", p->host);
    if (rc != CURLE_OK)
        return oc_err_set(err, OC_E_INVALID, "cannot fetch from %.100s: %s", p->host, curl_easy_strerror(rc));
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return oc_err_set(err, OC_E_INVALID, "%.100s answered with status %ld%s", p->host, status,
                          status / 100 == 3 ? "; redirects are not followed" : "");
    return OC_OK;
}

/* The transfer itself; everything was judged. */
static enum oc_status transfer(CURLU *u, const char *pin_text, struct place *p, struct oc_buf *body, int64_t deadline_ns,
                               struct oc_err *err)
{
    struct receiver r = {.body = body};
    int64_t ms = (deadline_ns - oc_now_ns()) / OC_NS_PER_MS;
    if (ms <= 0)
        return oc_err_set(err, OC_E_DEADLINE, "the deadline passed while resolving %.100s", p->host);
    CURL *c = curl_easy_init();
    struct curl_slist *pin = curl_slist_append(NULL, pin_text);
    enum oc_status st;
    if (!c || !pin || !set_options(c, u, pin, p, &r, ms < LIM_FETCH_MS ? ms : LIM_FETCH_MS))
        st = oc_err_nomem(err, "transfer", 0);
    else
        st = outcome(c, curl_easy_perform(c), &r, p, ms < LIM_FETCH_MS, err);
    curl_slist_free_all(pin);
    curl_easy_cleanup(c);
    return st;
}

enum oc_status oc_fetch_url(void *arg, const char *url, struct oc_buf *body, int64_t deadline_ns, struct oc_err *err)
{
    struct place p;
    struct oc_buf pin;
    oc_buf_init(&pin, OC_MEM_OTHER, OC_KIB(64));
    CURLU *u = curl_url();
    enum oc_status st = u ? judge_url(u, url, arg, &p, err) : oc_err_nomem(err, "URL", strlen(url));
    if (!st)
        st = resolve(&p, &pin, err);
    if (!st)
        st = transfer(u, pin.data, &p, body, deadline_ns, err);
    oc_buf_deinit(&pin);
    curl_url_cleanup(u);
    return st;
}

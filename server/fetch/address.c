/* See address.h. */
#include "server/fetch/address.h"
#include "base/parse.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

#define PRIVATE "private:"

struct range4 {
    uint32_t net;
    int bits;
};

static bool is_public4(uint32_t a)
{
    static const struct range4 special[] = {
        {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24},
        {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(special); i++)
        if ((a ^ special[i].net) >> (32 - special[i].bits) == 0)
            return false;
    return true;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only 2000::/3 is given out; within it some blocks are special. IPv4-mapped addresses are judged as what they map. */
static bool is_public6(const uint8_t a[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (!memcmp(a, mapped, sizeof mapped))
        return is_public4(be32(a + 12));
    uint32_t top = be32(a);
    if (top >> 29 != 1)
        return false;
    bool protocol = top >> 9 == 0x20010000u >> 9, documentation = top == 0x20010db8 || top >> 12 == 0x3fff0,
         sixtofour = top >> 16 == 0x2002;
    return !protocol && !documentation && !sixtofour;
}

bool oc_address_is_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return is_public4(ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr));
    return a->sa_family == AF_INET6 && is_public6(((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr);
}

/* An entry taken apart; host borrowed from it. */
struct entry {
    const char *host;
    size_t host_len;
    int port; /* 0: the two well-known ones */
    bool is_private;
};

/* "host", "host:port", "[::1]:port", "private:host:port". */
static bool parse_entry(const char *text, struct entry *e)
{
    *e = (struct entry){.is_private = !strncmp(text, PRIVATE, sizeof PRIVATE - 1)};
    text += e->is_private ? sizeof PRIVATE - 1 : 0;
    const char *end;
    if (*text == '[') {
        e->host = text + 1;
        e->host_len = strcspn(e->host, "]");
        end = e->host + e->host_len;
        if (*end++ != ']')
            return false;
    } else {
        e->host = text;
        e->host_len = strcspn(text, ":");
        end = text + e->host_len;
    }
    int64_t port = 0;
    if (*end == ':' && !oc_parse_i64(end + 1, strlen(end + 1), 1, 65535, &port))
        return false;
    e->port = (int)port;
    size_t wild = e->host_len > 2 && !strncmp(e->host, "*.", 2) ? 2 : 0;
    bool clean = strspn(e->host + wild, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:") >= e->host_len - wild;
    return e->host_len > 0 && clean && (*end == ':' || !*end) && (!e->is_private || (port && !wild));
}

enum oc_status oc_address_check_list(const struct oc_strings *list, struct oc_err *err)
{
    for (size_t i = 0; i < list->n; i++) {
        struct entry e;
        if (!parse_entry(list->items[i], &e))
            return oc_err_set(err, OC_E_INVALID, "--url-input: '%.100s' is not HOST, HOST:PORT, *.HOST or private:HOST:PORT",
                              list->items[i]);
    }
    return OC_OK;
}

static bool host_matches(const struct entry *e, const char *host)
{
    size_t n = strlen(host);
    if (e->host_len > 2 && e->host[0] == '*') { /* "*.example.org" has ".example.org" as its tail */
        size_t tail = e->host_len - 1;
        return n > tail && !strncasecmp(host + n - tail, e->host + 1, tail);
    }
    return n == e->host_len && !strncasecmp(host, e->host, n);
}

enum oc_allowed oc_address_allowed(const struct oc_strings *list, const char *host, int port)
{
    enum oc_allowed best = OC_NOT_ALLOWED;
    for (size_t i = 0; i < list->n; i++) {
        struct entry e;
        if (!parse_entry(list->items[i], &e) || !host_matches(&e, host) || (e.port ? e.port != port : port != 80 && port != 443))
            continue;
        if (e.is_private)
            return OC_ALLOWED_PRIVATE;
        best = OC_ALLOWED_PUBLIC;
    }
    return best;
}

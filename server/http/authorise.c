/* Who may ask: see exchange.h and server/auth/keys.h. */
#include "server/http/exchange.h"
#include <strings.h>

/* A key in one header: "Authorization: Bearer KEY", "x-api-key: KEY". NULL: it holds none. */
static const char *key_of(const struct oc_field *h)
{
    if (!strcmp(h->name, "x-api-key"))
        return h->value;
    if (strcmp(h->name, "authorization") != 0 || strncasecmp(h->value, "bearer ", 7) != 0)
        return NULL;
    return h->value + 7 + strspn(h->value + 7, " ");
}

static enum oc_status refuse(struct oc_exchange *x, bool given)
{
    oc_stats_reject(x->server->stats, OC_REJECT_UNAUTHORIZED);
    x->wrong_key = given;
    return oc_err_set(&x->err, OC_E_UNAUTHORIZED,
                      given ? "the API key is not one of this server's"
                            : "an API key is needed: 'Authorization: Bearer KEY' or 'x-api-key: KEY'");
}

enum oc_status oc_exchange_authorise(struct oc_exchange *x)
{
    struct oc_keys *keys = x->server->opt.keys;
    bool given = false;
    if (!keys || (x->route && (x->route->flags & OC_ROUTE_OPEN)))
        return OC_OK;
    for (size_t i = 0; i < x->request.n_headers; i++) {
        const char *key = key_of(&x->request.headers[i]);
        if (key && oc_keys_accept(keys, key, strlen(key)))
            return OC_OK;
        given |= key != NULL;
    }
    x->key_in_body = !given && x->route && x->route->find_key;
    return x->key_in_body ? OC_OK : refuse(x, given);
}

enum oc_status oc_exchange_authorise_body(struct oc_exchange *x)
{
    const char *key = NULL;
    if (!x->key_in_body)
        return OC_OK;
    enum oc_status st = x->route->find_key(&x->request, &key, &x->err);
    if (!st && !(key && oc_keys_accept(x->server->opt.keys, key, strlen(key))))
        st = refuse(x, key != NULL);
    return st;
}

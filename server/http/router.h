/* Which route answers a request. */
#ifndef OC_SERVER_HTTP_ROUTER_H
#define OC_SERVER_HTTP_ROUTER_H

#include "handlers/handler.h"

/* A table of routes; borrowed, constant while the server runs. */
struct oc_router {
    const struct oc_route *routes;
    size_t n;
};

/*
 * The routes of `all` without those of dialects that are not wanted: names of dialects, or "none" alone. n 0: all are wanted. The table is
 * in the arena. OC_E_INVALID for a name that no route has, naming those there are; OC_E_NOMEM.
 */
enum oc_status oc_router_select(const struct oc_router *all, const char *const *dialects, size_t n, struct oc_arena *arena,
                                struct oc_router *out, struct oc_err *err) OC_MUST_CHECK;

struct oc_match {
    const struct oc_route *route; /* NULL when none matched */
    const char *arg[2];           /* decoded {…} segments, in the arena; NULL = none */
    const char *allow;            /* with OC_E_METHOD: "GET, HEAD, POST", in the arena */
};

/*
 * Finds the route for a method and an undecoded path. Segments are decoded one by one, so that an encoded slash stays inside its segment.
 * A literal segment wins over a {…} one. GET routes answer HEAD too. OC_E_NOT_FOUND; OC_E_METHOD when the path exists for other methods
 * (match->route is then one of them, for its error shape); OC_E_INVALID for a malformed escape or a zero byte.
 */
enum oc_status oc_router_find(const struct oc_router *router, const char *method, const char *path, size_t path_len, struct oc_arena *arena,
                              struct oc_match *match, struct oc_err *err) OC_MUST_CHECK;

#endif

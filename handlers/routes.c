/* Every route of the program, grouped by the file that answers it. */
#include "handlers/routes.h"

#define ROUTE(m, p, f, r, s)                                                 \
    {                                                                        \
        .method = (m), .path = (p), .flags = (f), .run = (r), .summary = (s) \
    }

static const struct oc_route routes[] = {
    /* health.c */
    ROUTE("GET", "/health", OC_ROUTE_QUIET, oc_health, "Health: 200 when requests can be served"),
    ROUTE("GET", "/health/live", OC_ROUTE_QUIET, oc_health_live, "Liveness: 200 while the process answers"),
    ROUTE("GET", "/health/ready", OC_ROUTE_QUIET, oc_health_ready, "Readiness: 503 while starting or draining"),
    ROUTE("GET", "/ping", OC_ROUTE_QUIET, oc_ping, "Answers pong"),
    ROUTE("GET", "/version", OC_ROUTE_QUIET, oc_version, "Version and build"),
    ROUTE("GET", "/metrics", OC_ROUTE_QUIET, oc_metrics, "Prometheus metrics"),
};

const struct oc_route *oc_routes(size_t *n)
{
    *n = OC_ARRAY_LEN(routes);
    return routes;
}

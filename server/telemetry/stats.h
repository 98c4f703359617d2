/* The server's counters, and how they look at /metrics. Every function may be called from any thread. */
#ifndef OC_SERVER_TELEMETRY_STATS_H
#define OC_SERVER_TELEMETRY_STATS_H

#include "base/err.h"
#include "handlers/handler.h"
#include "server/http/router.h"

enum oc_reject {
    OC_REJECT_QUEUE_FULL,
    OC_REJECT_DRAINING,
    OC_REJECT_BODY_TOO_LARGE,
    OC_REJECT_BODIES_IN_FLIGHT,
    OC_REJECT_BODY_TIMEOUT,
    OC_REJECT_ANSWER_TIMEOUT,
    OC_REJECT_HEADER_TIMEOUT,
    OC_REJECT_DEADLINE,
    OC_REJECT_CLIENT_GONE,
    OC_REJECT_MEMORY,
    OC_REJECT_UNAUTHORIZED,
    OC_REJECTS
};

struct oc_stats;

/* Counters for the routes of a table, which outlives them. */
enum oc_status oc_stats_new(const struct oc_router *router, struct oc_stats **out, struct oc_err *err) OC_MUST_CHECK;
void oc_stats_free(struct oc_stats *s); /* NULL is fine */

/* A request that was answered (or given up: status 499). route NULL: no route matched. */
struct oc_finished {
    const struct oc_route *route;
    int status;
    int64_t total_ns;
    size_t body_bytes, response_bytes;
    struct oc_timing timing;
    const char *model; /* or NULL */
};
void oc_stats_finished(struct oc_stats *s, const struct oc_finished *f);
void oc_stats_reject(struct oc_stats *s, enum oc_reject why);

/* What is counted elsewhere and shown with the rest. */
struct oc_gauges {
    size_t queue_depth, queue_limit, workers, workers_busy;
    size_t bodies_in_flight, bodies_limit, connections, connections_limit, requests_in_flight;
    uint64_t connections_evicted;
    bool ready;
    const char *version, *isa, *backends;
};
enum oc_status oc_stats_render(struct oc_stats *s, const struct oc_gauges *g, struct oc_buf *out) OC_MUST_CHECK;

#endif

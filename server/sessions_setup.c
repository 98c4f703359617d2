/* See sessions_setup.h. */
#include "server/sessions_setup.h"
#include "base/clock.h"
#include "server/telemetry/prometheus.h"

enum oc_status oc_sessions_open(const struct oc_config *c, struct oc_metric_sessions **out, struct oc_err *err)
{
    const struct oc_session_limits limits = {
        .sessions = (size_t)c->metric_sessions, .bytes = c->metric_session_bytes, .idle_ns = c->metric_session_seconds * OC_NS_PER_S};
    *out = NULL;
    return c->metric_sessions ? oc_metric_sessions_new(&limits, out, err) : OC_OK;
}

static enum oc_status sessions_metrics(void *arg, struct oc_buf *out)
{
    struct oc_session_counts n = {0};
    if (arg)
        n = oc_metric_sessions_count(arg);
    enum oc_status st = oc_prom_single(out, "ocelli_metric_sessions", "gauge", "Sessions of /v1/metrics that are kept.",
                                       (double)n.sessions);
    if (!st)
        st = oc_prom_single(out, "ocelli_metric_session_bytes", "gauge", "Memory of those sessions.", (double)n.bytes);
    if (!st)
        st = oc_prom_single(out, "ocelli_metric_sessions_made_total", "counter", "Sessions made.", (double)n.made);
    if (!st)
        st = oc_prom_single(out, "ocelli_metric_sessions_expired_total", "counter", "Sessions that were not used for too long.",
                            (double)n.expired);
    return st;
}

struct oc_server_hook oc_sessions_hook(struct oc_metric_sessions *sessions)
{
    return (struct oc_server_hook){.metrics = sessions_metrics, .arg = sessions};
}

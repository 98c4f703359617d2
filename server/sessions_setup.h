/* From options to the store of sessions of /v1/metrics, and its part of /metrics. */
#ifndef OC_SERVER_SESSIONS_SETUP_H
#define OC_SERVER_SESSIONS_SETUP_H

#include "handlers/metrics/sessions.h"
#include "server/config/config.h"
#include "server/server.h"

/* NULL when the configuration wants none. OC_E_NOMEM. */
enum oc_status oc_sessions_open(const struct oc_config *c, struct oc_metric_sessions **out, struct oc_err *err) OC_MUST_CHECK;
/* Counters of the store for /metrics; arg is the store, which may be NULL. */
struct oc_server_hook oc_sessions_hook(struct oc_metric_sessions *sessions);

#endif

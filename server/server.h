/*
 * The server as a whole: listening socket, HTTP loops, queue, workers. What it serves is a parameter: a table of routes and what handlers
 * need, so that tests can serve tables of their own.
 */
#ifndef OC_SERVER_SERVER_H
#define OC_SERVER_SERVER_H

#include "handlers/handler.h"
#include "server/auth/keys.h"
#include "server/config/config.h"
#include "server/http/router.h"

struct oc_server;

/* What other parts of the program add. Called from HTTP loops (metrics, ready): quick, without waiting. Members may be NULL. */
struct oc_server_hook {
    enum oc_status (*metrics)(void *arg, struct oc_buf *out); /* appends Prometheus text */
    bool (*ready)(void *arg, const char **why);               /* false: not ready, *why says so */
    void *arg;
};

struct oc_server_options {
    const struct oc_config *config;             /* borrowed; outlives the server */
    struct oc_router router;                    /* the same */
    struct oc_registry *registry;               /* for handlers; may be NULL */
    struct oc_metric_sessions *metric_sessions; /* the same */
    struct oc_gallery *gallery;                 /* the same */
    struct oc_keys *keys;                       /* borrowed; NULL: everybody may ask */
    const char *version, *build, *backends;
    enum oc_status (*fetch_url)(void *arg, const char *url, struct oc_buf *body, int64_t deadline_ns, struct oc_err *err); /* NULL = off */
    void *fetch_arg;
    const struct oc_server_hook *hooks; /* borrowed */
    size_t n_hooks;
};

/* Listens and answers; not ready yet: /health says 503, routes that need a worker too. */
enum oc_status oc_server_start(const struct oc_server_options *opt, struct oc_server **out, struct oc_err *err) OC_MUST_CHECK;
/* The port listened on. */
int oc_server_port(const struct oc_server *s);
/* From now on requests are served. */
void oc_server_set_ready(struct oc_server *s);
/*
 * Stops: no new work, up to config->drain_ms for what was accepted, then 503 for what still waits; returns when every thread has ended.
 * Frees the server. NULL is fine.
 */
void oc_server_stop(struct oc_server *s);

#endif

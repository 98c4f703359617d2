/* What a server is given to serve. */
#ifndef OC_SERVER_OPTIONS_H
#define OC_SERVER_OPTIONS_H

#include "handlers/handler.h"
#include "server/auth/keys.h"
#include "server/config/config.h"
#include "server/http/router.h"

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

#endif

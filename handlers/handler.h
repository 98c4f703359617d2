/*
 * The contract between server/ and handlers/: a request as plain data, a response as bytes, a table of routes.
 * No HTTP library below here. A handler with OC_ROUTE_WORKER runs on a worker thread and may take its time; one
 * without runs on an HTTP loop and must neither block nor decode.
 */
#ifndef OC_HANDLERS_HANDLER_H
#define OC_HANDLERS_HANDLER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

struct oc_registry;        /* models/installed/registry.h */
struct oc_stats;           /* server's counters; opaque here */
struct oc_metric_sessions; /* handlers/metrics/sessions.h */
struct oc_gallery;         /* gallery/gallery.h */

/* Limits and switches a handler needs; borrowed, constant while the server runs. */
struct oc_service {
    struct oc_registry *registry;
    struct oc_metric_sessions *metric_sessions; /* NULL = none are kept */
    struct oc_gallery *gallery;                 /* NULL = none */
    uint64_t max_pixels;
    int max_images, max_texts;
    const char *const *aliases; /* "ALIAS=NAME" each: other names of models; see handlers/model_name.h */
    size_t n_aliases;
    const char *const *preload; /* models that are to be in memory; /health/ready lists those that are not */
    size_t n_preload;
    size_t max_body;
    /* URL input: NULL = off. Fetches into *body; OC_E_FORBIDDEN when the address is not allowed. */
    enum oc_status (*fetch_url)(void *arg, const char *url, struct oc_buf *body, int64_t deadline_ns, struct oc_err *err);
    void *fetch_arg;
    /* Renders Prometheus text, and the readiness report; run on the HTTP loop. */
    enum oc_status (*metrics_text)(void *arg, struct oc_buf *out);
    bool (*is_ready)(void *arg, const char **why);
    void *server_arg;
    const char *version;  /* of this build, e.g. "0.1.0" */
    const char *build;    /* compiler and instruction set, for /version */
    const char *backends; /* "onednn,openblas,reference": compute backends built in, best first */
};

struct oc_field {
    const char *name, *value; /* NUL-terminated; value may hold any bytes */
    size_t value_len;
};

/* Where the time went, in nanoseconds; becomes server-timing, timing_ms and the latency histograms. */
struct oc_timing {
    int64_t queue_ns, decode_ns, preprocess_ns, inference_ns, postprocess_ns;
};

struct oc_request {
    const struct oc_service *service;
    const char *method, *path;
    const char *route_arg;        /* what {name} in the route's path stands for, percent-decoded; NULL = none */
    const char *route_arg2;       /* the same for a second {name} */
    const char *content_type;     /* "" when absent */
    const char *accept;           /* "" when absent */
    const struct oc_field *query; /* decoded */
    size_t n_query;
    const struct oc_field *headers; /* as sent, in order; names in lower case */
    size_t n_headers;
    struct oc_buf body; /* owned by the request; a handler may empty it once it has decoded it */
    const char *request_id;
    int64_t deadline_ns;          /* monotonic */
    bool (*cancelled)(void *arg); /* deadline passed or client gone; cheap enough to ask between nodes */
    void *cancel_arg;
    struct oc_arena *arena;             /* dies with the request */
    struct oc_timing timing;            /* filled by the handler (queue_ns by the server) */
    const char *model_used;             /* for logs and metrics; in arena or static; NULL = none */
    const char *warnings[LIM_WARNINGS]; /* what to say beside the answer; see handlers/warnings.h */
    size_t n_warnings;
    bool short_of_memory;         /* there was none to run a model, and nothing to unload */
    bool many_values;             /* its JSON may have LIM_JSON_VALUES_MOST values; set by the handler before it reads its inputs */
    const char *asked[LIM_ASKED]; /* names of parameters that the handler knows */
    size_t n_asked;
};

struct oc_response {
    int status;                     /* 200 unless the handler says otherwise */
    const char *content_type;       /* static; default application/json */
    const char *allow, *location;   /* in the request's arena, or NULL */
    const struct oc_field *headers; /* others to send; in the request's arena or static, values NUL-terminated */
    size_t n_headers;
    struct oc_buf body; /* OC_MEM_JSON, LIM_RESPONSE_BYTES */
};

enum {
    OC_ROUTE_WORKER = 1 << 0,  /* runs on a worker thread                                             */
    OC_ROUTE_BODY = 1 << 1,    /* takes a body; without it, what is sent is read and thrown away       */
    OC_ROUTE_QUIET = 1 << 2,   /* its access-log line is a debug line: health checks, metrics          */
    OC_ROUTE_CHANGES = 1 << 4, /* changes what is kept or loaded: not for pages of other sites. DELETE, PUT and PATCH always do */
    OC_ROUTE_OPEN = 1 << 3,    /* needs no API key where keys are set: what tells no more than that we are here */
};

struct oc_route {
    const char *method; /* "GET" (also answers HEAD), "POST", ... */
    const char *path;   /* "/v1/models/{name}": up to two {…} segments may appear anywhere; fewer win */
    unsigned flags;
    /* On error returns a status and fills err: the server renders the problem document. */
    enum oc_status (*run)(struct oc_request *req, struct oc_response *res, struct oc_err *err);
    const char *summary; /* one line, for the OpenAPI document */
    /* Renders errors in a dialect's own shape, as oc_problem does; NULL = oc_problem. Content type: error_type, or application/json. */
    enum oc_status (*error)(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
    const char *error_type;
    /*
     * Where a dialect's clients put the API key when it is in no header: called with the whole request, before run, on the same thread.
     * *key in the request's arena or its body, NULL when there is none. NULL: headers only.
     */
    enum oc_status (*find_key)(struct oc_request *req, const char **key, struct oc_err *err);
    int (*error_status)(enum oc_status code); /* HTTP status of an error in that dialect; NULL = oc_status_http */
    const char *dialect;                      /* the foreign protocol it belongs to, "openai"; NULL = our own, which is always there */
};

/* All routes of all handlers; *n their number. */
const struct oc_route *oc_routes(size_t *n);

/* The first header of that name (lower case), or NULL. */
const char *oc_request_header(const struct oc_request *req, const char *name);

/* Renders application/problem+json: {"type","title","status","detail","code","request_id"}. */
enum oc_status oc_problem(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out) OC_MUST_CHECK;
/* The same with another HTTP status and title than the code's; title: plain ASCII. */
enum oc_status oc_problem_as(int status, const char *title, enum oc_status code, const char *detail, const char *request_id,
                             struct oc_buf *out) OC_MUST_CHECK;

#endif

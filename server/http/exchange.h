/*
 * One request and its answer, from request line to last byte; and the server's state that the HTTP loops share. Internal to server/.
 */
#ifndef OC_SERVER_HTTP_EXCHANGE_H
#define OC_SERVER_HTTP_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>
#include "server/http/connections.h"
#include "server/jobs/queue.h"
#include "server/jobs/workers.h"
#include "server/server_options.h"
#include "server/telemetry/stats.h"

struct oc_server {
    struct oc_server_options opt; /* borrowed inside */
    const struct oc_config *config;
    struct oc_service service; /* what handlers see */
    struct oc_stats *stats;    /* owned */
    struct oc_queue queue;
    struct oc_workers *workers; /* owned */
    struct oc_connections connections;
    struct MHD_Daemon *daemon;      /* owned */
    struct MHD_Response *no_memory; /* owned; made at start, sent when nothing else can be made */
    int listen_fd, port;
    uint64_t id_seed;
    atomic_uint_fast64_t id_count;
    atomic_size_t in_flight;     /* exchanges between head and completion */
    atomic_bool ready, draining; /* set by main, read by the loops */
    atomic_bool stopping;        /* running jobs are to give up */
};

/* Who may touch it: the HTTP loop of its connection; while suspended, whoever owns the job instead. */
struct oc_exchange {
    struct oc_job job;
    struct oc_server *server;          /* borrowed */
    struct MHD_Connection *connection; /* borrowed; lives until completed */
    struct oc_connection *entry;       /* in server->connections; may be NULL */
    struct oc_arena arena;
    const char *uri; /* as sent, in the arena */
    struct oc_request request;
    struct oc_response response;
    const struct oc_route *route; /* static; NULL = none matched */
    enum oc_status status;        /* the outcome */
    struct oc_err err;
    int64_t start_ns, last_poll_ns, total_ns;
    size_t body_reserved;  /* of the connections' room for bodies */
    size_t body_received;  /* bytes seen, kept or not */
    size_t body_declared;  /* Content-Length, 0 for none */
    size_t response_bytes; /* of the body */
    int http_status;       /* sent; 0 = none yet */
    bool begun, http11, expects_continue, chunked, head, answered, counted;
    bool key_in_body;     /* its API key is to be looked for when the body is there */
    bool wrong_key;       /* it brought one, but not one of ours */
    const char *bad_head; /* what is wrong with its head; static; NULL: nothing */
    bool preflight;       /* a browser asks whether a page of an allowed origin may ask (CORS) */
    bool bad_framing;     /* where this request's body ends is not known: answer and close */
};

/* exchange.c: libmicrohttpd's callbacks; cls is the server. */
void *oc_exchange_new(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result oc_exchange_step(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                 const char *upload, size_t *upload_size, void **con_cls);
void oc_exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode why);

/* head.c: reads the request's head into x->request, finds the route, checks what can be known before the body. */
/* An identifier for a request that brought none, in the exchange's arena; "" without memory. */
const char *oc_exchange_new_id(struct oc_exchange *x);
enum oc_status oc_exchange_read_head(struct oc_exchange *x, const char *url, const char *method, const char *version) OC_MUST_CHECK;

/* authorise.c: an API key is in a header, or (the second, before the handler) where the route's dialect has it; OC_E_UNAUTHORIZED. */
enum oc_status oc_exchange_authorise(struct oc_exchange *x) OC_MUST_CHECK;
enum oc_status oc_exchange_authorise_body(struct oc_exchange *x) OC_MUST_CHECK;

/* run.c: calls the handler and leaves outcome, response or problem document in x. On a worker, or on a loop for routes without one. */
void oc_exchange_run(struct oc_exchange *x);
/* Records an outcome without running; renders the problem document. */
void oc_exchange_fail(struct oc_exchange *x, enum oc_status status);
/* Gives back the body's memory and its share of the budget. */
void oc_exchange_drop_body(struct oc_exchange *x);

/* reply.c: hands the response to libmicrohttpd. */
enum MHD_Result oc_exchange_reply(struct oc_exchange *x);
/* Counts it, once; http_status must be set. */
void oc_exchange_count(struct oc_exchange *x);
void oc_exchange_log(struct oc_exchange *x);

/* listen.c */
enum oc_status oc_listen_open(const char *host, int port, int *fd, int *bound_port, struct oc_err *err) OC_MUST_CHECK;
/* How many connections may be open: as configured, fewer when the system gives fewer descriptors (raised as far as it lets us). */
size_t oc_listen_connections(const struct oc_config *c);
enum oc_status oc_listen_start(struct oc_server *s, struct oc_err *err) OC_MUST_CHECK;

#endif

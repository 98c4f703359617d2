/*
 * The server as a whole: listening socket, HTTP loops, queue, workers. What it serves is a parameter: a table of routes and what handlers
 * need, so that tests can serve tables of their own.
 */
#ifndef OC_SERVER_SERVER_H
#define OC_SERVER_SERVER_H

#include "server/server_options.h"

struct oc_server;

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

/*
 * Open connections, and the ones that take too long to say what they want. libmicrohttpd's own timeout counts silence only: a client that
 * sends a byte a second keeps it happy for ever. Here the whole head, and the whole body, have a time limit each.
 */
#ifndef OC_SERVER_HTTP_CONNECTIONS_H
#define OC_SERVER_HTTP_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oc_phase {
    OC_PHASE_HEAD, /* waiting for a request's head; silent or not */
    OC_PHASE_BODY, /* receiving its body */
    OC_PHASE_BUSY, /* the request is being answered: other limits hold */
};

/* One connection: libmicrohttpd's "socket context". Linked from accept until close, and while it is, its descriptor is open. */
struct oc_connection {
    struct oc_connection *next, *prev;
    int fd;
    enum oc_phase phase;
    int64_t since_ns;  /* start of the phase */
    unsigned requests; /* completed */
    int closed_ticks;  /* times in a row that the client was seen to have stopped sending */
    bool cut_off;      /* by the time limit; its request is then not the client's to abort */
};

struct oc_connections {
    pthread_mutex_t lock; /* protects the list and every member above; a leaf */
    struct oc_connection *head;
    size_t n;
    int64_t head_ns, body_ns; /* the limits */
};

void oc_connections_init(struct oc_connections *c, int64_t head_ns, int64_t body_ns);
void oc_connections_deinit(struct oc_connections *c);
/* NULL without memory: such a connection has no time limits but libmicrohttpd's. */
struct oc_connection *oc_connection_opened(struct oc_connections *c, int fd);
/* All of these accept NULL. */
void oc_connection_closed(struct oc_connections *c, struct oc_connection *connection);
void oc_connection_phase(struct oc_connections *c, struct oc_connection *connection, enum oc_phase phase);
/* A request is over: the next head may come. Says whether it was cut off. */
bool oc_connection_completed(struct oc_connections *c, struct oc_connection *connection);
size_t oc_connections_count(struct oc_connections *c);

/*
 * Cuts off the slow ones: 408 on the wire, then both directions are shut down and libmicrohttpd sees the end. Those that stopped sending in
 * the middle of a request are cut off without a word. Says how many were told.
 */
struct oc_cut {
    size_t heads, bodies;
};
struct oc_cut oc_connections_cut_slow(struct oc_connections *c, int64_t now_ns);

#endif

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
    OC_PHASE_SEND, /* the answer is on its way */
};

/* A client's address in short, to tell one from another; IPv6 by its network of 64 bits. */
struct oc_peer {
    uint64_t key[2];
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
    bool evicted;      /* closed to make room */
    struct oc_peer peer;
    size_t body_bytes; /* of the request's body, reserved */
    uint64_t taken;    /* bytes of answers that the client's side has acknowledged */
};

struct oc_connections {
    pthread_mutex_t lock; /* protects the list and every member above; a leaf */
    struct oc_connection *head;
    size_t n;
    int64_t head_ns, body_ns, answer_ns; /* the limits */
    size_t most;                         /* open ones: from here on the longest idle one is closed for a new one */
    uint64_t evicted;                    /* so many were */
    size_t bodies, bodies_most;          /* bytes of bodies: reserved, and at most */
};

struct oc_connection_limits {
    int64_t head_ns, body_ns, answer_ns;
    size_t connections, bodies;
};
void oc_connections_init(struct oc_connections *c, const struct oc_connection_limits *limits);
void oc_connections_deinit(struct oc_connections *c);
/*
 * A new connection; when there are too many, the one that has been idle for the longest (else the one that has been sending a head or a
 * body for the longest) is closed. NULL without memory: such a connection has no time limits but libmicrohttpd's.
 */
struct oc_connection *oc_connection_opened(struct oc_connections *c, int fd);
/* All of these accept NULL. */
void oc_connection_closed(struct oc_connections *c, struct oc_connection *connection);
void oc_connection_phase(struct oc_connections *c, struct oc_connection *connection, enum oc_phase phase);
/*
 * Bodies take memory as their bytes arrive. A first byte is refused when three quarters of what there is are taken, so that bodies which
 * were begun can end; a further one when all is, or when one address holds half of all. *taken: bytes of all bodies. What was reserved goes
 * with oc_connection_give_body.
 */
enum oc_room { OC_ROOM_YES, OC_ROOM_FULL, OC_ROOM_SHARE };
enum oc_room oc_connection_take_body(struct oc_connections *c, struct oc_connection *connection, size_t more, size_t *taken);
void oc_connection_give_body(struct oc_connections *c, struct oc_connection *connection);
/* A request is over: the next head may come. Says whether it was cut off. */
bool oc_connection_completed(struct oc_connections *c, struct oc_connection *connection);
size_t oc_connections_count(struct oc_connections *c);
size_t oc_connections_bodies(struct oc_connections *c);
uint64_t oc_connections_evicted(struct oc_connections *c);

/*
 * Cuts off the slow ones: 408 on the wire, then both directions are shut down and libmicrohttpd sees the end. Those that stopped sending in
 * the middle of a request are cut off without a word. Says how many were told.
 */
struct oc_cut {
    size_t heads, bodies, answers;
};
struct oc_cut oc_connections_cut_slow(struct oc_connections *c, int64_t now_ns);

#endif

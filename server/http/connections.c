/* A linked list under a mutex; see connections.h. */
#include "server/http/connections.h"
#include "base/clock.h"
#include "base/mem.h"
#include "server/http/raw.h"
#include <linux/tcp.h> /* the C library's own copy lacks the byte counters */
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <string.h>
#include <sys/socket.h>

void oc_connections_init(struct oc_connections *c, const struct oc_connection_limits *limits)
{
    *c = (struct oc_connections){.head_ns = limits->head_ns, .body_ns = limits->body_ns, .answer_ns = limits->answer_ns};
    c->most = limits->connections;
    c->bodies_most = limits->bodies;
    pthread_mutex_init(&c->lock, NULL);
}

void oc_connections_deinit(struct oc_connections *c)
{
    pthread_mutex_destroy(&c->lock);
}

static struct oc_peer peer_of(int fd)
{
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    struct oc_peer peer = {{0, 0}};
    if (getpeername(fd, (struct sockaddr *)&a, &n) != 0)
        return peer;
    if (a.ss_family == AF_INET)
        peer.key[0] = 1 + (uint64_t)ntohl(((struct sockaddr_in *)&a)->sin_addr.s_addr);
    else if (a.ss_family == AF_INET6)
        memcpy(&peer.key[1], &((struct sockaddr_in6 *)&a)->sin6_addr, sizeof peer.key[1]);
    return peer;
}

static bool is_same_peer(const struct oc_peer *a, const struct oc_peer *b)
{
    return a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

static bool is_listed(const struct oc_connection *const *list, int n, const struct oc_connection *one)
{
    for (int i = 0; i < n; i++)
        if (list[i] == one)
            return true;
    return false;
}

/* With the lock held: the connection that is worth the least, of those that are not spared; NULL when there is none. */
static struct oc_connection *worst_of(const struct oc_connections *c, const struct oc_connection *const *spared, int n_spared)
{
    struct oc_connection *worst = NULL;
    for (struct oc_connection *n = c->head; n; n = n->next) {
        if (n->evicted || (n->phase != OC_PHASE_HEAD && n->phase != OC_PHASE_BODY) || is_listed(spared, n_spared, n))
            continue;
        if (!worst || (n->phase == worst->phase ? n->since_ns < worst->since_ns : n->phase == OC_PHASE_HEAD))
            worst = n;
    }
    return worst;
}

/*
 * With the lock held: closes a connection. Nothing is lost with an idle one: its client opens another. One whose bytes only wait for us to
 * read them is not idle, we are slow: a few such are spared.
 */
static void make_place(struct oc_connections *c)
{
    enum { SPARED = 8 };
    const struct oc_connection *spared[SPARED];
    struct oc_connection *first = worst_of(c, NULL, 0), *worst = first;
    int unread;
    for (int n = 0; worst && n < SPARED && ioctl(worst->fd, FIONREAD, &unread) == 0 && unread > 0;) {
        spared[n++] = worst;
        worst = worst_of(c, spared, n);
    }
    worst = worst ? worst : first;
    if (!worst)
        return;
    worst->evicted = worst->cut_off = true;
    shutdown(worst->fd, SHUT_RDWR);
    c->evicted++;
}

struct oc_connection *oc_connection_opened(struct oc_connections *c, int fd)
{
    struct oc_connection *n = oc_mem_zero(OC_MEM_OTHER, sizeof *n);
    if (!n)
        return NULL;
    n->fd = fd;
    n->since_ns = oc_now_ns();
    n->peer = peer_of(fd);
    pthread_mutex_lock(&c->lock);
    if (c->n >= c->most)
        make_place(c);
    n->next = c->head;
    if (c->head)
        c->head->prev = n;
    c->head = n;
    c->n++;
    pthread_mutex_unlock(&c->lock);
    return n;
}

void oc_connection_closed(struct oc_connections *c, struct oc_connection *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&c->lock);
    if (n->prev)
        n->prev->next = n->next;
    else
        c->head = n->next;
    if (n->next)
        n->next->prev = n->prev;
    c->n--;
    c->bodies -= n->body_bytes;
    pthread_mutex_unlock(&c->lock);
    oc_mem_free(n);
}

/* With the lock held. */
static void enter(struct oc_connection *n, enum oc_phase phase)
{
    n->phase = phase;
    n->since_ns = oc_now_ns();
}

void oc_connection_phase(struct oc_connections *c, struct oc_connection *n, enum oc_phase phase)
{
    if (!n)
        return;
    pthread_mutex_lock(&c->lock);
    enter(n, phase);
    pthread_mutex_unlock(&c->lock);
}

enum oc_room oc_connection_take_body(struct oc_connections *c, struct oc_connection *n, size_t more, size_t *taken)
{
    enum oc_room room = OC_ROOM_YES;
    pthread_mutex_lock(&c->lock);
    size_t most = n->body_bytes || !c->bodies ? c->bodies_most : c->bodies_most / 4 * 3, others = 0;
    if (more > most || c->bodies > most - more)
        room = OC_ROOM_FULL;
    for (struct oc_connection *k = c->head; k && !room; k = k->next)
        others += k != n && is_same_peer(&k->peer, &n->peer) ? k->body_bytes : 0;
    if (!room && others && others + n->body_bytes + more > c->bodies_most / 2) /* one body alone may be as large as bodies may be */
        room = OC_ROOM_SHARE;
    if (!room) {
        n->body_bytes += more;
        c->bodies += more;
    }
    *taken = c->bodies;
    pthread_mutex_unlock(&c->lock);
    return room;
}

void oc_connection_give_body(struct oc_connections *c, struct oc_connection *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&c->lock);
    c->bodies -= n->body_bytes;
    n->body_bytes = 0;
    pthread_mutex_unlock(&c->lock);
}

bool oc_connection_completed(struct oc_connections *c, struct oc_connection *n)
{
    if (!n)
        return false;
    pthread_mutex_lock(&c->lock);
    bool cut_off = n->cut_off;
    n->requests++;
    enter(n, OC_PHASE_HEAD);
    pthread_mutex_unlock(&c->lock);
    return cut_off;
}

size_t oc_connections_count(struct oc_connections *c)
{
    pthread_mutex_lock(&c->lock);
    size_t n = c->n;
    pthread_mutex_unlock(&c->lock);
    return n;
}

size_t oc_connections_bodies(struct oc_connections *c)
{
    pthread_mutex_lock(&c->lock);
    size_t n = c->bodies;
    pthread_mutex_unlock(&c->lock);
    return n;
}

uint64_t oc_connections_evicted(struct oc_connections *c)
{
    pthread_mutex_lock(&c->lock);
    uint64_t n = c->evicted;
    pthread_mutex_unlock(&c->lock);
    return n;
}

/* A browser opens connections ahead of need and must not find a 408 there; who has begun to send is told. */
static bool has_sent_anything(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           size >= offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received && info.tcpi_bytes_received > 0;
}

/*
 * A client that has closed its sending half before the end of its request will never finish it, and libmicrohttpd 0.9.75 waits on. All it
 * sent must have been read; seen twice, because the loop may be about to find the request complete.
 */
static bool gave_up(struct oc_connection *n)
{
    struct pollfd p = {.fd = n->fd, .events = POLLRDHUP};
    int unread = 0;
    bool closed = poll(&p, 1, 0) > 0 && (p.revents & POLLRDHUP) && ioctl(n->fd, FIONREAD, &unread) == 0 && unread == 0;
    n->closed_ticks = closed ? n->closed_ticks + 1 : 0;
    return n->closed_ticks >= 2;
}

/* While an answer is sent, the clock begins anew whenever the client's side takes some of it. */
static void look_at_progress(struct oc_connection *n, int64_t now_ns)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (getsockopt(n->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked)
        return;
    if (info.tcpi_bytes_acked != n->taken) {
        n->taken = info.tcpi_bytes_acked;
        n->since_ns = now_ns;
    }
}

static bool is_late(const struct oc_connections *c, const struct oc_connection *n, int64_t now_ns)
{
    int64_t limit = n->phase == OC_PHASE_HEAD ? c->head_ns : n->phase == OC_PHASE_BODY ? c->body_ns : c->answer_ns;
    return now_ns - n->since_ns >= limit;
}

struct oc_cut oc_connections_cut_slow(struct oc_connections *c, int64_t now_ns)
{
    struct oc_cut cut = {0};
    pthread_mutex_lock(&c->lock);
    for (struct oc_connection *n = c->head; n; n = n->next) {
        if (n->cut_off || n->phase == OC_PHASE_BUSY)
            continue;
        if (n->phase == OC_PHASE_SEND) {
            look_at_progress(n, now_ns);
            if (is_late(c, n, now_ns)) {
                n->cut_off = true;
                shutdown(n->fd, SHUT_RDWR);
                cut.answers++;
            }
            continue;
        }
        bool head = n->phase == OC_PHASE_HEAD, late = is_late(c, n, now_ns);
        if (!late && !gave_up(n))
            continue;
        bool tell = late && (!head || (n->requests == 0 && has_sent_anything(n->fd)));
        if (tell)
            oc_raw_reply(n->fd, OC_E_BODY_TIMEOUT, head ? "the request's head took too long" : "the request's body took too long", "");
        n->cut_off = late;
        shutdown(n->fd, SHUT_RDWR); /* wakes the loop that owns the descriptor, which closes it */
        cut.heads += head && tell;
        cut.bodies += tell && !head;
    }
    pthread_mutex_unlock(&c->lock);
    return cut;
}

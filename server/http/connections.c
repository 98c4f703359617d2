/* A linked list under a mutex; see connections.h. */
#include "server/http/connections.h"
#include "base/clock.h"
#include "base/mem.h"
#include "server/http/raw.h"
#include <linux/tcp.h> /* the C library's own copy lacks the byte counters */
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void oc_connections_init(struct oc_connections *c, int64_t head_ns, int64_t body_ns)
{
    *c = (struct oc_connections){.head_ns = head_ns, .body_ns = body_ns};
    pthread_mutex_init(&c->lock, NULL);
}

void oc_connections_deinit(struct oc_connections *c)
{
    pthread_mutex_destroy(&c->lock);
}

struct oc_connection *oc_connection_opened(struct oc_connections *c, int fd)
{
    struct oc_connection *n = oc_mem_zero(OC_MEM_OTHER, sizeof *n);
    if (!n)
        return NULL;
    n->fd = fd;
    n->since_ns = oc_now_ns();
    pthread_mutex_lock(&c->lock);
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

static bool is_late(const struct oc_connections *c, const struct oc_connection *n, int64_t now_ns)
{
    return now_ns - n->since_ns >= (n->phase == OC_PHASE_HEAD ? c->head_ns : c->body_ns);
}

struct oc_cut oc_connections_cut_slow(struct oc_connections *c, int64_t now_ns)
{
    struct oc_cut cut = {0};
    pthread_mutex_lock(&c->lock);
    for (struct oc_connection *n = c->head; n; n = n->next) {
        if (n->cut_off || n->phase == OC_PHASE_BUSY)
            continue;
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

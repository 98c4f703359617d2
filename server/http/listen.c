/* The listening socket and libmicrohttpd's daemon. We make the socket, so that its errors can be named. */
#include "server/http/exchange.h"
#include "server/http/wire.h"
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HTTP_LOOPS 2u /* one is refused by libmicrohttpd, and many wake each other for every connection */

static int try_address(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol), on = 1, off = 0;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    char port[16];
    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0 ||
        getnameinfo((struct sockaddr *)&a, n, NULL, 0, port, sizeof port, NI_NUMERICSERV) != 0)
        return 0;
    int v = 0;
    for (const char *p = port; *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (*p - '0');
    return v;
}

enum oc_status oc_listen_open(const char *host, int port, int *fd, int *bound_port, struct oc_err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *list;
    char service[16];
    snprintf(service, sizeof service, "%d", port);
    *fd = -1;
    int rc = getaddrinfo(host, service, &hints, &list);
    if (rc)
        return oc_err_set(err, OC_E_INVALID, "--host %.200s: %s", host, gai_strerror(rc));
    for (const struct addrinfo *a = list; a && *fd < 0; a = a->ai_next)
        *fd = try_address(a);
    int why = errno;
    freeaddrinfo(list);
    if (*fd < 0)
        return oc_err_set(err, OC_E_IO, "cannot listen on %.200s port %d: %s", host, port, strerror(why));
    *bound_port = port_of(*fd);
    return OC_OK;
}

static void connection_event(void *cls, struct MHD_Connection *connection, void **socket_context, enum MHD_ConnectionNotificationCode what)
{
    struct oc_server *s = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = info ? oc_connection_opened(&s->connections, info->connect_fd) : NULL;
        oc_wire_expect(info ? info->connect_fd : -1, OC_WIRE_HEAD);
    } else {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        oc_wire_expect(info ? info->connect_fd : -1, OC_WIRE_NOT_OURS);
        oc_connection_closed(&s->connections, *socket_context);
        *socket_context = NULL;
    }
}

/* libmicrohttpd's messages are about single connections: of interest to someone who looks for trouble. */
static void mhd_log(void *cls, const char *fmt, va_list ap) OC_PRINTF(2, 0);
static void mhd_log(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    char text[512];
    vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = 0;
    oc_log(OC_LOG_DEBUG, "http", OC_KV_S("message", text));
}

size_t oc_listen_connections(const struct oc_config *c)
{
    uint64_t want = (uint64_t)c->max_connections;
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        rlim_t need = want + LIM_SPARE_DESCRIPTORS;
        if (r.rlim_cur < need) {
            r.rlim_cur = r.rlim_max < need ? r.rlim_max : need;
            setrlimit(RLIMIT_NOFILE, &r);
        }
        if (r.rlim_cur < need)
            want = r.rlim_cur > 2 * LIM_SPARE_DESCRIPTORS ? r.rlim_cur - LIM_SPARE_DESCRIPTORS : r.rlim_cur / 2;
    }
    return want > 4 ? (size_t)want : 4;
}

enum oc_status oc_listen_start(struct oc_server *s, struct oc_err *err)
{
    const struct oc_config *c = s->config;
    /* The limit is divided among the loops, and all connections may come to one. It is never reached: idle ones are closed before. */
    unsigned limit = HTTP_LOOPS * ((unsigned)s->connections.most + LIM_SPARE_DESCRIPTORS);
    unsigned silence = (unsigned)(c->body_seconds + c->header_seconds) + 60; /* the reaper's limits are to hit first; this is for readers */
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, oc_exchange_step, s, MHD_OPTION_EXTERNAL_LOGGER, mhd_log, NULL, MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
        MHD_OPTION_THREAD_POOL_SIZE, HTTP_LOOPS, MHD_OPTION_URI_LOG_CALLBACK, oc_exchange_new, s, MHD_OPTION_NOTIFY_COMPLETED,
        oc_exchange_completed, s, MHD_OPTION_NOTIFY_CONNECTION, connection_event, s, MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)c->connections_per_address, MHD_OPTION_CONNECTION_TIMEOUT, silence,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIM_CONN_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (!s->daemon)
        return oc_err_set(err, OC_E_INTERNAL, "cannot start the HTTP loops");
    return OC_OK;
}

/*
 * `ocelli health`: one GET over a socket, for container health checks, where no other HTTP client is installed. Reads the status line and
 * nothing else.
 */
#include "base/parse.h"
#include "server/command.h"
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SECONDS 5

struct url {
    char host[256], port[16], path[512];
};

static const char help[] = "usage: ocelli health [--url URL]\n"
                           "Asks a running server whether it is ready. Exit status 0: it is; 1: it is not, or cannot be reached.\n"
                           "  --url URL   default http://127.0.0.1:8080/health/ready, host and port from OCELLI_HOST and OCELLI_PORT\n";

static bool copy(char *out, size_t size, const char *s, size_t n)
{
    if (n >= size)
        return false;
    memcpy(out, s, n);
    out[n] = 0;
    return true;
}

/* "http://host:port/path"; [::1] in brackets. */
static bool parse_url(const char *text, struct url *u)
{
    if (strncmp(text, "http://", 7) != 0)
        return false;
    text += 7;
    size_t authority = strcspn(text, "/?#");
    const char *end = text + authority, *host = text, *colon;
    size_t n;
    if (*host == '[') {
        host++;
        n = strcspn(host, "]");
        if (host + n >= end)
            return false;
        colon = host + n + 1;
    } else {
        n = strcspn(host, ":/?#");
        colon = host + n;
    }
    int64_t port = 80;
    if (colon < end && (*colon != ':' || !oc_parse_i64(colon + 1, (size_t)(end - colon) - 1, 1, 65535, &port)))
        return false;
    snprintf(u->port, sizeof u->port, "%d", (int)port);
    return n > 0 && copy(u->host, sizeof u->host, host, n) &&
           copy(u->path, sizeof u->path, *end ? end : "/health/ready", strlen(*end ? end : "/health/ready"));
}

/* Where a server started with the same environment listens; "all addresses" is reached through loopback. */
static void default_url(struct url *u)
{
    const char *host = getenv("OCELLI_HOST"), *port = getenv("OCELLI_PORT");
    if (!host || !*host || !strcmp(host, "0.0.0.0") || !strcmp(host, "::"))
        host = "127.0.0.1";
    snprintf(u->host, sizeof u->host, "%s", host);
    snprintf(u->port, sizeof u->port, "%s", port && *port ? port : "8080");
    snprintf(u->path, sizeof u->path, "/health/ready");
}

static int open_socket(const struct url *u)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo(u->host, u->port, &hints, &list) != 0)
        return -1;
    int fd = -1;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        struct timeval limit = {.tv_sec = SECONDS};
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

/* The three digits of "HTTP/1.1 200 OK", or 0. */
static int ask(int fd, const struct url *u)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nhost: %s:%s\r\nconnection: close\r\n\r\n", u->path, u->host, u->port);
    if (n < 0 || (size_t)n >= sizeof text || send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        return 0;
    size_t got = 0;
    while (got < 12) {
        ssize_t r = recv(fd, text + got, 12 - got, 0);
        if (r <= 0)
            return 0;
        got += (size_t)r;
    }
    int64_t status;
    return !memcmp(text, "HTTP/1.", 7) && oc_parse_i64(text + 9, 3, 100, 599, &status) ? (int)status : 0;
}

int oc_cmd_health(int argc, char **argv)
{
    struct url u;
    default_url(&u);
    for (int i = 1; i < argc; i++) {
        bool joined = !strncmp(argv[i], "--url=", 6);
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return fputs(help, stdout) < 0;
        if ((!joined && (strcmp(argv[i], "--url") != 0 || i + 1 == argc)) || !parse_url(joined ? argv[i] + 6 : argv[++i], &u)) {
            fprintf(stderr, "ocelli health: '%s' is not understood\n%s", argv[i < argc ? i : argc - 1], help);
            return 2;
        }
    }
    int fd = open_socket(&u);
    if (fd < 0) {
        fprintf(stderr, "ocelli health: cannot connect to %s port %s: %s\n", u.host, u.port, strerror(errno));
        return 1;
    }
    int status = ask(fd, &u);
    close(fd);
    if (status == 200)
        return 0;
    fprintf(stderr, status ? "ocelli health: not ready: status %d\n" : "ocelli health: no answer\n", status);
    return 1;
}

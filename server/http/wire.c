/* See wire.h. Each function is the bare system call, with a look at the bytes where a connection is the daemon's. */
#include "server/http/wire.h"
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "handlers/handler.h"

enum { TABLE = 1 << 16 };

static atomic_uchar expected[TABLE];

void oc_wire_expect(int fd, enum oc_wire what)
{
    if (fd >= 0 && fd < TABLE)
        atomic_store_explicit(&expected[fd], (unsigned char)what, memory_order_relaxed);
}

static enum oc_wire expects(int fd)
{
    return fd >= 0 && fd < TABLE ? (enum oc_wire)atomic_load_explicit(&expected[fd], memory_order_relaxed) : OC_WIRE_NOT_OURS;
}

/* The end of a line that begins at p, at its CR or LF; NULL when it is not there yet. */
static char *line_end(char *p, char *end)
{
    char *feed = memchr(p, '\n', (size_t)(end - p));
    return feed && feed > p && feed[-1] == '\r' ? feed - 1 : feed;
}

/* "Content-Length: 4 " becomes "Content-Length:  4": blanks before a value are skipped, blanks behind it are not (RFC 9112 section 5.1
 * allows both). */
static void mend_length(char *line, char *end)
{
    static const char name[] = "content-length:";
    const size_t n = sizeof name - 1;
    if ((size_t)(end - line) <= n || strncasecmp(line, name, n) != 0)
        return;
    char *last = end;
    while (last > line + n && (last[-1] == ' ' || last[-1] == '\t'))
        last--;
    size_t blanks = (size_t)(end - last), rest = (size_t)(last - line) - n;
    if (!blanks || !rest)
        return;
    memmove(line + n + blanks, line + n, rest);
    memset(line + n, ' ', blanks);
}

/* Lines that are whole in these bytes, up to the head's end. */
static void mend_head(char *bytes, size_t n)
{
    char *end = bytes + n;
    for (char *p = bytes, *stop; p < end && (stop = line_end(p, end)); p = stop + (*stop == '\r') + 1) {
        if (stop == p)
            return;
        mend_length(p, stop);
    }
}

__attribute__((visibility("default"))) ssize_t recv(int fd, void *buffer, size_t n, int flags)
{
    ssize_t got = syscall(SYS_recvfrom, fd, buffer, n, flags, NULL, NULL);
    if (got > 0 && expects(fd) == OC_WIRE_HEAD)
        mend_head(buffer, (size_t)got);
    return got;
}

/* The status of one of the library's own pages, 0 when it is anything else: ours have x-request-id, and none is of this kind. */
static int own_page(const char *bytes, size_t n)
{
    static const char page[] = "\r\n\r\n<html><head><title>";
    if (n < 16 || memcmp(bytes, "HTTP/1.", 7) != 0 || bytes[8] != ' ' || !memmem(bytes, n, page, sizeof page - 1))
        return 0;
    return (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + bytes[11] - '0';
}

/* The pages there are: RFC 9110 section 15, RFC 6585. */
static const struct page {
    int status;
    enum oc_status code;
    const char *title, *detail;
} pages[] = {
    {400, OC_E_INVALID, "Bad request", "the request's head cannot be understood"},
    {413, OC_E_BODY_TOO_LARGE, "Content too large", "the request's head or a chunk of its body is too large"},
    {414, OC_E_INVALID, "URI too long", "the request's target is too long"},
    {431, OC_E_INVALID, "Request header fields too large", "the request's head is too large"},
    {500, OC_E_INTERNAL, "Internal error", "the request could not be handled"},
    {505, OC_E_INVALID, "HTTP version not supported", "HTTP/1.0 or HTTP/1.1 is expected"},
};

static const struct page *page_of(int status)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(pages); i++)
        if (pages[i].status == status)
            return &pages[i];
    return NULL;
}

/* Sends the same status as a problem document and closes the sending half after it, as that page would have. False: as it was, then. */
static bool send_problem(int fd, int status)
{
    const struct page *p = page_of(status);
    struct oc_buf body, text;
    if (!p)
        return false;
    oc_buf_init(&body, OC_MEM_JSON, OC_KIB(4));
    oc_buf_init(&text, OC_MEM_JSON, OC_KIB(8));
    enum oc_status st = oc_problem_as(status, p->title, p->code, p->detail, "", &body);
    if (!st)
        st = oc_buf_addf(&text,
                         "HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%s",
                         status, p->title, body.len, body.data);
    bool sent = !st && syscall(SYS_sendto, fd, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) == (ssize_t)text.len;
    oc_buf_deinit(&text);
    oc_buf_deinit(&body);
    return sent;
}

__attribute__((visibility("default"))) ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
    int status = expects(fd) != OC_WIRE_NOT_OURS ? own_page(bytes, n) : 0;
    if (status && send_problem(fd, status))
        return (ssize_t)n;
    return syscall(SYS_sendto, fd, bytes, n, flags, NULL, 0);
}

__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    char joined[1024];
    size_t n = 0, all = 0;
    for (size_t i = 0; expects(fd) != OC_WIRE_NOT_OURS && i < message->msg_iovlen; i++) {
        size_t part = message->msg_iov[i].iov_len, room = sizeof joined - n;
        memcpy(joined + n, message->msg_iov[i].iov_base, part < room ? part : room);
        n += part < room ? part : room;
        all += part;
    }
    int status = n ? own_page(joined, n) : 0;
    if (status && send_problem(fd, status))
        return (ssize_t)all;
    return syscall(SYS_sendmsg, fd, message, flags);
}

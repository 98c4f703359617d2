/* See raw.h. The caller closes the connection next, so nothing more is ever sent on it. */
#include "server/http/raw.h"
#include "handlers/handler.h"
#include <sys/socket.h>

void oc_raw_reply(int fd, enum oc_status status, const char *detail, const char *request_id)
{
    struct oc_buf body, text;
    oc_buf_init(&body, OC_MEM_JSON, OC_KIB(8));
    oc_buf_init(&text, OC_MEM_JSON, OC_KIB(16));
    enum oc_status st = oc_problem(status, detail, request_id, &body);
    if (!st)
        st = oc_buf_addf(&text,
                         "HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %zu\r\nconnection: close\r\n"
                         "%s%s%s\r\n%s",
                         oc_status_http(status), oc_status_title(status), body.len, *request_id ? "x-request-id: " : "", request_id,
                         *request_id ? "\r\n" : "", body.data);
    if (!st) {
        ssize_t sent = send(fd, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent; /* a client whose window is full does not read answers */
    }
    oc_buf_deinit(&text);
    oc_buf_deinit(&body);
}

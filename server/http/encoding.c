/* See encoding.h. The checks of a body's size count what comes out, so that a small bomb does no more than a large body. */
#include "server/http/encoding.h"
#include <strings.h>
#include <zlib.h>

enum { CHUNK = 1 << 16, ANY = 15 + 32 /* zlib or gzip by its head */, RAW = -15 };

static enum oc_status add(struct oc_exchange *x, struct oc_buf *out, const uint8_t *data, size_t n)
{
    size_t taken, packed = x->request.body.len, most = x->server->config->max_body;
    bool bomb = (out->len + n) / LIM_INFLATE_RATIO > packed + LIM_INFLATE_FREE / LIM_INFLATE_RATIO;
    if (bomb || out->len + n > most) {
        oc_stats_reject(x->server->stats, OC_REJECT_BODY_TOO_LARGE);
        return bomb ? oc_err_set(&x->err, OC_E_BODY_TOO_LARGE, "the body grows more than %zu times when unpacked", LIM_INFLATE_RATIO)
                    : oc_err_set(&x->err, OC_E_BODY_TOO_LARGE, "the body is larger than %zu bytes when unpacked", most);
    }
    if (x->entry && oc_connection_take_body(&x->server->connections, x->entry, n, &taken) != OC_ROOM_YES)
        return oc_err_set(&x->err, OC_E_BUSY, "request bodies in flight have %zu bytes, %zu at most", taken,
                          x->server->config->max_body_inflight);
    enum oc_status st = oc_buf_add(out, data, n);
    return st ? oc_err_nomem(&x->err, "request body", n) : OC_OK;
}

/* OC_DECLINED: not of this format, and nothing was made yet. */
static enum oc_status unpack(struct oc_exchange *x, int format, struct oc_buf *out)
{
    const struct oc_buf *body = &x->request.body;
    uint8_t chunk[CHUNK];
    z_stream z = {.next_in = (Bytef *)body->data, .avail_in = (uInt)body->len};
    if (inflateInit2(&z, format) != Z_OK)
        return oc_err_nomem(&x->err, "request body", body->len);
    enum oc_status st = OC_OK;
    int rc = Z_OK;
    while (!st && rc == Z_OK) {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        rc = inflate(&z, Z_NO_FLUSH);
        if (rc == Z_BUF_ERROR && z.avail_out < sizeof chunk)
            rc = Z_OK;
        if ((rc == Z_OK || rc == Z_STREAM_END) && z.avail_out < sizeof chunk)
            st = add(x, out, chunk, sizeof chunk - z.avail_out);
    }
    bool whole = rc == Z_STREAM_END && z.avail_in == 0, nothing = out->len == 0;
    inflateEnd(&z);
    if (st || whole)
        return st;
    return rc == Z_DATA_ERROR && nothing ? OC_DECLINED
                                         : oc_err_set(&x->err, OC_E_INVALID, "content-encoding: the body is no whole stream of it");
}

enum oc_status oc_exchange_unpack(struct oc_exchange *x)
{
    struct oc_buf *body = &x->request.body, out;
    const char *coding = oc_request_header(&x->request, "content-encoding");
    if (!coding || !*coding || !strcasecmp(coding, "identity") || !(x->route->flags & OC_ROUTE_BODY))
        return OC_OK;
    bool gzip = !strcasecmp(coding, "gzip") || !strcasecmp(coding, "x-gzip"), deflate = !strcasecmp(coding, "deflate");
    if (!gzip && !deflate)
        return oc_err_set(&x->err, OC_E_MEDIA, "content-encoding '%.60s': gzip, deflate or none is expected", coding);
    if (!body->len)
        return OC_OK;
    oc_buf_init(&out, OC_MEM_BODY, x->server->config->max_body);
    enum oc_status st = unpack(x, ANY, &out);
    if (st == OC_DECLINED && deflate) /* some send deflate without zlib's head */
        st = unpack(x, RAW, &out);
    if (st == OC_DECLINED)
        st = oc_err_set(&x->err, OC_E_INVALID, "content-encoding: the body is not %s", gzip ? "gzip" : "deflate");
    if (st) {
        oc_buf_deinit(&out);
        return st;
    }
    oc_buf_deinit(body);
    *body = out;
    return OC_OK;
}

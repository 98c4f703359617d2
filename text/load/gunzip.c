/* gzip by zlib, with zlib's memory counted and a ceiling on what comes out. */
#include <zlib.h>
#include "text/load/load.h"

static void *take(void *arg, unsigned n, unsigned size)
{
    (void)arg;
    return oc_mem_array(OC_MEM_OTHER, n, size);
}

static void give(void *arg, void *p)
{
    (void)arg;
    oc_mem_free(p);
}

enum oc_status oc_load_gunzip(const char *bytes, size_t n, struct oc_buf *out, struct oc_err *err)
{
    enum { CHUNK = 64 << 10, GZIP = 16 };
    z_stream z = {.zalloc = take, .zfree = give};
    if (n > out->max || inflateInit2(&z, MAX_WBITS + GZIP) != Z_OK)
        return oc_err_nomem(err, "gzip", n);
    z.next_in = (z_const Bytef *)(uintptr_t)bytes;
    z.avail_in = (unsigned)n;
    enum oc_status st = OC_OK;
    int code = Z_OK;
    while (!st && code == Z_OK) {
        st = oc_buf_reserve(out, CHUNK);
        if (st) {
            st = st == OC_E_NOMEM ? oc_err_nomem(err, "gzip", out->len)
                                  : oc_err_set(err, OC_E_MODEL, "gzip: unpacks to more than %zu bytes", out->max);
            break;
        }
        z.next_out = (Bytef *)out->data + out->len;
        z.avail_out = CHUNK;
        code = inflate(&z, Z_NO_FLUSH);
        out->len += CHUNK - z.avail_out;
        out->data[out->len] = 0;
    }
    inflateEnd(&z);
    if (!st && code == Z_MEM_ERROR)
        return oc_err_nomem(err, "gzip", n);
    return st || code == Z_STREAM_END ? st : oc_err_set(err, OC_E_MODEL, "gzip: broken or cut off");
}

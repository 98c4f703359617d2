/* Base64 by a table, four characters at a time, into room reserved once; see base64.h. */
#include "handlers/input/base64.h"
#include <strings.h>

static int value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static enum oc_status wrong(const char *s, size_t n, size_t at, struct oc_err *err)
{
    while (at < n && value((unsigned char)s[at]) >= 0)
        at++;
    if (at >= n)
        return oc_err_set(err, OC_E_INVALID, "base64: the text ends too early");
    unsigned char c = (unsigned char)s[at];
    if (c > 0x20 && c < 0x7F)
        return oc_err_set(err, OC_E_INVALID, "base64: '%c' at character %zu does not belong there", c, at);
    return oc_err_set(err, OC_E_INVALID, "base64: byte 0x%02x at character %zu does not belong there", c, at);
}

/* The last group of four, with 0 to 2 bytes of padding. */
static enum oc_status decode_last(const char *s, size_t n, size_t at, struct oc_buf *out, struct oc_err *err)
{
    int pad = s[at + 3] == '=' ? (s[at + 2] == '=' ? 2 : 1) : 0;
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++) {
        int v = i < 4 - pad ? value((unsigned char)s[at + (size_t)i]) : 0;
        if (v < 0)
            return wrong(s, n, at, err);
        bits = bits << 6 | (uint32_t)v;
    }
    if (bits & ((1u << (8 * pad)) - 1))
        return oc_err_set(err, OC_E_INVALID, "base64: stray bits before the padding");
    char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    return oc_buf_add(out, bytes, (size_t)(3 - pad));
}

enum oc_status oc_base64_decode(const char *s, size_t n, struct oc_buf *out, struct oc_err *err)
{
    if (n == 0)
        return OC_OK;
    if (n % 4)
        return oc_err_set(err, OC_E_INVALID, "base64: a multiple of 4 characters is expected, there are %zu; padding may be missing", n);
    enum oc_status st = oc_buf_reserve(out, n / 4 * 3);
    if (st)
        return oc_err_set(err, st, "base64: %zu decoded bytes are too many, at most %zu", n / 4 * 3, out->max);
    char chunk[3072];
    size_t filled = 0;
    for (size_t i = 0; i + 4 < n; i += 4) {
        int a = value((unsigned char)s[i]), b = value((unsigned char)s[i + 1]), c = value((unsigned char)s[i + 2]),
            d = value((unsigned char)s[i + 3]);
        if ((a | b | c | d) < 0)
            return wrong(s, n, i, err);
        uint32_t bits = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)d;
        chunk[filled++] = (char)(bits >> 16);
        chunk[filled++] = (char)(bits >> 8);
        chunk[filled++] = (char)bits;
        if (filled == sizeof chunk) {
            st = oc_buf_add(out, chunk, filled);
            if (st)
                return oc_err_set(err, st, "base64: too many bytes");
            filled = 0;
        }
    }
    st = oc_buf_add(out, chunk, filled);
    return st ? oc_err_set(err, st, "base64: too many bytes") : decode_last(s, n, n - 4, out, err);
}

enum oc_status oc_data_uri(const char *s, size_t n, const char **rest, size_t *rest_n, struct oc_err *err)
{
    *rest = s;
    *rest_n = n;
    if (n < 5 || strncasecmp(s, "data:", 5) != 0)
        return OC_OK;
    const char *comma = memchr(s, ',', n);
    size_t head = comma ? (size_t)(comma - s) : 0;
    if (!comma || head < 12 || strncasecmp(comma - 7, ";base64", 7) != 0)
        return oc_err_set(err, OC_E_INVALID, "data URI: 'data:<type>;base64,' is expected at its start");
    *rest = comma + 1;
    *rest_n = n - head - 1;
    return OC_OK;
}

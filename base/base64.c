/*
 * Base64: four characters at a time while they belong to the alphabet, one by one around line breaks and at the end; see base64.h.
 */
#include "base/base64.h"

static int value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static bool is_blank(unsigned char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

struct decoder {
    struct oc_buf *out;
    uint32_t bits; /* of the group that is not whole yet */
    int digits, pads;
    size_t filled;
    char chunk[3072]; /* adding bytes to the buffer in threes would be slow */
};

static enum oc_status wrong(const char *s, size_t at, struct oc_err *err)
{
    unsigned char c = (unsigned char)s[at];
    if (c > 0x20 && c < 0x7F)
        return oc_err_set(err, OC_E_INVALID, "base64: '%c' at character %zu does not belong there", c, at);
    return oc_err_set(err, OC_E_INVALID, "base64: byte 0x%02x at character %zu does not belong there", c, at);
}

static enum oc_status flush(struct decoder *d, struct oc_err *err)
{
    enum oc_status st = oc_buf_add(d->out, d->chunk, d->filled);
    d->filled = 0;
    return st ? oc_err_set(err, st, "base64: the decoded bytes are too many, at most %zu", d->out->max) : OC_OK;
}

static enum oc_status put_group(struct decoder *d, uint32_t bits, struct oc_err *err)
{
    d->chunk[d->filled++] = (char)(bits >> 16);
    d->chunk[d->filled++] = (char)(bits >> 8);
    d->chunk[d->filled++] = (char)bits;
    return d->filled == sizeof d->chunk ? flush(d, err) : OC_OK;
}

/* Whole groups of four up to the first one that has another character; *at moves on. */
static enum oc_status decode_groups(struct decoder *d, const char *s, size_t n, size_t *at, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    size_t i = *at;
    for (; !st && n - i >= 4; i += 4) {
        int a = value((unsigned char)s[i]), b = value((unsigned char)s[i + 1]), c = value((unsigned char)s[i + 2]),
            e = value((unsigned char)s[i + 3]);
        if ((a | b | c | e) < 0)
            break;
        st = put_group(d, (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | (uint32_t)e, err);
    }
    *at = i;
    return st;
}

static enum oc_status decode_one(struct decoder *d, const char *s, size_t at, struct oc_err *err)
{
    unsigned char c = (unsigned char)s[at];
    if (is_blank(c))
        return OC_OK;
    if (c == '=' && d->digits >= 2 && d->digits + d->pads < 4) {
        d->pads++;
        return OC_OK;
    }
    int v = value(c);
    if (v < 0 || d->pads)
        return wrong(s, at, err);
    d->bits = d->bits << 6 | (uint32_t)v;
    if (++d->digits < 4)
        return OC_OK;
    uint32_t bits = d->bits;
    d->bits = 0;
    d->digits = 0;
    return put_group(d, bits, err);
}

/* The last group, of 2 or 3 characters with its padding or without. */
static enum oc_status finish(struct decoder *d, struct oc_err *err)
{
    if (d->digits == 1 || (d->pads && d->digits + d->pads != 4))
        return oc_err_set(err, OC_E_INVALID, "base64: the text ends too early");
    enum oc_status st = flush(d, err);
    if (st || d->digits == 0)
        return st;
    uint32_t bits = d->bits << (6 * (4 - d->digits));
    if (bits & (d->digits == 2 ? 0xFFFFu : 0xFFu))
        return oc_err_set(err, OC_E_INVALID, "base64: stray bits at the end");
    d->chunk[0] = (char)(bits >> 16);
    d->chunk[1] = (char)(bits >> 8);
    d->filled = (size_t)d->digits - 1;
    return flush(d, err);
}

enum oc_status oc_base64_decode(const char *s, size_t n, struct oc_buf *out, struct oc_err *err)
{
    struct decoder d = {.out = out};
    size_t room = n / 4 * 3, at = 0;
    if (room > out->max - out->len) /* line breaks may be among them, so this is not yet too much */
        room = out->max - out->len;
    enum oc_status st = room ? oc_buf_reserve(out, room) : OC_OK;
    if (st)
        return oc_err_nomem(err, "decoded base64", room);
    while (!st && at < n) {
        if (d.digits == 0 && d.pads == 0)
            st = decode_groups(&d, s, n, &at, err);
        if (!st && at < n)
            st = decode_one(&d, s, at++, err);
    }
    return st ? st : finish(&d, err);
}

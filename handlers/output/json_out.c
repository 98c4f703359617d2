/* The JSON writer; see json_out.h. Strings are copied in runs: only what must be escaped is looked at one by one. */
#include "handlers/output/json_out.h"
#include "base/parse.h"
#include <math.h>
#include "handlers/output/float_text.h"
#include "models/recipe/labels.h"

struct oc_json oc_json_begin(struct oc_buf *out)
{
    return (struct oc_json){.out = out, .status = OC_OK, .comma = false};
}

enum oc_status oc_json_end(const struct oc_json *j)
{
    return j->status;
}

static void put(struct oc_json *j, const char *s, size_t n)
{
    if (!j->status)
        j->status = oc_buf_add(j->out, s, n);
}

/* Before each value and each key. */
static void separate(struct oc_json *j)
{
    if (j->comma)
        put(j, ",", 1);
    j->comma = true;
}

void oc_json_open(struct oc_json *j, char bracket)
{
    separate(j);
    put(j, &bracket, 1);
    j->comma = false;
}

void oc_json_close(struct oc_json *j, char bracket)
{
    put(j, &bracket, 1);
    j->comma = true;
}

void oc_json_key(struct oc_json *j, const char *name)
{
    separate(j);
    put(j, "\"", 1);
    put(j, name, strlen(name));
    put(j, "\":", 2);
    j->comma = false;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c < 0x7F;
}

/* Length of the UTF-8 character at s, 0 when it is none. */
static size_t character(const char *s, size_t n)
{
    for (size_t len = 1; len <= 4 && len <= n; len++)
        if (oc_utf8_valid(s, len))
            return len;
    return 0;
}

/* One character that is not plain; returns the bytes of s it took. */
static size_t put_special(struct oc_json *j, const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    char text[8];
    if (c == '"' || c == '\\') {
        text[0] = '\\';
        text[1] = (char)c;
        put(j, text, 2);
        return 1;
    }
    if (c < 0x20 || c == 0x7F) {
        put(j, text, (size_t)snprintf(text, sizeof text, "\\u%04x", c));
        return 1;
    }
    size_t len = character(s, n);
    put(j, len ? s : "\xEF\xBF\xBD", len ? len : 3);
    return len ? len : 1;
}

void oc_json_string_n(struct oc_json *j, const char *s, size_t n)
{
    separate(j);
    put(j, "\"", 1);
    for (size_t i = 0; i < n && !j->status;) {
        size_t run = i;
        while (run < n && is_plain((unsigned char)s[run]))
            run++;
        if (run > i)
            put(j, s + i, run - i);
        i = run;
        if (i < n)
            i += put_special(j, s + i, n - i);
    }
    put(j, "\"", 1);
}

void oc_json_string(struct oc_json *j, const char *s)
{
    if (s)
        oc_json_string_n(j, s, strlen(s));
    else
        oc_json_null(j);
}

static void put_text(struct oc_json *j, const char *s)
{
    separate(j);
    put(j, s, strlen(s));
}

void oc_json_int(struct oc_json *j, int64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)v);
    put_text(j, text);
}

/* One number at `at`, where there is room for it; the place behind it. */
static char *write_float(char *at, float v)
{
    if (isfinite(v))
        return at + oc_float_text(v, at);
    memcpy(at, "null", 4);
    return at + 4;
}

void oc_json_float(struct oc_json *j, float v)
{
    char text[OC_FLOAT_TEXT];
    separate(j);
    put(j, text, (size_t)(write_float(text, v) - text));
}

/* Room for n * each bytes more, NULL when there is none; the status then says why. */
static char *reserve(struct oc_json *j, size_t n, size_t each)
{
    size_t bytes;
    if (!j->status)
        j->status = oc_size_mul(n, each, &bytes) ? oc_buf_reserve(j->out, bytes) : OC_E_BODY_TOO_LARGE;
    return j->status ? NULL : j->out->data + j->out->len;
}

/* Takes what was written behind the buffer's end, up to `end`. */
static void take_written(struct oc_json *j, char *end)
{
    *end = 0;
    j->out->len = (size_t)(end - j->out->data);
}

void oc_json_floats(struct oc_json *j, const float *v, size_t n)
{
    oc_json_open(j, '[');
    char *at = reserve(j, n, OC_FLOAT_TEXT + 1);
    if (at) {
        for (size_t i = 0; i < n; i++) {
            if (i)
                *at++ = ',';
            at = write_float(at, v[i]);
        }
        take_written(j, at);
    }
    oc_json_close(j, ']');
}

void oc_json_floats_text(struct oc_json *j, const float *v, size_t n)
{
    separate(j);
    put(j, "\"", 1);
    j->comma = false;
    oc_json_floats(j, v, n);
    put(j, "\"", 1);
}

void oc_json_base64(struct oc_json *j, const void *data, size_t n)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    separate(j);
    put(j, "\"", 1);
    char *at = reserve(j, n / 3 + 1, 4);
    if (at) {
        for (; n >= 3; n -= 3, p += 3) {
            *at++ = alphabet[p[0] >> 2];
            *at++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
            *at++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
            *at++ = alphabet[p[2] & 63];
        }
        if (n) {
            unsigned second = n == 2 ? p[1] : 0;
            *at++ = alphabet[p[0] >> 2];
            *at++ = alphabet[(p[0] & 3) << 4 | second >> 4];
            *at++ = n == 2 ? alphabet[(second & 15) << 2] : '=';
            *at++ = '=';
        }
        take_written(j, at);
    }
    put(j, "\"", 1);
}

void oc_json_base64_floats(struct oc_json *j, const float *v, size_t n)
{
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the bytes of a float are sent as they lie in memory");
    oc_json_base64(j, v, n * sizeof *v);
}

void oc_json_double(struct oc_json *j, double v)
{
    char text[64];
    double back = 0;
    if (!isfinite(v)) {
        put_text(j, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        int n = snprintf(text, sizeof text, "%.*g", digits, v);
        if (oc_parse_f64(text, (size_t)n, -INFINITY, INFINITY, &back) && !(back < v) && !(back > v))
            break;
    }
    put_text(j, text);
}

void oc_json_fixed(struct oc_json *j, double v, int decimals)
{
    char text[64];
    if (!isfinite(v) || fabs(v) > 1e30) {
        put_text(j, "null");
        return;
    }
    snprintf(text, sizeof text, "%.*f", decimals, v);
    char *end = text + strlen(text);
    if (strchr(text, '.')) {
        while (end[-1] == '0')
            *--end = 0;
        if (end[-1] == '.')
            *--end = 0;
    }
    put_text(j, !strcmp(text, "-0") ? "0" : text);
}

void oc_json_bool(struct oc_json *j, bool v)
{
    put_text(j, v ? "true" : "false");
}

void oc_json_null(struct oc_json *j)
{
    put_text(j, "null");
}

void oc_json_put_string(struct oc_json *j, const char *name, const char *s)
{
    oc_json_key(j, name);
    oc_json_string(j, s);
}

void oc_json_put_int(struct oc_json *j, const char *name, int64_t v)
{
    oc_json_key(j, name);
    oc_json_int(j, v);
}

void oc_json_put_float(struct oc_json *j, const char *name, float v)
{
    oc_json_key(j, name);
    oc_json_float(j, v);
}

void oc_json_put_bool(struct oc_json *j, const char *name, bool v)
{
    oc_json_key(j, name);
    oc_json_bool(j, v);
}

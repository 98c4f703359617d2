/* The JSON writer; see json_out.h. Strings are copied in runs: only what must be escaped is looked at one by one. */
#include "handlers/output/json_out.h"
#include <math.h>
#include "models/labels.h"

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

void oc_json_float(struct oc_json *j, float v)
{
    char text[32];
    snprintf(text, sizeof text, "%.9g", (double)v);
    put_text(j, isfinite(v) ? text : "null");
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

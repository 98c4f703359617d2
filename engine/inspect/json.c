/* JSON text piece by piece; see json.h. */
#include "engine/inspect/json.h"
#include "base/utf8.h"
#include <inttypes.h>

static void add(struct eng_json *j, const void *p, size_t n)
{
    if (!j->st)
        j->st = oc_buf_add(j->out, p, n);
}

static void begin_value(struct eng_json *j)
{
    if (j->comma)
        add(j, ",", 1);
    j->comma = true;
}

void eng_json_open(struct eng_json *j, char bracket)
{
    begin_value(j);
    add(j, &bracket, 1);
    j->comma = false;
}

void eng_json_close(struct eng_json *j, char bracket)
{
    add(j, &bracket, 1);
    j->comma = true;
}

static void escaped(struct eng_json *j, unsigned char c)
{
    char text[8] = {'\\', (char)c};
    size_t n = 2;
    if (c != '"' && c != '\\')
        n = (size_t)snprintf(text, sizeof text, "\\u%04x", c);
    add(j, text, n);
}

static void quoted(struct eng_json *j, const char *s)
{
    const uint8_t *p = (const uint8_t *)s;
    size_t left = strlen(s);
    add(j, "\"", 1);
    while (left) {
        size_t plain = 0, n = 1;
        while (plain < left && (n = oc_utf8_length(p + plain, left - plain)) && p[plain] >= 0x20 && p[plain] != '"' && p[plain] != '\\')
            plain += n;
        add(j, p, plain);
        p += plain;
        left -= plain;
        if (!left)
            break;
        if (n)
            escaped(j, *p);
        else
            add(j, "\xef\xbf\xbd", 3);
        p++;
        left--;
    }
    add(j, "\"", 1);
}

void eng_json_name(struct eng_json *j, const char *name)
{
    begin_value(j);
    quoted(j, name);
    add(j, ":", 1);
    j->comma = false;
}

void eng_json_text(struct eng_json *j, const char *s)
{
    if (!s) {
        eng_json_null(j);
        return;
    }
    begin_value(j);
    quoted(j, s);
}

void eng_json_int(struct eng_json *j, int64_t v)
{
    char text[32];
    begin_value(j);
    add(j, text, (size_t)snprintf(text, sizeof text, "%" PRId64, v));
}

void eng_json_bool(struct eng_json *j, bool v)
{
    begin_value(j);
    add(j, v ? "true" : "false", v ? 4 : 5);
}

void eng_json_null(struct eng_json *j)
{
    begin_value(j);
    add(j, "null", 4);
}

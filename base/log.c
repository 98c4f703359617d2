/* Log lines, built in a stack buffer and written with one write(2); see log.h. Overlong lines are cut. */
#include "base/log.h"
#include "base/compiler.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static enum oc_log_format log_format = OC_LOG_TEXT;
static enum oc_log_level log_level = OC_LOG_INFO;
static const char *const level_names[] = {"debug", "info", "warn", "error", "none"};
static const char *const format_names[] = {"text", "json"};

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

void oc_log_init(enum oc_log_format format, enum oc_log_level level)
{
    log_format = format;
    log_level = level;
}

bool oc_log_wants(enum oc_log_level level)
{
    return level >= log_level;
}

static bool name_index(const char *name, const char *const *names, size_t n, size_t *out)
{
    for (*out = 0; *out < n; (*out)++)
        if (!strcmp(name, names[*out]))
            return true;
    return false;
}

bool oc_log_level_parse(const char *name, enum oc_log_level *out)
{
    size_t i;
    bool ok = name_index(name, level_names, OC_ARRAY_LEN(level_names), &i);
    if (ok)
        *out = (enum oc_log_level)i;
    return ok;
}

bool oc_log_format_parse(const char *name, enum oc_log_format *out)
{
    size_t i;
    bool ok = name_index(name, format_names, OC_ARRAY_LEN(format_names), &i);
    if (ok)
        *out = (enum oc_log_format)i;
    return ok;
}

static void put(struct line *l, const char *fmt, ...) OC_PRINTF(2, 3);
static void put(struct line *l, const char *fmt, ...)
{
    size_t room = sizeof l->text - 2 - l->len; /* a brace and a newline always fit */
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(l->text + l->len, room, fmt, ap);
    va_end(ap);
    if (n > 0)
        l->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* Bytes that would break the line or the terminal become \u escapes; the same form serves text and JSON. */
static void put_quoted(struct line *l, const char *s)
{
    put(l, "\"");
    for (; s && *s && l->len < sizeof l->text - 64; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            put(l, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            put(l, "\\u%04x", c);
        else
            put(l, "%c", c);
    }
    put(l, "\"");
}

static bool plain_word(const char *s)
{
    return s && *s && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:+@") == strlen(s);
}

static void put_value(struct line *l, const struct oc_kv *kv)
{
    if (kv->kind == OC_KV_INT)
        put(l, "%lld", (long long)kv->i);
    else if (kv->kind == OC_KV_FLOAT && isfinite(kv->f))
        put(l, "%.3f", kv->f);
    else if (kv->kind == OC_KV_FLOAT)
        put(l, "null");
    else if (log_format == OC_LOG_TEXT && plain_word(kv->s))
        put(l, "%s", kv->s);
    else
        put_quoted(l, kv->s);
}

void oc_log_kv(enum oc_log_level level, const char *event, const struct oc_kv *kv, size_t n)
{
    if (!oc_log_wants(level) || level >= OC_LOG_NONE)
        return;
    struct line l = {.len = 0};
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    char when[40];
    size_t at = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(when + at, sizeof when - at, ".%03dZ", (int)(now.tv_nsec / 1000000));
    bool json = log_format == OC_LOG_JSON;
    if (json) {
        put(&l, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":", when, level_names[level]);
        put_quoted(&l, event);
    } else {
        put(&l, "%s %-5s %s", when, level_names[level], event);
    }
    for (size_t i = 0; i < n; i++) {
        put(&l, json ? ",\"%s\":" : " %s=", kv[i].key);
        put_value(&l, &kv[i]);
    }
    if (json)
        l.text[l.len++] = '}';
    l.text[l.len++] = '\n';
    ssize_t written = write(STDERR_FILENO, l.text, l.len);
    (void)written; /* a log that cannot be written has nowhere to say so */
}

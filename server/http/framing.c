/* See framing.h. RFC 9112 sections 3 and 5, RFC 9110 section 5.6.2 (tokens). */
#include "server/http/framing.h"
#include <stdint.h>
#include <string.h>

enum { BLANKS_MOST = 1 << 16 };

static bool is_token(const char *s)
{
    const char *p = s;
    for (; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", *p))
            return false;
    return p > s;
}

static bool has_control(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7F)
            return true;
    return false;
}

/* The value lies on the name's line, behind the colon (which is a NUL now) and blanks. */
static bool is_on_its_line(const char *name, const char *value)
{
    const char *at = name + strlen(name) + 1;
    if ((uintptr_t)value < (uintptr_t)at || (uintptr_t)value - (uintptr_t)at > BLANKS_MOST)
        return false;
    while (at < value && (*at == ' ' || *at == '\t'))
        at++;
    return at == value;
}

/* Line ends have become NULs: two of them, or one where the client sent a bare line feed. */
void oc_framing_header(struct oc_framing *f, const char *name, const char *value)
{
    if (f->wrong)
        return;
    if (f->end && name != f->end + 2 && name != f->end + 1)
        f->wrong = "a header line is continued on the next one, or has a NUL in it";
    else if (!is_token(name))
        f->wrong = "the name of a header is no token: a blank before the colon?";
    else if (!is_on_its_line(name, value))
        f->wrong = "a header line is continued on the next one";
    else if (has_control(value))
        f->wrong = "a header's value has a control character";
    else
        f->end = value + strlen(value);
}

void oc_framing_end(struct oc_framing *f)
{
    if (!f->wrong && f->end && f->end[1])
        f->wrong = "a header's value has a NUL in it";
}

bool oc_framing_target_is_whole(const char *target, size_t length, const char *version)
{
    return (uintptr_t)version == (uintptr_t)target + length + 1;
}

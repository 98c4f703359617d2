/* References in the order of Python's html.unescape: a number, the whole name, the longest known beginning of it; see entities.h. */
#include "text/unicode/entities.h"
#include "base/parse.h"
#include "text/unicode/chars.h"

enum { LONGEST_NAME = 32 };

static const struct oc_entity *find(const char *name, size_t n)
{
    size_t low = 0, high = oc_n_entities;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const char *known = oc_entities[mid].name;
        int c = strncmp(known, name, n);
        if (!c && !known[n])
            return &oc_entities[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* What a number stands for: 0 = nothing at all. 128 to 159 are read as Windows-1252, as HTML asks. */
static int32_t number_meaning(uint32_t v)
{
    static const uint16_t windows[32] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
                                         0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                         0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};
    if (v >= 128 && v < 160)
        return windows[v - 128];
    if (!v || (v >= 0xd800 && v <= 0xdfff) || v > 0x10ffff)
        return 0xfffd;
    bool control = v < 9 || v == 0xb || (v >= 0xe && v < 0x20) || v == 0x7f;
    return control || (v >= 0xfdd0 && v <= 0xfdef) || (v & 0xfffe) == 0xfffe ? 0 : (int32_t)v;
}

/* "#123;" or "#x1f;" behind an ampersand; bytes taken, 0 = it is none. */
static size_t add_number(const char *p, size_t n, struct oc_buf *out, enum oc_status *st)
{
    bool hex = n > 1 && (p[1] == 'x' || p[1] == 'X');
    size_t i = hex ? 2 : 1, start = i;
    uint32_t v = 0;
    for (; i < n; i++) {
        int digit = oc_parse_hex_digit(p[i]);
        if (digit < 0 || (!hex && digit > 9))
            break;
        v = v > 0x110000 ? v : v * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == start)
        return 0;
    int32_t c = number_meaning(v);
    *st = c ? oc_chars_add(out, c) : OC_OK;
    return i + (i < n && p[i] == ';');
}

/* A name behind an ampersand; bytes taken, 0 = none is known. */
static size_t add_name(const char *p, size_t n, struct oc_buf *out, enum oc_status *st)
{
    size_t end = 0, bytes;
    for (int count = 0; end < n && count < LONGEST_NAME && !strchr("\t\n\f <&#;", p[end] ? p[end] : 'a'); count++, end += bytes)
        bytes = oc_char_bytes((uint8_t)p[end]);
    if (!end)
        return 0;
    const struct oc_entity *e = NULL;
    size_t len = end + (end < n && p[end] == ';');
    for (e = find(p, len); !e && len > 2;)
        e = find(p, --len);
    if (!e)
        return 0;
    *st = oc_buf_add_str(out, e->text);
    return len;
}

enum oc_status oc_entities_add(const char *text, size_t n, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    size_t done = 0;
    while (done < n && !st) {
        const char *mark = memchr(text + done, '&', n - done);
        size_t at = mark ? (size_t)(mark - text) : n;
        st = oc_buf_add(out, text + done, at - done);
        done = at;
        if (st || !mark)
            continue;
        size_t left = n - at - 1;
        size_t taken = !left                 ? 0
                       : text[at + 1] == '#' ? add_number(text + at + 1, left, out, &st)
                                             : add_name(text + at + 1, left, out, &st);
        if (!taken && !st)
            st = oc_buf_add(out, "&", 1);
        done = at + 1 + taken;
    }
    return st ? st : oc_buf_add(out, "", 0);
}

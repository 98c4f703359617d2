/* Kinds of characters from utf8proc's tables, and the repair of malformed text; see chars.h. */
#include "text/unicode/chars.h"
#include "base/utf8.h"

bool oc_char_is_punctuation(int32_t c)
{
    if (c < 0x80)
        return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    utf8proc_category_t k = utf8proc_category(c);
    return k >= UTF8PROC_CATEGORY_PC && k <= UTF8PROC_CATEGORY_PO;
}

bool oc_char_is_nonspacing_mark(int32_t c)
{
    return c >= 0x300 && utf8proc_category(c) == UTF8PROC_CATEGORY_MN;
}

bool oc_char_is_mark(int32_t c)
{
    if (c < 0x300)
        return false;
    utf8proc_category_t k = utf8proc_category(c);
    return k >= UTF8PROC_CATEGORY_MN && k <= UTF8PROC_CATEGORY_ME;
}

bool oc_char_is_control(int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CF || k == UTF8PROC_CATEGORY_CO;
}

enum oc_status oc_chars_add(struct oc_buf *out, int32_t c)
{
    char bytes[4];
    return oc_buf_add(out, bytes, oc_char_put(bytes, c));
}

/* Bytes from the start that are ASCII, eight at a time. */
static size_t ascii_run(const char *p, size_t n)
{
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        if (word & 0x8080808080808080u)
            break;
    }
    while (i < n && !(p[i] & 0x80))
        i++;
    return i;
}

/* Bytes from the start that are UTF-8. */
static size_t good_run(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        i += ascii_run(p + i, n - i);
        size_t k = i < n ? oc_utf8_length((const uint8_t *)p + i, n - i) : 0;
        if (!k)
            break;
        i += k;
    }
    return i;
}

/*
 * Bytes of the maximal malformed part at p (Unicode 3.9, "U+FFFD Substitution of Maximal Subparts"): the longest beginning
 * of a character, or one byte.
 */
static size_t bad_run(const uint8_t *p, size_t left)
{
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 1;
    size_t n = oc_char_bytes(p[0]);
    uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80, high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    size_t i = 1;
    for (; i < n && i < left && p[i] >= low && p[i] <= high; i++) {
        low = 0x80;
        high = 0xbf;
    }
    return i;
}

enum oc_status oc_chars_repair(const char **text, size_t *n, struct oc_buf *store)
{
    const char *p = *text, *end = p + *n;
    size_t good = good_run(p, *n);
    if (good == *n)
        return OC_OK;
    enum oc_status st = OC_OK;
    for (;;) {
        st = oc_buf_add(store, p, good);
        p += good;
        if (st || p == end)
            break;
        st = oc_buf_add(store, "\xef\xbf\xbd", 3);
        if (st)
            break;
        p += bad_run((const uint8_t *)p, (size_t)(end - p));
        good = good_run(p, (size_t)(end - p));
    }
    *text = store->data;
    *n = store->len;
    return st;
}

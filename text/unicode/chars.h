/*
 * Characters of UTF-8 text, and what kind they are. Everything below the tokenizer's front door works on text that is
 * UTF-8 for certain (oc_chars_repair made it so); these functions do not check it again.
 */
#ifndef OC_TEXT_UNICODE_CHARS_H
#define OC_TEXT_UNICODE_CHARS_H

#include <utf8proc.h>
#include "base/buf.h"
#include "base/err.h"

/* Bytes of the character that begins with this byte. */
static inline size_t oc_char_bytes(uint8_t lead)
{
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* The character at p, *bytes long. */
static inline int32_t oc_char_at(const char *p, size_t *bytes)
{
    const uint8_t *b = (const uint8_t *)p;
    if (b[0] < 0x80) {
        *bytes = 1;
        return b[0];
    }
    if (b[0] < 0xe0) {
        *bytes = 2;
        return (b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    }
    if (b[0] < 0xf0) {
        *bytes = 3;
        return (b[0] & 0x0f) << 12 | (b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    }
    *bytes = 4;
    return (b[0] & 0x07) << 18 | (b[1] & 0x3f) << 12 | (b[2] & 0x3f) << 6 | (b[3] & 0x3f);
}

/* Where the character before p begins; p is past the start of the text. */
static inline const char *oc_char_before(const char *p)
{
    do
        p--;
    while (((uint8_t)*p & 0xc0) == 0x80);
    return p;
}

/* Writes c as UTF-8, at most 4 bytes; how many. */
static inline size_t oc_char_put(char *out, int32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Unicode's White_Space. */
static inline bool oc_char_is_space(int32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

/* General category L*. */
static inline bool oc_char_is_letter(int32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    utf8proc_category_t k = utf8proc_category(c);
    return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

/* General category N*. */
static inline bool oc_char_is_number(int32_t c)
{
    if (c < 0x80)
        return c >= '0' && c <= '9';
    utf8proc_category_t k = utf8proc_category(c);
    return k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO;
}

/* General category P*, and the ASCII symbols that BERT counts as punctuation ($+<=>^`|~). */
bool oc_char_is_punctuation(int32_t c);
/* General category Mn. */
bool oc_char_is_nonspacing_mark(int32_t c);
/* General category M*. */
bool oc_char_is_mark(int32_t c);
/* General category Cc, Cf or Co. */
bool oc_char_is_control(int32_t c);

/* Appends one character. */
enum oc_status oc_chars_add(struct oc_buf *out, int32_t c) OC_MUST_CHECK;

/*
 * Any bytes as UTF-8: *text and *n are left alone when they are UTF-8 already, else they become a copy in `store` with U+FFFD
 * for each maximal malformed part. OC_E_NOMEM, OC_E_BODY_TOO_LARGE past the ceiling of `store`.
 */
enum oc_status oc_chars_repair(const char **text, size_t *n, struct oc_buf *store) OC_MUST_CHECK;

#endif

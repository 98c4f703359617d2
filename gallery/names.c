/* Names of subjects: one spelling for what looks the same, and something to see. See gallery.h. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "base/utf8.h"
#include "gallery/gallery.h"

static bool is_control(const uint8_t *p, size_t n)
{
    if (n == 1)
        return p[0] < 0x20 || p[0] == 0x7f;
    return (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) || (n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9));
}

/* Leaves a mark on paper by itself: no blank, no format character, no filler, no mark that needs a letter below it. */
static bool is_visible(utf8proc_int32_t c)
{
    static const utf8proc_int32_t fillers[] = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0};
    for (size_t i = 0; i < OC_ARRAY_LEN(fillers); i++)
        if (c == fillers[i])
            return false;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

static enum oc_status check(const char *text, size_t n, bool *ascii, struct oc_err *err)
{
    bool visible = false;
    *ascii = true;
    for (size_t i = 0, len; i < n; i += len) {
        const uint8_t *p = (const uint8_t *)text + i;
        utf8proc_int32_t c = 0;
        len = oc_utf8_length(p, n - i);
        if (!len || utf8proc_iterate(p, (utf8proc_ssize_t)len, &c) < 0)
            return oc_err_set(err, OC_E_INVALID, "subject: the name is not UTF-8 at byte %zu", i);
        if (is_control(p, len))
            return oc_err_set(err, OC_E_INVALID, "subject: the name has a control character at byte %zu", i);
        visible |= is_visible(c);
        *ascii &= len == 1;
    }
    return visible ? OC_OK : oc_err_set(err, OC_E_INVALID, "subject: the name has nothing but blanks and invisible characters");
}

/* Unicode's form C: letters with accents written as one character, however they came. */
static enum oc_status compose(const char *text, size_t n, char out[LIM_SUBJECT_NAME + 1], struct oc_err *err)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &made, (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    enum oc_status st = OC_OK;
    if (len < 0)
        st = oc_err_nomem(err, "a name", n); /* the text has been checked */
    else if (len > LIM_SUBJECT_NAME)
        st = oc_err_set(err, OC_E_INVALID, "subject: the name has %zd bytes in Unicode's form C, %d at most", (ssize_t)len, LIM_SUBJECT_NAME);
    else
        memcpy(out, made, (size_t)len + 1);
    free(made);
    return st;
}

enum oc_status oc_subject_name(const char *text, size_t n, char out[LIM_SUBJECT_NAME + 1], struct oc_err *err)
{
    bool ascii;
    while (n && strchr(" \t\r\n", text[0]) && text[0])
        text++, n--;
    while (n && strchr(" \t\r\n", text[n - 1]) && text[n - 1])
        n--;
    if (!n)
        return oc_err_set(err, OC_E_INVALID, "subject: a name is expected, it is empty");
    if (n > LIM_SUBJECT_NAME)
        return oc_err_set(err, OC_E_INVALID, "subject: the name has %zu bytes, %d at most", n, LIM_SUBJECT_NAME);
    enum oc_status st = check(text, n, &ascii, err);
    if (st)
        return st;
    if (text[0] == '.' && (n == 1 || (n == 2 && text[1] == '.')))
        return oc_err_set(err, OC_E_INVALID, "subject: '.' and '..' cannot be names: no URL can carry them");
    if (!ascii)
        return compose(text, n, out, err);
    memcpy(out, text, n);
    out[n] = 0;
    return OC_OK;
}

/* Percent-decoding; see percent.h. In place, in a copy: what is decoded is never longer. */
#include "handlers/input/percent.h"
#include "base/parse.h"

enum oc_status oc_percent_decode(struct oc_arena *arena, const char *what, const char *s, size_t n, bool plus, const char **out,
                                 size_t *out_len, struct oc_err *err)
{
    *out = "";
    *out_len = 0;
    char *text = oc_arena_strndup(arena, s, n);
    if (!text)
        return oc_err_nomem(err, what, n);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '%') {
            text[len++] = plus && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        int high = i + 2 < n ? oc_parse_hex_digit(text[i + 1]) : -1, low = i + 2 < n ? oc_parse_hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return oc_err_set(err, OC_E_INVALID, "%s: a %% at byte %zu is not followed by two hexadecimal digits", what, i);
        text[len++] = (char)(high * 16 + low);
        i += 2;
    }
    text[len] = 0;
    *out = text;
    *out_len = len;
    return OC_OK;
}

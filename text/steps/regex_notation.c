/*
 * Oniguruma and PCRE2 read most expressions alike. Where they do not, the meaning is written out (\s, \w, \d and scripts),
 * or the expression is refused (POSIX brackets, nested sets, back references, ...): a tokenizer that is almost right is wrong.
 */
#include "text/steps/regex_notation.h"
#include "base/parse.h"

struct reader {
    const char *p, *end;
    struct oc_buf *out;
    struct oc_err *err;
    bool in_class, first;
};

static enum oc_status refuse(const struct reader *r, const char *what)
{
    return oc_err_set(r->err, OC_E_UNSUPPORTED, "regular expression: %s is not known here", what);
}

static enum oc_status put(struct reader *r, const char *text, size_t n)
{
    enum oc_status st = oc_buf_add(r->out, text, n);
    if (st == OC_E_NOMEM)
        return oc_err_nomem(r->err, "regular expression", n);
    return st ? refuse(r, "one as long as this") : OC_OK;
}

static enum oc_status put_string(struct reader *r, const char *text)
{
    return put(r, text, strlen(text));
}

static bool is(const char *name, size_t n, const char *word)
{
    return strlen(word) == n && !memcmp(name, word, n);
}

/* \p{...} and \P{...}: categories and a few properties are called alike; any other name is a script, which PCRE2 would take wider. */
static enum oc_status take_property(struct reader *r, char letter)
{
    static const char *const properties[] = {"Alphabetic", "White_Space",          "Uppercase", "Lowercase", "Any",
                                             "Emoji",      "Extended_Pictographic"};
    if (r->p < r->end && (*r->p == 'L' || *r->p == 'N' || *r->p == 'P' || *r->p == 'S' || *r->p == 'Z' || *r->p == 'M' || *r->p == 'C')) {
        char text[8];
        int n = snprintf(text, sizeof text, "\\%c%c", letter, *r->p++);
        return put(r, text, (size_t)n);
    }
    const char *close = r->p < r->end && *r->p == '{' ? memchr(r->p, '}', (size_t)(r->end - r->p)) : NULL;
    if (!close)
        return refuse(r, "\\p without a name");
    const char *name = r->p + 1;
    bool negated = name < close && *name == '^';
    name += negated;
    size_t n = (size_t)(close - name);
    bool known = n <= 2;
    for (size_t i = 0; i < OC_ARRAY_LEN(properties); i++)
        known |= is(name, n, properties[i]);
    for (size_t i = 0; i < n; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') || name[i] == '_'))
            return refuse(r, "such a property");
    if (!n || n > 64)
        return refuse(r, "such a property");
    r->p = close + 1;
    enum oc_status st = put_string(r, negated != (letter == 'P') ? "\\P{" : "\\p{");
    if (!st && !known)
        st = put_string(r, "sc:");
    if (!st)
        st = put(r, name, n);
    return st ? st : put_string(r, "}");
}

/* A character by its number: \xHH, \x{H...}, \uHHHH. */
static enum oc_status take_number(struct reader *r, char letter)
{
    bool braces = letter == 'x' && r->p < r->end && *r->p == '{';
    size_t most = braces ? 6 : letter == 'u' ? 4 : 2, n = 0;
    uint32_t value = 0;
    r->p += braces;
    for (; n < most && r->p < r->end && oc_parse_hex_digit(*r->p) >= 0; n++)
        value = value << 4 | (uint32_t)oc_parse_hex_digit(*r->p++);
    if (!n || (!braces && n != most) || (braces && (r->p == r->end || *r->p++ != '}')) || value > 0x10ffff ||
        (letter == 'x' && !braces && value > 0x7f)) /* Oniguruma takes \x80 and up as raw bytes */
        return refuse(r, "such a character number");
    char text[16];
    int len = snprintf(text, sizeof text, "\\x{%x}", value);
    return put(r, text, (size_t)len);
}

static enum oc_status take_escape(struct reader *r)
{
    static const struct {
        char letter;
        const char *inside, *outside; /* of a class; NULL = refused there */
    } meanings[] = {
        {'s', "\\p{White_Space}", "\\p{White_Space}"},
        {'S', "\\P{White_Space}", "\\P{White_Space}"},
        {'d', "\\p{Nd}", "\\p{Nd}"},
        {'D', "\\P{Nd}", "\\P{Nd}"},
        {'w', "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}", "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]"},
        {'W', NULL, "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]"},
        {'b', NULL,
         "(?:(?<=[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}])(?![\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}])|"
         "(?<![\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}])(?=[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]))"},
        {'n', "\\n", "\\n"},
        {'r', "\\r", "\\r"},
        {'t', "\\t", "\\t"},
        {'f', "\\f", "\\f"},
        {'v', "\\x{b}", "\\x{b}"},
        {'A', NULL, "\\A"},
        {'z', NULL, "\\z"},
    };
    if (++r->p == r->end)
        return refuse(r, "a backslash at the end");
    char c = *r->p++;
    if (c == 'p' || c == 'P')
        return take_property(r, c);
    if (c == 'x' || c == 'u')
        return take_number(r, c);
    for (size_t i = 0; i < OC_ARRAY_LEN(meanings); i++)
        if (meanings[i].letter == c) {
            const char *text = r->in_class ? meanings[i].inside : meanings[i].outside;
            if (text)
                return put_string(r, text);
        }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80)) {
        char what[32];
        snprintf(what, sizeof what, c & 0x80 ? "\\ before such a character" : "\\%c", c);
        return refuse(r, what);
    }
    char text[2] = {'\\', c};
    return put(r, text, 2);
}

/* What stands behind "(": groups without names, and options at the very beginning. */
static enum oc_status take_group(struct reader *r, bool beginning)
{
    static const char *const openings[] = {"?:", "?=", "?!", "?<=", "?<!", "?>", "?i:", "?-i:"};
    enum oc_status st = put(r, r->p++, 1);
    if (st || r->p == r->end || *r->p != '?')
        return st || r->p == r->end || *r->p != '*' ? st : refuse(r, "(*");
    for (size_t i = 0; i < OC_ARRAY_LEN(openings); i++) {
        size_t k = strlen(openings[i]);
        if (k <= (size_t)(r->end - r->p) && !memcmp(r->p, openings[i], k)) {
            r->p += k;
            return put(r, openings[i], k);
        }
    }
    if (beginning && r->end - r->p >= 3 && !memcmp(r->p, "?i)", 3)) {
        r->p += 3;
        return put_string(r, "?i)");
    }
    return refuse(r, "such a group (? ...)");
}

/* {n}, {n,} and {n,m}; behind it no plus, which means possessive in one notation and once or more in the other. */
static enum oc_status take_braces(struct reader *r)
{
    const char *start = r->p++;
    int digits = 0, commas = 0;
    while (r->p < r->end && ((*r->p >= '0' && *r->p <= '9') || (*r->p == ',' && digits && !commas))) {
        commas += *r->p == ',';
        digits += *r->p++ != ',';
    }
    if (!digits || r->p == r->end || *r->p != '}' || (r->p + 1 < r->end && r->p[1] == '+'))
        return refuse(r, "such a repetition {...}");
    r->p++;
    return put(r, start, (size_t)(r->p - start));
}

static enum oc_status take_in_class(struct reader *r)
{
    char c = *r->p;
    if (c == ']' && !r->first)
        r->in_class = false;
    else if (c == '[' || (c == ']' && r->first))
        return refuse(r, "a set in a set");
    else if (c == '&' && r->end - r->p > 1 && r->p[1] == '&')
        return refuse(r, "&& in a set");
    r->first = c == '^' && r->first;
    return c == '\\' ? take_escape(r) : put(r, r->p++, 1);
}

enum oc_status oc_regex_translate(const char *text, size_t n, struct oc_buf *out, struct oc_err *err)
{
    struct reader r = {.p = text, .end = text + n, .out = out, .err = err};
    enum oc_status st = OC_OK;
    while (!st && r.p < r.end) {
        char c = *r.p;
        if (!c)
            st = refuse(&r, "NUL");
        else if (r.in_class)
            st = take_in_class(&r);
        else if (c == '\\')
            st = take_escape(&r);
        else if (c == '(')
            st = take_group(&r, r.p == text);
        else if (c == '{')
            st = take_braces(&r);
        else {
            r.in_class = r.first = c == '[';
            st = put(&r, r.p++, 1);
        }
    }
    if (!st && r.in_class)
        st = refuse(&r, "a set without an end");
    return st;
}

/*
 * Normalisation forms; see forms.h. utf8proc decomposes single characters and composes; the canonical order of marks in
 * between is ours, because utf8proc sorts by exchanging neighbours and a long run of marks would take quadratic time.
 */
#include "text/unicode/forms.h"
#include <limits.h>
#include "text/unicode/chars.h"

enum { FIRST_THAT_CHANGES = 0xc0, FIRST_THAT_COMPOSES = 0x300, MOST_OF_ONE = 32 };

struct marks {
    int32_t *points, *spare; /* owned, together: n + n */
    size_t n, cap;
};

/* Sorts characters by combining class, stable: a merge sort from runs of one. */
static void sort_marks(int32_t *a, int32_t *spare, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low + width < n; low += 2 * width) {
            size_t mid = low + width, high = mid + width < n ? mid + width : n, i = low, k = mid, to = low;
            while (i < mid || k < high) {
                bool right = i == mid ||
                             (k < high && utf8proc_get_property(a[k])->combining_class < utf8proc_get_property(a[i])->combining_class);
                spare[to++] = right ? a[k++] : a[i++];
            }
            memcpy(a + low, spare + low, (high - low) * sizeof *a);
        }
    }
}

/* Runs of characters with a combining class, each into order. */
static void order_marks(int32_t *a, int32_t *spare, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i] < FIRST_THAT_COMPOSES || !utf8proc_get_property(a[i])->combining_class)
            continue;
        size_t start = i;
        while (i < n && utf8proc_get_property(a[i])->combining_class)
            i++;
        if (i - start > 1)
            sort_marks(a + start, spare, i - start);
    }
}

static enum oc_status reserve(struct marks *m, size_t n)
{
    if (m->n + n <= m->cap)
        return OC_OK;
    size_t cap = m->cap + m->cap / 2 + n + 64;
    int32_t *points = oc_mem_realloc(OC_MEM_OTHER, m->points, 2 * cap * sizeof *points);
    if (!points)
        return OC_E_NOMEM;
    m->points = points;
    m->spare = points + cap;
    m->cap = cap;
    return OC_OK;
}

static enum oc_status decompose(const char *text, size_t n, utf8proc_option_t options, struct marks *m)
{
    for (size_t i = 0, bytes; i < n; i += bytes) {
        int32_t c = oc_char_at(text + i, &bytes);
        enum oc_status st = reserve(m, MOST_OF_ONE);
        if (st)
            return st;
        int boundary = 0;
        utf8proc_ssize_t k = utf8proc_decompose_char(c, m->points + m->n, MOST_OF_ONE, options, &boundary);
        if (k < 0 || k > MOST_OF_ONE)
            return OC_E_INTERNAL; /* the longest of Unicode has 18 */
        m->n += (size_t)k;
    }
    return OC_OK;
}

static enum oc_status add_points(const int32_t *points, size_t n, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < n && !st;) {
        char bytes[256];
        size_t len = 0;
        for (; i < n && len + 4 <= sizeof bytes; i++)
            len += oc_char_put(bytes + len, points[i]);
        st = oc_buf_add(out, bytes, len);
    }
    return st;
}

static enum oc_status add_changed(enum oc_form form, const char *text, size_t n, struct oc_buf *out)
{
    bool compat = form == OC_FORM_NFKC || form == OC_FORM_NFKD, compose = form == OC_FORM_NFC || form == OC_FORM_NFKC;
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    options = (utf8proc_option_t)(options | (compat ? UTF8PROC_COMPAT : 0));
    struct marks m = {0};
    enum oc_status st = decompose(text, n, options, &m);
    if (!st) {
        order_marks(m.points, m.spare, m.n);
        utf8proc_ssize_t len = (utf8proc_ssize_t)m.n;
        if (compose)
            len = utf8proc_normalize_utf32(m.points, len, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        st = len < 0 ? OC_E_INTERNAL : add_points(m.points, (size_t)len, out);
    }
    oc_mem_free(m.points);
    return st;
}

/*
 * Bytes from i on that no form changes and nothing before or behind can change: below U+00C0 for the decompositions, below
 * U+0300 for NFC. With a last character that something behind may combine with, that one is not counted.
 */
static size_t calm_run(enum oc_form form, const char *text, size_t n, size_t i)
{
    int32_t limit = form == OC_FORM_NFC ? FIRST_THAT_COMPOSES : form == OC_FORM_NFD ? FIRST_THAT_CHANGES : 0xa0;
    size_t start = i, bytes = 1, last = i;
    while (i < n && oc_char_at(text + i, &bytes) < limit) {
        last = i;
        i += bytes;
    }
    return (i < n ? last : i) - start;
}

enum oc_status oc_forms_add(enum oc_form form, const char *text, size_t n, struct oc_buf *out)
{
    size_t i = 0;
    enum oc_status st = OC_OK;
    while (i < n && !st) {
        size_t calm = calm_run(form, text, n, i), rough = i + calm, end = rough;
        st = oc_buf_add(out, text + i, calm);
        size_t quiet = 0;
        for (; end < n && quiet < 16; end++) /* up to the next stretch of ASCII that is worth copying */
            quiet = (uint8_t)text[end] < 0x80 ? quiet + 1 : 0;
        end -= end < n; /* the last ASCII character goes with what follows; nothing composes across its left side */
        if (!st && end > rough)
            st = add_changed(form, text + rough, end - rough, out);
        i = end;
    }
    return st;
}

static enum oc_status add_lower_ascii(const char *text, size_t n, struct oc_buf *out)
{
    enum oc_status st = oc_buf_reserve(out, n);
    if (st)
        return st;
    for (size_t i = 0; i < n; i++)
        out->data[out->len + i] = (char)(text[i] + (text[i] >= 'A' && text[i] <= 'Z' ? 'a' - 'A' : 0));
    out->len += n;
    out->data[out->len] = 0;
    return OC_OK;
}

/* Unicode's Cased: letters with case, and Other_Lowercase and Other_Uppercase (PropList.txt). */
static bool is_cased(int32_t c)
{
    static const int32_t others[][2] = {{0xaa, 0xaa},       {0xba, 0xba},       {0x2b0, 0x2b8},    {0x2c0, 0x2c1},   {0x2e0, 0x2e4},
                                        {0x345, 0x345},     {0x37a, 0x37a},     {0x1d2c, 0x1d6a},  {0x1d78, 0x1d78}, {0x1d9b, 0x1dbf},
                                        {0x2071, 0x2071},   {0x207f, 0x207f},   {0x2090, 0x209c},  {0x2160, 0x217f}, {0x24b6, 0x24e9},
                                        {0x2c7c, 0x2c7d},   {0xa69c, 0xa69d},   {0xa770, 0xa770},  {0xa7f8, 0xa7f9}, {0xab5c, 0xab5f},
                                        {0x1f130, 0x1f149}, {0x1f150, 0x1f169}, {0x1f170, 0x1f189}};
    utf8proc_category_t k = utf8proc_category(c);
    bool yes = k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LT;
    for (size_t i = 0; i < OC_ARRAY_LEN(others) && !yes; i++)
        yes = c >= others[i][0] && c <= others[i][1];
    return yes;
}

/* Unicode's Case_Ignorable: Mn, Me, Cf, Lm, Sk, and the word breaks MidLetter, MidNumLet and Single_Quote. */
static bool is_case_ignorable(int32_t c)
{
    static const int32_t breaks[] = {0x27,   0x2e,   0x3a,   0xb7,   0x387,  0x55f,  0x5f4,  0x2018, 0x2019,
                                     0x2024, 0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
    utf8proc_category_t k = utf8proc_category(c);
    bool yes = k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME || k == UTF8PROC_CATEGORY_CF || k == UTF8PROC_CATEGORY_LM ||
               k == UTF8PROC_CATEGORY_SK;
    for (size_t i = 0; i < OC_ARRAY_LEN(breaks) && !yes; i++)
        yes = c == breaks[i];
    return yes;
}

/* A capital sigma at i, two bytes long, ends a word: a cased character before it and none behind, what is ignorable left aside. */
static bool is_final_sigma(const char *text, size_t n, size_t i)
{
    size_t bytes;
    int32_t c = 0;
    const char *p = text + i;
    bool before = false, behind = false;
    while (p > text) {
        p = oc_char_before(p);
        c = oc_char_at(p, &bytes);
        before = !is_case_ignorable(c) && is_cased(c);
        if (!is_case_ignorable(c))
            break;
    }
    for (size_t k = i + 2; before && k < n; k += bytes) {
        c = oc_char_at(text + k, &bytes);
        behind = !is_case_ignorable(c) && is_cased(c);
        if (!is_case_ignorable(c))
            break;
    }
    return before && !behind;
}

static enum oc_status add_lower(const char *text, size_t n, bool sigma, struct oc_buf *out)
{
    enum { CAPITAL_SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2, CAPITAL_I_WITH_DOT = 0x130, DOT_ABOVE = 0x307 };
    enum oc_status st = oc_buf_reserve(out, n);
    for (size_t i = 0, bytes; i < n && !st; i += bytes) {
        size_t from = i;
        while (i < n && !(text[i] & 0x80))
            i++;
        st = add_lower_ascii(text + from, i - from, out);
        if (st || i == n)
            break;
        int32_t c = oc_char_at(text + i, &bytes);
        bool last = sigma && c == CAPITAL_SIGMA && is_final_sigma(text, n, i);
        st = oc_chars_add(out, last ? FINAL_SIGMA : utf8proc_tolower(c));
        if (!st && c == CAPITAL_I_WITH_DOT) /* the only character whose lower case is two: i and a dot above */
            st = oc_chars_add(out, DOT_ABOVE);
    }
    return st;
}

enum oc_status oc_forms_add_lower(const char *text, size_t n, struct oc_buf *out)
{
    return add_lower(text, n, false, out);
}

enum oc_status oc_forms_add_lower_words(const char *text, size_t n, struct oc_buf *out)
{
    return add_lower(text, n, true, out);
}

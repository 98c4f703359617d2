/* Matches of patterns; see pattern.h. Expressions without a scanner are in regex.c. */
#include "text/steps/pattern.h"
#include "text/steps/regex.h"
#include "text/steps/scan.h"
#include "text/unicode/chars.h"

enum { ONE_CHARACTER = 4 };

enum oc_status oc_pattern_literal(struct oc_pattern *p, const char *text, size_t n, struct oc_err *err)
{
    *p = (struct oc_pattern){.literal = oc_mem_strndup(OC_MEM_MODEL, text, n), .n_literal = n};
    return p->literal ? OC_OK : oc_err_nomem(err, "pattern", n);
}

struct oc_pattern oc_pattern_of_kind(bool (*kind)(int32_t c))
{
    struct oc_pattern p = {.kind = kind};
    for (int32_t c = 0; c < 128; c++)
        p.ascii[c] = kind(c);
    return p;
}

enum oc_status oc_pattern_expression(struct oc_pattern *p, const char *text, size_t n, struct oc_err *err)
{
    *p = (struct oc_pattern){.scan = oc_scan_find(text, n)};
    return p->scan ? OC_OK : oc_regex_new(text, n, &p->regex, err);
}

void oc_pattern_deinit(struct oc_pattern *p)
{
    oc_mem_free(p->literal);
    oc_regex_free(p->regex);
    *p = (struct oc_pattern){0};
}

struct oc_matches oc_matches_begin(const struct oc_pattern *p, const char *text, size_t n, struct oc_regex_run **run)
{
    return (struct oc_matches){.pattern = p, .text = text, .n = n, .last_end = SIZE_MAX, .run = run};
}

/* One character: for so little memmem's preparations cost more than the search. */
static const char *find_character(const char *text, const char *end, const char *c, size_t n)
{
    while ((size_t)(end - text) >= n && (text = memchr(text, *c, (size_t)(end - text) - (n - 1))) && memcmp(text, c, n) != 0)
        text++;
    return text && (size_t)(end - text) >= n ? text : NULL;
}

static bool next_literal(const struct oc_matches *m, size_t *start, size_t *end)
{
    const struct oc_pattern *p = m->pattern;
    const char *text = m->text + m->at, *stop = m->text + m->n;
    const char *found = p->n_literal <= ONE_CHARACTER ? find_character(text, stop, p->literal, p->n_literal)
                                                      : memmem(text, (size_t)(stop - text), p->literal, p->n_literal);
    if (!found)
        return false;
    *start = (size_t)(found - m->text);
    *end = *start + p->n_literal;
    return true;
}

static bool next_of_kind(const struct oc_matches *m, size_t *start, size_t *end)
{
    for (size_t i = m->at, bytes; i < m->n; i += bytes) {
        int32_t c = oc_char_at(m->text + i, &bytes);
        if (c < 128 ? m->pattern->ascii[c] : m->pattern->kind(c)) {
            *start = i;
            *end = i + bytes;
            return true;
        }
    }
    return false;
}

/* An empty match right behind the match before does not count, as in the reference. */
static enum oc_status next_of_expression(struct oc_matches *m, size_t *start, size_t *end, bool *found, struct oc_err *err)
{
    for (;;) {
        *found = false;
        if (m->at > m->n)
            return OC_OK;
        enum oc_status st = oc_regex_find(m->pattern->regex, m->run, m->text, m->n, m->at, start, end, found, err);
        if (st || !*found || *start != *end || *end != m->last_end)
            return st;
        m->at += m->at < m->n ? oc_char_bytes((uint8_t)m->text[m->at]) : 1;
    }
}

enum oc_status oc_matches_next(struct oc_matches *m, size_t *start, size_t *end, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    bool found = false;
    if (m->pattern->scan)
        found = m->pattern->scan(m->text, m->n, m->at, start, end);
    else if (m->pattern->kind)
        found = next_of_kind(m, start, end);
    else if (m->pattern->literal)
        found = next_literal(m, start, end);
    else
        st = next_of_expression(m, start, end, &found, err);
    if (st || !found) {
        *start = SIZE_MAX;
        return st;
    }
    m->at = m->last_end = *end;
    return OC_OK;
}

/*
 * What a Replace or a Split looks for: a fixed text, a kind of character, or a regular expression. The expressions of
 * widespread tokenizers are recognised by their text and have scanners of their own, many times as fast as PCRE2.
 */
#ifndef OC_TEXT_STEPS_PATTERN_H
#define OC_TEXT_STEPS_PATTERN_H

#include "text/steps/scan.h"
#include "base/err.h"
#include "base/mem.h"

struct oc_pattern {
    char *literal; /* owned; a fixed text; NULL = something else */
    size_t n_literal;
    oc_scan scan;            /* a scanner; NULL = something else */
    bool (*kind)(int32_t c); /* each character of this kind by itself; NULL = something else */
    bool ascii[128];         /* with kind: what it says of them */
    struct oc_regex *regex;  /* owned; NULL = something else */
};

/* A fixed text, n > 0. */
enum oc_status oc_pattern_literal(struct oc_pattern *p, const char *text, size_t n, struct oc_err *err) OC_MUST_CHECK;
/* A kind of character. */
struct oc_pattern oc_pattern_of_kind(bool (*kind)(int32_t c));
/* A regular expression in Oniguruma's notation, as tokenizer.json has it. OC_E_UNSUPPORTED naming what is not known in it. */
enum oc_status oc_pattern_expression(struct oc_pattern *p, const char *text, size_t n, struct oc_err *err) OC_MUST_CHECK;
void oc_pattern_deinit(struct oc_pattern *p);

/* A walk over the matches of one text. */
struct oc_matches {
    const struct oc_pattern *pattern;
    const char *text; /* borrowed, UTF-8 */
    size_t n, at;
    size_t last_end;           /* of the match before; SIZE_MAX = none */
    struct oc_regex_run **run; /* borrowed; what expressions share while one text is encoded */
};
struct oc_matches oc_matches_begin(const struct oc_pattern *p, const char *text, size_t n, struct oc_regex_run **run);
/* The next match, left to right; *start = SIZE_MAX: none is left. OC_E_NOMEM; OC_E_INVALID when an expression takes too long on this text.
 */
enum oc_status oc_matches_next(struct oc_matches *m, size_t *start, size_t *end, struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Regular expressions in Oniguruma's notation, run by PCRE2 without its just-in-time compiler. Only what means the same in
 * both is taken; the rest is refused when the file is read.
 */
#ifndef OC_TEXT_STEPS_REGEX_H
#define OC_TEXT_STEPS_REGEX_H

#include "base/err.h"

struct oc_regex;
struct oc_regex_run;

/* OC_E_UNSUPPORTED naming what is not known, OC_E_NOMEM. */
enum oc_status oc_regex_new(const char *text, size_t n, struct oc_regex **out, struct oc_err *err) OC_MUST_CHECK;
void oc_regex_free(struct oc_regex *r);
/*
 * The first match at or after `from`, which may be empty. *run: memory for matching, and the time taken so far, of all the expressions
 * that look at one text; made when NULL. OC_E_INVALID after LIM_REGEX_MS, OC_E_NOMEM.
 */
enum oc_status oc_regex_find(const struct oc_regex *r, struct oc_regex_run **run, const char *text, size_t n, size_t from, size_t *start,
                             size_t *end, bool *found, struct oc_err *err) OC_MUST_CHECK;
void oc_regex_run_free(struct oc_regex_run *run);

#endif

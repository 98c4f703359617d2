/* From Oniguruma's notation to PCRE2's. */
#ifndef OC_TEXT_STEPS_REGEX_NOTATION_H
#define OC_TEXT_STEPS_REGEX_NOTATION_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the expression in PCRE2's notation. OC_E_UNSUPPORTED naming what is not known or means something else there. */
enum oc_status oc_regex_translate(const char *text, size_t n, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

#endif

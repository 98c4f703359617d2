/* Unicode's normalisation forms (UAX #15) and lower case, by utf8proc's tables. Time is linear in the text, n log n in a run of marks. */
#ifndef OC_TEXT_UNICODE_FORMS_H
#define OC_TEXT_UNICODE_FORMS_H

#include "base/buf.h"

enum oc_form { OC_FORM_NFC, OC_FORM_NFD, OC_FORM_NFKC, OC_FORM_NFKD };

/* Appends the UTF-8 text in this form. OC_E_NOMEM, OC_E_BODY_TOO_LARGE past the ceiling. */
enum oc_status oc_forms_add(enum oc_form form, const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;
/* Appends the text in lower case, each character by itself (no final sigma), as Rust's char::to_lowercase. */
enum oc_status oc_forms_add_lower(const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;
/* The same with a capital sigma at the end of a word as Python's str.lower has it. */
enum oc_status oc_forms_add_lower_words(const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;

#endif

/* sentencepiece's precompiled character map: texts and what they become, as a double array and its strings. */
#ifndef OC_TEXT_UNICODE_CHARSMAP_H
#define OC_TEXT_UNICODE_CHARSMAP_H

#include "base/buf.h"
#include "base/err.h"

struct oc_charsmap;

/* From the bytes of `precompiled_charsmap`, which are copied. OC_E_MODEL when they are broken, OC_E_NOMEM. */
enum oc_status oc_charsmap_new(const void *bytes, size_t n, struct oc_charsmap **out, struct oc_err *err) OC_MUST_CHECK;
void oc_charsmap_free(struct oc_charsmap *m);
size_t oc_charsmap_bytes(const struct oc_charsmap *m);

/*
 * What the map makes of the beginning of a text, which is UTF-8 and not empty: the longest rule, or the shortest. *used: bytes the rule is
 * for; NULL: there is none. The replacement is borrowed, *len bytes of UTF-8.
 */
const char *oc_charsmap_find(const struct oc_charsmap *m, const char *text, size_t n, bool longest, size_t *used, size_t *len);

/* Bytes from the beginning of a text that are ASCII and that no rule changes, whatever follows them. */
size_t oc_charsmap_calm(const struct oc_charsmap *m, const char *text, size_t n);

/*
 * Appends the text as Hugging Face's tokenizers normalise it: grapheme by grapheme, a short one at once, else character by
 * character, each by the shortest rule. OC_E_NOMEM, OC_E_BODY_TOO_LARGE.
 */
enum oc_status oc_charsmap_add_graphemes(const struct oc_charsmap *m, const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;

#endif

/* sentencepiece's normaliser (normalizer.cc): character map, blanks, and the mark that stands for a blank. */
#ifndef OC_TEXT_STEPS_SENTENCEPIECE_H
#define OC_TEXT_STEPS_SENTENCEPIECE_H

#include "text/models/trie.h"
#include "text/unicode/charsmap.h"

struct oc_spm_normaliser {
    struct oc_charsmap *charsmap; /* owned; NULL = none */
    struct oc_trie symbols;       /* user-defined symbols, which are left as they are; value 0 */
    bool dummy_prefix;            /* a blank before the text (behind it with `suffix`) */
    bool remove_extra;            /* blanks at the ends, and all but one of several */
    bool escape;                  /* blanks become U+2581 */
    bool suffix;
};

void oc_spm_normaliser_free(struct oc_spm_normaliser *s); /* NULL is fine */
/* Appends the normalised text to an empty buffer. OC_E_NOMEM, OC_E_BODY_TOO_LARGE. */
enum oc_status oc_spm_normalise(const struct oc_spm_normaliser *s, const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;

#endif

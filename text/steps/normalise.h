/* Normalisers of tokenizer.json: what happens to a text before it is cut into words. */
#ifndef OC_TEXT_STEPS_NORMALISE_H
#define OC_TEXT_STEPS_NORMALISE_H

#include "text/steps/passage.h"
#include "text/steps/pattern.h"
#include "text/unicode/forms.h"

enum oc_normaliser_kind {
    OC_NORMALISE_FORM,          /* NFC, NFD, NFKC, NFKD */
    OC_NORMALISE_LOWER,         /* Lowercase */
    OC_NORMALISE_STRIP,         /* Strip */
    OC_NORMALISE_MARKS,         /* StripAccents */
    OC_NORMALISE_REPLACE,       /* Replace */
    OC_NORMALISE_PREPEND,       /* Prepend */
    OC_NORMALISE_BYTES,         /* ByteLevel */
    OC_NORMALISE_NMT,           /* Nmt */
    OC_NORMALISE_BERT,          /* BertNormalizer */
    OC_NORMALISE_CHARSMAP,      /* Precompiled */
    OC_NORMALISE_SENTENCEPIECE, /* of a sentencepiece model */
    OC_NORMALISE_ENTITIES,      /* HTML's character references, as Python's html.unescape */
};

struct oc_normaliser {
    enum oc_normaliser_kind kind;
    enum oc_form form;
    bool left, right;                          /* Strip */
    bool python;                               /* Strip and Lowercase: as Python's str.strip and str.lower */
    bool clean, chinese, strip_accents, lower; /* BertNormalizer */
    struct oc_pattern pattern;                 /* Replace */
    char *content;                             /* owned: of Replace and Prepend */
    size_t n_content;
    struct oc_charsmap *charsmap;            /* owned */
    struct oc_spm_normaliser *sentencepiece; /* owned */
};

void oc_normaliser_deinit(struct oc_normaliser *n);

/*
 * Runs a list of normalisers over one stretch of UTF-8. The result goes into p->text behind what is there already; *moved becomes true when
 * characters were removed from the beginning. OC_E_NOMEM, OC_E_INVALID.
 */
enum oc_status oc_normalise(const struct oc_normaliser *list, size_t n_list, const char *text, size_t n, struct oc_passage *p, bool *moved,
                            struct oc_err *err) OC_MUST_CHECK;

/* Appends UTF-8 text with each byte as the character that stands for it in byte-level vocabularies (GPT-2's bytes_to_unicode). */
enum oc_status oc_bytes_add(const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;

#endif

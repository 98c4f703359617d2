/*
 * What is done to a text before its tokenizer sees it, where a model was trained so and the tokenizer's own file does not do it:
 * open_clip's `clean` (open_clip/tokenizer.py) and Immich's clean_text (immich_ml/models/transforms.py).
 */
#ifndef OC_TEXT_CLEAN_H
#define OC_TEXT_CLEAN_H

#include "base/buf.h"

enum oc_text_clean {
    OC_CLEAN_NONE,
    OC_CLEAN_WHITESPACE,   /* runs of white space become one space, none at the ends                                    */
    OC_CLEAN_LOWER,        /* and lower case                                                                            */
    OC_CLEAN_CANONICALIZE, /* open_clip: "_" becomes a space, other ASCII punctuation goes, lower case, then white space */
    OC_CLEAN_IMMICH,       /* Immich's canonicalize: white space first, then all ASCII punctuation goes, lower case      */
};

/*
 * Appends the text, any bytes (what is not UTF-8 becomes U+FFFD). Characters are lowered one by one: a final sigma stays as others.
 * OC_E_NOMEM, OC_E_BODY_TOO_LARGE past the buffer's ceiling, which three times the text and a little never reaches.
 */
enum oc_status oc_text_clean(enum oc_text_clean how, const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;

#endif

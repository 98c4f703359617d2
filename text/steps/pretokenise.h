/* Pre-tokenizers of tokenizer.json: how a normalised text is cut into words. */
#ifndef OC_TEXT_STEPS_PRETOKENISE_H
#define OC_TEXT_STEPS_PRETOKENISE_H

#include "text/models/vocabulary.h"
#include "text/steps/passage.h"
#include "text/steps/pattern.h"

/* What becomes of the matches of a pattern. */
enum oc_split_behaviour {
    OC_SPLIT_REMOVED,
    OC_SPLIT_ISOLATED,
    OC_SPLIT_WITH_PREVIOUS, /* MergedWithPrevious */
    OC_SPLIT_WITH_NEXT,     /* MergedWithNext */
    OC_SPLIT_CONTIGUOUS,
};

enum oc_pretokeniser_kind {
    OC_PRETOKENISE_SPLIT,   /* Split, Whitespace, WhitespaceSplit, BertPreTokenizer (two), Punctuation, Digits, CharDelimiterSplit */
    OC_PRETOKENISE_BYTES,   /* ByteLevel, after its split */
    OC_PRETOKENISE_PREFIX,  /* a text before pieces that do not begin with it: ByteLevel's add_prefix_space, Metaspace's prepend_scheme */
    OC_PRETOKENISE_REPLACE, /* blanks by a character: Metaspace */
    OC_PRETOKENISE_WHOLE,   /* pieces that are a token's text become that token: OpenAI's CLIP */
};

struct oc_pretokeniser {
    enum oc_pretokeniser_kind kind;
    struct oc_pattern pattern; /* of SPLIT */
    enum oc_split_behaviour behaviour;
    bool invert;                        /* what lies between the matches counts as matches */
    char content[8];                    /* of PREFIX and REPLACE: one character */
    bool only_first;                    /* of PREFIX: only at the beginning of the text as it came */
    const struct oc_vocabulary *tokens; /* of WHOLE; borrowed */
};

void oc_pretokeniser_deinit(struct oc_pretokeniser *s);
/* Runs one on the passage's pieces. OC_E_NOMEM, OC_E_INVALID. */
enum oc_status oc_pretokenise(const struct oc_pretokeniser *s, struct oc_passage *p, struct oc_err *err) OC_MUST_CHECK;

#endif

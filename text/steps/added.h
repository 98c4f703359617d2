/*
 * Added tokens: texts that are tokens of their own wherever they stand, found before a text is cut into words. Some are looked for
 * in the text as it came, the others in the normalised text.
 */
#ifndef OC_TEXT_STEPS_ADDED_H
#define OC_TEXT_STEPS_ADDED_H

#include "text/models/trie.h"
#include "text/steps/passage.h"
#include "text/steps/pattern.h"

struct oc_added_token {
    char *text; /* owned */
    uint32_t len;
    int32_t id;
    bool single_word; /* only where no word character stands beside it */
    bool left, right; /* takes the white space beside it along */
};

/* Tokens looked for together. */
struct oc_added {
    struct oc_added_token *tokens; /* owned */
    size_t n, cap;
    struct oc_trie trie;    /* values: numbers of tokens */
    struct oc_pattern word; /* a word character; made when a token is for single words */
};

/* Adds a token by its text, which is not empty and is copied. OC_E_MODEL when it is too long, OC_E_NOMEM. */
enum oc_status oc_added_add(struct oc_added *a, const char *text, size_t n, struct oc_added_token token, struct oc_err *err) OC_MUST_CHECK;
/* After the last one. */
enum oc_status oc_added_finish(struct oc_added *a, struct oc_err *err) OC_MUST_CHECK;
void oc_added_deinit(struct oc_added *a);

/* A stretch of text, or a token's place. */
struct oc_added_place {
    size_t start, end;
    int32_t token; /* -1: text */
};
struct oc_added_walk {
    const struct oc_added *added;
    const char *text;
    size_t n, at, done;
    struct oc_added_place held; /* a token found behind a stretch of text; empty: none */
    struct oc_regex_run **run;
};
struct oc_added_walk oc_added_begin(const struct oc_added *a, const char *text, size_t n, struct oc_regex_run **run);
/* The next stretch or token, left to right: leftmost, then longest; false in *more: none is left. */
enum oc_status oc_added_next(struct oc_added_walk *w, struct oc_added_place *place, bool *more, struct oc_err *err) OC_MUST_CHECK;

#endif

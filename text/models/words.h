/*
 * Words of one text that were encoded before, and where their ids are: most words of a long text come again. Each word has two places
 * where it may be; a new one takes the place of an old one there, so that no text, however made, costs more than two comparisons a
 * word. Lives as long as one text is encoded.
 */
#ifndef OC_TEXT_MODELS_WORDS_H
#define OC_TEXT_MODELS_WORDS_H

#include "text/steps/passage.h"

enum { OC_WORD_BYTES = 48 }; /* of longer words none is kept */

/* How a word was encoded; one text may be more than one of them. */
enum oc_word_kind {
    OC_WORD_WHOLE,  /* a piece of the passage */
    OC_WORD_INSIDE, /* a part of one whose sides nothing joins */
    OC_WORD_LAST    /* such a part that ends its piece */
};

struct oc_word;

struct oc_words {
    const char *text;      /* borrowed: the passage's */
    struct oc_word *slots; /* owned; NULL: nothing is kept */
    size_t mask;
};

/* For a text of n bytes, which stays where it is. Short texts, and all when memory is short, do without. */
void oc_words_init(struct oc_words *w, const char *text, size_t n);
void oc_words_deinit(struct oc_words *w);

/*
 * Appends the ids of a word of the text if it was kept: true. Else *slot is the place for it until the next search, or NULL. OC_E_NOMEM in
 * *st.
 */
bool oc_words_find(const struct oc_words *w, const char *word, size_t n, enum oc_word_kind kind, struct oc_ids *ids, struct oc_word **slot,
                   enum oc_status *st, struct oc_err *err);
/* The word of that place has the ids from `first` to the last. */
void oc_words_keep(const struct oc_words *w, struct oc_word *slot, const char *word, size_t n, enum oc_word_kind kind,
                   const struct oc_ids *ids, size_t first);

#endif

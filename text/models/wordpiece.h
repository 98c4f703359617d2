/* WordPiece: the longest known piece from the left, again and again; as Hugging Face's tokenizers (models/wordpiece) and BERT. */
#ifndef OC_TEXT_MODELS_WORDPIECE_H
#define OC_TEXT_MODELS_WORDPIECE_H

#include "text/models/trie.h"
#include "text/models/vocabulary.h"
#include "text/steps/passage.h"

struct oc_wordpiece {
    struct oc_trie first; /* pieces that begin a word; values: ids */
    struct oc_trie later; /* pieces that go on, without their prefix */
    int32_t unknown;
    size_t longest_word; /* characters; a longer word is unknown */
};

/* prefix: of pieces that go on, "##". OC_E_MODEL when the unknown token is not in the vocabulary. */
enum oc_status oc_wordpiece_build(struct oc_wordpiece *w, const struct oc_vocabulary *v, const char *unknown, const char *prefix,
                                  size_t longest_word, struct oc_err *err) OC_MUST_CHECK;
void oc_wordpiece_deinit(struct oc_wordpiece *w);
size_t oc_wordpiece_bytes(const struct oc_wordpiece *w);
/* Appends the ids of one word, UTF-8; the unknown token alone when it cannot be cut into pieces. */
enum oc_status oc_wordpiece_encode(const struct oc_wordpiece *w, const char *word, size_t n, struct oc_ids *out,
                                   struct oc_err *err) OC_MUST_CHECK;

#endif

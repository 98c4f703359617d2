/*
 * Unigram language model: of all ways to cut a text into known pieces the one with the highest sum of log probabilities
 * (Viterbi). As Hugging Face's tokenizers (models/unigram) do it in double, or sentencepiece (unigram_model.cc) in single precision.
 */
#ifndef OC_TEXT_MODELS_UNIGRAM_H
#define OC_TEXT_MODELS_UNIGRAM_H

#include "text/models/trie.h"
#include "text/models/vocabulary.h"
#include "text/steps/passage.h"

struct oc_unigram {
    const struct oc_vocabulary *vocabulary; /* borrowed */
    struct oc_trie trie;                    /* pieces that a text may be cut into; values: ids */
    double *scores;                         /* owned, by id */
    size_t n_scores;
    double unknown_score;
    int32_t unknown;       /* -1: none */
    int32_t byte_ids[256]; /* -1 where there is none */
    bool byte_fallback;    /* bytes in place of the unknown token, where all of them are there */
    bool single;           /* sums are kept in single precision */
};

/*
 * Scores by id, n of them; usable[id] false: the piece is not found in texts (NULL: all are). The vocabulary outlives it. Options (unknown,
 * byte_fallback, single) are set by the caller beforehand. OC_E_NOMEM, OC_E_MODEL.
 */
enum oc_status oc_unigram_build(struct oc_unigram *u, const struct oc_vocabulary *v, const double *scores, const bool *usable, size_t n,
                                double lowest, struct oc_err *err) OC_MUST_CHECK;
void oc_unigram_deinit(struct oc_unigram *u);
size_t oc_unigram_bytes(const struct oc_unigram *u);

/* What one encoding needs while it runs. */
struct oc_unigram_work {
    struct oc_unigram_node *nodes; /* owned */
    size_t cap;
};
void oc_unigram_work_deinit(struct oc_unigram_work *w);

/* Appends the ids of one piece of text, UTF-8. Time is linear in it, times the longest piece. OC_E_MODEL when an unknown token is needed
 * and missing. */
enum oc_status oc_unigram_encode(const struct oc_unigram *u, struct oc_unigram_work *w, const char *text, size_t n, struct oc_ids *out,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Byte pair encoding: a word's characters, then the pair of lowest rank merged until none is left. The rules are those of
 * Hugging Face's tokenizers (models/bpe): suffix and prefix of words, bytes for unknown characters, fusing of unknowns.
 */
#ifndef OC_TEXT_MODELS_BPE_H
#define OC_TEXT_MODELS_BPE_H

#include "text/models/vocabulary.h"
#include "text/models/words.h"
#include "text/steps/passage.h"

/* One rule: left and right become `merged`. */
struct oc_bpe_merge {
    uint64_t pair; /* left << 32 | right, both + 1; 0 = a free slot */
    uint32_t rank;
    int32_t merged;
};

struct oc_bpe_options {
    const char *prefix, *suffix; /* of pieces that do not begin, and that end a word; borrowed for the call, may be NULL */
    const char *unknown;         /* token of unknown characters, or NULL */
    bool fuse_unknown;           /* unknown characters in a row are one token */
    bool byte_fallback;          /* tokens <0x00>..<0xFF> for the bytes of unknown characters */
    bool whole_words;            /* ignore_merges: a word that is in the vocabulary is that token */
};

struct oc_bpe {
    const struct oc_vocabulary *vocabulary; /* borrowed */
    struct oc_bpe_merge *merges;            /* owned; open addressing by the pair */
    size_t n_merges, n_slots;               /* slots: a power of two */
    uint64_t *touching;                     /* owned; set of character pairs some merge joins: last << 32 | first, + 1; see bpe.c */
    size_t n_touching, touching_slots;
    uint64_t touching_ascii[128][2]; /* the same for ASCII: bits by the first character, for each last one */
    char *prefix, *suffix;           /* owned; NULL = none */
    int32_t unknown;                 /* -1: none; -2: named, but not in the vocabulary */
    int32_t byte_ids[256];           /* -1 where there is none */
    int32_t byte_low, byte_high;     /* the smallest and largest of them; -1: there is none */
    int32_t *plain;                  /* owned; ids of the basic plane's characters as they are, -1 = none */
    bool fuse_unknown, byte_fallback, whole_words;
    bool cuts; /* words may be cut where no merge can join */
};

/* An empty one: then oc_bpe_add_merge for each rule in order. The vocabulary outlives it. */
enum oc_status oc_bpe_init(struct oc_bpe *b, const struct oc_vocabulary *v, const struct oc_bpe_options *opt,
                           struct oc_err *err) OC_MUST_CHECK;
/* The next rule. OC_E_MODEL when a side or the result is not in the vocabulary. */
enum oc_status oc_bpe_add_merge(struct oc_bpe *b, const char *left, size_t n_left, const char *right, size_t n_right,
                                struct oc_err *err) OC_MUST_CHECK;
/* The same with a rank of its own; rules of equal rank are applied from left to right. */
enum oc_status oc_bpe_add_ranked(struct oc_bpe *b, const char *left, size_t n_left, const char *right, size_t n_right, uint32_t rank,
                                 struct oc_err *err) OC_MUST_CHECK;
void oc_bpe_deinit(struct oc_bpe *b);
size_t oc_bpe_bytes(const struct oc_bpe *b);

/* What one encoding needs while it runs; reused from word to word. */
struct oc_bpe_work {
    struct oc_bpe_symbol *symbols; /* owned */
    size_t n, cap;
    struct oc_bpe_candidate *heap; /* owned */
    size_t n_heap, cap_heap;
    const struct oc_words *words; /* borrowed; where the parts of long words are kept; NULL = nowhere */
};
void oc_bpe_work_deinit(struct oc_bpe_work *w);

/* Appends the ids of one word, which is UTF-8. Time n log n. OC_E_MODEL when an unknown token is needed and missing. */
enum oc_status oc_bpe_encode(const struct oc_bpe *b, struct oc_bpe_work *w, const char *word, size_t n, struct oc_ids *out,
                             struct oc_err *err) OC_MUST_CHECK;

/* For bpe_encode.c: the rule for two ids, or NULL; and whether some rule joins character a to a following b. */
const struct oc_bpe_merge *oc_bpe_find(const struct oc_bpe *b, int32_t left, int32_t right);
bool oc_bpe_touches(const struct oc_bpe *b, int32_t a, int32_t c);

#endif

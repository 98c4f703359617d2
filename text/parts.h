/*
 * What a tokenizer is made of; private to this room. The readers in text/load/ fill it, encode.c runs it.
 *
 *     bytes -> UTF-8 -> added tokens (as they stand) -> normalisers -> added tokens (normalised) -> pre-tokenizers -> model
 *           -> cut to length -> tokens around it -> padding
 */
#ifndef OC_TEXT_PARTS_H
#define OC_TEXT_PARTS_H

#include "text/models/bpe.h"
#include "text/models/unigram.h"
#include "text/models/wordpiece.h"
#include "text/steps/added.h"
#include "text/steps/normalise.h"
#include "text/steps/pretokenise.h"
#include "text/tokenizer.h"

enum oc_text_model { OC_TEXT_BPE, OC_TEXT_UNIGRAM, OC_TEXT_WORDPIECE };

enum { OC_MOST_STEPS = 64, OC_MOST_AROUND = 64 };

/* Tokens that the post-processor puts before or behind the text's. */
struct oc_around {
    int32_t ids[OC_MOST_AROUND];
    size_t n;
};

struct oc_tokenizer {
    struct oc_vocabulary vocabulary;  /* of the model */
    struct oc_vocabulary added_texts; /* of added tokens */
    struct oc_added raw, normalised;  /* looked for in the text as it came, and as normalised */
    struct oc_normaliser normalisers[OC_MOST_STEPS];
    size_t n_normalisers;
    struct oc_pretokeniser pretokenisers[OC_MOST_STEPS];
    size_t n_pretokenisers;
    enum oc_text_model model;
    struct oc_bpe bpe;
    struct oc_unigram unigram;
    struct oc_wordpiece wordpiece;
    struct oc_around before, behind;
    size_t max_length;               /* truncation; 0 = none */
    bool cut_left;                   /* truncation takes from the beginning */
    size_t pad_length, pad_multiple; /* 0 = to no length; 0 = any */
    int32_t pad_id;                  /* -1 = none */
    bool pads, pad_left;             /* the file pads */
};

/* An empty one, without parts. */
enum oc_status oc_tokenizer_new(struct oc_tokenizer **out, struct oc_err *err) OC_MUST_CHECK;
/* Adds a token beside the model's vocabulary: the id it has there or gets now. `next_id`: the next free one. */
enum oc_status oc_tokenizer_add(struct oc_tokenizer *t, const char *text, size_t n, struct oc_added_token token, bool normalised,
                                int64_t *next_id, struct oc_err *err) OC_MUST_CHECK;

#endif

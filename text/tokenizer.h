/*
 * Text to token ids, exactly as the model's own tokenizer gives them. Read from Hugging Face's tokenizer.json or from the
 * older files: vocab.json with merges.txt, bpe_simple_vocab_16e6.txt.gz, a sentencepiece .model, vocab.txt. Immutable once
 * made: any number of threads may encode at once.
 *
 *     st = oc_tokenizer_load("DIR", &tokenizer, err);
 *     st = oc_tokenizer_encode(tokenizer, text, len, &(struct oc_encode_options){.length = 77}, &encoding, err);
 *     ...
 *     oc_encoding_deinit(&encoding);
 *     oc_tokenizer_free(tokenizer);
 */
#ifndef OC_TEXT_TOKENIZER_H
#define OC_TEXT_TOKENIZER_H

#include "base/err.h"
#include "base/limits.h"

struct oc_tokenizer;

/*
 * From the files of a folder, the first there is of: tokenizer.json, vocab.json + merges.txt, bpe_simple_vocab_16e6.txt.gz or .txt,
 * spiece.model, sentencepiece.bpe.model, tokenizer.model, vocab.txt; with tokenizer_config.json and special_tokens_map.json where they name
 * the padding token, and with tokenizer_config.json beside an older file for what that does not say (tokenizer_class, do_lower_case, ...).
 * Or from one file, told by its name: .json, .txt.gz and .txt of CLIP, .model, any other .txt. OC_E_IO when none is there;
 * OC_E_UNSUPPORTED naming a feature that is not known ("pre_tokenizer 'Foo'"); OC_E_MODEL for a file that is broken, with its name;
 * OC_E_NOMEM.
 */
enum oc_status oc_tokenizer_load(const char *path, struct oc_tokenizer **out, struct oc_err *err) OC_MUST_CHECK;

/* What a file's bytes are. */
enum oc_tokenizer_form {
    OC_TOKENIZER_JSON,          /* tokenizer.json */
    OC_TOKENIZER_CLIP_MERGES,   /* bpe_simple_vocab_16e6.txt, unpacked */
    OC_TOKENIZER_SENTENCEPIECE, /* a sentencepiece ModelProto */
    OC_TOKENIZER_WORDPIECE,     /* vocab.txt of BERT: one token a line */
    OC_TOKENIZER_VOCAB_MERGES,  /* vocab.json, a NUL, merges.txt */
};
/* The same from bytes, borrowed for the call. */
enum oc_status oc_tokenizer_parse(enum oc_tokenizer_form form, const char *bytes, size_t n, struct oc_tokenizer **out,
                                  struct oc_err *err) OC_MUST_CHECK;
void oc_tokenizer_free(struct oc_tokenizer *t); /* NULL is fine */

/* For lists, and for recipes that need a number. */
struct oc_tokenizer_info {
    const char *kind; /* "bpe", "byte_fallback_bpe", "unigram", "wordpiece"; static */
    int64_t n_tokens; /* ids are 0..n_tokens-1, added tokens included */
    int64_t pad_id;   /* -1: the files name none */
    int64_t end_id;   /* the token that ends a sequence, as the post-processor adds it; -1: none */
    int64_t start_id; /* the same for the start */
    int truncation;   /* max_length of the file's truncation block; 0: none */
    int padding;      /* fixed length of the file's padding block; 0: none, or to the longest */
    size_t bytes;     /* memory held */
};
struct oc_tokenizer_info oc_tokenizer_info(const struct oc_tokenizer *t);
/* The id of a token as written in the vocabulary; -1: there is none. */
int64_t oc_tokenizer_id(const struct oc_tokenizer *t, const char *token);
/* A token as written in the vocabulary, *n bytes without a NUL, borrowed; NULL: no token has this id. */
const char *oc_tokenizer_token(const struct oc_tokenizer *t, int64_t id, size_t *n);

struct oc_encode_options {
    int length;      /* ids wanted: longer ones are cut so that the end token stays, shorter ones padded; 0: as the file says */
    int64_t pad_id;  /* with `pad`: what to pad with */
    bool pad;        /* pad with pad_id instead of what the files say */
    bool no_padding; /* shorter ones stay short */
    bool no_special; /* leave out the tokens the post-processor adds */
};

struct oc_encoding {
    int32_t *ids;  /* n, owned, oc_mem */
    size_t n;      /* with padding */
    size_t start;  /* where the padding on the left ends: 0 unless the file pads there */
    size_t n_real; /* without padding; the special tokens are counted */
    bool was_cut;  /* the text was longer */
};

/*
 * Any bytes: what is not UTF-8 is read as U+FFFD, one for each maximal malformed part (WHATWG's decoder, as Python's and Rust's
 * lossy readers). Time grows linearly with the text (n log n in one long word). OC_E_INVALID when the text is over LIM_TEXT_BYTES,
 * when `length` is shorter than the special tokens, or when the file's regular expressions take too long on this text; OC_E_MODEL
 * when padding is wanted and no padding token is known, or when a character needs an unknown token that the file does not have;
 * OC_E_NOMEM.
 */
enum oc_status oc_tokenizer_encode(const struct oc_tokenizer *t, const char *text, size_t n, const struct oc_encode_options *opt,
                                   struct oc_encoding *out, struct oc_err *err) OC_MUST_CHECK;
void oc_encoding_deinit(struct oc_encoding *e); /* an empty one is fine */

#endif

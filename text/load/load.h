/* Readers of tokenizer files: each fills an empty tokenizer. What is half filled when one fails is freed with the tokenizer. */
#ifndef OC_TEXT_LOAD_LOAD_H
#define OC_TEXT_LOAD_LOAD_H

#include "text/parts.h"

/* tokenizer.json. */
enum oc_status oc_load_json(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err) OC_MUST_CHECK;

/* A sentencepiece ModelProto. */
enum oc_status oc_load_sentencepiece(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err) OC_MUST_CHECK;
/* bpe_simple_vocab_16e6.txt, unpacked: OpenAI's rules for CLIP. */
enum oc_status oc_load_clip_merges(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err) OC_MUST_CHECK;
/* vocab.json with merges.txt: CLIP's, RoBERTa's or GPT-2's, told apart by their tokens. */
enum oc_status oc_load_vocab_merges(struct oc_tokenizer *t, const char *vocab, size_t n_vocab, const char *merges, size_t n_merges,
                                    struct oc_err *err) OC_MUST_CHECK;
/* BERT's vocab.txt. */
enum oc_status oc_load_wordpiece(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err) OC_MUST_CHECK;
/* What tokenizer_config.json says of a tokenizer read from one of the older files. */
enum oc_status oc_load_config(struct oc_tokenizer *t, enum oc_tokenizer_form form, const char *bytes, size_t n,
                              struct oc_err *err) OC_MUST_CHECK;
/* Unpacks gzip, up to the ceiling of `out`. OC_E_MODEL when it is broken or too large, OC_E_NOMEM. */
enum oc_status oc_load_gunzip(const char *bytes, size_t n, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

/* Reads the whole file directory/name into `out` (its ceiling: LIM_TOKENIZER_FILE). OC_DECLINED: there is none. OC_E_IO, OC_E_MODEL too
 * large. */
enum oc_status oc_load_file(const char *directory, const char *name, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

#endif

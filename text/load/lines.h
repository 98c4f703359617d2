/* Lines of a text file; private to the readers. */
#ifndef OC_TEXT_LOAD_LINES_H
#define OC_TEXT_LOAD_LINES_H

#include "text/parts.h"

struct oc_lines {
    const char *p, *end;
    size_t number; /* of the line taken last, from 1 */
};

/* The next line without its end (LF or CR LF); false: none is left. */
bool oc_lines_next(struct oc_lines *l, const char **line, size_t *n);
/* One rule of a byte pair encoding: "left right". OC_E_MODEL naming the line. */
enum oc_status oc_lines_add_merge(struct oc_bpe *b, const struct oc_lines *l, const char *line, size_t n, struct oc_err *err) OC_MUST_CHECK;

/*
 * CLIP's way to words, shared by its two older forms: one step for the expression (its scanner), the special tokens whole, the bytes'
 * characters; and
 * <|startoftext|> ... <|endoftext|> around a text, <|endoftext|> as padding. The vocabulary has both.
 */
enum oc_status oc_clip_finish(struct oc_tokenizer *t, oc_scan scan, struct oc_err *err) OC_MUST_CHECK;
/* Adds a token of the vocabulary that is found in texts as it stands; nothing when the vocabulary does not have it. */
enum oc_status oc_add_special(struct oc_tokenizer *t, const char *token, struct oc_err *err) OC_MUST_CHECK;
/* The next normaliser of a kind without settings. There is room: these lists are short. */
struct oc_normaliser *oc_add_normaliser(struct oc_tokenizer *t, enum oc_normaliser_kind kind);
/* A run of white space to one blank. */
enum oc_status oc_add_space_normaliser(struct oc_tokenizer *t, struct oc_err *err) OC_MUST_CHECK;

#endif

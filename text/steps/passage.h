/*
 * A text on its way to token ids: its bytes as the steps have changed them so far, and the pieces they have cut it into.
 * Each step reads one pair of buffers and writes the other. One owner at a time; gone when the text is encoded.
 */
#ifndef OC_TEXT_STEPS_PASSAGE_H
#define OC_TEXT_STEPS_PASSAGE_H

#include "base/buf.h"
#include "base/err.h"

struct oc_piece {
    uint32_t start, len; /* bytes of the passage's text */
    int32_t token;       /* an added token's id; -1: text, to be cut further */
    bool first;          /* begins where the text as it came began */
};

struct oc_passage {
    struct oc_buf text, text_next;
    struct oc_buf scratch[2];              /* for a list of normalisers */
    struct oc_piece *pieces, *pieces_next; /* owned */
    size_t n, cap, n_next, cap_next;
    struct oc_regex_run *run; /* owned; made by the first regular expression that looks at the text */
};

/* Token ids that grow. */
struct oc_ids {
    int32_t *data; /* owned */
    size_t n, cap;
};

void oc_passage_init(struct oc_passage *p);
void oc_passage_deinit(struct oc_passage *p);
/* Appends a piece to the next ones; empty pieces of text are left out. */
enum oc_status oc_passage_add(struct oc_passage *p, struct oc_piece piece, struct oc_err *err) OC_MUST_CHECK;
/* The next pieces become the pieces. */
void oc_passage_swap_pieces(struct oc_passage *p);
/* The next text becomes the text. */
void oc_passage_swap_text(struct oc_passage *p);

/* The error of a step whose buffer did not take more: OC_E_NOMEM, or OC_E_INVALID with the ceiling. */
enum oc_status oc_passage_full(const struct oc_buf *b, enum oc_status st, struct oc_err *err);

enum oc_status oc_ids_add(struct oc_ids *ids, int32_t id, struct oc_err *err) OC_MUST_CHECK;
/* Room for n more. */
enum oc_status oc_ids_reserve(struct oc_ids *ids, size_t n, struct oc_err *err) OC_MUST_CHECK;

#endif

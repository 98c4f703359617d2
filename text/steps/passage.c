/* Buffers of a text being encoded; see passage.h. */
#include "text/steps/passage.h"
#include "base/limits.h"
#include "text/steps/regex.h"

void oc_passage_init(struct oc_passage *p)
{
    *p = (struct oc_passage){0};
    oc_buf_init(&p->text, OC_MEM_OTHER, LIM_TEXT_WORK);
    oc_buf_init(&p->text_next, OC_MEM_OTHER, LIM_TEXT_WORK);
    for (size_t i = 0; i < OC_ARRAY_LEN(p->scratch); i++)
        oc_buf_init(&p->scratch[i], OC_MEM_OTHER, LIM_TEXT_WORK);
}

void oc_passage_deinit(struct oc_passage *p)
{
    oc_buf_deinit(&p->text);
    oc_buf_deinit(&p->text_next);
    for (size_t i = 0; i < OC_ARRAY_LEN(p->scratch); i++)
        oc_buf_deinit(&p->scratch[i]);
    oc_mem_free(p->pieces);
    oc_mem_free(p->pieces_next);
    oc_regex_run_free(p->run);
    *p = (struct oc_passage){0};
}

enum oc_status oc_passage_add(struct oc_passage *p, struct oc_piece piece, struct oc_err *err)
{
    if (!piece.len && piece.token < 0)
        return OC_OK;
    if (p->n_next == p->cap_next) {
        size_t cap = p->cap_next ? 2 * p->cap_next : 64;
        void *pieces = oc_mem_realloc(OC_MEM_OTHER, p->pieces_next, cap * sizeof *p->pieces_next);
        if (!pieces)
            return oc_err_nomem(err, "pieces of a text", cap * sizeof *p->pieces_next);
        p->pieces_next = pieces;
        p->cap_next = cap;
    }
    p->pieces_next[p->n_next++] = piece;
    return OC_OK;
}

void oc_passage_swap_pieces(struct oc_passage *p)
{
    struct oc_piece *pieces = p->pieces;
    size_t cap = p->cap;
    p->pieces = p->pieces_next;
    p->cap = p->cap_next;
    p->n = p->n_next;
    p->pieces_next = pieces;
    p->cap_next = cap;
    p->n_next = 0;
}

void oc_passage_swap_text(struct oc_passage *p)
{
    struct oc_buf text = p->text;
    p->text = p->text_next;
    p->text_next = text;
    oc_buf_reset(&p->text_next);
}

enum oc_status oc_passage_full(const struct oc_buf *b, enum oc_status st, struct oc_err *err)
{
    if (st == OC_E_NOMEM)
        return oc_err_nomem(err, "a text being encoded", b->len);
    return oc_err_set(err, OC_E_INVALID, "text: grows to more than %zu bytes when it is normalised", b->max);
}

enum oc_status oc_ids_reserve(struct oc_ids *ids, size_t n, struct oc_err *err)
{
    if (n <= ids->cap - ids->n)
        return OC_OK;
    size_t cap = ids->cap ? 2 * ids->cap : 128;
    if (cap < ids->n + n)
        cap = ids->n + n;
    void *data = oc_mem_realloc(OC_MEM_OTHER, ids->data, cap * sizeof *ids->data);
    if (!data)
        return oc_err_nomem(err, "token ids", cap * sizeof *ids->data);
    ids->data = data;
    ids->cap = cap;
    return OC_OK;
}

enum oc_status oc_ids_add(struct oc_ids *ids, int32_t id, struct oc_err *err)
{
    enum oc_status st = oc_ids_reserve(ids, 1, err);
    if (!st)
        ids->data[ids->n++] = id;
    return st;
}

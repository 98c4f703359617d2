/* Pre-tokenizers; see pretokenise.h. The rules are those of Hugging Face's tokenizers (pre_tokenizers/, tokenizer/normalizer.rs). */
#include "text/steps/pretokenise.h"
#include "text/steps/normalise.h"
#include "text/unicode/chars.h"

void oc_pretokeniser_deinit(struct oc_pretokeniser *s)
{
    oc_pattern_deinit(&s->pattern);
    *s = (struct oc_pretokeniser){0};
}

/*
 * The stretches of one piece, matches and what lies between, as they come; `open` is the part that the next stretch may
 * still join.
 */
struct cutter {
    const struct oc_pretokeniser *step;
    struct oc_passage *passage;
    struct oc_piece whole;
    size_t open_start, open_end; /* in the piece; equal: none */
    bool match_before;
    struct oc_err *err;
};

static enum oc_status emit(struct cutter *c, size_t start, size_t end)
{
    struct oc_piece piece = {c->whole.start + (uint32_t)start, (uint32_t)(end - start), -1, c->whole.first && !start};
    return oc_passage_add(c->passage, piece, c->err);
}

static enum oc_status close_open(struct cutter *c)
{
    enum oc_status st = emit(c, c->open_start, c->open_end);
    c->open_start = c->open_end;
    return st;
}

/* Whether this stretch goes on with the open one. */
static bool joins(const struct cutter *c, bool match)
{
    switch (c->step->behaviour) {
    case OC_SPLIT_WITH_PREVIOUS:
        return match && !c->match_before;
    case OC_SPLIT_WITH_NEXT:
        return !match && c->match_before;
    case OC_SPLIT_CONTIGUOUS:
        return match == c->match_before;
    case OC_SPLIT_REMOVED:
    case OC_SPLIT_ISOLATED:
        break;
    }
    return false;
}

static enum oc_status take_stretch(struct cutter *c, size_t start, size_t end, bool match)
{
    match = match != c->step->invert;
    enum oc_status st = OC_OK;
    if (c->open_end > c->open_start && !joins(c, match))
        st = close_open(c);
    if (c->open_end == c->open_start)
        c->open_start = start;
    c->open_end = end;
    if (c->step->behaviour == OC_SPLIT_REMOVED && match)
        c->open_start = end;
    c->match_before = match;
    return st;
}

static enum oc_status split_piece(const struct oc_pretokeniser *s, struct oc_passage *p, struct oc_piece piece, struct oc_err *err)
{
    struct cutter c = {.step = s, .passage = p, .whole = piece, .err = err};
    struct oc_matches m = oc_matches_begin(&s->pattern, p->text.data + piece.start, piece.len, &p->run);
    size_t done = 0, start, end;
    for (;;) {
        enum oc_status st = oc_matches_next(&m, &start, &end, err);
        bool last = start == SIZE_MAX;
        size_t stop = last ? piece.len : start;
        if (!st && stop > done)
            st = take_stretch(&c, done, stop, false);
        if (!st && !last)
            st = take_stretch(&c, start, end, true);
        if (st)
            return st;
        if (last)
            return close_open(&c);
        done = end;
    }
}

static enum oc_status split(const struct oc_pretokeniser *s, struct oc_passage *p, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < p->n && !st; i++)
        st = p->pieces[i].token >= 0 ? oc_passage_add(p, p->pieces[i], err) : split_piece(s, p, p->pieces[i], err);
    if (!st)
        oc_passage_swap_pieces(p);
    return st;
}

/* The text of one piece, changed, behind the next text. */
static enum oc_status change_piece(const struct oc_pretokeniser *s, struct oc_passage *p, const struct oc_piece *piece)
{
    struct oc_buf *out = &p->text_next;
    const char *text = p->text.data + piece->start;
    size_t k = strlen(s->content), from = 0;
    enum oc_status st = OC_OK;
    if (s->kind == OC_PRETOKENISE_BYTES)
        return oc_bytes_add(text, piece->len, out);
    if (s->kind == OC_PRETOKENISE_PREFIX) {
        bool there = piece->len >= k && !memcmp(text, s->content, k);
        if (!there && (piece->first || !s->only_first))
            st = oc_buf_add(out, s->content, k);
        return st ? st : oc_buf_add(out, text, piece->len);
    }
    for (const char *blank; !st && (blank = memchr(text + from, ' ', piece->len - from));) {
        st = oc_buf_add(out, text + from, (size_t)(blank - text) - from);
        if (!st)
            st = oc_buf_add(out, s->content, k);
        from = (size_t)(blank - text) + 1;
    }
    return st ? st : oc_buf_add(out, text + from, piece->len - from);
}

static enum oc_status change(const struct oc_pretokeniser *s, struct oc_passage *p, struct oc_err *err)
{
    for (size_t i = 0; i < p->n; i++) {
        struct oc_piece piece = p->pieces[i];
        size_t start = p->text_next.len;
        enum oc_status st = piece.token >= 0 ? OC_OK : change_piece(s, p, &piece);
        if (st)
            return oc_passage_full(&p->text_next, st, err);
        piece.start = (uint32_t)start;
        piece.len = (uint32_t)(p->text_next.len - start);
        st = oc_passage_add(p, piece, err);
        if (st)
            return st;
    }
    oc_passage_swap_pieces(p);
    oc_passage_swap_text(p);
    return OC_OK;
}

static void find_whole(const struct oc_pretokeniser *s, struct oc_passage *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->pieces[i].token < 0)
            p->pieces[i].token = oc_vocabulary_find(s->tokens, p->text.data + p->pieces[i].start, p->pieces[i].len);
}

enum oc_status oc_pretokenise(const struct oc_pretokeniser *s, struct oc_passage *p, struct oc_err *err)
{
    if (s->kind != OC_PRETOKENISE_WHOLE)
        return s->kind == OC_PRETOKENISE_SPLIT ? split(s, p, err) : change(s, p, err);
    find_whole(s, p);
    return OC_OK;
}

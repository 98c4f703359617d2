/* A text through all the parts of a tokenizer; see parts.h. */
#include "base/limits.h"
#include "text/parts.h"
#include "text/unicode/chars.h"

struct work {
    const struct oc_tokenizer *t;
    struct oc_passage passage;
    struct oc_bpe_work bpe;
    struct oc_unigram_work unigram;
    struct oc_words words;
    struct oc_ids ids;
    size_t most; /* ids of the text that are wanted; SIZE_MAX = all */
    struct oc_err *err;
};

/* One stretch without added tokens as they stand: normalised, then cut at the normalised ones. */
static enum oc_status take_stretch(struct work *w, const char *text, struct oc_added_place at)
{
    struct oc_passage *p = &w->passage;
    size_t start = p->text.len;
    bool moved, more;
    enum oc_status st = oc_normalise(w->t->normalisers, w->t->n_normalisers, text + at.start, at.end - at.start, p, &moved, w->err);
    if (st)
        return st;
    struct oc_added_place place;
    struct oc_added_walk walk = oc_added_begin(&w->t->normalised, p->text.data ? p->text.data + start : "", p->text.len - start, &p->run);
    while (!(st = oc_added_next(&walk, &place, &more, w->err)) && more) {
        struct oc_piece piece = {(uint32_t)(start + place.start), (uint32_t)(place.end - place.start), place.token,
                                 !at.start && !place.start && !moved};
        st = oc_passage_add(p, piece, w->err);
        if (st)
            break;
    }
    return st;
}

static enum oc_status take_text(struct work *w, const char *text, size_t n)
{
    struct oc_added_place place;
    struct oc_added_walk walk = oc_added_begin(&w->t->raw, text, n, &w->passage.run);
    enum oc_status st = OC_OK;
    for (bool more; !(st = oc_added_next(&walk, &place, &more, w->err)) && more;) {
        st = place.token < 0 ? take_stretch(w, text, place) : oc_passage_add(&w->passage, (struct oc_piece){.token = place.token}, w->err);
        if (st)
            break;
    }
    if (!st)
        oc_passage_swap_pieces(&w->passage);
    for (size_t i = 0; i < w->t->n_pretokenisers && !st; i++)
        st = oc_pretokenise(&w->t->pretokenisers[i], &w->passage, w->err);
    return st;
}

static enum oc_status encode_word(struct work *w, const char *text, size_t n)
{
    switch (w->t->model) {
    case OC_TEXT_BPE:
        return oc_bpe_encode(&w->t->bpe, &w->bpe, text, n, &w->ids, w->err);
    case OC_TEXT_UNIGRAM:
        return oc_unigram_encode(&w->t->unigram, &w->unigram, text, n, &w->ids, w->err);
    case OC_TEXT_WORDPIECE:
        break;
    }
    return oc_wordpiece_encode(&w->t->wordpiece, text, n, &w->ids, w->err);
}

/* The same, unless the word was met before. */
static enum oc_status take_word(struct work *w, const char *text, size_t n)
{
    struct oc_word *slot;
    size_t first = w->ids.n;
    enum oc_status st = OC_OK;
    if (oc_words_find(&w->words, text, n, OC_WORD_WHOLE, &w->ids, &slot, &st, w->err))
        return st;
    st = encode_word(w, text, n);
    if (!st)
        oc_words_keep(&w->words, slot, text, n, OC_WORD_WHOLE, &w->ids, first);
    return st;
}

static enum oc_status run_model(struct work *w)
{
    const struct oc_passage *p = &w->passage;
    enum oc_status st = OC_OK;
    oc_words_init(&w->words, p->text.data, p->text.len);
    w->bpe.words = &w->words;
    bool all = w->t->cut_left || w->most == SIZE_MAX;
    for (size_t i = 0; i < p->n && !st && (all || w->ids.n <= w->most); i++) {
        const struct oc_piece *piece = &p->pieces[i];
        st = piece->token >= 0 ? oc_ids_add(&w->ids, piece->token, w->err) : take_word(w, p->text.data + piece->start, piece->len);
    }
    return st;
}

/* What the caller and the file want of the result together. */
struct shape {
    size_t length;     /* 0 = any */
    size_t pad_length; /* 0 = to none */
    size_t multiple;   /* the result's length is one of it; 0 = any */
    int32_t pad_id;
    bool pad_left, cut_left;
    size_t n_around;
};

static enum oc_status find_shape(const struct oc_tokenizer *t, const struct oc_encode_options *opt, struct shape *s, struct oc_err *err)
{
    *s = (struct shape){
        .length = opt->length > 0 ? (size_t)opt->length : t->max_length,
        .pad_length = opt->length > 0 ? (size_t)opt->length
                      : t->pads       ? t->pad_length
                                      : 0,
        .multiple = opt->length > 0 || !t->pads ? 0 : t->pad_multiple,
        .pad_id = opt->pad ? (int32_t)opt->pad_id : t->pad_id,
        .pad_left = t->pad_left,
        .cut_left = t->cut_left,
        .n_around = opt->no_special ? 0 : t->before.n + t->behind.n,
    };
    if (opt->length < 0 || (size_t)opt->length > LIM_TEXT_BYTES)
        return oc_err_set(err, OC_E_INVALID, "length: 0..%zu tokens are allowed, not %d", (size_t)LIM_TEXT_BYTES, opt->length);
    if (s->length && s->length < s->n_around)
        return oc_err_set(err, OC_E_INVALID, "length: the tokens around a text are %zu already, so %zu is too short", s->n_around,
                          s->length);
    if (opt->no_padding)
        s->pad_length = s->multiple = 0;
    else if (s->pad_length && s->pad_id < 0)
        return oc_err_set(err, OC_E_MODEL, "tokenizer: texts are to be padded to %zu tokens, but no padding token is named", s->pad_length);
    return OC_OK;
}

static void fill(int32_t *to, int32_t id, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = id;
}

/* Cut, surrounded, padded. */
static enum oc_status finish(const struct work *w, const struct shape *s, bool special, struct oc_encoding *out)
{
    const struct oc_tokenizer *t = w->t;
    size_t n = w->ids.n < w->most ? w->ids.n : w->most;
    size_t real = n + s->n_around, total = real > s->pad_length ? real : s->pad_length;
    if (s->multiple)
        total += (s->multiple - total % s->multiple) % s->multiple;
    int32_t *ids = oc_mem_array(OC_MEM_OTHER, total ? total : 1, sizeof *ids);
    if (!ids)
        return oc_err_nomem(w->err, "token ids", total * sizeof *ids);
    size_t start = s->pad_left ? total - real : 0, at = start;
    if (special) {
        memcpy(ids + at, t->before.ids, t->before.n * sizeof *ids);
        at += t->before.n;
    }
    if (n)
        memcpy(ids + at, w->ids.data + (s->cut_left ? w->ids.n - n : 0), n * sizeof *ids);
    at += n;
    if (special)
        memcpy(ids + at, t->behind.ids, t->behind.n * sizeof *ids);
    fill(ids + (s->pad_left ? 0 : real), s->pad_id, total - real);
    *out = (struct oc_encoding){.ids = ids, .n = total, .start = start, .n_real = real, .was_cut = w->ids.n > n};
    return OC_OK;
}

enum oc_status oc_tokenizer_encode(const struct oc_tokenizer *t, const char *text, size_t n, const struct oc_encode_options *opt,
                                   struct oc_encoding *out, struct oc_err *err)
{
    struct work w = {.t = t, .err = err};
    struct oc_buf repaired;
    struct shape shape;
    *out = (struct oc_encoding){0};
    if (n > LIM_TEXT_BYTES)
        return oc_err_set(err, OC_E_INVALID, "text: %zu bytes, %zu are allowed", n, (size_t)LIM_TEXT_BYTES);
    enum oc_status st = find_shape(t, opt, &shape, err);
    if (st)
        return st;
    w.most = shape.length ? shape.length - shape.n_around : SIZE_MAX;
    oc_passage_init(&w.passage);
    oc_buf_init(&repaired, OC_MEM_OTHER, LIM_TEXT_WORK);
    if (oc_chars_repair(&text, &n, &repaired))
        st = oc_err_nomem(err, "a text", n);
    if (!st)
        st = take_text(&w, text, n);
    if (!st)
        st = run_model(&w);
    if (!st)
        st = finish(&w, &shape, !opt->no_special, out);
    oc_words_deinit(&w.words);
    oc_bpe_work_deinit(&w.bpe);
    oc_unigram_work_deinit(&w.unigram);
    oc_mem_free(w.ids.data);
    oc_passage_deinit(&w.passage);
    oc_buf_deinit(&repaired);
    return st;
}

void oc_encoding_deinit(struct oc_encoding *e)
{
    oc_mem_free(e->ids);
    *e = (struct oc_encoding){0};
}

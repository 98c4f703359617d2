/*
 * One word to ids; see bpe.h. A short run of symbols looks through its ranks again after each merge; a long one keeps
 * candidates in a heap over a linked list, so that time is n log n. Both merge the pair of lowest rank, the leftmost first.
 */
#include "text/models/bpe.h"
#include "text/unicode/chars.h"

enum { SHORT = 48, NO_RANK = -1, NOWHERE = -1, NO_CHARACTER = -1 };

struct oc_bpe_symbol {
    int32_t id, prev, next; /* next in the list; of a short run: unused */
    int32_t merged;         /* what this one and the next become */
    int64_t rank;           /* of the pair with the next one; NO_RANK: no rule, or merged away */
};

struct oc_bpe_candidate {
    uint32_t rank;
    int32_t at;
    int32_t left, right; /* ids when it was found; others now: the candidate is stale */
};

void oc_bpe_work_deinit(struct oc_bpe_work *w)
{
    oc_mem_free(w->symbols);
    oc_mem_free(w->heap);
    *w = (struct oc_bpe_work){0};
}

static enum oc_status add_symbol(struct oc_bpe_work *w, int32_t id, struct oc_err *err)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 256;
        void *symbols = oc_mem_realloc(OC_MEM_OTHER, w->symbols, cap * sizeof *w->symbols);
        if (!symbols)
            return oc_err_nomem(err, "symbols of a word", cap * sizeof *w->symbols);
        w->symbols = symbols;
        w->cap = cap;
    }
    w->symbols[w->n++].id = id;
    return OC_OK;
}

static void set_rank(const struct oc_bpe *b, struct oc_bpe_symbol *s, int32_t right)
{
    const struct oc_bpe_merge *m = oc_bpe_find(b, s->id, right);
    s->rank = m ? (int64_t)m->rank : NO_RANK;
    s->merged = m ? m->merged : -1;
}

/* Merges a short run in place; how many symbols are left. */
static size_t merge_short(const struct oc_bpe *b, struct oc_bpe_symbol *s, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        set_rank(b, &s[i], s[i + 1].id);
    for (;;) {
        size_t best = n;
        for (size_t i = 0; i + 1 < n; i++)
            if (s[i].rank >= 0 && (best == n || s[i].rank < s[best].rank))
                best = i;
        if (best == n)
            return n;
        s[best].id = s[best].merged;
        memmove(s + best + 1, s + best + 2, (n - best - 2) * sizeof *s);
        n--;
        if (best + 1 < n)
            set_rank(b, &s[best], s[best + 1].id);
        if (best)
            set_rank(b, &s[best - 1], s[best].id);
    }
}

static bool comes_before(const struct oc_bpe_candidate *a, const struct oc_bpe_candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void push(struct oc_bpe_work *w, struct oc_bpe_candidate c)
{
    size_t i = w->n_heap++;
    for (size_t up; i && comes_before(&c, &w->heap[up = (i - 1) / 2]); i = up)
        w->heap[i] = w->heap[up];
    w->heap[i] = c;
}

static struct oc_bpe_candidate pop(struct oc_bpe_work *w)
{
    struct oc_bpe_candidate top = w->heap[0], last = w->heap[--w->n_heap];
    size_t i = 0;
    for (size_t down; (down = 2 * i + 1) < w->n_heap; i = down) {
        if (down + 1 < w->n_heap && comes_before(&w->heap[down + 1], &w->heap[down]))
            down++;
        if (!comes_before(&w->heap[down], &last))
            break;
        w->heap[i] = w->heap[down];
    }
    w->heap[i] = last;
    return top;
}

static void offer(const struct oc_bpe *b, struct oc_bpe_work *w, int32_t at)
{
    struct oc_bpe_symbol *s = w->symbols;
    if (at == NOWHERE || s[at].next == NOWHERE)
        return;
    const struct oc_bpe_merge *m = oc_bpe_find(b, s[at].id, s[s[at].next].id);
    if (m)
        push(w, (struct oc_bpe_candidate){m->rank, at, s[at].id, s[s[at].next].id});
}

/* n symbols give n - 1 candidates, and each of at most n - 1 merges two more. */
static enum oc_status reserve_heap(struct oc_bpe_work *w, struct oc_err *err)
{
    size_t need = 3 * w->n;
    w->n_heap = 0;
    if (need <= w->cap_heap)
        return OC_OK;
    oc_mem_free(w->heap);
    w->cap_heap = 0;
    w->heap = oc_mem_array(OC_MEM_OTHER, need, sizeof *w->heap);
    if (!w->heap)
        return oc_err_nomem(err, "merges of a word", need * sizeof *w->heap);
    w->cap_heap = need;
    return OC_OK;
}

static enum oc_status merge_long(const struct oc_bpe *b, struct oc_bpe_work *w, struct oc_err *err)
{
    enum oc_status st = reserve_heap(w, err);
    if (st)
        return st;
    struct oc_bpe_symbol *s = w->symbols;
    int32_t n = (int32_t)w->n;
    for (int32_t i = 0; i < n; i++) {
        s[i].prev = i - 1;
        s[i].next = i + 1 < n ? i + 1 : NOWHERE;
    }
    for (int32_t i = 0; i < n; i++)
        offer(b, w, i);
    while (w->n_heap) {
        struct oc_bpe_candidate c = pop(w);
        int32_t right = s[c.at].next;
        if (s[c.at].id != c.left || right == NOWHERE || s[right].id != c.right)
            continue;
        s[c.at].id = oc_bpe_find(b, c.left, c.right)->merged;
        s[c.at].next = s[right].next;
        s[right].id = -1;
        s[right].next = NOWHERE;
        if (s[c.at].next != NOWHERE)
            s[s[c.at].next].prev = c.at;
        offer(b, w, s[c.at].prev);
        offer(b, w, c.at);
    }
    size_t kept = 0;
    for (int32_t i = 0; i != NOWHERE; i = s[i].next)
        w->heap[kept++].at = s[i].id; /* the heap is empty: a list cannot be packed in place while it is walked */
    for (size_t i = 0; i < kept; i++)
        s[i].id = w->heap[i].at;
    w->n = kept;
    return OC_OK;
}

/* Merges the symbols gathered so far, and hands over their ids. */
static enum oc_status merge(const struct oc_bpe *b, struct oc_bpe_work *w, struct oc_ids *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    if (w->n > SHORT)
        st = merge_long(b, w, err);
    else if (w->n > 1)
        w->n = merge_short(b, w->symbols, w->n);
    if (!st)
        st = oc_ids_reserve(out, w->n, err);
    if (st)
        return st;
    for (size_t i = 0; i < w->n; i++)
        out->data[out->n++] = w->symbols[i].id;
    w->n = 0;
    return OC_OK;
}

/* The stretch of a word whose symbols are being gathered. */
struct part {
    const char *start;
    bool plain; /* each character of it is a symbol, and each symbol one of its characters */
};

/* The same for a part that ends here, unless it was met before. */
static enum oc_status flush(const struct oc_bpe *b, struct oc_bpe_work *w, const struct part *part, const char *end, bool last,
                            struct oc_ids *out, struct oc_err *err)
{
    struct oc_word *slot = NULL;
    enum oc_word_kind kind = last ? OC_WORD_LAST : OC_WORD_INSIDE;
    size_t n = (size_t)(end - part->start), first = out->n;
    enum oc_status st = OC_OK;
    bool kept = w->words && part->plain && w->n > 2;
    if (kept && oc_words_find(w->words, part->start, n, kind, out, &slot, &st, err)) {
        w->n = 0;
        return st;
    }
    st = merge(b, w, out, err);
    if (!st && kept)
        oc_words_keep(w->words, slot, part->start, n, kind, out, first);
    return st;
}

/* The id of one character in its place in the word; -1: not in the vocabulary. */
static int32_t character_id(const struct oc_bpe *b, const char *p, size_t n, bool first, bool last)
{
    const char *prefix = first ? NULL : b->prefix, *suffix = last ? b->suffix : NULL;
    char text[256];
    if (!prefix && !suffix && n < 4) {
        size_t bytes;
        return b->plain[oc_char_at(p, &bytes)];
    }
    char *end = text;
    if (prefix)
        end = mempcpy(end, prefix, strlen(prefix));
    end = mempcpy(end, p, n);
    if (suffix)
        end = mempcpy(end, suffix, strlen(suffix));
    return oc_vocabulary_find(b->vocabulary, text, (size_t)(end - text));
}

/* Bytes of a character that is not in the vocabulary, with its prefix and suffix as the reference has it; false: one is missing. */
static bool add_bytes(const struct oc_bpe *b, struct oc_bpe_work *w, const char *p, size_t n, bool first, bool last, enum oc_status *st,
                      struct oc_err *err)
{
    const char *parts[3] = {first || !b->prefix ? "" : b->prefix, p, last && b->suffix ? b->suffix : ""};
    size_t lengths[3] = {strlen(parts[0]), n, strlen(parts[2])};
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < lengths[k]; i++)
            if (b->byte_ids[(uint8_t)parts[k][i]] < 0)
                return false;
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < lengths[k] && !*st; i++)
            *st = add_symbol(w, b->byte_ids[(uint8_t)parts[k][i]], err);
    return true;
}

static enum oc_status need_unknown(const struct oc_bpe *b, struct oc_err *err)
{
    if (b->unknown >= 0)
        return OC_OK;
    return oc_err_set(err, OC_E_MODEL, "tokenizer: a character needs the unknown token, which is not in the vocabulary");
}

enum oc_status oc_bpe_encode(const struct oc_bpe *b, struct oc_bpe_work *w, const char *word, size_t n, struct oc_ids *out,
                             struct oc_err *err)
{
    if (b->whole_words) {
        int32_t id = oc_vocabulary_find(b->vocabulary, word, n);
        if (id >= 0)
            return oc_ids_add(out, id, err);
    }
    enum oc_status st = OC_OK;
    bool unknown = false; /* one waits to be added: the next may be fused with it */
    int32_t before = NO_CHARACTER;
    struct part part = {word, n > OC_WORD_BYTES}; /* shorter ones are kept as a whole by the caller */
    w->n = 0;
    for (size_t i = 0, bytes; i < n && !st; i += bytes) {
        int32_t c = oc_char_at(word + i, &bytes);
        bool first = !i, last = i + bytes == n;
        int32_t id = character_id(b, word + i, bytes, first, last);
        if (id >= 0) {
            if (unknown) {
                st = add_symbol(w, b->unknown, err);
            } else if (b->cuts && w->n && (before == NO_CHARACTER || !oc_bpe_touches(b, before, c))) {
                st = flush(b, w, &part, word + i, false, out, err);
                part = (struct part){word + i, n > OC_WORD_BYTES};
            }
            unknown = false;
            before = c;
            if (!st)
                st = add_symbol(w, id, err);
            continue;
        }
        part.plain = false;
        if (b->byte_fallback && add_bytes(b, w, word + i, bytes, first, last, &st, err)) {
            before = NO_CHARACTER;
            continue;
        }
        if (b->unknown == -1)
            continue; /* left out: what stands around it becomes neighbours */
        before = NO_CHARACTER;
        st = need_unknown(b, err);
        if (!st && unknown && !b->fuse_unknown)
            st = add_symbol(w, b->unknown, err);
        unknown = true;
    }
    if (!st && unknown)
        st = add_symbol(w, b->unknown, err);
    return st ? st : flush(b, w, &part, word + n, true, out, err);
}

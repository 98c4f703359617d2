/* A set-associative cache; see words.h. */
#include "text/models/words.h"
#include "text/models/vocabulary.h"

enum { FEWEST_BYTES = 512, BYTES_A_SLOT = 8, MOST_SLOTS = 1 << 14, MOST_IDS = UINT16_MAX };

struct oc_word {
    uint32_t hash;  /* another part of it than the one that chose the place */
    uint32_t at;    /* in the text */
    uint32_t first; /* of its ids */
    uint16_t n;     /* ids */
    uint8_t len;    /* bytes; 0: a free place */
    uint8_t kind;
};

void oc_words_init(struct oc_words *w, const char *text, size_t n)
{
    *w = (struct oc_words){.text = text};
    size_t slots = 64;
    if (n < FEWEST_BYTES)
        return;
    while (slots < n / BYTES_A_SLOT && slots < MOST_SLOTS)
        slots *= 2;
    w->slots = oc_mem_array(OC_MEM_OTHER, slots, sizeof *w->slots);
    w->mask = slots - 1;
}

void oc_words_deinit(struct oc_words *w)
{
    oc_mem_free(w->slots);
    *w = (struct oc_words){0};
}

static bool is_word(const struct oc_words *w, const struct oc_word *s, uint32_t hash, const char *word, size_t n, enum oc_word_kind kind)
{
    return s->hash == hash && s->len == n && s->kind == kind && !memcmp(w->text + s->at, word, n);
}

bool oc_words_find(const struct oc_words *w, const char *word, size_t n, enum oc_word_kind kind, struct oc_ids *ids, struct oc_word **slot,
                   enum oc_status *st, struct oc_err *err)
{
    *slot = NULL;
    if (!w->slots || !n || n > OC_WORD_BYTES)
        return false;
    uint64_t hash = oc_hash_bytes(word, n);
    struct oc_word *a = &w->slots[hash & w->mask], *b = &w->slots[(hash & w->mask) ^ 1];
    uint32_t tag = (uint32_t)(hash >> 32);
    const struct oc_word *found = is_word(w, a, tag, word, n, kind) ? a : is_word(w, b, tag, word, n, kind) ? b : NULL;
    if (!found) {
        if (a->len) /* the newer of the two stays */
            *b = *a;
        a->len = 0;
        a->hash = tag;
        *slot = a;
        return false;
    }
    *st = oc_ids_reserve(ids, found->n, err);
    if (!*st && found->n) { /* words may be none: of unknown characters that are left out */
        memcpy(ids->data + ids->n, ids->data + found->first, found->n * sizeof *ids->data);
        ids->n += found->n;
    }
    return true;
}

void oc_words_keep(const struct oc_words *w, struct oc_word *slot, const char *word, size_t n, enum oc_word_kind kind,
                   const struct oc_ids *ids, size_t first)
{
    size_t n_ids = ids->n - first;
    if (!slot || n_ids > MOST_IDS || first > UINT32_MAX)
        return;
    *slot = (struct oc_word){slot->hash, (uint32_t)(word - w->text), (uint32_t)first, (uint16_t)n_ids, (uint8_t)n, (uint8_t)kind};
}

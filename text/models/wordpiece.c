/* Greedy search in two tries; see wordpiece.h. */
#include "text/models/wordpiece.h"
#include "base/limits.h"
#include "text/unicode/chars.h"

/* The tries of all texts, and of those with the prefix, which is left out. */
static enum oc_status build_tries(struct oc_wordpiece *w, const struct oc_vocabulary *v, const char *prefix, struct oc_trie_entry *entries,
                                  struct oc_err *err)
{
    size_t skip = strlen(prefix);
    enum oc_status st = OC_OK;
    for (int later = 0; later < 2 && !st; later++) {
        size_t used = 0;
        for (size_t i = 0; i < v->n; i++) {
            const struct oc_vocabulary_entry *e = &v->entries[i];
            const char *text = v->bytes.data + e->at;
            if (e->len > LIM_TOKEN_BYTES)
                return oc_err_set(err, OC_E_MODEL, "vocabulary: token %d has %u bytes; %d are allowed", e->id, e->len, LIM_TOKEN_BYTES);
            if (!later)
                entries[used++] = (struct oc_trie_entry){text, e->len, e->id};
            else if (e->len >= skip && !memcmp(text, prefix, skip))
                entries[used++] = (struct oc_trie_entry){text + skip, (uint32_t)(e->len - skip), e->id};
        }
        st = oc_trie_build(later ? &w->later : &w->first, entries, used, err);
    }
    return st;
}

enum oc_status oc_wordpiece_build(struct oc_wordpiece *w, const struct oc_vocabulary *v, const char *unknown, const char *prefix,
                                  size_t longest_word, struct oc_err *err)
{
    *w = (struct oc_wordpiece){.longest_word = longest_word};
    w->unknown = oc_vocabulary_find(v, unknown, strlen(unknown));
    if (w->unknown < 0)
        return oc_err_set(err, OC_E_MODEL, "model: the unknown token '%.64s' is not in the vocabulary", unknown);
    struct oc_trie_entry *entries = oc_mem_array(OC_MEM_MODEL, v->n, sizeof *entries);
    if (!entries)
        return oc_err_nomem(err, "vocabulary", v->n * sizeof *entries);
    enum oc_status st = build_tries(w, v, prefix, entries, err);
    oc_mem_free(entries);
    return st;
}

void oc_wordpiece_deinit(struct oc_wordpiece *w)
{
    oc_trie_deinit(&w->first);
    oc_trie_deinit(&w->later);
}

size_t oc_wordpiece_bytes(const struct oc_wordpiece *w)
{
    return oc_trie_bytes(&w->first) + oc_trie_bytes(&w->later);
}

static size_t count_characters(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((uint8_t)text[i] & 0xc0) != 0x80;
    return count;
}

enum oc_status oc_wordpiece_encode(const struct oc_wordpiece *w, const char *word, size_t n, struct oc_ids *out, struct oc_err *err)
{
    size_t before = out->n;
    if (count_characters(word, n) > w->longest_word)
        return oc_ids_add(out, w->unknown, err);
    for (size_t i = 0; i < n;) {
        const struct oc_trie *t = i ? &w->later : &w->first;
        uint32_t node = 0;
        int32_t id = -1;
        size_t end = i;
        for (size_t k = i; k < n && (node = oc_trie_step(t, node, (uint8_t)word[k])); k++)
            if (t->nodes[node].value >= 0) {
                id = t->nodes[node].value;
                end = k + 1;
            }
        if (id < 0) {
            out->n = before;
            return oc_ids_add(out, w->unknown, err);
        }
        enum oc_status st = oc_ids_add(out, id, err);
        if (st)
            return st;
        i = end;
    }
    return OC_OK;
}

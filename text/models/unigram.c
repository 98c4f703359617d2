/* The best path through a text; see unigram.h. */
#include "text/models/unigram.h"
#include "base/limits.h"
#include "text/unicode/chars.h"

#define UNKNOWN_PENALTY 10.0 /* kUnkPenalty in both references */

/* The best way to reach this byte: which piece ends here, and where it began. */
struct oc_unigram_node {
    double score;
    int32_t id;
    uint32_t start; /* UINT32_MAX: not reached */
};

static void find_byte_ids(struct oc_unigram *u)
{
    for (int i = 0; i < 256; i++) {
        char name[8];
        int n = snprintf(name, sizeof name, "<0x%02X>", (unsigned)i);
        u->byte_ids[i] = oc_vocabulary_find(u->vocabulary, name, (size_t)n);
    }
}

static enum oc_status build_trie(struct oc_unigram *u, const bool *usable, size_t n, struct oc_err *err)
{
    struct oc_trie_entry *entries = oc_mem_array(OC_MEM_MODEL, n ? n : 1, sizeof *entries);
    size_t used = 0;
    if (!entries)
        return oc_err_nomem(err, "vocabulary", n * sizeof *entries);
    for (size_t id = 0; id < n; id++) {
        size_t len;
        const char *text = usable && !usable[id] ? NULL : oc_vocabulary_text(u->vocabulary, (int64_t)id, &len);
        if (!text || !len)
            continue;
        if (len > LIM_TOKEN_BYTES) {
            oc_mem_free(entries);
            return oc_err_set(err, OC_E_MODEL, "vocabulary: token %zu has %zu bytes; %d are allowed", id, len, LIM_TOKEN_BYTES);
        }
        entries[used++] = (struct oc_trie_entry){text, (uint32_t)len, (int32_t)id};
    }
    enum oc_status st = oc_trie_build(&u->trie, entries, used, err);
    oc_mem_free(entries);
    return st;
}

enum oc_status oc_unigram_build(struct oc_unigram *u, const struct oc_vocabulary *v, const double *scores, const bool *usable, size_t n,
                                double lowest, struct oc_err *err)
{
    u->vocabulary = v;
    u->unknown_score = u->single ? (double)((float)lowest - (float)UNKNOWN_PENALTY) : lowest - UNKNOWN_PENALTY;
    u->n_scores = n;
    u->scores = oc_mem_array(OC_MEM_MODEL, n ? n : 1, sizeof *u->scores);
    if (!u->scores)
        return oc_err_nomem(err, "vocabulary", n * sizeof *u->scores);
    memcpy(u->scores, scores, n * sizeof *scores);
    find_byte_ids(u);
    return build_trie(u, usable, n, err);
}

void oc_unigram_deinit(struct oc_unigram *u)
{
    oc_trie_deinit(&u->trie);
    oc_mem_free(u->scores);
    *u = (struct oc_unigram){0};
}

size_t oc_unigram_bytes(const struct oc_unigram *u)
{
    return oc_trie_bytes(&u->trie) + u->n_scores * sizeof *u->scores;
}

void oc_unigram_work_deinit(struct oc_unigram_work *w)
{
    oc_mem_free(w->nodes);
    *w = (struct oc_unigram_work){0};
}

static enum oc_status reserve(struct oc_unigram_work *w, size_t n, struct oc_err *err)
{
    if (n > w->cap) {
        size_t cap = n + n / 2 + 64;
        oc_mem_free(w->nodes);
        w->cap = 0;
        w->nodes = oc_mem_array(OC_MEM_OTHER, cap, sizeof *w->nodes);
        if (!w->nodes)
            return oc_err_nomem(err, "paths through a text", cap * sizeof *w->nodes);
        w->cap = cap;
    }
    for (size_t i = 0; i < n; i++)
        w->nodes[i] = (struct oc_unigram_node){.start = UINT32_MAX};
    return OC_OK;
}

static inline void offer(const struct oc_unigram *u, struct oc_unigram_node *node, double score, int32_t id, size_t start)
{
    if (node->start != UINT32_MAX && !(score > node->score))
        return;
    *node = (struct oc_unigram_node){u->single ? (double)(float)score : score, id, (uint32_t)start};
}

/* Fills the nodes from left to right. */
static enum oc_status find_paths(const struct oc_unigram *u, struct oc_unigram_node *nodes, const char *text, size_t n, struct oc_err *err)
{
    for (size_t i = 0, bytes; i < n; i += bytes) {
        bytes = oc_char_bytes((uint8_t)text[i]);
        double so_far = nodes[i].score;
        bool known = false; /* the character by itself is a piece */
        uint32_t node = 0;
        for (size_t k = i; k < n && (node = oc_trie_step(&u->trie, node, (uint8_t)text[k])); k++) {
            int32_t id = u->trie.nodes[node].value;
            if (id < 0)
                continue;
            offer(u, &nodes[k + 1], u->scores[id] + so_far, id, i);
            known |= k + 1 - i == bytes;
        }
        if (known)
            continue;
        if (u->unknown < 0)
            return oc_err_set(err, OC_E_MODEL, "tokenizer: a character needs the unknown token, and none is named");
        double score = u->unknown_score + so_far;
        offer(u, &nodes[i + bytes], u->single ? (double)(float)score : score, u->unknown, i);
    }
    return OC_OK;
}

/* What unknown characters in a row become: a piece that happens to have this text, their bytes, or the unknown token. */
static enum oc_status add_unknown(const struct oc_unigram *u, const char *text, size_t n, struct oc_ids *out, struct oc_err *err)
{
    int32_t id = oc_vocabulary_find(u->vocabulary, text, n);
    bool all = u->byte_fallback && (id < 0 || u->single);
    for (size_t i = 0; all && i < n; i++)
        all = u->byte_ids[(uint8_t)text[i]] >= 0;
    if (!all)
        return oc_ids_add(out, id >= 0 && !u->single ? id : u->unknown, err);
    enum oc_status st = oc_ids_reserve(out, n, err);
    for (size_t i = 0; i < n && !st; i++)
        st = oc_ids_add(out, u->byte_ids[(uint8_t)text[i]], err);
    return st;
}

enum oc_status oc_unigram_encode(const struct oc_unigram *u, struct oc_unigram_work *w, const char *text, size_t n, struct oc_ids *out,
                                 struct oc_err *err)
{
    enum oc_status st = reserve(w, n + 1, err);
    if (!st)
        st = find_paths(u, w->nodes, text, n, err);
    if (st)
        return st;
    struct oc_unigram_node *nodes = w->nodes;
    size_t last = n; /* the path backwards; each node then learns where its piece ends, so that it can be walked forwards */
    for (size_t end = n; end; end = last) {
        last = nodes[end].start;
        nodes[last].score = (double)end; /* scores are not needed any more */
    }
    for (size_t at = 0; at < n && !st;) {
        size_t end = (size_t)nodes[at].score;
        if (nodes[end].id != u->unknown) {
            st = oc_ids_add(out, nodes[end].id, err);
            at = end;
            continue;
        }
        size_t start = at;
        for (at = end; at < n && nodes[(size_t)nodes[at].score].id == u->unknown;)
            at = (size_t)nodes[at].score;
        st = add_unknown(u, text + start, at - start, out, err);
    }
    return st;
}

/* Built level by level from sorted texts, so that children come out side by side; see trie.h. */
#include "text/models/trie.h"

enum { MOST_NODES = 1 << 26 };

/* Texts that share their first `depth` bytes: the node they go through. */
struct range {
    uint32_t low, high;
};

static int compare(const void *a, const void *b)
{
    const struct oc_trie_entry *x = a, *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int c = memcmp(x->text, y->text, n);
    if (c)
        return c;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

/* Bytes that two neighbours have in common at their beginnings. */
static size_t shared(const struct oc_trie_entry *a, const struct oc_trie_entry *b)
{
    size_t n = a->len < b->len ? a->len : b->len, i = 0;
    while (i < n && a->text[i] == b->text[i])
        i++;
    return i;
}

static size_t count_nodes(const struct oc_trie_entry *entries, size_t n)
{
    size_t nodes = 1;
    for (size_t i = 0; i < n; i++)
        nodes += entries[i].len - (i ? shared(&entries[i - 1], &entries[i]) : 0);
    return nodes;
}

/* The children of each node of one level follow those of the node before it: a queue of ranges, in which a node's number is its place. */
static void fill(struct oc_trie *t, const struct oc_trie_entry *entries, size_t n, struct range *ranges)
{
    size_t made = 1, level_end = 1;
    uint32_t depth = 0;
    ranges[0] = (struct range){0, (uint32_t)n};
    for (size_t node = 0; node < made; node++) {
        if (node == level_end) {
            level_end = made;
            depth++;
        }
        struct range r = ranges[node];
        t->nodes[node].first = (uint32_t)made;
        t->nodes[node].value = -1;
        for (; r.low < r.high && entries[r.low].len == depth; r.low++)
            t->nodes[node].value = entries[r.low].value;
        for (uint32_t i = r.low; i < r.high;) {
            uint8_t byte = (uint8_t)entries[i].text[depth];
            uint32_t start = i;
            while (i < r.high && (uint8_t)entries[i].text[depth] == byte)
                i++;
            t->labels[made] = byte;
            ranges[made++] = (struct range){start, i};
        }
    }
    t->nodes[made].first = (uint32_t)made;
    t->nodes[0].value = -1;
    for (uint32_t i = t->nodes[0].first; i < t->nodes[1].first && made > 1; i++)
        t->root[t->labels[i]] = i;
}

enum oc_status oc_trie_build(struct oc_trie *t, struct oc_trie_entry *entries, size_t n, struct oc_err *err)
{
    *t = (struct oc_trie){0};
    if (n)
        qsort(entries, n, sizeof *entries, compare);
    t->n = count_nodes(entries, n);
    if (t->n > MOST_NODES)
        return oc_err_set(err, OC_E_MODEL, "vocabulary: a trie of %zu nodes; %d are allowed", t->n, MOST_NODES);
    t->labels = oc_mem_alloc(OC_MEM_MODEL, t->n);
    t->nodes = oc_mem_array(OC_MEM_MODEL, t->n + 1, sizeof *t->nodes);
    struct range *ranges = oc_mem_array(OC_MEM_MODEL, t->n, sizeof *ranges);
    enum oc_status st = OC_OK;
    if (!t->labels || !t->nodes || !ranges)
        st = oc_err_nomem(err, "vocabulary", t->n * sizeof *ranges);
    else
        fill(t, entries, n, ranges);
    oc_mem_free(ranges);
    if (st)
        oc_trie_deinit(t);
    return st;
}

void oc_trie_deinit(struct oc_trie *t)
{
    oc_mem_free(t->labels);
    oc_mem_free(t->nodes);
    *t = (struct oc_trie){0};
}

size_t oc_trie_bytes(const struct oc_trie *t)
{
    return t->n * (sizeof *t->labels + sizeof *t->nodes);
}

/*
 * Texts by their beginnings: which of them a given text begins with. Built once from all texts, then only read. A node's
 * children lie side by side, sorted by their byte, so a node is a byte, a number of its first child and a value.
 */
#ifndef OC_TEXT_MODELS_TRIE_H
#define OC_TEXT_MODELS_TRIE_H

#include "base/err.h"
#include "base/mem.h"

struct oc_trie_entry {
    const char *text; /* borrowed until the trie is built */
    uint32_t len;
    int32_t value; /* >= 0 */
};

/* A node's children are those from its first to that before the next node's first. */
struct oc_trie_node {
    uint32_t first;
    int32_t value; /* -1: no text ends here */
};

struct oc_trie {
    uint8_t *labels;            /* owned, one a node; node 0 is the root */
    struct oc_trie_node *nodes; /* owned, and one more behind the last */
    size_t n;                   /* nodes */
    uint32_t root[256];         /* the root's child of a byte; 0 = none */
};

/*
 * From the texts, which are sorted for it in place (of equal ones the last counts). Empty texts are left out. OC_E_NOMEM, OC_E_MODEL for
 * too many nodes.
 */
enum oc_status oc_trie_build(struct oc_trie *t, struct oc_trie_entry *entries, size_t n, struct oc_err *err) OC_MUST_CHECK;
void oc_trie_deinit(struct oc_trie *t);
size_t oc_trie_bytes(const struct oc_trie *t);

/* One byte down from a node (0 = root); 0: there is no such child. */
static inline uint32_t oc_trie_step(const struct oc_trie *t, uint32_t node, uint8_t byte)
{
    if (!node)
        return t->root[byte];
    uint32_t low = t->nodes[node].first, high = t->nodes[node + 1].first;
    while (high - low > 8) {
        uint32_t mid = low + (high - low) / 2;
        if (t->labels[mid] <= byte)
            low = mid;
        else
            high = mid;
    }
    for (; low < high; low++)
        if (t->labels[low] == byte)
            return low;
    return 0;
}

#endif

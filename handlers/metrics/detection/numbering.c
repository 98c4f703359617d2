/* See numbering.h. */
#include "handlers/metrics/detection/numbering.h"
#include <stdlib.h>
#include <string.h>

const char *oc_key_shown(const struct oc_key *key, char text[OC_KEY_SHOWN])
{
    if (key->name)
        snprintf(text, OC_KEY_SHOWN, "'%.60s'", key->name);
    else
        snprintf(text, OC_KEY_SHOWN, "%lld", (long long)key->id);
    return text;
}

static int compare(const struct oc_key *a, const struct oc_key *b)
{
    if (a->name && b->name)
        return strcmp(a->name, b->name);
    if (a->name || b->name)
        return a->name ? 1 : -1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int by_key(const void *a, const void *b)
{
    const struct oc_key *p = a, *q = b;
    int order = compare(p, q);
    return order ? order : p->from < q->from ? -1 : p->from > q->from;
}

enum oc_status oc_numbering_add(struct oc_numbering *t, const struct oc_key *key, struct oc_err *err)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64, bytes;
        struct oc_key *keys = oc_size_mul(cap, sizeof *keys, &bytes) ? oc_mem_realloc(OC_MEM_OTHER, t->keys, bytes) : NULL;
        if (!keys)
            return oc_err_nomem(err, "ids", cap * sizeof *keys);
        t->keys = keys;
        t->cap = cap;
    }
    t->keys[t->n++] = *key;
    return OC_OK;
}

void oc_numbering_settle(struct oc_numbering *t, const struct oc_key **twice)
{
    size_t n = 0;
    const struct oc_key *again = NULL;
    if (t->n)
        qsort(t->keys, t->n, sizeof *t->keys, by_key);
    for (size_t i = 0; i < t->n; i++) {
        if (!n || compare(&t->keys[n - 1], &t->keys[i]))
            t->keys[n++] = t->keys[i];
        else if (!again)
            again = &t->keys[n - 1];
    }
    t->n = n;
    if (twice)
        *twice = again;
}

int64_t oc_numbering_find(const struct oc_numbering *t, const struct oc_key *key)
{
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(&t->keys[middle], key);
        if (!order)
            return (int64_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

void oc_numbering_deinit(struct oc_numbering *t)
{
    oc_mem_free(t->keys);
    *t = (struct oc_numbering){0};
}

/*
 * A hash table with a list through it in the order of use; see cache.h. The table has a fixed number of buckets: what fits into
 * the cache is a few thousand texts, so chains stay short, and a client who makes them long on purpose costs microseconds.
 */
#include "models/run/text_cache.h"
#include <pthread.h>
#include <string.h>
#include "base/mem.h"

#define BUCKETS 4096

struct entry {
    struct entry *chain;         /* of the bucket */
    struct entry *newer, *older; /* NULL at the ends */
    uint64_t hash;
    size_t bytes; /* of the whole block */
    size_t tokens, dim, n;
    bool was_cut;
    float numbers[]; /* dim; the n bytes of the text behind them */
};

struct oc_text_cache {
    pthread_mutex_t mutex; /* guards everything below */
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    size_t max_bytes;
    struct oc_text_cache_stats stats;
};

enum oc_status oc_text_cache_new(size_t max_bytes, struct oc_text_cache **out, struct oc_err *err)
{
    *out = oc_mem_zero(OC_MEM_MODEL, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "a cache of texts", sizeof **out);
    pthread_mutex_init(&(*out)->mutex, NULL);
    (*out)->max_bytes = max_bytes;
    (*out)->stats.bytes = sizeof **out;
    return OC_OK;
}

static char *text_of(struct entry *e)
{
    return (char *)(e->numbers + e->dim);
}

void oc_text_cache_free(struct oc_text_cache *c)
{
    if (!c)
        return;
    for (struct entry *e = c->newest; e;) {
        struct entry *older = e->older;
        oc_mem_wipe_free(e);
        e = older;
    }
    pthread_mutex_destroy(&c->mutex);
    oc_mem_free(c);
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *text, size_t n)
{
    uint64_t h = 14695981039346656037U;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)text[i]) * 1099511628211U;
    return h;
}

static struct entry **find(struct oc_text_cache *c, uint64_t hash, const char *text, size_t n)
{
    struct entry **at = &c->buckets[hash % BUCKETS];
    while (*at && ((*at)->hash != hash || (*at)->n != n || memcmp(text_of(*at), text, n) != 0))
        at = &(*at)->chain;
    return at;
}

static void unlink_use(struct oc_text_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void link_newest(struct oc_text_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

bool oc_text_cache_get(struct oc_text_cache *c, const char *text, size_t n, struct oc_text_row *row)
{
    if (!c)
        return false;
    uint64_t hash = hash_of(text, n);
    pthread_mutex_lock(&c->mutex);
    struct entry *e = *find(c, hash, text, n);
    bool hit = e && e->dim == row->dim;
    if (hit) {
        memcpy(row->numbers, e->numbers, e->dim * sizeof *e->numbers);
        row->tokens = e->tokens;
        row->was_cut = e->was_cut;
        unlink_use(c, e);
        link_newest(c, e);
    }
    c->stats.hits += hit;
    c->stats.misses += !hit;
    pthread_mutex_unlock(&c->mutex);
    return hit;
}

/* With the mutex held: takes out an entry and frees it. */
static void drop(struct oc_text_cache *c, struct entry **at)
{
    struct entry *e = *at;
    *at = e->chain;
    unlink_use(c, e);
    c->stats.bytes -= e->bytes;
    c->stats.entries--;
    oc_mem_wipe_free(e);
}

static struct entry *make(const char *text, size_t n, const struct oc_text_row *row)
{
    size_t numbers, bytes;
    if (!oc_size_mul(row->dim, sizeof(float), &numbers) || !oc_size_add(numbers, n, &bytes) ||
        !oc_size_add(bytes, sizeof(struct entry), &bytes))
        return NULL;
    struct entry *e = oc_mem_alloc(OC_MEM_MODEL, bytes);
    if (!e)
        return NULL;
    *e = (struct entry){.hash = hash_of(text, n), .bytes = bytes, .tokens = row->tokens, .dim = row->dim, .n = n, .was_cut = row->was_cut};
    memcpy(e->numbers, row->numbers, numbers);
    memcpy(text_of(e), text, n);
    return e;
}

void oc_text_cache_put(struct oc_text_cache *c, const char *text, size_t n, const struct oc_text_row *row)
{
    if (!c || n > c->max_bytes / 4)
        return;
    struct entry *e = make(text, n, row);
    if (!e)
        return;
    pthread_mutex_lock(&c->mutex);
    struct entry **same = find(c, e->hash, text, n);
    if (*same)
        drop(c, same);
    while (c->oldest && c->stats.bytes + e->bytes > c->max_bytes)
        drop(c, find(c, c->oldest->hash, text_of(c->oldest), c->oldest->n));
    bool fits = c->stats.bytes + e->bytes <= c->max_bytes;
    if (fits) {
        e->chain = c->buckets[e->hash % BUCKETS];
        c->buckets[e->hash % BUCKETS] = e;
        link_newest(c, e);
        c->stats.bytes += e->bytes;
        c->stats.entries++;
    }
    pthread_mutex_unlock(&c->mutex);
    if (!fits)
        oc_mem_wipe_free(e);
}

struct oc_text_cache_stats oc_text_cache_stats(struct oc_text_cache *c)
{
    if (!c)
        return (struct oc_text_cache_stats){0};
    pthread_mutex_lock(&c->mutex);
    struct oc_text_cache_stats stats = c->stats;
    pthread_mutex_unlock(&c->mutex);
    return stats;
}

/*
 * A hash table with chains under one mutex. Packing happens under it too: it is a thing of loading and of first
 * plans, and two threads that pack the same weights would only need the memory twice.
 */
#include "engine/backend/weights.h"
#include "base/mem.h"
#include <pthread.h>
#include <string.h>

enum { BUCKETS = 256, KEY_MAX = 512 };

struct entry {
    struct entry *next;
    struct eng_const *source; /* a reference */
    void *packed;             /* owned */
    size_t bytes, key_len;
    unsigned char key[];
};

struct eng_weights {
    pthread_mutex_t lock;
    size_t bytes;
    struct entry *buckets[BUCKETS];
};

enum oc_status eng_weights_new(struct eng_weights **out, struct oc_err *err)
{
    *out = oc_mem_zero(OC_MEM_MODEL, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "packed weights", sizeof **out);
    pthread_mutex_init(&(*out)->lock, NULL);
    return OC_OK;
}

static void entry_free(struct entry *e)
{
    if (!e)
        return;
    eng_const_unref(e->source);
    oc_mem_free(e->packed);
    oc_mem_free(e);
}

void eng_weights_free(struct eng_weights *w)
{
    if (!w)
        return;
    for (int i = 0; i < BUCKETS; i++) {
        while (w->buckets[i]) {
            struct entry *e = w->buckets[i];
            w->buckets[i] = e->next;
            entry_free(e);
        }
    }
    pthread_mutex_destroy(&w->lock);
    oc_mem_free(w);
}

/* FNV-1a over the key, started from the constant's address. */
static unsigned bucket_of(const struct eng_const *source, const unsigned char *key, size_t n)
{
    uint64_t h = 1469598103934665603u ^ (uintptr_t)source;
    for (size_t i = 0; i < n; i++)
        h = (h ^ key[i]) * 1099511628211u;
    return (unsigned)(h >> 32) % BUCKETS;
}

static enum oc_status make(const struct eng_const *source, const void *key, size_t key_len, size_t bytes,
                           enum oc_status (*fill)(void *arg, const struct eng_const *source, void *packed), void *arg, struct entry **out,
                           struct oc_err *err)
{
    struct entry *e = oc_mem_zero(OC_MEM_MODEL, sizeof *e + key_len);
    *out = NULL;
    if (!e)
        return oc_err_nomem(err, "packed weights", sizeof *e + key_len);
    memcpy(e->key, key, key_len);
    e->key_len = key_len;
    e->bytes = bytes;
    e->packed = oc_mem_aligned(OC_MEM_MODEL, bytes);
    if (!e->packed) {
        entry_free(e);
        return oc_err_nomem(err, "packed weights", bytes);
    }
    enum oc_status st = fill(arg, source, e->packed);
    if (st) {
        entry_free(e);
        return st;
    }
    union { /* the caller may only read the constant; counting a use is not writing it */
        const struct eng_const *in;
        struct eng_const *out;
    } shared = {source};
    e->source = eng_const_ref(shared.out);
    *out = e;
    return OC_OK;
}

enum oc_status eng_weights_get(struct eng_weights *w, const struct eng_const *source, const void *key, size_t key_len, size_t bytes,
                               enum oc_status (*fill)(void *arg, const struct eng_const *source, void *packed), void *arg,
                               const void **packed, struct oc_err *err)
{
    *packed = NULL;
    if (key_len > KEY_MAX)
        return oc_err_set(err, OC_E_INTERNAL, "packed weights: key of %zu bytes, limit %d", key_len, KEY_MAX);
    unsigned b = bucket_of(source, key, key_len);
    enum oc_status st = OC_OK;
    pthread_mutex_lock(&w->lock);
    struct entry *e = w->buckets[b];
    while (e && !(e->source == source && e->key_len == key_len && memcmp(e->key, key, key_len) == 0))
        e = e->next;
    if (!e) {
        st = make(source, key, key_len, bytes, fill, arg, &e, err);
        if (!st) {
            e->next = w->buckets[b];
            w->buckets[b] = e;
            w->bytes += bytes;
        }
    }
    if (!st)
        *packed = e->packed;
    pthread_mutex_unlock(&w->lock);
    return st;
}

size_t eng_weights_bytes(struct eng_weights *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = w->bytes;
    pthread_mutex_unlock(&w->lock);
    return n;
}

/*
 * Counted allocation; see mem.h. Each block has a header in front of it with its size and category; aligned
 * blocks have a 64-byte one. Counters are atomics, relaxed: they are sums, nothing is ordered by them.
 */
#include "base/mem.h"
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_HEADER 16u
#define ALIGNED_HEADER 64u
#define BLOCK_COST 32u /* what a small block costs besides its bytes: the header, and the C library's own */
#define OVERREAD 64u   /* vector code may read past the end of an aligned block */

struct header {
    size_t size; /* bytes the caller asked for */
    uint32_t cat;
    uint32_t distance; /* from the start of the malloc'd block to the caller's pointer */
};
_Static_assert(sizeof(struct header) <= SMALL_HEADER, "the header fits before the block");

static atomic_size_t used[OC_MEM_CATS];
static atomic_size_t total, peak, budget, blocks;
static atomic_uint_fast64_t calls, fail_at;
static _Thread_local bool overdrawing;
static _Thread_local uint64_t refused; /* small blocks this thread asked for in vain */

bool oc_size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

bool oc_size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static bool injected_failure(void)
{
    uint64_t n = atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1;
    uint64_t at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    return at != 0 && n == at && !overdrawing;
}

bool oc_mem_reserve(enum oc_mem_cat cat, size_t n)
{
    size_t limit = atomic_load_explicit(&budget, memory_order_relaxed);
    size_t now = atomic_fetch_add_explicit(&total, n, memory_order_relaxed) + n;
    if (now < n || (limit != 0 && now > limit && !overdrawing)) {
        atomic_fetch_sub_explicit(&total, n, memory_order_relaxed);
        return false;
    }
    atomic_fetch_add_explicit(&used[cat], n, memory_order_relaxed);
    size_t high = atomic_load_explicit(&peak, memory_order_relaxed);
    while (now > high && !atomic_compare_exchange_weak_explicit(&peak, &high, now, memory_order_relaxed, memory_order_relaxed))
        ;
    return true;
}

void oc_mem_release(enum oc_mem_cat cat, size_t n)
{
    atomic_fetch_sub_explicit(&used[cat], n, memory_order_relaxed);
    atomic_fetch_sub_explicit(&total, n, memory_order_relaxed);
}

static struct header *header_of(void *p)
{
    return (struct header *)(void *)((char *)p - sizeof(struct header));
}

static void *finish(char *raw, uint32_t distance, enum oc_mem_cat cat, size_t n)
{
    char *p = raw + distance;
    *header_of(p) = (struct header){.size = n, .cat = (uint32_t)cat, .distance = distance};
    atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
    return p;
}

void *oc_mem_alloc(enum oc_mem_cat cat, size_t n)
{
    size_t whole;
    if (injected_failure() || !oc_size_add(n, BLOCK_COST, &whole) || !oc_mem_reserve(cat, whole)) {
        refused++;
        return NULL;
    }
    char *raw = malloc(n + SMALL_HEADER);
    if (!raw) {
        oc_mem_release(cat, whole);
        refused++;
        return NULL;
    }
    return finish(raw, SMALL_HEADER, cat, n);
}

bool oc_mem_overdraw_begin(enum oc_mem_cat cat, size_t need)
{
    if (injected_failure() || !oc_mem_reserve(cat, need))
        return false;
    overdrawing = true;
    return true;
}

void oc_mem_overdraw_end(enum oc_mem_cat cat, size_t need)
{
    overdrawing = false;
    oc_mem_release(cat, need);
}

uint64_t oc_mem_refused(void)
{
    return refused;
}

void *oc_mem_zero(enum oc_mem_cat cat, size_t n)
{
    void *p = oc_mem_alloc(cat, n);
    if (p)
        memset(p, 0, n);
    return p;
}

void *oc_mem_array(enum oc_mem_cat cat, size_t n, size_t size)
{
    size_t bytes;
    return oc_size_mul(n, size, &bytes) ? oc_mem_zero(cat, bytes) : NULL;
}

void *oc_mem_aligned(enum oc_mem_cat cat, size_t n)
{
    size_t whole;
    if (injected_failure() || !oc_size_add(n, ALIGNED_HEADER + OVERREAD + 63, &whole) || !oc_mem_reserve(cat, n))
        return NULL;
    char *raw = aligned_alloc(64, whole & ~(size_t)63);
    if (!raw) {
        oc_mem_release(cat, n);
        return NULL;
    }
    return finish(raw, ALIGNED_HEADER, cat, n);
}

void *oc_mem_realloc(enum oc_mem_cat cat, void *p, size_t n)
{
    if (!p)
        return oc_mem_alloc(cat, n);
    struct header old = *header_of(p);
    size_t whole;
    if (injected_failure() || !oc_size_add(n, SMALL_HEADER, &whole) || old.distance != SMALL_HEADER)
        return NULL;
    if (n > old.size && !oc_mem_reserve(cat, n - old.size))
        return NULL;
    char *raw = realloc((char *)p - SMALL_HEADER, whole);
    if (!raw) {
        if (n > old.size)
            oc_mem_release(cat, n - old.size);
        return NULL;
    }
    if (n < old.size)
        oc_mem_release(cat, old.size - n);
    p = raw + SMALL_HEADER;
    header_of(p)->size = n;
    return p;
}

char *oc_mem_strndup(enum oc_mem_cat cat, const char *s, size_t n)
{
    size_t bytes;
    char *p = oc_size_add(n, 1, &bytes) ? oc_mem_alloc(cat, bytes) : NULL;
    if (p) {
        memcpy(p, s, n);
        p[n] = 0;
    }
    return p;
}

char *oc_mem_strdup(enum oc_mem_cat cat, const char *s)
{
    return oc_mem_strndup(cat, s, strlen(s));
}

void oc_mem_free(void *p)
{
    if (!p)
        return;
    struct header h = *header_of(p);
    oc_mem_release((enum oc_mem_cat)h.cat, h.size + (h.distance == SMALL_HEADER ? BLOCK_COST : 0));
    atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
    free((char *)p - h.distance);
}

void oc_mem_wipe_free(void *p)
{
    if (!p)
        return;
    explicit_bzero(p, header_of(p)->size);
    oc_mem_free(p);
}

void oc_mem_set_budget(size_t bytes)
{
    atomic_store_explicit(&budget, bytes, memory_order_relaxed);
}

size_t oc_mem_budget(void)
{
    return atomic_load_explicit(&budget, memory_order_relaxed);
}

size_t oc_mem_used(enum oc_mem_cat cat)
{
    return atomic_load_explicit(&used[cat], memory_order_relaxed);
}

size_t oc_mem_total(void)
{
    return atomic_load_explicit(&total, memory_order_relaxed);
}

void oc_mem_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

size_t oc_mem_peak(void)
{
    return atomic_load_explicit(&peak, memory_order_relaxed);
}

const char *oc_mem_cat_name(enum oc_mem_cat cat)
{
    static const char *const names[OC_MEM_CATS] = {"other", "model", "session", "body", "pixel", "json", "gallery"};
    return names[cat];
}

size_t oc_mem_blocks(void)
{
    return atomic_load_explicit(&blocks, memory_order_relaxed);
}

uint64_t oc_mem_calls(void)
{
    return atomic_load_explicit(&calls, memory_order_relaxed);
}

void oc_mem_fail_at(uint64_t n)
{
    uint64_t now = atomic_load_explicit(&calls, memory_order_relaxed);
    atomic_store_explicit(&fail_at, n ? now + n : 0, memory_order_relaxed);
}

/* Bump pages in a list, large requests in pages of their own; see arena.h. */
#include "base/arena.h"
#include "base/limits.h"
#include <string.h>

struct oc_arena_page {
    struct oc_arena_page *next;
    size_t size, at; /* of data */
    _Alignas(16) char data[];
};

void oc_arena_init(struct oc_arena *a, enum oc_mem_cat cat, size_t ceiling)
{
    *a = (struct oc_arena){.cat = cat, .ceiling = ceiling};
}

static struct oc_arena_page *page_new(struct oc_arena *a, size_t size)
{
    size_t bytes;
    if (!oc_size_add(size, sizeof(struct oc_arena_page), &bytes))
        return NULL;
    struct oc_arena_page *p = oc_mem_alloc(a->cat, bytes);
    if (p) {
        p->size = size;
        p->at = 0;
        p->next = a->pages;
        a->pages = p;
    }
    return p;
}

static size_t page_size_for(size_t n)
{
#ifdef OC_ARENA_DEBUG
    return n;
#else
    return n > LIM_ARENA_PAGE / 4 ? n : LIM_ARENA_PAGE;
#endif
}

void *oc_arena_alloc(struct oc_arena *a, size_t n)
{
    size_t rounded, used;
    if (!oc_size_add(n, 15, &rounded))
        return NULL;
    rounded &= ~(size_t)15;
    if (!oc_size_add(a->used, rounded, &used) || used > a->ceiling)
        return NULL;
    struct oc_arena_page *p = a->pages;
    if (!p || p->size - p->at < rounded) {
        struct oc_arena_page *first = a->pages;
        p = page_new(a, page_size_for(rounded));
        if (!p)
            return NULL;
        if (first && p->size == rounded) { /* a page that is full from the start goes behind the one still in use */
            a->pages = first;
            p->next = first->next;
            first->next = p;
        }
    }
    void *out = p->data + p->at;
    p->at += rounded;
    a->used = used;
    memset(out, 0, rounded);
    return out;
}

void *oc_arena_array(struct oc_arena *a, size_t n, size_t size)
{
    size_t bytes;
    return oc_size_mul(n, size, &bytes) ? oc_arena_alloc(a, bytes) : NULL;
}

char *oc_arena_strndup(struct oc_arena *a, const char *s, size_t n)
{
    size_t bytes;
    char *p = oc_size_add(n, 1, &bytes) ? oc_arena_alloc(a, bytes) : NULL;
    if (p)
        memcpy(p, s, n);
    return p;
}

void oc_arena_reset(struct oc_arena *a)
{
    struct oc_arena_page *keep = NULL, *p = a->pages;
    while (p) {
        struct oc_arena_page *next = p->next;
        if (!keep && p->size <= LIM_ARENA_KEEP)
            keep = p;
        else
            oc_mem_free(p);
        p = next;
    }
    if (keep) {
        keep->next = NULL;
        keep->at = 0;
    }
    a->pages = keep;
    a->used = 0;
}

static void free_pages(struct oc_arena *a, void (*free_page)(void *p))
{
    while (a->pages) {
        struct oc_arena_page *next = a->pages->next;
        free_page(a->pages);
        a->pages = next;
    }
    a->used = 0;
}

void oc_arena_deinit(struct oc_arena *a)
{
    free_pages(a, oc_mem_free);
}

void oc_arena_wipe(struct oc_arena *a)
{
    free_pages(a, oc_mem_wipe_free);
}

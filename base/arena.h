/*
 * A bump allocator for things that die together (one job, one model being read). Nothing is freed on its own;
 * reset frees all and keeps a little. With OC_ARENA_DEBUG each allocation is a block of its own, so that
 * sanitizers see overruns. Not thread-safe: one owner at a time.
 */
#ifndef OC_BASE_ARENA_H
#define OC_BASE_ARENA_H

#include <stddef.h>
#include "base/compiler.h"
#include "base/mem.h"

struct oc_arena_page;

struct oc_arena {
    struct oc_arena_page *pages; /* owned, newest first */
    size_t used, ceiling;        /* bytes given out, and the most there may be */
    enum oc_mem_cat cat;
};

/* An empty arena that may give out at most `ceiling` bytes. Cannot fail: nothing is allocated yet. */
void oc_arena_init(struct oc_arena *a, enum oc_mem_cat cat, size_t ceiling);
/* n bytes aligned to 16, zeroed; NULL when the ceiling or the memory budget is reached. */
void *oc_arena_alloc(struct oc_arena *a, size_t n) OC_MUST_CHECK;
/* n objects of `size` bytes, zeroed; NULL too on overflow. */
void *oc_arena_array(struct oc_arena *a, size_t n, size_t size) OC_MUST_CHECK;
char *oc_arena_strndup(struct oc_arena *a, const char *s, size_t n) OC_MUST_CHECK;
/* Frees everything but (at most) one page of LIM_ARENA_KEEP bytes; all pointers die. */
void oc_arena_reset(struct oc_arena *a);
/* Frees everything; the arena may be used again as after init. */
void oc_arena_deinit(struct oc_arena *a);
/* The same, and what was in it is overwritten first: for keys. */
void oc_arena_wipe(struct oc_arena *a);

#endif

/*
 * All memory of the program goes through here: counted by category, held under one process budget, and
 * failable on purpose (tests make the n-th allocation fail). Every function may return NULL, and a caller
 * must be able to go on: NULL becomes OC_E_NOMEM, which clients see as 503.
 * Thread-safe. Blocks carry a small header, so only oc_mem_free and oc_mem_realloc may be given them.
 */
#ifndef OC_BASE_MEM_H
#define OC_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/compiler.h"

enum oc_mem_cat {
    OC_MEM_OTHER,
    OC_MEM_MODEL,   /* graphs, weights, packed weights, plans */
    OC_MEM_SESSION, /* arenas of running models               */
    OC_MEM_BODY,    /* request bodies                         */
    OC_MEM_PIXEL,   /* decoded pictures                       */
    OC_MEM_JSON,    /* parsed and rendered JSON               */
    OC_MEM_GALLERY, /* vectors of enrolled faces, SQLite      */
    OC_MEM_CATS
};

/* n bytes, aligned to 16; n = 0 gives a valid pointer. */
void *oc_mem_alloc(enum oc_mem_cat cat, size_t n) OC_MUST_CHECK;
/* The same, zeroed. */
void *oc_mem_zero(enum oc_mem_cat cat, size_t n) OC_MUST_CHECK;
/* n objects of `size` bytes, zeroed; NULL too when n * size overflows. */
void *oc_mem_array(enum oc_mem_cat cat, size_t n, size_t size) OC_MUST_CHECK;
/* n bytes aligned to 64, for tensors and pixels; not zeroed. At least 64 readable bytes follow the block. */
void *oc_mem_aligned(enum oc_mem_cat cat, size_t n) OC_MUST_CHECK;
/* Grows or shrinks a block of oc_mem_alloc/zero/array (not aligned); p may be NULL. On NULL, p is unchanged. */
void *oc_mem_realloc(enum oc_mem_cat cat, void *p, size_t n) OC_MUST_CHECK;
/* A copy of the first n bytes of s, with a NUL after them. */
char *oc_mem_strndup(enum oc_mem_cat cat, const char *s, size_t n) OC_MUST_CHECK;
char *oc_mem_strdup(enum oc_mem_cat cat, const char *s) OC_MUST_CHECK;
/* Any of the above; NULL is fine. */
void oc_mem_free(void *p);
/* Zeroes the block in a way the compiler keeps, then frees it: for faces and keys. */
void oc_mem_wipe_free(void *p);

/* Multiplication and addition that say when they overflow; false = overflow. */
bool oc_size_mul(size_t a, size_t b, size_t *out) OC_MUST_CHECK;
bool oc_size_add(size_t a, size_t b, size_t *out) OC_MUST_CHECK;

/* Counts bytes held outside these functions (mapped files, library buffers) against the budget; false = over it. */
bool oc_mem_reserve(enum oc_mem_cat cat, size_t n) OC_MUST_CHECK;
void oc_mem_release(enum oc_mem_cat cat, size_t n);

/*
 * For a library that cannot bear a refusal: jansson goes on with strings cut short when their buffer cannot grow, and aborts on some of
 * them. What it may need is reserved first (false: over the budget, or made to fail); until the end this thread's allocations are counted
 * but not refused.
 */
bool oc_mem_overdraw_begin(enum oc_mem_cat cat, size_t need) OC_MUST_CHECK;
void oc_mem_overdraw_end(enum oc_mem_cat cat, size_t need);

/* The process budget in bytes; 0 = none. */
void oc_mem_set_budget(size_t bytes);
size_t oc_mem_budget(void);
/* Bytes in use, of one category or of all. */
size_t oc_mem_used(enum oc_mem_cat cat);
size_t oc_mem_total(void);
size_t oc_mem_peak(void);
/* Gives freed memory that the C library keeps for later back to the system; takes milliseconds. For after something large has gone. */
void oc_mem_trim(void);
const char *oc_mem_cat_name(enum oc_mem_cat cat);
/* Blocks alive, and allocations made so far: for leak checks and "run allocates nothing" tests. */
size_t oc_mem_blocks(void);
uint64_t oc_mem_calls(void);
/*
 * Calls of oc_mem_alloc and oc_mem_zero that this thread made in vain so far. For libraries that allocate through us and go on
 * with less than they were told (jansson cuts strings short): compare before and after.
 */
uint64_t oc_mem_refused(void);

/* Tests: the n-th allocation from now on fails (1 = the next), once; 0 switches it off. */
void oc_mem_fail_at(uint64_t n);

#endif

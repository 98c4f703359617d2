/*
 * Libraries for formats that are rare: not linked, so that the program starts without them and a container need not hold them, but looked
 * for when the first picture of their kind comes. Private to vision/decode/.
 */
#ifndef OC_VISION_DECODE_LIBRARY_H
#define OC_VISION_DECODE_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a function's address goes. */
struct oc_library_symbol {
    const char *name;
    void *to; /* address of a function pointer */
};

struct oc_library {
    const char *file; /* "libheif.so.1" */
    const struct oc_library_symbol *symbols;
    size_t n_symbols;
    pthread_once_t *once; /* borrowed; static */
    bool there;           /* after oc_library_open */
};

/* Opens it and fills all symbols, once in the process's life; false when it, or one of them, is not there. `load` calls oc_library_load. */
bool oc_library_open(struct oc_library *library, void (*load)(void));
void oc_library_load(struct oc_library *library);

#endif

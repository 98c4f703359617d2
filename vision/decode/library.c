/* See library.h. */
#include "vision/decode/library.h"
#include <dlfcn.h>
#include <string.h>

void oc_library_load(struct oc_library *library)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL); /* never closed: once in the process's life */
    library->there = handle != NULL;
    for (size_t i = 0; library->there && i < library->n_symbols; i++) {
        void *address = dlsym(handle, library->symbols[i].name);
        library->there = address != NULL;
        memcpy(library->symbols[i].to, &address, sizeof address);
    }
}

bool oc_library_open(struct oc_library *library, void (*load)(void))
{
    pthread_once(library->once, load);
    return library->there;
}

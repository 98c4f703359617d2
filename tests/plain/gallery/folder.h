/* A folder for a gallery of a test's own, and vectors for it. */
#ifndef OC_TEST_GALLERY_FOLDER_H
#define OC_TEST_GALLERY_FOLDER_H

#include <dirent.h>
#include <unistd.h>
#include "gallery/gallery.h"

struct folder {
    char name[64], path[96];
};

/* fast: in memory where that is possible, for who commits thousands of times. */
static inline bool folder_make(struct folder *f, bool fast)
{
    snprintf(f->name, sizeof f->name, "%s/oc_gallery_XXXXXX", fast && !access("/dev/shm", W_OK) ? "/dev/shm" : "/tmp");
    if (!mkdtemp(f->name))
        return false;
    snprintf(f->path, sizeof f->path, "%s/g.sqlite", f->name);
    return true;
}

static inline void folder_empty(const struct folder *f)
{
    DIR *d = opendir(f->name);
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", f->name, e->d_name);
        if (e->d_name[0] != '.')
            unlink(path);
    }
    if (d)
        closedir(d);
}

static inline void folder_remove(const struct folder *f)
{
    folder_empty(f);
    rmdir(f->name);
}

static inline void fill(float *v, size_t n, uint64_t seed)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        v[i] = (float)(int64_t)(x >> 40) / (1 << 23) - 1;
    }
}

#endif

/* A gallery in a folder of its own, and vectors for it. */
#ifndef OC_TEST_GALLERY_SUPPORT_H
#define OC_TEST_GALLERY_SUPPORT_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>
#include "gallery/gallery.h"

enum { DIM = 70 }; /* no multiple of the padding */

struct box {
    char folder[64], path[128];
    struct oc_gallery *g;
    struct oc_err err;
};

static inline struct oc_gallery_model model_of(const char *name, uint8_t print, size_t dim)
{
    struct oc_gallery_model m = {.dim = dim};
    snprintf(m.name, sizeof m.name, "%s", name);
    memset(m.fingerprint, print, sizeof m.fingerprint);
    return m;
}

static inline void box_open(struct box *b, const struct oc_gallery_options *more)
{
    struct oc_gallery_options opt = more ? *more : (struct oc_gallery_options){.path = NULL};
    opt.path = b->path;
    cr_assert_eq(oc_gallery_new(&opt, &b->g, &b->err), OC_OK, "%s", b->err.msg);
}

static inline void box_reopen(struct box *b, const struct oc_gallery_options *more)
{
    oc_gallery_free(b->g);
    box_open(b, more);
}

static inline void box_make(struct box *b, const struct oc_gallery_options *more)
{
    snprintf(b->folder, sizeof b->folder, "%s/oc_gallery_XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm"); /* thousands of commits */
    cr_assert(mkdtemp(b->folder));
    snprintf(b->path, sizeof b->path, "%s/deep//er/g.sqlite", b->folder);
    box_open(b, more);
}

static inline void box_end(struct box *b)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock", "-journal"};
    char path[256];
    oc_gallery_free(b->g);
    for (size_t i = 0; i < OC_ARRAY_LEN(ends); i++) {
        snprintf(path, sizeof path, "%s%s", b->path, ends[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/deep/er", b->folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/deep", b->folder);
    rmdir(path);
    cr_assert_eq(rmdir(b->folder), 0, "something else lies in %s", b->folder);
}

/* Numbers that look like a face's vector: the same seed, the same vector. */
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

static inline enum oc_status enrol(struct box *b, const char *subject, const struct oc_gallery_model *m, uint64_t seed, uint8_t *id)
{
    float v[512];
    uint8_t ids[1][OC_FACE_ID];
    fill(v, m->dim, seed);
    struct oc_new_face f = {.vector = v};
    enum oc_status st = oc_gallery_add(b->g, subject, m, &f, 1, ids, &b->err);
    if (!st && id)
        memcpy(id, ids[0], OC_FACE_ID);
    return st;
}

/* The most similar subject, in a static buffer; "" when nobody is. */
static inline const char *who(struct box *b, const struct oc_gallery_model *m, uint64_t seed, double *similarity)
{
    static char name[LIM_SUBJECT_NAME + 1];
    float v[512];
    struct oc_likenesses *c;
    fill(v, m->dim, seed);
    cr_assert_eq(oc_gallery_identify(b->g, m, v, 1, 1, &c, &b->err), OC_OK, "%s", b->err.msg);
    snprintf(name, sizeof name, "%s", c[0].n ? c[0].items[0].subject : "");
    if (similarity)
        *similarity = c[0].n ? c[0].items[0].similarity : -2;
    oc_mem_wipe_free(c);
    return name;
}

#endif

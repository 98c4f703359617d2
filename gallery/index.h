/*
 * The vectors of a gallery in memory, and the names of its subjects. Appending does not disturb searches: rows are written behind the last
 * one and then counted. What takes rows away or renames waits for the searches that run. Private to gallery/.
 *
 * Changes come from one thread at a time (the one that commits); searches and counts from any.
 */
#ifndef OC_GALLERY_INDEX_H
#define OC_GALLERY_INDEX_H

#include <pthread.h>
#include <stdatomic.h>
#include "gallery/gallery.h"

/* Rows of one allocation. */
struct oc_index_block {
    float *rows;                 /* owned, aligned; capacity x stride */
    int64_t *faces, *subjects;   /* owned, one block: rows of the tables */
    uint8_t (*ids)[OC_FACE_ID];  /* in that block too */
    size_t first, capacity;      /* its first row's place in the index */
};

struct oc_index_name {
    int64_t subject;
    char *name; /* owned */
};

struct oc_index {
    pthread_rwlock_t lock; /* read: searching; write: taking away */
    size_t dim, stride;    /* floats of a vector, and from one row to the next */
    struct oc_index_block *blocks; /* table of max_blocks */
    size_t n_blocks, max_blocks;
    atomic_size_t n; /* rows */
    atomic_size_t bytes;
    pthread_mutex_t names_lock; /* a leaf: taken inside `lock` */
    struct oc_index_name *names; /* by subject */
    size_t n_names, cap_names;
};

enum oc_status oc_index_init(struct oc_index *ix, size_t max_rows, struct oc_err *err) OC_MUST_CHECK;
void oc_index_deinit(struct oc_index *ix); /* overwritten first */

/* Room for so many rows more than there are, of that length. Fails with OC_DECLINED, without a message, when there are rows of another
 * length. */
enum oc_status oc_index_reserve(struct oc_index *ix, size_t dim, size_t more, struct oc_err *err) OC_MUST_CHECK;
/* Appends a row; room was reserved. vector: dim numbers of length 1. */
void oc_index_append(struct oc_index *ix, int64_t face, int64_t subject, const uint8_t id[OC_FACE_ID], const float *vector);
void oc_index_remove_face(struct oc_index *ix, int64_t face);
void oc_index_remove_rows(struct oc_index *ix, int64_t subject);
/* Rows of one subject become another's. */
void oc_index_move(struct oc_index *ix, int64_t from, int64_t to);
void oc_index_clear(struct oc_index *ix); /* rows and names */

/* Room for so many names more. */
enum oc_status oc_index_reserve_names(struct oc_index *ix, size_t more, struct oc_err *err) OC_MUST_CHECK;
/* Takes over `name`; room was reserved. A subject that has one gets the new one. */
void oc_index_name(struct oc_index *ix, int64_t subject, char *name);
void oc_index_forget_name(struct oc_index *ix, int64_t subject);
size_t oc_index_subjects(struct oc_index *ix);

/* See oc_gallery_identify; queries: n vectors of dim numbers, of length 1. dim other than the index's: nobody is found. */
enum oc_status oc_index_search(struct oc_index *ix, size_t dim, const float *queries, size_t n, size_t top, struct oc_likenesses **out,
                               struct oc_err *err) OC_MUST_CHECK;

#endif

/* The inside of a gallery: connections, the queue of changes, the index. Private to gallery/. */
#ifndef OC_GALLERY_STORE_H
#define OC_GALLERY_STORE_H

#include "gallery/db.h"
#include "gallery/index.h"

enum oc_gallery_state {
    OC_GALLERY_ABSENT, /* there is no file */
    OC_GALLERY_OPEN,
    OC_GALLERY_FAILED /* why: see `why` */
};

struct oc_gallery {
    struct oc_gallery_options options; /* path: owned */
    char *path;
    pthread_mutex_t open_lock; /* opening: state, why, tried_ns, lock_fd */
    atomic_int state;
    struct oc_err why;
    int64_t tried_ns;
    int lock_fd; /* of FILE.lock; -1: not held */

    /* Changes: commit.c. */
    pthread_mutex_t queue_lock;
    pthread_cond_t queue_done;
    struct oc_op *queue, **queue_end;
    bool leading;           /* a thread commits */
    size_t pending;         /* faces, and subjects, that the batch has added so far; the leader's */
    size_t pending_names;
    bool purge_due;         /* what was deleted is still in the log */
    bool importing;
    struct oc_db write;     /* the leader's */

    pthread_mutex_t read_lock;
    struct oc_db read;

    struct oc_index index;
    pthread_rwlock_t model_lock; /* a leaf */
    struct oc_gallery_model model;
    bool bound;
    atomic_size_t faces;
    atomic_uint_fast64_t commits, identified, identify_ns;
};

/* Opens the file when that is not done. create: makes it when it is not there; else *absent says so. */
enum oc_status oc_gallery_ensure(struct oc_gallery *g, bool create, bool *absent, struct oc_err *err) OC_MUST_CHECK;

/* One change. Owned by the caller, who waits. */
struct oc_op {
    /* Changes the database inside a transaction; makes room in the index. Called again when the transaction has to be repeated. */
    enum oc_status (*run)(struct oc_gallery *g, struct oc_op *op, struct oc_err *err);
    void (*apply)(struct oc_gallery *g, struct oc_op *op); /* after the commit: the same in memory; cannot fail */
    bool purge;                                            /* something is deleted */
    /* commit.c's */
    enum oc_status status;
    struct oc_err *err;
    bool done;
    bool later; /* set by run, with an error: not in one transaction with the changes before it */
    int tries;
    struct oc_op *next;
};
/* Runs the change together with those of other threads that wait at the same time; returns when it is durable, or its error. */
enum oc_status oc_gallery_commit(struct oc_gallery *g, struct oc_op *op, struct oc_err *err) OC_MUST_CHECK;
/* Cuts the log, so that what was deleted is nowhere in the files any more. The leader's. */
void oc_gallery_purge(struct oc_gallery *g);

/* The vector with length 1, in memory of its own (oc_mem_wipe_free). OC_E_INVALID unless it is finite and not all zero. */
enum oc_status oc_gallery_unit(const float *v, size_t dim, float **out, struct oc_err *err) OC_MUST_CHECK;
/* Lists and identify: is this the gallery's model? An unbound gallery: yes. */
enum oc_status oc_gallery_check_model(struct oc_gallery *g, const struct oc_gallery_model *model, struct oc_err *err) OC_MUST_CHECK;
/* The error that tells both models. */
enum oc_status oc_gallery_wrong_model(const struct oc_gallery_model *has, const struct oc_gallery_model *given, struct oc_err *err);

/* --- pieces of changes, inside a transaction: put.c --- */

/* A face with its subject, as it goes into the tables and then into the index. */
struct oc_put {
    const char *subject;
    const struct oc_gallery_model *model;
    const struct oc_new_face *face; /* NULL: only the subject */
    uint8_t id[OC_FACE_ID];
    float *unit; /* owned: oc_put_deinit */
    int64_t subject_row, face_row;
    bool new_subject;
    char *name; /* owned until applied: of a new subject */
};

/* Checks what can be checked without the database, and gives an id. */
enum oc_status oc_put_prepare(struct oc_put *p, const char *subject, const struct oc_gallery_model *model, const struct oc_new_face *face,
                              struct oc_err *err) OC_MUST_CHECK;
void oc_put_deinit(struct oc_put *p);
/* OC_DECLINED: memory has vectors of another length, which the tables have no more. */
enum oc_status oc_put_run(struct oc_gallery *g, struct oc_put *p, struct oc_err *err) OC_MUST_CHECK;
void oc_put_apply(struct oc_gallery *g, struct oc_put *p);

/* Row of a subject; OC_E_NOT_FOUND. */
enum oc_status oc_find_subject(struct oc_db *db, const char *name, int64_t *row, struct oc_err *err) OC_MUST_CHECK;
/* Row of a face, and its subject's; subject (may be NULL): it must be that one's. OC_E_NOT_FOUND. */
enum oc_status oc_find_face(struct oc_db *db, const char *subject, const uint8_t id[OC_FACE_ID], int64_t *row, int64_t *subject_row,
                            struct oc_err *err) OC_MUST_CHECK;
/* The gallery's model by its tables; *row 0: not bound. */
enum oc_status oc_read_model(struct oc_db *db, int64_t *row, struct oc_gallery_model *model, struct oc_err *err) OC_MUST_CHECK;
/* The row of a model, made when it is not there. */
enum oc_status oc_model_row(struct oc_db *db, const struct oc_gallery_model *model, int64_t *row, struct oc_err *err) OC_MUST_CHECK;
/* Inserts or replaces a face's vector of that model. */
enum oc_status oc_put_vector(struct oc_db *db, int64_t face, int64_t model, const float *unit, size_t dim, struct oc_err *err) OC_MUST_CHECK;
/* The same model: equal fingerprints and lengths. */
bool oc_same_model(const struct oc_gallery_model *a, const struct oc_gallery_model *b);

#endif

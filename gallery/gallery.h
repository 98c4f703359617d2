/*
 * The gallery: subjects (people) and their faces, as vectors of one embedder, in a SQLite file and in memory. What a call has confirmed
 * is on disk; what it has refused has changed nothing. Searching reads memory only and never waits for the disk. All functions are
 * thread-safe.
 *
 * A gallery belongs to the model whose faces were enrolled first; vectors of another are OC_E_OTHER_MODEL until the gallery is re-embedded.
 * A file is made by the first change, with mode 0600; one writer has it at a time (FILE.lock).
 *
 *     st = oc_gallery_new(&options, &g, err);
 *     st = oc_gallery_add(g, "Ada", &model, &face, 1, &id, err);
 *     st = oc_gallery_identify(g, &model, vector, 1, 5, &found, err);
 *     oc_gallery_free(g);
 *
 * Statuses that any call may give: OC_E_STORAGE when the file cannot be used (corrupt, made by a newer program, another writer has it,
 * read-only, an error of the disk), OC_E_STORAGE_FULL when the disk or the gallery is full, OC_E_NOMEM. Each tells which file and why.
 */
#ifndef OC_GALLERY_GALLERY_H
#define OC_GALLERY_GALLERY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/sha256.h"

#define OC_FACE_ID 16                        /* bytes of a face's id: a random UUID (RFC 9562, version 4) */
#define OC_FACE_ID_TEXT 37                   /* as text, "8d3c…-…", with its NUL                          */
#define OC_FINGERPRINT OC_SHA256_BYTES       /* what tells one model's vectors from another's             */
#define OC_GALLERY_MODEL_NAME (LIM_MODEL_ID + 32)

struct oc_gallery;

struct oc_gallery_options {
    const char *path;   /* of the database; copied */
    bool keep_pictures; /* pictures given with faces are stored */
    size_t max_faces;   /* 0: LIM_GALLERY_FACES */
    size_t max_bytes;   /* of the database; 0: no limit but the disk's */
    bool read_only;     /* no changes, and the writer's lock is not taken: for looking at a gallery that a server has */
    bool no_search;     /* vectors are not kept in memory; oc_gallery_identify finds nobody */
};

/* Makes a gallery that has not looked at its file yet; the first call does, or oc_gallery_load. OC_E_INVALID, OC_E_NOMEM. */
enum oc_status oc_gallery_new(const struct oc_gallery_options *opt, struct oc_gallery **out, struct oc_err *err) OC_MUST_CHECK;
/* Nobody uses it any more. Vectors in memory are overwritten. NULL is fine. */
void oc_gallery_free(struct oc_gallery *g);
/*
 * Opens the file, brings it to this program's version, reads the vectors. A file that is not there is an empty gallery. After a failure
 * other calls try again, at most once a second.
 */
enum oc_status oc_gallery_load(struct oc_gallery *g, struct oc_err *err) OC_MUST_CHECK;

/* Pictures given with faces are stored. */
bool oc_gallery_keeps_pictures(const struct oc_gallery *g);

/* Who made a vector. */
struct oc_gallery_model {
    char name[OC_GALLERY_MODEL_NAME]; /* for people: the fingerprint decides */
    uint8_t fingerprint[OC_FINGERPRINT];
    size_t dim;
};

/* The gallery's model; *bound false: nobody is enrolled yet. */
enum oc_status oc_gallery_model(struct oc_gallery *g, struct oc_gallery_model *model, bool *bound, struct oc_err *err) OC_MUST_CHECK;

struct oc_gallery_counts {
    size_t subjects, faces;
    size_t searchable; /* faces whose vector is the gallery's model's: all, unless a re-embedding could not convert some */
    size_t bytes;      /* memory of vectors */
    uint64_t commits, identified; /* transactions, and searches, since the start */
    uint64_t identify_ns;         /* time of those searches together */
};
/* What is known in memory; zeros when the file cannot be used. Never waits for the disk. */
struct oc_gallery_counts oc_gallery_count(struct oc_gallery *g);

/* --- names and ids --- */

/*
 * A subject's name as it is stored: blanks before and after cut off, in Unicode's form C (text[0..n-1] into out, NUL-terminated), so that a
 * name is found however its accents were typed. OC_E_INVALID when nothing that can be seen is left, when it is longer than LIM_SUBJECT_NAME bytes, not UTF-8, has control characters, or is "." or "..", which no URL can carry. Names
 * that differ in a byte after that are different.
 */
enum oc_status oc_subject_name(const char *text, size_t n, char out[LIM_SUBJECT_NAME + 1], struct oc_err *err) OC_MUST_CHECK;
void oc_face_id_format(const uint8_t id[OC_FACE_ID], char out[OC_FACE_ID_TEXT]);
bool oc_face_id_parse(const char *text, uint8_t id[OC_FACE_ID]) OC_MUST_CHECK;

/* --- changes: durable when they return OC_OK --- */

/* A face to be enrolled; everything is borrowed for the call. */
struct oc_new_face {
    const float *vector; /* model->dim numbers, finite, not all zero; stored with length 1 */
    const uint8_t *id;   /* NULL: a new one */
    int64_t created_s;   /* seconds since 1970; 0: now */
    bool has_box;        /* the four below are known: the face was found in a picture */
    float box[4];        /* x1 y1 x2 y2 in the upright picture */
    float score, quality;
    bool aligned;        /* the picture is the aligned face */
    const void *picture; /* the file as it came; NULL: none. Stored only by a gallery that keeps pictures */
    size_t picture_len;
};

/*
 * Enrols n faces of one subject, all or none; the subject is made when it is not there (n 0: only that). ids (n of them, may be NULL) get
 * the faces' ids. OC_E_OTHER_MODEL; OC_E_INVALID for a vector that is none, OC_E_CONFLICT for an id that is there already;
 * OC_E_STORAGE_FULL past max_faces.
 */
enum oc_status oc_gallery_add(struct oc_gallery *g, const char *subject, const struct oc_gallery_model *model,
                              const struct oc_new_face *faces, size_t n, uint8_t (*ids)[OC_FACE_ID], struct oc_err *err) OC_MUST_CHECK;
/* Makes a subject without faces; OC_E_CONFLICT when it is there. */
enum oc_status oc_gallery_add_subject(struct oc_gallery *g, const char *subject, struct oc_err *err) OC_MUST_CHECK;
/*
 * Renames. When `to` is there: OC_E_CONFLICT, or with `merge` the faces move to it and `from` ends. *merged (may be NULL) says which.
 * OC_E_NOT_FOUND.
 */
enum oc_status oc_gallery_rename(struct oc_gallery *g, const char *from, const char *to, bool merge, bool *merged,
                                 struct oc_err *err) OC_MUST_CHECK;
/* Deletes a subject with its faces, *faces (may be NULL) of them; NULL: all subjects. OC_E_NOT_FOUND. */
enum oc_status oc_gallery_remove_subject(struct oc_gallery *g, const char *subject, size_t *faces, struct oc_err *err) OC_MUST_CHECK;
/* Deletes the faces of a subject, who stays. OC_E_NOT_FOUND. */
enum oc_status oc_gallery_remove_faces(struct oc_gallery *g, const char *subject, size_t *faces, struct oc_err *err) OC_MUST_CHECK;
/* Deletes one face; of that subject, or of any with NULL. The subject stays. OC_E_NOT_FOUND. */
enum oc_status oc_gallery_remove_face(struct oc_gallery *g, const char *subject, const uint8_t id[OC_FACE_ID],
                                      struct oc_err *err) OC_MUST_CHECK;

/* --- lists: from the file; everything handed out is valid during the callback --- */

struct oc_subject {
    const char *name;
    size_t faces;
    int64_t created_s;
};

/* Calls fn for subjects in the order of their names' bytes, from the first after `after` (NULL: the first) on, at most `limit`. A status
 * that is not OC_OK ends it and is returned. */
enum oc_status oc_gallery_subjects(struct oc_gallery *g, const char *after, size_t limit,
                                   enum oc_status (*fn)(void *arg, const struct oc_subject *s), void *arg, struct oc_err *err) OC_MUST_CHECK;
/* The same for one; OC_E_NOT_FOUND. */
enum oc_status oc_gallery_subject(struct oc_gallery *g, const char *name, enum oc_status (*fn)(void *arg, const struct oc_subject *s),
                                  void *arg, struct oc_err *err) OC_MUST_CHECK;

struct oc_stored_face {
    const char *subject;
    uint8_t id[OC_FACE_ID];
    int64_t created_s;
    bool has_box, aligned, has_picture;
    float box[4], score, quality;
    bool searchable;          /* it has a vector of the gallery's model */
    const char *model;        /* whose vector that is; else of its newest vector */
    const uint8_t *fingerprint;
    const float *vector;      /* dim numbers, length 1; NULL unless asked for */
    size_t dim;
    const void *picture;      /* NULL unless asked for and kept */
    size_t picture_len;
};

enum { OC_FACE_VECTOR = 1 << 0, OC_FACE_PICTURE = 1 << 1 }; /* what is read beside the rest */

struct oc_face_range {
    const char *subject;  /* NULL: of all */
    const uint8_t *after; /* an id: from the next on; NULL: from the first. OC_E_NOT_FOUND when it is not there */
    size_t skip, limit;
    unsigned what; /* OC_FACE_VECTOR, OC_FACE_PICTURE */
};

/* Faces in the order in which they were enrolled. OC_E_NOT_FOUND for a subject that is not there. */
enum oc_status oc_gallery_faces(struct oc_gallery *g, const struct oc_face_range *range,
                                enum oc_status (*fn)(void *arg, const struct oc_stored_face *f), void *arg, struct oc_err *err) OC_MUST_CHECK;
/* One face; OC_E_NOT_FOUND. */
enum oc_status oc_gallery_face(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], unsigned what,
                               enum oc_status (*fn)(void *arg, const struct oc_stored_face *f), void *arg, struct oc_err *err) OC_MUST_CHECK;

/* --- search: in memory --- */

struct oc_likeness {
    const char *subject;
    double similarity;       /* cosine with the subject's most similar face, -1..1 */
    uint8_t id[OC_FACE_ID];  /* that face */
};

/* Candidates of one query, best first; each subject once. */
struct oc_likenesses {
    struct oc_likeness *items;
    size_t n;
};

/*
 * The `top` (1..LIM_GALLERY_TOP) most similar subjects for each of n vectors of model->dim numbers each, one after the other. *out: n lists
 * in one block with their names; free it with oc_mem_wipe_free. Equal similarities: the subject enrolled earlier first. OC_E_OTHER_MODEL
 * unless the gallery is empty; OC_E_INVALID for a vector that is none.
 */
enum oc_status oc_gallery_identify(struct oc_gallery *g, const struct oc_gallery_model *model, const float *vectors, size_t n, size_t top,
                                   struct oc_likenesses **out, struct oc_err *err) OC_MUST_CHECK;

/* --- for commands: import, another model, checking --- */

/*
 * Adds faces and subjects in one transaction, for imports: put any number of times, then end. Between begin and end no other call may be
 * made on this gallery, which must not be one that requests use (no_search).
 */
enum oc_status oc_gallery_import_begin(struct oc_gallery *g, struct oc_err *err) OC_MUST_CHECK;
/* face NULL: only the subject, who may be there. Statuses of oc_gallery_add; the transaction goes on after those that name the input. */
enum oc_status oc_gallery_import_put(struct oc_gallery *g, const char *subject, const struct oc_gallery_model *model,
                                     const struct oc_new_face *face, struct oc_err *err) OC_MUST_CHECK;
/* commit false: everything put is forgotten. */
enum oc_status oc_gallery_import_end(struct oc_gallery *g, bool commit, struct oc_err *err) OC_MUST_CHECK;

/* Another vector of a stored face, of a model that is not yet the gallery's; replaces one of that model. OC_E_NOT_FOUND. */
enum oc_status oc_gallery_put_vector(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], const struct oc_gallery_model *model,
                                     const float *vector, struct oc_err *err) OC_MUST_CHECK;
/* The face has a vector of that model. */
enum oc_status oc_gallery_has_vector(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], const struct oc_gallery_model *model, bool *has,
                                     struct oc_err *err) OC_MUST_CHECK;
/*
 * From now on the gallery is that model's; vectors of others go, where the face has one of it. *rest: faces that have none and can be
 * found no more; with `drop` they are deleted.
 */
enum oc_status oc_gallery_switch(struct oc_gallery *g, const struct oc_gallery_model *model, bool drop, size_t *rest,
                                 struct oc_err *err) OC_MUST_CHECK;

/*
 * PRAGMA integrity_check and foreign_key_check, and every vector's length and numbers. fn gets each complaint; *bad counts them.
 */
enum oc_status oc_gallery_check(struct oc_gallery *g, void (*fn)(void *arg, const char *complaint), void *arg, size_t *bad,
                                struct oc_err *err) OC_MUST_CHECK;

#endif

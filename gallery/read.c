/* Lists out of the database, on the readers' connection; see gallery.h. */
#include "gallery/store.h"

/* The connection for reading, locked; NULL with OC_OK: there is no file. A disk that cannot be written to has one connection for both. */
static enum oc_status begin(struct oc_gallery *g, struct oc_db **db, struct oc_err *err)
{
    bool absent;
    *db = NULL;
    enum oc_status st = oc_gallery_ensure(g, false, &absent, err);
    if (st || absent)
        return st;
    pthread_mutex_lock(&g->read_lock);
    *db = g->read.handle ? &g->read : &g->write;
    oc_db_roll_back(*db);
    st = oc_db_run(*db, OC_SQL_BEGIN_READ, err); /* one state of the database for all statements */
    if (st)
        pthread_mutex_unlock(&g->read_lock);
    return st;
}

static enum oc_status end(struct oc_gallery *g, struct oc_db *db, enum oc_status st, struct oc_err *err)
{
    struct oc_err second;
    enum oc_status closed = oc_db_run(db, OC_SQL_COMMIT, &second);
    if (closed)
        oc_db_roll_back(db);
    pthread_mutex_unlock(&g->read_lock);
    return st || !closed ? st : oc_err_set(err, closed, "%s", second.msg);
}

static enum oc_status no_subject(const char *name, struct oc_err *err)
{
    return oc_err_set(err, OC_E_NOT_FOUND, "there is no subject '%s'", name);
}

static enum oc_status give_subject(sqlite3_stmt *s, enum oc_status (*fn)(void *arg, const struct oc_subject *s), void *arg)
{
    const char *name = (const char *)sqlite3_column_text(s, 0);
    struct oc_subject subject = {name ? name : "", (size_t)sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2)};
    return fn(arg, &subject);
}

enum oc_status oc_gallery_subjects(struct oc_gallery *g, const char *after, size_t limit,
                                   enum oc_status (*fn)(void *arg, const struct oc_subject *s), void *arg, struct oc_err *err)
{
    struct oc_db *db;
    sqlite3_stmt *s = NULL;
    bool row = true;
    enum oc_status st = begin(g, &db, err);
    if (st || !db)
        return st;
    st = oc_db_get(db, OC_SQL_SUBJECT_LIST, &s, err);
    if (!st) {
        sqlite3_bind_text(s, 1, after ? after : "", -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 2, (sqlite3_int64)limit);
    }
    while (!st && !(st = oc_db_step(db, s, &row, err)) && row)
        st = give_subject(s, fn, arg);
    if (s)
        oc_db_done(s);
    return end(g, db, st, err);
}

enum oc_status oc_gallery_subject(struct oc_gallery *g, const char *name, enum oc_status (*fn)(void *arg, const struct oc_subject *s),
                                  void *arg, struct oc_err *err)
{
    struct oc_db *db;
    sqlite3_stmt *s = NULL;
    bool row = false;
    enum oc_status st = begin(g, &db, err);
    if (st || !db)
        return st ? st : no_subject(name, err);
    st = oc_db_get(db, OC_SQL_SUBJECT_ONE, &s, err);
    if (!st) {
        sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
        st = oc_db_step(db, s, &row, err);
    }
    if (!st)
        st = row ? give_subject(s, fn, arg) : no_subject(name, err);
    if (s)
        oc_db_done(s);
    return end(g, db, st, err);
}

/* What is read of faces, and who gets it. */
struct reader {
    struct oc_db *db;
    unsigned what;
    enum oc_status (*fn)(void *arg, const struct oc_stored_face *f);
    void *arg;
};

/* A large value, piece by piece where it lies; *data is owned (oc_mem_wipe_free). */
static enum oc_status read_blob(struct oc_db *db, const char *table, int64_t row, void **data, size_t *n, struct oc_err *err)
{
    sqlite3_blob *blob = NULL;
    int rc = sqlite3_blob_open(db->handle, "main", table, "data", row, 0, &blob);
    if (rc != SQLITE_OK)
        return oc_db_fail(db, rc, table, err);
    *n = (size_t)sqlite3_blob_bytes(blob);
    *data = oc_mem_alloc(OC_MEM_GALLERY, *n ? *n : 1);
    enum oc_status st = *data ? OC_OK : oc_err_nomem(err, table, *n);
    if (!st) {
        rc = sqlite3_blob_read(blob, *data, (int)*n, 0);
        st = rc == SQLITE_OK ? OC_OK : oc_db_fail(db, rc, table, err);
    }
    sqlite3_blob_close(blob);
    return st;
}

static void read_columns(sqlite3_stmt *s, struct oc_stored_face *f)
{
    const void *id = sqlite3_column_blob(s, 1);
    const char *name = (const char *)sqlite3_column_text(s, 0);
    f->subject = name ? name : "";
    if (id && sqlite3_column_bytes(s, 1) == OC_FACE_ID)
        memcpy(f->id, id, OC_FACE_ID);
    f->created_s = sqlite3_column_int64(s, 2);
    f->has_box = sqlite3_column_type(s, 3) != SQLITE_NULL;
    for (int i = 0; i < 4; i++)
        f->box[i] = (float)sqlite3_column_double(s, 3 + i);
    f->score = (float)sqlite3_column_double(s, 7);
    f->quality = (float)sqlite3_column_double(s, 8);
    f->aligned = sqlite3_column_int(s, 9);
    f->has_picture = sqlite3_column_int(s, 10);
    f->searchable = sqlite3_column_int(s, 12);
    const char *model = (const char *)sqlite3_column_text(s, 13);
    f->model = model ? model : "";
    f->fingerprint = sqlite3_column_bytes(s, 14) == OC_FINGERPRINT ? sqlite3_column_blob(s, 14) : NULL;
    f->dim = (size_t)sqlite3_column_int64(s, 15);
}

static enum oc_status give_face(const struct reader *r, sqlite3_stmt *s, struct oc_err *err)
{
    struct oc_stored_face f = {.subject = ""};
    void *vector = NULL, *picture = NULL;
    size_t bytes = 0;
    read_columns(s, &f);
    enum oc_status st = OC_OK;
    if ((r->what & OC_FACE_VECTOR) && sqlite3_column_type(s, 11) != SQLITE_NULL)
        st = read_blob(r->db, "vector", sqlite3_column_int64(s, 11), &vector, &bytes, err);
    if (!st && vector && bytes != f.dim * sizeof(float))
        st = oc_err_set(err, OC_E_STORAGE, "gallery %s: is damaged: a vector of %zu bytes where %zu numbers are expected", r->db->name, bytes,
                        f.dim);
    if (!st && (r->what & OC_FACE_PICTURE) && f.has_picture)
        st = read_blob(r->db, "picture", sqlite3_column_int64(s, 16), &picture, &f.picture_len, err);
    f.vector = vector;
    f.picture = picture;
    if (!st)
        st = r->fn(r->arg, &f);
    oc_mem_wipe_free(vector);
    oc_mem_wipe_free(picture);
    return st;
}

static enum oc_status list_faces(const struct reader *r, const struct oc_face_range *range, struct oc_err *err)
{
    int64_t subject = 0, after = 0, other;
    sqlite3_stmt *s = NULL;
    bool row = true;
    enum oc_status st = range->subject ? oc_find_subject(r->db, range->subject, &subject, err) : OC_OK;
    if (!st && range->after)
        st = oc_find_face(r->db, range->subject, range->after, &after, &other, err);
    if (!st)
        st = oc_db_get(r->db, range->subject ? OC_SQL_FACE_LIST : OC_SQL_FACE_LIST_ALL, &s, err);
    if (st)
        return st;
    if (range->subject)
        sqlite3_bind_int64(s, 1, subject);
    sqlite3_bind_int64(s, 2, after);
    sqlite3_bind_int64(s, 3, range->limit > INT64_MAX ? -1 : (sqlite3_int64)range->limit);
    sqlite3_bind_int64(s, 4, range->skip > INT64_MAX ? INT64_MAX : (sqlite3_int64)range->skip);
    while (!st && !(st = oc_db_step(r->db, s, &row, err)) && row)
        st = give_face(r, s, err);
    oc_db_done(s);
    return st;
}

enum oc_status oc_gallery_faces(struct oc_gallery *g, const struct oc_face_range *range,
                                enum oc_status (*fn)(void *arg, const struct oc_stored_face *f), void *arg, struct oc_err *err)
{
    struct reader r = {.what = range->what, .fn = fn, .arg = arg};
    enum oc_status st = begin(g, &r.db, err);
    if (st || !r.db)
        return st || !range->subject ? st : no_subject(range->subject, err);
    st = list_faces(&r, range, err);
    return end(g, r.db, st, err);
}

enum oc_status oc_gallery_face(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], unsigned what,
                               enum oc_status (*fn)(void *arg, const struct oc_stored_face *f), void *arg, struct oc_err *err)
{
    struct reader r = {.what = what, .fn = fn, .arg = arg};
    char text[OC_FACE_ID_TEXT];
    sqlite3_stmt *s = NULL;
    bool row = false;
    oc_face_id_format(id, text);
    enum oc_status st = begin(g, &r.db, err);
    if (st || !r.db)
        return st ? st : oc_err_set(err, OC_E_NOT_FOUND, "there is no face %s", text);
    st = oc_db_get(r.db, OC_SQL_FACE_ONE, &s, err);
    if (!st) {
        sqlite3_bind_blob(s, 1, id, OC_FACE_ID, SQLITE_STATIC);
        st = oc_db_step(r.db, s, &row, err);
    }
    if (!st)
        st = row ? give_face(&r, s, err) : oc_err_set(err, OC_E_NOT_FOUND, "there is no face %s", text);
    if (s)
        oc_db_done(s);
    return end(g, r.db, st, err);
}

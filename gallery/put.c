/* Faces, subjects and models into the tables, inside a transaction; see store.h. */
#include <sys/random.h>
#include "gallery/store.h"

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

/* A statement that gives one number or nothing. */
static enum oc_status one_number(struct oc_db *db, sqlite3_stmt *s, bool *found, int64_t *out, struct oc_err *err)
{
    enum oc_status st = oc_db_step(db, s, found, err);
    if (!st && *found) {
        *out = sqlite3_column_int64(s, 0);
        oc_db_done(s);
    }
    return st;
}

enum oc_status oc_find_subject(struct oc_db *db, const char *name, int64_t *row, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool found = false;
    enum oc_status st = oc_db_get(db, OC_SQL_SUBJECT_FIND, &s, err);
    if (st)
        return st;
    bind_text(s, 1, name);
    st = one_number(db, s, &found, row, err);
    return st || found ? st : oc_err_set(err, OC_E_NOT_FOUND, "there is no subject '%s'", name);
}

enum oc_status oc_find_face(struct oc_db *db, const char *subject, const uint8_t id[OC_FACE_ID], int64_t *row, int64_t *subject_row,
                            struct oc_err *err)
{
    sqlite3_stmt *s;
    bool found = false;
    char text[OC_FACE_ID_TEXT];
    int64_t wanted = 0;
    enum oc_status st = subject ? oc_find_subject(db, subject, &wanted, err) : OC_OK;
    if (!st)
        st = oc_db_get(db, OC_SQL_FACE_FIND, &s, err);
    if (st)
        return st;
    sqlite3_bind_blob(s, 1, id, OC_FACE_ID, SQLITE_STATIC);
    st = oc_db_step(db, s, &found, err);
    if (!st && found) {
        *row = sqlite3_column_int64(s, 0);
        *subject_row = sqlite3_column_int64(s, 1);
        oc_db_done(s);
    }
    if (st || (found && (!subject || *subject_row == wanted)))
        return st;
    oc_face_id_format(id, text);
    return subject ? oc_err_set(err, OC_E_NOT_FOUND, "subject '%s' has no face %s", subject, text)
                   : oc_err_set(err, OC_E_NOT_FOUND, "there is no face %s", text);
}

enum oc_status oc_read_model(struct oc_db *db, int64_t *row, struct oc_gallery_model *model, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool found = false;
    *row = 0;
    *model = (struct oc_gallery_model){.dim = 0};
    enum oc_status st = oc_db_get(db, OC_SQL_MODEL, &s, err);
    if (!st)
        st = oc_db_step(db, s, &found, err);
    if (st || !found)
        return st;
    const void *print = sqlite3_column_blob(s, 2);
    const char *name = (const char *)sqlite3_column_text(s, 1);
    int64_t dim = sqlite3_column_int64(s, 3);
    if (!print || sqlite3_column_bytes(s, 2) != OC_FINGERPRINT || !name || dim < 2 || dim > LIM_VECTOR_DIM) {
        st = oc_err_set(err, OC_E_STORAGE, "gallery %s: is damaged: its model is not valid", db->name);
    } else {
        *row = sqlite3_column_int64(s, 0);
        snprintf(model->name, sizeof model->name, "%s", name);
        memcpy(model->fingerprint, print, OC_FINGERPRINT);
        model->dim = (size_t)dim;
    }
    oc_db_done(s);
    return st;
}

static enum oc_status find_model(struct oc_db *db, const struct oc_gallery_model *model, bool *found, int64_t *row, struct oc_err *err)
{
    sqlite3_stmt *s;
    enum oc_status st = oc_db_get(db, OC_SQL_MODEL_FIND, &s, err);
    if (st)
        return st;
    sqlite3_bind_blob(s, 1, model->fingerprint, OC_FINGERPRINT, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)model->dim);
    return one_number(db, s, found, row, err);
}

enum oc_status oc_model_row(struct oc_db *db, const struct oc_gallery_model *model, int64_t *row, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool found = false;
    enum oc_status st = find_model(db, model, &found, row, err);
    if (st || found)
        return st;
    st = oc_db_get(db, OC_SQL_MODEL_ADD, &s, err);
    if (st)
        return st;
    bind_text(s, 1, model->name);
    sqlite3_bind_blob(s, 2, model->fingerprint, OC_FINGERPRINT, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)model->dim);
    st = oc_db_step(db, s, NULL, err);
    *row = sqlite3_last_insert_rowid(db->handle);
    return st;
}

enum oc_status oc_put_vector(struct oc_db *db, int64_t face, int64_t model, const float *unit, size_t dim, struct oc_err *err)
{
    sqlite3_stmt *s;
    enum oc_status st = oc_db_get(db, OC_SQL_VECTOR_ADD, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, face);
    sqlite3_bind_int64(s, 2, model);
    sqlite3_bind_blob(s, 3, unit, (int)(dim * sizeof *unit), SQLITE_STATIC);
    return oc_db_step(db, s, NULL, err);
}

/* The gallery is a model's from its first face on, and nobody's when it has none any more. */
static enum oc_status bind_model(struct oc_gallery *g, const struct oc_gallery_model *model, int64_t *row, struct oc_err *err)
{
    struct oc_db *db = &g->write;
    struct oc_gallery_model has;
    sqlite3_stmt *s;
    bool found = false;
    int64_t vectors = 0;
    enum oc_status st = oc_read_model(db, row, &has, err);
    if (st || (*row && oc_same_model(&has, model)))
        return st;
    st = oc_db_get(db, OC_SQL_ANY_VECTOR, &s, err);
    if (!st)
        st = one_number(db, s, &found, &vectors, err);
    if (!st && vectors && *row)
        return oc_gallery_wrong_model(&has, model, err);
    if (!st)
        st = oc_model_row(db, model, row, err);
    if (!st)
        st = oc_db_get(db, OC_SQL_MODEL_SET, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, *row);
    return oc_db_step(db, s, NULL, err);
}

static enum oc_status new_id(uint8_t id[OC_FACE_ID], struct oc_err *err)
{
    if (getrandom(id, OC_FACE_ID, 0) != OC_FACE_ID)
        return oc_err_set(err, OC_E_INTERNAL, "no random numbers");
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40); /* RFC 9562, version 4 */
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    return OC_OK;
}

static enum oc_status check_name(const char *subject, struct oc_err *err)
{
    char name[LIM_SUBJECT_NAME + 1];
    enum oc_status st = oc_subject_name(subject, strlen(subject), name, err);
    return st || !strcmp(name, subject) ? st : oc_err_set(err, OC_E_INVALID, "subject: the name has blanks before or after it");
}

enum oc_status oc_put_prepare(struct oc_put *p, const char *subject, const struct oc_gallery_model *model, const struct oc_new_face *face,
                              struct oc_err *err)
{
    *p = (struct oc_put){.subject = subject, .model = model, .face = face};
    enum oc_status st = check_name(subject, err);
    if (st || !face)
        return st;
    if (face->picture_len > LIM_GALLERY_PICTURE)
        return oc_err_set(err, OC_E_BODY_TOO_LARGE, "picture: %zu bytes, at most %zu can be kept", face->picture_len, LIM_GALLERY_PICTURE);
    if (face->id)
        memcpy(p->id, face->id, OC_FACE_ID);
    else
        st = new_id(p->id, err);
    return st ? st : oc_gallery_unit(face->vector, model->dim, &p->unit, err);
}

void oc_put_deinit(struct oc_put *p)
{
    oc_mem_wipe_free(p->unit);
    oc_mem_wipe_free(p->name);
    p->unit = NULL;
    p->name = NULL;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec;
}

/* The subject's row, made when it is not there; with room for its name in memory. */
static enum oc_status put_subject(struct oc_gallery *g, struct oc_put *p, struct oc_err *err)
{
    struct oc_db *db = &g->write;
    sqlite3_stmt *s;
    struct oc_err quiet;
    enum oc_status st = oc_find_subject(db, p->subject, &p->subject_row, &quiet);
    oc_mem_wipe_free(p->name);
    p->name = NULL;
    p->new_subject = false;
    if (st != OC_E_NOT_FOUND)
        return st ? oc_err_set(err, st, "%s", quiet.msg) : OC_OK;
    st = oc_db_get(db, OC_SQL_SUBJECT_ADD, &s, err);
    if (st)
        return st;
    bind_text(s, 1, p->subject);
    sqlite3_bind_int64(s, 2, p->face && p->face->created_s ? p->face->created_s : now());
    st = oc_db_step(db, s, NULL, err);
    if (st)
        return st;
    p->subject_row = sqlite3_last_insert_rowid(db->handle);
    p->new_subject = true;
    if (g->options.no_search)
        return OC_OK;
    p->name = oc_mem_strdup(OC_MEM_GALLERY, p->subject);
    if (!p->name)
        return oc_err_nomem(err, "a subject's name", strlen(p->subject));
    st = oc_index_reserve_names(&g->index, g->pending_names + 1, err);
    g->pending_names++;
    return st;
}

static void bind_place(sqlite3_stmt *s, const struct oc_new_face *f)
{
    for (int i = 0; f->has_box && i < 4; i++)
        sqlite3_bind_double(s, 4 + i, (double)f->box[i]);
    if (f->has_box) {
        sqlite3_bind_double(s, 8, (double)f->score);
        sqlite3_bind_double(s, 9, (double)f->quality);
    }
    sqlite3_bind_int(s, 10, f->aligned);
}

static enum oc_status insert_face(struct oc_gallery *g, struct oc_put *p, struct oc_err *err)
{
    struct oc_db *db = &g->write;
    sqlite3_stmt *s;
    enum oc_status st = oc_db_get(db, OC_SQL_FACE_ADD, &s, err);
    if (st)
        return st;
    sqlite3_bind_blob(s, 1, p->id, OC_FACE_ID, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, p->subject_row);
    sqlite3_bind_int64(s, 3, p->face->created_s ? p->face->created_s : now());
    bind_place(s, p->face);
    int rc = sqlite3_step(s);
    if (rc == SQLITE_DONE)
        p->face_row = sqlite3_last_insert_rowid(db->handle);
    else if (rc == SQLITE_CONSTRAINT_UNIQUE)
        st = oc_err_set(err, OC_E_CONFLICT, "a face with this id is enrolled already");
    else
        st = oc_db_fail(db, rc, "a face", err);
    oc_db_done(s);
    return st;
}

static enum oc_status insert_picture(struct oc_gallery *g, const struct oc_put *p, struct oc_err *err)
{
    sqlite3_stmt *s;
    if (!g->options.keep_pictures || !p->face->picture_len)
        return OC_OK;
    enum oc_status st = oc_db_get(&g->write, OC_SQL_PICTURE_ADD, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, p->face_row);
    sqlite3_bind_blob(s, 2, p->face->picture, (int)p->face->picture_len, SQLITE_STATIC);
    return oc_db_step(&g->write, s, NULL, err);
}

static enum oc_status put_face(struct oc_gallery *g, struct oc_put *p, struct oc_err *err)
{
    int64_t model = 0;
    if (atomic_load(&g->faces) + g->pending >= g->options.max_faces)
        return oc_err_set(err, OC_E_STORAGE_FULL, "gallery %s: is full: %zu faces (gallery-max-faces)", oc_db_name(g->path), g->options.max_faces);
    enum oc_status st = bind_model(g, p->model, &model, err);
    (void)(st || (st = insert_face(g, p, err)) || (st = oc_put_vector(&g->write, p->face_row, model, p->unit, p->model->dim, err)) ||
           (st = insert_picture(g, p, err)));
    if (!st && !g->options.no_search)
        st = oc_index_reserve(&g->index, p->model->dim, g->pending + 1, err);
    if (st == OC_DECLINED)
        oc_err_set(err, OC_E_STORAGE, "gallery %s: was changed by another program", oc_db_name(g->path));
    g->pending++;
    return st;
}

enum oc_status oc_put_run(struct oc_gallery *g, struct oc_put *p, struct oc_err *err)
{
    enum oc_status st = put_subject(g, p, err);
    return st || !p->face ? st : put_face(g, p, err);
}

void oc_put_apply(struct oc_gallery *g, struct oc_put *p)
{
    if (p->name)
        oc_index_name(&g->index, p->subject_row, p->name);
    p->name = NULL;
    if (!p->face)
        return;
    pthread_rwlock_wrlock(&g->model_lock);
    g->model = *p->model;
    g->bound = true;
    pthread_rwlock_unlock(&g->model_lock);
    if (!g->options.no_search)
        oc_index_append(&g->index, p->face_row, p->subject_row, p->id, p->unit);
    atomic_fetch_add(&g->faces, 1);
}

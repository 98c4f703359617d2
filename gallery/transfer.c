/* What commands do: imports in one transaction, vectors of another model, checking; see gallery.h. */
#include <math.h>
#include "gallery/store.h"

/* --- import --- */

enum oc_status oc_gallery_import_begin(struct oc_gallery *g, struct oc_err *err)
{
    bool absent;
    enum oc_status st = g->options.read_only ? oc_err_set(err, OC_E_STORAGE, "gallery %s: was opened to be read", oc_db_name(g->path))
                                             : oc_gallery_ensure(g, true, &absent, err);
    if (!st && g->write.read_only)
        st = oc_err_set(err, OC_E_STORAGE, "gallery %s: cannot be written to", oc_db_name(g->path));
    g->pending = g->pending_names = 0;
    return st ? st : oc_db_run(&g->write, OC_SQL_BEGIN, err);
}

enum oc_status oc_gallery_import_put(struct oc_gallery *g, const char *subject, const struct oc_gallery_model *model,
                                     const struct oc_new_face *face, struct oc_err *err)
{
    struct oc_put p;
    struct oc_err second;
    size_t pending = g->pending;
    enum oc_status st = oc_put_prepare(&p, subject, model, face, err), back = OC_OK;
    if (!st) {
        st = oc_db_run(&g->write, OC_SQL_SAVEPOINT, err);
        if (!st)
            st = oc_put_run(g, &p, err);
        if (st && !sqlite3_get_autocommit(g->write.handle))
            back = oc_db_run(&g->write, OC_SQL_ROLLBACK_TO, &second);
        if (!back && !sqlite3_get_autocommit(g->write.handle))
            back = oc_db_run(&g->write, OC_SQL_RELEASE, &second);
    }
    if (st)
        g->pending = pending;
    oc_put_deinit(&p);
    return st || !back ? st : oc_err_set(err, back, "%s", second.msg);
}

enum oc_status oc_gallery_import_end(struct oc_gallery *g, bool commit, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    if (commit)
        st = sqlite3_get_autocommit(g->write.handle) ? oc_err_set(err, OC_E_STORAGE, "gallery %s: the transaction was rolled back", oc_db_name(g->path))
                                                     : oc_db_run(&g->write, OC_SQL_COMMIT, err);
    oc_db_roll_back(&g->write);
    if (!st && commit)
        atomic_fetch_add(&g->faces, g->pending);
    g->pending = 0;
    return st;
}

/* --- another model --- */

struct vector_op {
    struct oc_op op;
    const uint8_t *id;
    const struct oc_gallery_model *model;
    const float *unit;
};

static void nothing(struct oc_gallery *g, struct oc_op *op)
{
    (void)g;
    (void)op;
}

static enum oc_status vector_run(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    const struct vector_op *v = (const struct vector_op *)(const void *)op;
    int64_t face = 0, subject, model = 0;
    enum oc_status st = oc_find_face(&g->write, NULL, v->id, &face, &subject, err);
    if (!st)
        st = oc_model_row(&g->write, v->model, &model, err);
    return st ? st : oc_put_vector(&g->write, face, model, v->unit, v->model->dim, err);
}

enum oc_status oc_gallery_put_vector(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], const struct oc_gallery_model *model,
                                     const float *vector, struct oc_err *err)
{
    float *unit;
    enum oc_status st = oc_gallery_unit(vector, model->dim, &unit, err);
    struct vector_op v = {.op = {.run = vector_run, .apply = nothing}, .id = id, .model = model, .unit = unit};
    if (!st)
        st = oc_gallery_commit(g, &v.op, err);
    oc_mem_wipe_free(unit);
    return st;
}

enum oc_status oc_gallery_has_vector(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], const struct oc_gallery_model *model, bool *has,
                                     struct oc_err *err)
{
    int64_t face = 0, subject, row = 0;
    sqlite3_stmt *s;
    bool absent, found = false;
    *has = false;
    enum oc_status st = oc_gallery_ensure(g, false, &absent, err);
    if (st || absent)
        return st;
    (void)((st = oc_find_face(&g->write, NULL, id, &face, &subject, err)) || (st = oc_db_get(&g->write, OC_SQL_MODEL_FIND, &s, err)));
    if (st)
        return st;
    sqlite3_bind_blob(s, 1, model->fingerprint, OC_FINGERPRINT, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)model->dim);
    st = oc_db_step(&g->write, s, &found, err);
    if (st || !found)
        return st;
    row = sqlite3_column_int64(s, 0);
    oc_db_done(s);
    st = oc_db_get(&g->write, OC_SQL_VECTOR_HAS, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, face);
    sqlite3_bind_int64(s, 2, row);
    st = oc_db_step(&g->write, s, has, err);
    if (!st && *has)
        oc_db_done(s);
    return st;
}

struct switch_op {
    struct oc_op op;
    const struct oc_gallery_model *model;
    bool drop;
    int64_t faces, converted;
};

static enum oc_status with_model(struct oc_gallery *g, enum oc_sql which, int64_t model, int64_t *number, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool row = false;
    enum oc_status st = oc_db_get(&g->write, which, &s, err);
    if (st)
        return st;
    if (sqlite3_bind_parameter_count(s))
        sqlite3_bind_int64(s, 1, model);
    st = oc_db_step(&g->write, s, &row, err);
    if (!st && row) {
        if (number)
            *number = sqlite3_column_int64(s, 0);
        oc_db_done(s);
    }
    return st;
}

static enum oc_status switch_run(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    struct switch_op *w = (struct switch_op *)(void *)op;
    int64_t model = 0;
    enum oc_status st = oc_model_row(&g->write, w->model, &model, err);
    (void)(st || (st = with_model(g, OC_SQL_FACE_COUNT_ALL, 0, &w->faces, err)) ||
           (st = with_model(g, OC_SQL_VECTOR_COUNT, model, &w->converted, err)) ||
           (st = with_model(g, OC_SQL_VECTOR_CONVERTED, model, NULL, err)) || (st = with_model(g, OC_SQL_MODEL_SET, model, NULL, err)));
    if (!st && w->drop)
        st = with_model(g, OC_SQL_FACE_DROP_REST, model, NULL, err);
    return st ? st : with_model(g, OC_SQL_MODEL_DROP_UNUSED, model, NULL, err);
}

static void switch_apply(struct oc_gallery *g, struct oc_op *op)
{
    struct switch_op *w = (struct switch_op *)(void *)op;
    pthread_rwlock_wrlock(&g->model_lock);
    g->model = *w->model;
    g->bound = true;
    pthread_rwlock_unlock(&g->model_lock);
    if (w->drop)
        atomic_store(&g->faces, (size_t)w->converted);
}

enum oc_status oc_gallery_switch(struct oc_gallery *g, const struct oc_gallery_model *model, bool drop, size_t *rest, struct oc_err *err)
{
    struct switch_op w = {.op = {.run = switch_run, .apply = switch_apply, .purge = true}, .model = model, .drop = drop};
    if (!g->options.no_search)
        return oc_err_set(err, OC_E_INVALID, "gallery %s: a gallery that is being searched cannot change its model", oc_db_name(g->path));
    enum oc_status st = oc_gallery_commit(g, &w.op, err);
    *rest = st ? 0 : (size_t)(w.faces - w.converted);
    return st;
}

/* --- checking --- */

struct checker {
    void (*fn)(void *arg, const char *complaint);
    void *arg;
    size_t bad;
};

static void complain(struct checker *c, const char *text)
{
    c->bad++;
    c->fn(c->arg, text);
}

/* Each row of a PRAGMA is a complaint, but for "ok". */
static enum oc_status check_pragma(struct oc_db *db, struct checker *c, const char *pragma, struct oc_err *err)
{
    sqlite3_stmt *s = NULL;
    char text[512], sql[64];
    snprintf(sql, sizeof sql, "PRAGMA %s", pragma);
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(s);
        const char *first = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
        if (!first || !strcmp(first, "ok"))
            continue;
        snprintf(text, sizeof text, "%s: %s", pragma, first);
        complain(c, text);
    }
    enum oc_status st = OC_OK;
    if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB) {
        snprintf(text, sizeof text, "%s: %s", pragma, sqlite3_errmsg(db->handle));
        complain(c, text);
    } else if (rc != SQLITE_DONE) {
        st = oc_db_fail(db, rc, pragma, err);
    }
    sqlite3_finalize(s);
    return st;
}

static enum oc_status check_face(void *arg, const struct oc_stored_face *f)
{
    struct checker *c = arg;
    char id[OC_FACE_ID_TEXT], text[256];
    double sum = 0;
    oc_face_id_format(f->id, id);
    for (size_t i = 0; f->vector && i < f->dim; i++)
        sum += (double)f->vector[i] * (double)f->vector[i];
    if (f->vector && sum > 0.99 && sum < 1.01)
        return OC_OK;
    snprintf(text, sizeof text, f->vector ? "face %s: its vector's length is %g, not 1" : "face %s: it has no vector", id, sqrt(sum));
    complain(c, text);
    return OC_OK;
}

enum oc_status oc_gallery_check(struct oc_gallery *g, void (*fn)(void *arg, const char *complaint), void *arg, size_t *bad,
                                struct oc_err *err)
{
    struct checker c = {fn, arg, 0};
    bool absent;
    *bad = 0;
    enum oc_status st = oc_gallery_ensure(g, false, &absent, err);
    if (st || absent)
        return st;
    pthread_mutex_lock(&g->read_lock);
    struct oc_db *db = g->read.handle ? &g->read : &g->write;
    st = check_pragma(db, &c, "integrity_check", err);
    if (!st)
        st = check_pragma(db, &c, "foreign_key_check", err);
    pthread_mutex_unlock(&g->read_lock);
    if (!st && !c.bad)
        st = oc_gallery_faces(g, &(struct oc_face_range){.limit = SIZE_MAX, .what = OC_FACE_VECTOR}, check_face, &c, err);
    *bad = c.bad;
    return st;
}

/* The changes of gallery.h, each as an op of the commit queue. */
#include "gallery/store.h"

static struct oc_err *text_of(struct oc_err *err, struct oc_err *own)
{
    return err ? err : own;
}

/* --- enrolling --- */

struct add {
    struct oc_op op;
    struct oc_put *puts;
    size_t n;
    bool must_be_new;
};

static enum oc_status add_run(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    struct add *a = (struct add *)(void *)op;
    enum oc_status st = OC_OK;
    size_t before = g->pending, names = g->pending_names;
    for (size_t i = 0; !st && i < a->n; i++)
        st = oc_put_run(g, &a->puts[i], err);
    if (!st && a->must_be_new && !a->puts[0].new_subject)
        st = oc_err_set(err, OC_E_CONFLICT, "there is a subject '%s' already", a->puts[0].subject);
    op->later = st == OC_DECLINED; /* rows of another length: a change before this one deletes them */
    if (st) {
        g->pending = before;
        g->pending_names = names;
    }
    return op->later ? OC_E_STORAGE : st;
}

static void add_apply(struct oc_gallery *g, struct oc_op *op)
{
    struct add *a = (struct add *)(void *)op;
    for (size_t i = 0; i < a->n; i++)
        oc_put_apply(g, &a->puts[i]);
}

static enum oc_status add(struct oc_gallery *g, struct add *a, const char *subject, const struct oc_gallery_model *model,
                          const struct oc_new_face *faces, struct oc_err *err)
{
    size_t bytes;
    enum oc_status st = OC_OK;
    a->puts = oc_mem_array(OC_MEM_GALLERY, a->n, sizeof *a->puts);
    if (!a->puts)
        return oc_size_mul(a->n, sizeof *a->puts, &bytes) ? oc_err_nomem(err, "faces", bytes) : oc_err_nomem(err, "faces", SIZE_MAX);
    for (size_t i = 0; !st && i < a->n; i++)
        st = oc_put_prepare(&a->puts[i], subject, model, faces ? &faces[i] : NULL, err);
    return st ? st : oc_gallery_commit(g, &a->op, err);
}

static void add_deinit(struct add *a)
{
    for (size_t i = 0; a->puts && i < a->n; i++)
        oc_put_deinit(&a->puts[i]);
    oc_mem_free(a->puts);
}

enum oc_status oc_gallery_add(struct oc_gallery *g, const char *subject, const struct oc_gallery_model *model,
                              const struct oc_new_face *faces, size_t n, uint8_t (*ids)[OC_FACE_ID], struct oc_err *err)
{
    struct oc_err own = {0};
    struct add a = {.op = {.run = add_run, .apply = add_apply}, .n = n ? n : 1};
    enum oc_status st = add(g, &a, subject, model, n ? faces : NULL, text_of(err, &own));
    for (size_t i = 0; !st && ids && i < n; i++)
        memcpy(ids[i], a.puts[i].id, OC_FACE_ID);
    add_deinit(&a);
    return st;
}

enum oc_status oc_gallery_add_subject(struct oc_gallery *g, const char *subject, struct oc_err *err)
{
    struct oc_err own = {0};
    struct add a = {.op = {.run = add_run, .apply = add_apply}, .n = 1, .must_be_new = true};
    enum oc_status st = add(g, &a, subject, NULL, NULL, text_of(err, &own));
    add_deinit(&a);
    return st;
}

/* --- renaming --- */

struct rename_op {
    struct oc_op op;
    const char *from, *to;
    bool merge, merged;
    int64_t row, into;
    char *name; /* owned until applied */
};

static enum oc_status two_rows(struct oc_gallery *g, enum oc_sql which, int64_t a, int64_t b, struct oc_err *err)
{
    sqlite3_stmt *s;
    enum oc_status st = oc_db_get(&g->write, which, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, a);
    if (b)
        sqlite3_bind_int64(s, 2, b);
    return oc_db_step(&g->write, s, NULL, err);
}

static enum oc_status merge_rows(struct oc_gallery *g, const struct rename_op *r, struct oc_err *err)
{
    enum oc_status st = two_rows(g, OC_SQL_FACE_MOVE, r->row, r->into, err);
    return st ? st : two_rows(g, OC_SQL_SUBJECT_DELETE, r->row, 0, err);
}

static enum oc_status rename_row(struct oc_gallery *g, struct rename_op *r, struct oc_err *err)
{
    sqlite3_stmt *s;
    enum oc_status st = oc_db_get(&g->write, OC_SQL_SUBJECT_RENAME, &s, err);
    if (st)
        return st;
    sqlite3_bind_int64(s, 1, r->row);
    sqlite3_bind_text(s, 2, r->to, -1, SQLITE_STATIC);
    return oc_db_step(&g->write, s, NULL, err);
}

static enum oc_status rename_run(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    struct rename_op *r = (struct rename_op *)(void *)op;
    struct oc_err quiet;
    enum oc_status st = oc_find_subject(&g->write, r->from, &r->row, err);
    if (st)
        return st;
    st = oc_find_subject(&g->write, r->to, &r->into, &quiet);
    r->merged = !st && r->into != r->row;
    if (st == OC_E_NOT_FOUND || (!st && !r->merged))
        return rename_row(g, r, err);
    if (st)
        return oc_err_set(err, st, "%s", quiet.msg);
    if (!r->merge)
        return oc_err_set(err, OC_E_CONFLICT, "there is a subject '%s' already; merge=true puts both together", r->to);
    return merge_rows(g, r, err);
}

static void rename_apply(struct oc_gallery *g, struct oc_op *op)
{
    struct rename_op *r = (struct rename_op *)(void *)op;
    if (g->options.no_search)
        return;
    if (r->merged) {
        oc_index_move(&g->index, r->row, r->into);
        oc_index_forget_name(&g->index, r->row);
        return;
    }
    oc_index_name(&g->index, r->row, r->name); /* it has one: no room is needed */
    r->name = NULL;
}

enum oc_status oc_gallery_rename(struct oc_gallery *g, const char *from, const char *to, bool merge, bool *merged, struct oc_err *err)
{
    struct oc_err own = {0};
    char name[LIM_SUBJECT_NAME + 1];
    err = text_of(err, &own);
    struct rename_op r = {.op = {.run = rename_run, .apply = rename_apply, .purge = true}, .from = from, .to = name, .merge = merge};
    enum oc_status st = oc_subject_name(to, strlen(to), name, err);
    if (st)
        return st;
    r.name = oc_mem_strdup(OC_MEM_GALLERY, name);
    st = r.name ? oc_gallery_commit(g, &r.op, err) : oc_err_nomem(err, "a subject's name", strlen(name));
    oc_mem_wipe_free(r.name);
    if (merged)
        *merged = !st && r.merged;
    return st;
}

/* --- deleting --- */

struct remove_op {
    struct oc_op op;
    const char *subject; /* NULL: all, or of any */
    const uint8_t *id;   /* NULL: all of the subject's */
    bool keep_subject;
    int64_t row, face, faces;
};

static enum oc_status count_faces(struct oc_gallery *g, struct remove_op *r, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool row = false;
    enum oc_status st = oc_db_get(&g->write, r->subject ? OC_SQL_FACE_COUNT : OC_SQL_FACE_COUNT_ALL, &s, err);
    if (st)
        return st;
    if (r->subject)
        sqlite3_bind_int64(s, 1, r->row);
    st = oc_db_step(&g->write, s, &row, err);
    if (!st && row) {
        r->faces = sqlite3_column_int64(s, 0);
        oc_db_done(s);
    }
    return st;
}

static enum oc_status remove_run(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    struct remove_op *r = (struct remove_op *)(void *)op;
    if (r->id) {
        enum oc_status st = oc_find_face(&g->write, r->subject, r->id, &r->face, &r->row, err);
        r->faces = 1;
        return st ? st : two_rows(g, OC_SQL_FACE_DELETE, r->face, 0, err);
    }
    enum oc_status st = r->subject ? oc_find_subject(&g->write, r->subject, &r->row, err) : OC_OK;
    if (!st)
        st = count_faces(g, r, err);
    if (st)
        return st;
    if (!r->subject)
        return oc_db_run(&g->write, OC_SQL_SUBJECT_CLEAR, err);
    return two_rows(g, r->keep_subject ? OC_SQL_FACE_DELETE_ALL : OC_SQL_SUBJECT_DELETE, r->row, 0, err);
}

static void remove_apply(struct oc_gallery *g, struct oc_op *op)
{
    struct remove_op *r = (struct remove_op *)(void *)op;
    atomic_fetch_sub(&g->faces, (size_t)r->faces);
    if (g->options.no_search)
        return;
    if (r->id) {
        oc_index_remove_face(&g->index, r->face);
    } else if (!r->subject) {
        oc_index_clear(&g->index);
    } else {
        oc_index_remove_rows(&g->index, r->row);
        if (!r->keep_subject)
            oc_index_forget_name(&g->index, r->row);
    }
}

static enum oc_status remove_with(struct oc_gallery *g, struct remove_op *r, size_t *faces, struct oc_err *err)
{
    struct oc_err own = {0};
    bool absent;
    err = text_of(err, &own);
    r->op = (struct oc_op){.run = remove_run, .apply = remove_apply, .purge = true};
    enum oc_status st = oc_gallery_ensure(g, false, &absent, err);
    if (faces)
        *faces = 0;
    if (!st && absent) /* a file is not made for the sake of a deletion */
        return r->subject ? oc_err_set(err, OC_E_NOT_FOUND, "there is no subject '%s'", r->subject)
               : r->id    ? oc_err_set(err, OC_E_NOT_FOUND, "there is no such face")
                          : OC_OK;
    if (!st)
        st = oc_gallery_commit(g, &r->op, err);
    if (!st && faces)
        *faces = (size_t)r->faces;
    return st;
}

enum oc_status oc_gallery_remove_subject(struct oc_gallery *g, const char *subject, size_t *faces, struct oc_err *err)
{
    return remove_with(g, &(struct remove_op){.subject = subject}, faces, err);
}

enum oc_status oc_gallery_remove_faces(struct oc_gallery *g, const char *subject, size_t *faces, struct oc_err *err)
{
    return remove_with(g, &(struct remove_op){.subject = subject, .keep_subject = true}, faces, err);
}

enum oc_status oc_gallery_remove_face(struct oc_gallery *g, const char *subject, const uint8_t id[OC_FACE_ID], struct oc_err *err)
{
    return remove_with(g, &(struct remove_op){.subject = subject, .id = id}, NULL, err);
}

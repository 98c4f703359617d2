/*
 * Changes share commits: a commit waits for the disk, so while one thread commits, those that come meanwhile queue up, and the next commit
 * takes them all. Each change is a savepoint of its own: one that is refused leaves the others alone. See store.h.
 */
#include "base/log.h"
#include "gallery/store.h"

enum { PURGE_WAIT_MS = 200 };

/* One change in its savepoint. An error that is returned ended the whole transaction; the change's own is in the change. */
static enum oc_status run_one(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    enum oc_status st = oc_db_run(&g->write, OC_SQL_SAVEPOINT, err);
    if (st)
        return st;
    op->later = false;
    op->status = op->run(g, op, op->err);
    if (sqlite3_get_autocommit(g->write.handle)) /* SQLite has rolled back */
        return oc_err_set(err, op->status ? op->status : OC_E_STORAGE, "%s", op->status && op->err ? op->err->msg : "gallery: rolled back");
    if (op->status)
        st = oc_db_run(&g->write, OC_SQL_ROLLBACK_TO, err);
    return st ? st : oc_db_run(&g->write, OC_SQL_RELEASE, err);
}

/* All of a list in one transaction, or none; the changes' own refusals apart. */
static enum oc_status run_list(struct oc_gallery *g, struct oc_op *first, struct oc_err *err)
{
    g->pending = g->pending_names = 0;
    oc_db_roll_back(&g->write);
    enum oc_status st = oc_db_run(&g->write, OC_SQL_BEGIN, err);
    for (struct oc_op *op = first; !st && op; op = op->next)
        st = run_one(g, op, err);
    if (!st)
        st = oc_db_run(&g->write, OC_SQL_COMMIT, err);
    if (st) {
        oc_db_roll_back(&g->write);
        return st;
    }
    atomic_fetch_add(&g->commits, 1);
    for (struct oc_op *op = first; op; op = op->next)
        if (!op->status) {
            op->apply(g, op);
            g->purge_due |= op->purge;
        }
    return OC_OK;
}

static void fail_list(struct oc_op *first, const struct oc_err *why)
{
    for (struct oc_op *op = first; op; op = op->next) {
        op->later = false;
        op->status = oc_err_set(op->err, why->code, "%s", why->msg);
    }
}

/* The log counts towards --gallery-max-bytes: with the database at its largest, it is kept empty. */
static bool beyond_limit(const struct oc_gallery *g)
{
    return g->options.max_bytes && oc_db_bytes(g->path) > g->options.max_bytes;
}

/* When a transaction of several fails, perhaps for the sake of one, each is tried by itself. */
static void run_batch(struct oc_gallery *g, struct oc_op *first)
{
    struct oc_err err;
    enum oc_status st = run_list(g, first, &err);
    if (st && !first->next)
        fail_list(first, &err);
    for (struct oc_op *op = first, *next; st && first->next && op; op = next) {
        next = op->next;
        op->next = NULL;
        if (run_list(g, op, &err))
            fail_list(op, &err);
        op->next = next;
    }
    if (g->purge_due || beyond_limit(g))
        oc_gallery_purge(g);
}

void oc_gallery_purge(struct oc_gallery *g)
{
    int log = 0, moved = 0;
    pthread_mutex_lock(&g->read_lock); /* our own reader would keep the log */
    sqlite3_busy_timeout(g->write.handle, PURGE_WAIT_MS);
    int rc = sqlite3_wal_checkpoint_v2(g->write.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, &log, &moved);
    sqlite3_busy_timeout(g->write.handle, LIM_GALLERY_BUSY_MS);
    pthread_mutex_unlock(&g->read_lock);
    g->purge_due = rc != SQLITE_OK;
    if (rc != SQLITE_OK) /* somebody reads: after the next change, or at the end */
        oc_log(OC_LOG_WARN, "gallery's log could not be cut yet, deleted faces may still be in it", OC_KV_S("path", g->path),
               OC_KV_S("why", sqlite3_errstr(rc)));
}

/* Takes what waits, at most a batch. */
static struct oc_op *take(struct oc_gallery *g)
{
    struct oc_op *first = g->queue, *last = first;
    for (int n = 1; n < LIM_GALLERY_BATCH && last->next; n++)
        last = last->next;
    g->queue = last->next;
    if (!g->queue)
        g->queue_end = &g->queue;
    last->next = NULL;
    return first;
}

/* Tells those whose change is decided; one that must wait for what this batch did in memory goes first next time. */
static void finish(struct oc_gallery *g, struct oc_op *first)
{
    for (struct oc_op *op = first, *next; op; op = next) {
        next = op->next;
        op->next = NULL;
        if (!op->later || ++op->tries == 3) {
            op->done = true;
            continue;
        }
        op->next = g->queue;
        g->queue = op;
        if (!op->next)
            g->queue_end = &op->next;
    }
    pthread_cond_broadcast(&g->queue_done);
}

enum oc_status oc_gallery_commit(struct oc_gallery *g, struct oc_op *op, struct oc_err *err)
{
    bool absent;
    enum oc_status st = g->options.read_only ? oc_err_set(err, OC_E_STORAGE, "gallery %s: was opened to be read", oc_db_name(g->path))
                                             : oc_gallery_ensure(g, true, &absent, err);
    if (!st && g->write.read_only)
        st = oc_err_set(err, OC_E_STORAGE, "gallery %s: cannot be written to", oc_db_name(g->path));
    if (st)
        return st;
    op->err = err;
    op->done = op->later = false;
    op->tries = 0;
    op->next = NULL;
    pthread_mutex_lock(&g->queue_lock);
    *g->queue_end = op;
    g->queue_end = &op->next;
    while (!op->done) {
        if (g->leading) {
            pthread_cond_wait(&g->queue_done, &g->queue_lock);
            continue;
        }
        struct oc_op *first = take(g);
        g->leading = true;
        pthread_mutex_unlock(&g->queue_lock);
        run_batch(g, first);
        pthread_mutex_lock(&g->queue_lock);
        g->leading = false;
        finish(g, first);
    }
    pthread_mutex_unlock(&g->queue_lock);
    return op->status;
}

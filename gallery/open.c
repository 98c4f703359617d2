/* Opening a gallery's file: the writer's lock, both connections, what is kept in memory; see store.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "gallery/store.h"

static enum oc_status system_error(const struct oc_gallery *g, const char *what, struct oc_err *err)
{
    enum oc_status st = errno == ENOSPC || errno == EDQUOT ? OC_E_STORAGE_FULL : OC_E_STORAGE;
    return oc_err_set(err, st, "gallery %s: %s: %s", oc_db_name(g->path), what, strerror(errno));
}

/* Folders above the file, for nobody but their owner. */
static enum oc_status make_folders(const struct oc_gallery *g, struct oc_err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", g->path);
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = 0;
        if (mkdir(path, 0700) && errno != EEXIST)
            return system_error(g, "making its folder", err);
        *p = '/';
    }
    return OC_OK;
}

/* Two writers would each miss what the other has enrolled. A disk that cannot be written to has none. */
static enum oc_status take_lock(struct oc_gallery *g, struct oc_err *err)
{
    char path[4200];
    if (g->options.read_only || g->lock_fd >= 0)
        return OC_OK;
    snprintf(path, sizeof path, "%s.lock", g->path);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EROFS || errno == EACCES ? OC_OK : system_error(g, "its lock", err);
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        enum oc_status st = errno == EWOULDBLOCK
                                ? oc_err_set(err, OC_E_STORAGE, "gallery %s: another process is using it (it holds %s)", oc_db_name(g->path), oc_db_name(path))
                                : system_error(g, "its lock", err);
        close(fd);
        return st;
    }
    g->lock_fd = fd;
    return OC_OK;
}

/* SQLite would make it with the mode of the umask. */
static enum oc_status make_file(const struct oc_gallery *g, struct oc_err *err)
{
    int fd = open(g->path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return system_error(g, "making it", err);
    if (fd >= 0)
        close(fd);
    return OC_OK;
}

static enum oc_status load_names(struct oc_gallery *g, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool row = true;
    enum oc_status st = oc_db_get(&g->write, OC_SQL_SUBJECT_NAMES, &s, err);
    while (!st && !(st = oc_db_step(&g->write, s, &row, err)) && row) {
        const char *text = (const char *)sqlite3_column_text(s, 1);
        st = oc_index_reserve_names(&g->index, 1, err);
        char *name = !st && text ? oc_mem_strdup(OC_MEM_GALLERY, text) : NULL;
        if (!st && !name)
            st = oc_err_nomem(err, "names of subjects", LIM_SUBJECT_NAME);
        if (!st)
            oc_index_name(&g->index, sqlite3_column_int64(s, 0), name);
    }
    if (st)
        return st; /* the connection is closed */
    return OC_OK;
}

/* Numbers that a search can bear: finite, of length 1. */
static bool is_unit(const float *v, size_t dim)
{
    double sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += (double)v[i] * (double)v[i];
    return sum > 0.99 && sum < 1.01;
}

static enum oc_status load_vectors(struct oc_gallery *g, int64_t model, size_t dim, struct oc_err *err)
{
    sqlite3_stmt *s;
    bool row = true;
    size_t bad = 0;
    enum oc_status st = oc_db_get(&g->write, OC_SQL_VECTOR_LOAD, &s, err);
    if (!st)
        sqlite3_bind_int64(s, 1, model);
    while (!st && !(st = oc_db_step(&g->write, s, &row, err)) && row) {
        const void *id = sqlite3_column_blob(s, 2), *data = sqlite3_column_blob(s, 3);
        bool fits = id && data && sqlite3_column_bytes(s, 2) == OC_FACE_ID && (size_t)sqlite3_column_bytes(s, 3) == dim * sizeof(float);
        if (!fits || !is_unit(data, dim)) {
            bad++;
            continue;
        }
        st = oc_index_reserve(&g->index, dim, 1, err);
        if (!st)
            oc_index_append(&g->index, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), id, data);
    }
    if (bad)
        oc_log(OC_LOG_WARN, "gallery has vectors that are not valid, they are left out", OC_KV_I("vectors", bad), OC_KV_S("path", g->path));
    return st;
}

static enum oc_status load(struct oc_gallery *g, struct oc_err *err)
{
    int64_t model = 0, faces = 0;
    struct oc_gallery_model has;
    sqlite3_stmt *s;
    bool row;
    enum oc_status st = oc_read_model(&g->write, &model, &has, err);
    if (!st)
        st = oc_db_get(&g->write, OC_SQL_FACE_COUNT_ALL, &s, err);
    if (!st)
        st = oc_db_step(&g->write, s, &row, err);
    if (!st && row) {
        faces = sqlite3_column_int64(s, 0);
        oc_db_done(s);
    }
    if (!st && !g->options.no_search)
        st = load_names(g, err);
    if (!st && !g->options.no_search && model)
        st = load_vectors(g, model, has.dim, err);
    if (st)
        return st;
    atomic_store(&g->faces, (size_t)faces);
    pthread_rwlock_wrlock(&g->model_lock);
    g->bound = model != 0;
    g->model = has;
    pthread_rwlock_unlock(&g->model_lock);
    return OC_OK;
}

static enum oc_status open_file(struct oc_gallery *g, bool create, struct oc_err *err)
{
    bool write = !g->options.read_only;
    enum oc_status st = create ? make_folders(g, err) : OC_OK;
    (void)(st || (st = take_lock(g, err)) || (create && (st = make_file(g, err))) ||
           (st = oc_db_open(&g->write, g->path, write, g->options.max_bytes, err)));
    if (!st && !g->write.read_only)
        st = oc_db_open(&g->read, g->path, false, 0, err);
    if (!st)
        st = load(g, err);
    if (!st)
        return OC_OK;
    oc_db_close(&g->read);
    oc_db_close(&g->write);
    oc_index_clear(&g->index);
    if (g->lock_fd >= 0)
        close(g->lock_fd);
    g->lock_fd = -1;
    return st;
}

static enum oc_status open_now(struct oc_gallery *g, bool create, bool *absent, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    if (atomic_load(&g->state) == OC_GALLERY_FAILED && start - g->tried_ns < OC_NS_PER_S)
        return oc_err_set(err, g->why.code, "%s", g->why.msg);
    *absent = access(g->path, F_OK) != 0 && errno == ENOENT;
    if (*absent && !create) {
        atomic_store(&g->state, OC_GALLERY_ABSENT);
        return OC_OK;
    }
    enum oc_status st = open_file(g, create, &g->why);
    g->tried_ns = oc_now_ns();
    atomic_store(&g->state, st ? OC_GALLERY_FAILED : OC_GALLERY_OPEN);
    if (st) {
        oc_log(OC_LOG_ERROR, "gallery cannot be used", OC_KV_S("path", g->path), OC_KV_S("why", g->why.msg));
        return oc_err_set(err, st, "%s", g->why.msg);
    }
    *absent = false;
    if (!g->options.read_only)
        oc_log(OC_LOG_INFO, "gallery", OC_KV_S("path", g->path), OC_KV_I("faces", atomic_load(&g->faces)),
               OC_KV_I("subjects", oc_index_subjects(&g->index)), OC_KV_S("model", g->bound ? g->model.name : ""),
               OC_KV_F("ms", (double)(g->tried_ns - start) / OC_NS_PER_MS));
    return OC_OK;
}

enum oc_status oc_gallery_ensure(struct oc_gallery *g, bool create, bool *absent, struct oc_err *err)
{
    *absent = false;
    if (atomic_load(&g->state) == OC_GALLERY_OPEN)
        return OC_OK;
    pthread_mutex_lock(&g->open_lock);
    enum oc_status st = OC_OK;
    if (atomic_load(&g->state) != OC_GALLERY_OPEN)
        st = open_now(g, create, absent, err);
    pthread_mutex_unlock(&g->open_lock);
    return st;
}

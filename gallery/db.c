/* See db.h. */
#include "gallery/db.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/mem.h"

#define APPLICATION 0x4f63656c /* "Ocel": PRAGMA application_id */
enum { PAGE = 8192 };          /* three vectors of 512 numbers on a page; of 4096 bytes a page would hold one, and be half empty */

/* What turns version i into i + 1. */
static const char *const migrations[OC_GALLERY_VERSION] = {
    "CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL, fingerprint BLOB NOT NULL, dim INTEGER NOT NULL,"
    " UNIQUE (fingerprint, dim)) STRICT;"
    "CREATE TABLE gallery (one INTEGER PRIMARY KEY CHECK (one = 1), model INTEGER REFERENCES model) STRICT;"
    "INSERT INTO gallery VALUES (1, NULL);"
    "CREATE TABLE subject (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL) STRICT;"
    "CREATE TABLE face (id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),"
    " subject INTEGER NOT NULL REFERENCES subject ON DELETE CASCADE, created INTEGER NOT NULL,"
    " x1 REAL, y1 REAL, x2 REAL, y2 REAL, score REAL, quality REAL, aligned INTEGER NOT NULL) STRICT;"
    "CREATE INDEX face_of_subject ON face (subject);"
    "CREATE TABLE vector (id INTEGER PRIMARY KEY, face INTEGER NOT NULL REFERENCES face ON DELETE CASCADE,"
    " model INTEGER NOT NULL REFERENCES model, data BLOB NOT NULL, UNIQUE (face, model)) STRICT;"
    "CREATE TABLE picture (face INTEGER PRIMARY KEY REFERENCES face ON DELETE CASCADE, data BLOB NOT NULL) STRICT;",
};

static bool disk_is_full(sqlite3 *handle)
{
    int number = handle ? sqlite3_system_errno(handle) : 0;
    return number == ENOSPC || number == EDQUOT;
}

const char *oc_db_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

enum oc_status oc_db_fail(struct oc_db *db, int rc, const char *what, struct oc_err *err)
{
    const char *text = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return oc_err_set(err, OC_E_NOMEM, "out of memory: gallery: %s", what);
    case SQLITE_FULL:
        return oc_err_set(err, OC_E_STORAGE_FULL, "gallery %s: the disk is full, or the database as large as it may become; nothing was changed",
                          db->name);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: another program has locked it", db->name);
    case SQLITE_READONLY:
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: cannot be written to", db->name);
    case SQLITE_NOTADB:
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: is no SQLite database", db->name);
    case SQLITE_CORRUPT:
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: is damaged (%s): 'ocelli gallery check' says more", db->name, text);
    default:
        break;
    }
    if (disk_is_full(db->handle))
        return oc_err_set(err, OC_E_STORAGE_FULL, "gallery %s: the disk is full; nothing was changed", db->name);
    return oc_err_set(err, OC_E_STORAGE, "gallery %s: %s: %s", db->name, what, text);
}

enum oc_status oc_db_get(struct oc_db *db, enum oc_sql which, sqlite3_stmt **out, struct oc_err *err)
{
    sqlite3_stmt **s = &db->statements[which];
    if (!*s) {
        int rc = sqlite3_prepare_v3(db->handle, oc_sql_text(which), -1, SQLITE_PREPARE_PERSISTENT, s, NULL);
        if (rc != SQLITE_OK)
            return oc_db_fail(db, rc, "a statement", err);
    }
    sqlite3_reset(*s);
    sqlite3_clear_bindings(*s);
    *out = *s;
    return OC_OK;
}

enum oc_status oc_db_step(struct oc_db *db, sqlite3_stmt *s, bool *row, struct oc_err *err)
{
    int rc = sqlite3_step(s);
    if (row)
        *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW && row)
        return OC_OK;
    enum oc_status st = rc == SQLITE_DONE || rc == SQLITE_ROW ? OC_OK : oc_db_fail(db, rc, "a step", err);
    oc_db_done(s);
    return st;
}

void oc_db_done(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s); /* what was bound may be gone from now on */
}

void oc_db_roll_back(struct oc_db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

enum oc_status oc_db_run(struct oc_db *db, enum oc_sql which, struct oc_err *err)
{
    sqlite3_stmt *s = NULL;
    enum oc_status st = oc_db_get(db, which, &s, err);
    return st ? st : oc_db_step(db, s, NULL, err);
}

enum oc_status oc_db_exec(struct oc_db *db, const char *sql, struct oc_err *err)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? OC_OK : oc_db_fail(db, rc, "setting up", err);
}

enum oc_status oc_db_number(struct oc_db *db, const char *sql, int64_t *out, struct oc_err *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL);
    enum oc_status st = rc == SQLITE_OK ? oc_db_step(db, s, &row, err) : oc_db_fail(db, rc, "a statement", err);
    *out = row ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return st;
}

/* Version 0 is an empty file, or somebody else's database. */
static enum oc_status check_version(struct oc_db *db, bool write, int64_t *version, struct oc_err *err)
{
    int64_t application = 0, tables = 0;
    enum oc_status st = oc_db_number(db, "PRAGMA application_id", &application, err);
    if (!st)
        st = oc_db_number(db, "PRAGMA user_version", version, err);
    if (!st)
        st = oc_db_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (st)
        return st;
    if (application != APPLICATION && (application || tables || *version))
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: is a database of another program", db->name);
    if (*version > OC_GALLERY_VERSION)
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: was written by a newer program (version %lld, this one knows %d)", db->name,
                          (long long)*version, OC_GALLERY_VERSION);
    if (*version < OC_GALLERY_VERSION && (!write || db->read_only))
        return oc_err_set(err, OC_E_STORAGE, "gallery %s: is of version %lld: it must be opened for writing once, to become version %d",
                          db->name, (long long)*version, OC_GALLERY_VERSION);
    return OC_OK;
}

static enum oc_status migrate(struct oc_db *db, int64_t version, struct oc_err *err)
{
    enum oc_status st = oc_db_exec(db, "BEGIN IMMEDIATE", err);
    for (; !st && version < OC_GALLERY_VERSION; version++)
        st = oc_db_exec(db, migrations[version], err);
    if (!st) {
        char sql[96];
        snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION, OC_GALLERY_VERSION);
        st = oc_db_exec(db, sql, err);
    }
    if (st)
        oc_db_roll_back(db);
    return st;
}

static enum oc_status set_up(struct oc_db *db, bool write, size_t max_bytes, struct oc_err *err)
{
    char sql[160];
    int64_t version = 0;
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, LIM_GALLERY_BUSY_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    snprintf(sql, sizeof sql, "PRAGMA page_size = %d; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -8192;"
             " PRAGMA temp_store = MEMORY", PAGE);
    enum oc_status st = oc_db_exec(db, sql, err);
    if (!st)
        st = check_version(db, write, &version, err);
    if (!write || db->read_only || st)
        return st;
    /* A commit is on disk when it returns; a log that has grown is cut again. */
    st = oc_db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216", err);
    if (!st && max_bytes) {
        snprintf(sql, sizeof sql, "PRAGMA max_page_count = %zu", max_bytes / PAGE ? max_bytes / PAGE : 1);
        st = oc_db_exec(db, sql, err);
    }
    return !st && version < OC_GALLERY_VERSION ? migrate(db, version, err) : st;
}

static enum oc_status open_as(struct oc_db *db, const char *name, int flags, bool write, size_t max_bytes, struct oc_err *err)
{
    int rc = sqlite3_open_v2(name, &db->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    if (rc != SQLITE_OK)
        return oc_db_fail(db, rc, "opening", err);
    db->read_only = sqlite3_db_readonly(db->handle, "main") == 1;
    return set_up(db, write, max_bytes, err);
}

/* As a URI, so that nothing in the path is taken for an option. */
static char *uri_of(const char *path, const char *query)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = strlen(path), size;
    if (!oc_size_mul(n, 3, &size) || !oc_size_add(size, strlen(query) + 8, &size))
        return NULL;
    char *uri = oc_mem_alloc(OC_MEM_GALLERY, size), *p = uri;
    if (!uri)
        return NULL;
    p += snprintf(p, size, "file:");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)path[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(".-_", c)) ||
            (c == '/' && (!i || path[i - 1] != '/'))) { /* two would begin the name of a host */
            *p++ = (char)c;
        } else {
            *p++ = '%';
            *p++ = digits[c >> 4];
            *p++ = digits[c & 15];
        }
    }
    snprintf(p, size - (size_t)(p - uri), "%s", query);
    return uri;
}

static enum oc_status open_uri(struct oc_db *db, const char *query, int flags, bool write, size_t max_bytes, struct oc_err *err)
{
    char *uri = uri_of(db->path, query);
    if (!uri)
        return oc_err_nomem(err, "a gallery's path", strlen(db->path));
    enum oc_status st = open_as(db, uri, flags, write, max_bytes, err);
    oc_mem_free(uri);
    if (st)
        oc_db_close(db);
    return st;
}

static size_t file_bytes(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && s.st_size > 0 ? (size_t)s.st_size : 0;
}

/* Of the log; SIZE_MAX without memory for its name. */
static size_t log_bytes(const char *path)
{
    char *log = sqlite3_mprintf("%s-wal", path);
    size_t bytes = log ? file_bytes(log) : SIZE_MAX;
    sqlite3_free(log);
    return bytes;
}

/* Changes that are in the log alone would be missed by who does not read it. */
static bool has_log(const char *path)
{
    return log_bytes(path) > 0;
}

size_t oc_db_bytes(const char *path)
{
    size_t bytes;
    return oc_size_add(file_bytes(path), log_bytes(path), &bytes) ? bytes : SIZE_MAX;
}

enum oc_status oc_db_open(struct oc_db *db, const char *path, bool write, size_t max_bytes, struct oc_err *err)
{
    *db = (struct oc_db){.path = path, .name = oc_db_name(path)};
    enum oc_status st = oc_db_setup(err);
    if (st)
        return st;
    st = open_uri(db, "", write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, write, max_bytes, err);
    if (st != OC_E_STORAGE || access(path, R_OK) != 0 || access(path, W_OK) == 0 || has_log(path))
        return st;
    /* A disk that cannot be written to has no place for the file that readers share: then nobody else writes either. */
    struct oc_err second;
    if (open_uri(db, "?immutable=1", SQLITE_OPEN_READONLY, false, 0, &second))
        return st;
    db->read_only = true;
    return OC_OK;
}

void oc_db_close(struct oc_db *db)
{
    for (int i = 0; i < OC_SQL_COUNT; i++) {
        sqlite3_finalize(db->statements[i]);
        db->statements[i] = NULL;
    }
    if (db->handle)
        sqlite3_close(db->handle);
    db->handle = NULL;
}

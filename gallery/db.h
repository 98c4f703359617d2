/* One connection to a gallery's database: opening, schema, prepared statements, errors. For one thread at a time. Private to gallery/. */
#ifndef OC_GALLERY_DB_H
#define OC_GALLERY_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include "base/err.h"

/* Schema of this program; PRAGMA user_version. */
#define OC_GALLERY_VERSION 1

/* Statements that are prepared once, on first use. Their text is in statements.c. */
enum oc_sql {
    OC_SQL_BEGIN,
    OC_SQL_BEGIN_READ,
    OC_SQL_COMMIT,
    OC_SQL_SAVEPOINT,
    OC_SQL_ROLLBACK_TO,
    OC_SQL_RELEASE,
    OC_SQL_MODEL,
    OC_SQL_MODEL_FIND,
    OC_SQL_MODEL_ADD,
    OC_SQL_MODEL_NAME,
    OC_SQL_MODEL_SET,
    OC_SQL_ANY_VECTOR,
    OC_SQL_SUBJECT_FIND,
    OC_SQL_SUBJECT_ADD,
    OC_SQL_SUBJECT_RENAME,
    OC_SQL_SUBJECT_DELETE,
    OC_SQL_SUBJECT_CLEAR,
    OC_SQL_SUBJECT_LIST,
    OC_SQL_SUBJECT_ONE,
    OC_SQL_SUBJECT_NAMES,
    OC_SQL_FACE_ADD,
    OC_SQL_FACE_FIND,
    OC_SQL_FACE_DELETE,
    OC_SQL_FACE_DELETE_ALL,
    OC_SQL_FACE_MOVE,
    OC_SQL_FACE_COUNT,
    OC_SQL_FACE_COUNT_ALL,
    OC_SQL_FACE_LIST,
    OC_SQL_FACE_LIST_ALL,
    OC_SQL_FACE_ONE,
    OC_SQL_VECTOR_ADD,
    OC_SQL_VECTOR_HAS,
    OC_SQL_VECTOR_LOAD,
    OC_SQL_VECTOR_COUNT,
    OC_SQL_VECTOR_CONVERTED,
    OC_SQL_FACE_DROP_REST,
    OC_SQL_MODEL_DROP_UNUSED,
    OC_SQL_PICTURE_ADD,
    OC_SQL_PICTURE,
    OC_SQL_COUNT
};
const char *oc_sql_text(enum oc_sql which);

struct oc_db {
    sqlite3 *handle; /* owned; NULL: closed */
    const char *path; /* borrowed */
    const char *name; /* its last part: messages reach clients, who need not know where the server keeps what */
    sqlite3_stmt *statements[OC_SQL_COUNT];
    bool read_only;
};

/* SQLite's memory is counted with ours and can be refused, and is overwritten when it is freed. Before any other use; does it once. */
enum oc_status oc_db_setup(struct oc_err *err) OC_MUST_CHECK;

/*
 * Opens a database that exists. write: brings the schema to this version; else it must be of this version. Where nothing can be written
 * (a read-only disk) a connection that asked for write is read_only. OC_E_STORAGE, OC_E_STORAGE_FULL, OC_E_NOMEM.
 */
enum oc_status oc_db_open(struct oc_db *db, const char *path, bool write, size_t max_bytes, struct oc_err *err) OC_MUST_CHECK;
/* The last part of a path. */
const char *oc_db_name(const char *path);
/* Bytes of the file and of its log on disk. */
size_t oc_db_bytes(const char *path);
void oc_db_close(struct oc_db *db); /* one that is closed is fine */

/* What a result of SQLite's means here, with its message and the file's name. */
enum oc_status oc_db_fail(struct oc_db *db, int rc, const char *what, struct oc_err *err);
/* A prepared statement, reset, its parameters NULL. */
enum oc_status oc_db_get(struct oc_db *db, enum oc_sql which, sqlite3_stmt **out, struct oc_err *err) OC_MUST_CHECK;
/* One step; *row (may be NULL): there is a row. Resets the statement unless there is. */
enum oc_status oc_db_step(struct oc_db *db, sqlite3_stmt *s, bool *row, struct oc_err *err) OC_MUST_CHECK;
/* Ends a statement that gave a row. */
void oc_db_done(sqlite3_stmt *s);
/* Ends a transaction that is still open, without its changes; for after errors, and before a new one: even this may lack memory. */
void oc_db_roll_back(struct oc_db *db);
/* get and step for a statement without parameters or rows. */
enum oc_status oc_db_run(struct oc_db *db, enum oc_sql which, struct oc_err *err) OC_MUST_CHECK;
/* SQL that is run rarely; statements separated by ';'. */
enum oc_status oc_db_exec(struct oc_db *db, const char *sql, struct oc_err *err) OC_MUST_CHECK;
/* One number from SQL that gives one. */
enum oc_status oc_db_number(struct oc_db *db, const char *sql, int64_t *out, struct oc_err *err) OC_MUST_CHECK;

#endif

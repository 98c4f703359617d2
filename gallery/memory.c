/*
 * SQLite's allocator: ours, so that its memory is counted, is under the process budget, can fail in tests, and is overwritten when it is
 * freed: pages of the database are faces. A size stands before each block, for SQLite asks for it.
 */
#include <pthread.h>
#include "base/limits.h"
#include "base/mem.h"
#include "gallery/db.h"

enum { HEADER = 16 };

static void *get(int n)
{
    char *p = n > 0 ? oc_mem_alloc(OC_MEM_GALLERY, (size_t)n + HEADER) : NULL;
    if (!p)
        return NULL;
    memcpy(p, &n, sizeof n);
    return p + HEADER;
}

static int size_of(void *p)
{
    int n = 0;
    if (p)
        memcpy(&n, (char *)p - HEADER, sizeof n);
    return n;
}

static void give_back(void *p)
{
    if (p)
        oc_mem_wipe_free((char *)p - HEADER);
}

static void *resize(void *p, int n)
{
    int old = size_of(p);
    char *q = get(n);
    if (q && p) {
        memcpy(q, p, (size_t)(old < n ? old : n));
        give_back(p);
    }
    return q;
}

static int round_up(int n)
{
    return (n + 15) & ~15;
}

static int start(void *arg)
{
    (void)arg;
    return SQLITE_OK;
}

static void stop(void *arg)
{
    (void)arg;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int result;

static void configure(void)
{
    static const sqlite3_mem_methods methods = {get, give_back, resize, size_of, round_up, start, stop, NULL};
    result = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    if (result == SQLITE_OK)
        result = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    if (result == SQLITE_OK)
        result = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1); /* or there would be no limit */
}

enum oc_status oc_db_setup(struct oc_err *err)
{
    pthread_once(&once, configure);
    int rc = result == SQLITE_OK ? sqlite3_initialize() : result;
    if (rc == SQLITE_NOMEM)
        return oc_err_nomem(err, "SQLite", 0);
    if (rc != SQLITE_OK)
        return oc_err_set(err, OC_E_STORAGE, "SQLite cannot be used: %s", sqlite3_errstr(rc));
    sqlite3_soft_heap_limit64((sqlite3_int64)LIM_GALLERY_HEAP);
    return OC_OK;
}

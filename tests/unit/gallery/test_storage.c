/* Files that cannot be used, disks that are full, two who want to write; and another model. */
#include <sys/stat.h>
#include "support.h"
#include <fcntl.h>
#include <sqlite3.h>

static void sql(const struct box *b, const char *text)
{
    sqlite3 *db;
    char *why = NULL;
    cr_assert_eq(sqlite3_open(b->path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, &why), SQLITE_OK, "%s", why);
    sqlite3_close(db);
}

static void count_complaint(void *arg, const char *text)
{
    (void)text;
    ++*(int *)arg;
}

static size_t complaints(struct box *b)
{
    size_t bad = 99;
    int said = 0;
    cr_assert_eq(oc_gallery_check(b->g, count_complaint, &said, &bad, &b->err), OC_OK, "%s", b->err.msg);
    cr_assert_eq((size_t)said, bad);
    return bad;
}

Test(storage, a_newer_file_is_left_alone)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    box_make(&b, NULL);
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_OK);
    oc_gallery_free(b.g);
    sql(&b, "PRAGMA user_version = 99");
    box_open(&b, NULL);
    cr_assert_eq(oc_gallery_load(b.g, &b.err), OC_E_STORAGE);
    cr_assert(strstr(b.err.msg, "newer") && strstr(b.err.msg, "99"), "%s", b.err.msg);
    cr_assert_eq(enrol(&b, "Bob", &m, 1, NULL), OC_E_STORAGE);
    oc_gallery_free(b.g);
    sql(&b, "PRAGMA user_version = 1");
    box_open(&b, NULL);
    cr_assert_str_eq(who(&b, &m, 1, NULL), "Ada");
    box_end(&b);
}

Test(storage, not_ours)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    box_make(&b, NULL);
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_OK);
    oc_gallery_free(b.g);
    FILE *f = fopen(b.path, "we");
    for (int i = 0; i < 4000; i++)
        fputs("no database ", f);
    fclose(f);
    box_open(&b, NULL);
    cr_assert_eq(oc_gallery_load(b.g, &b.err), OC_E_STORAGE);
    cr_assert(strstr(b.err.msg, "g.sqlite") && !strstr(b.err.msg, b.folder), "clients see this: %s", b.err.msg);
    oc_gallery_free(b.g);
    unlink(b.path);
    sql(&b, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    box_open(&b, NULL);
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_E_STORAGE);
    cr_assert(strstr(b.err.msg, "another program"), "%s", b.err.msg);
    box_end(&b);
}

Test(storage, damaged)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    box_make(&b, NULL);
    for (int i = 0; i < 300; i++)
        cr_assert_eq(enrol(&b, "Ada", &m, (uint64_t)i, NULL), OC_OK);
    oc_gallery_free(b.g);
    int fd = open(b.path, O_RDWR | O_CLOEXEC);
    struct stat s;
    fstat(fd, &s);
    char junk[8192];
    memset(junk, 0x5a, sizeof junk);
    for (off_t at = 8192; at < s.st_size; at += 16384)
        cr_assert_eq(pwrite(fd, junk, sizeof junk, at), (ssize_t)sizeof junk);
    close(fd);
    box_open(&b, NULL);
    cr_assert_eq(oc_gallery_load(b.g, &b.err), OC_E_STORAGE);
    cr_assert(strstr(b.err.msg, "damaged"), "%s", b.err.msg);
    box_end(&b);
}

Test(storage, a_vector_that_is_none_is_left_out_and_named)
{
    struct box b;
    struct oc_gallery_model m = model_of("net", 1, DIM);
    box_make(&b, NULL);
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_OK);
    cr_assert_eq(enrol(&b, "Bob", &m, 2, NULL), OC_OK);
    cr_assert_eq(complaints(&b), 0);
    oc_gallery_free(b.g);
    sql(&b, "UPDATE vector SET data = zeroblob(280) WHERE id = 1");
    box_open(&b, NULL);
    cr_assert_eq(oc_gallery_load(b.g, &b.err), OC_OK);
    cr_assert(oc_gallery_count(b.g).searchable == 1 && oc_gallery_count(b.g).faces == 2);
    cr_assert_str_eq(who(&b, &m, 2, NULL), "Bob");
    cr_assert_eq(complaints(&b), 1);
    box_end(&b);
}

static size_t on_disk(const struct box *b)
{
    char log[sizeof b->path + 8];
    struct stat file, wal = {.st_size = 0};
    snprintf(log, sizeof log, "%s-wal", b->path);
    cr_assert_eq(stat(b->path, &file), 0);
    (void)stat(log, &wal);
    return (size_t)file.st_size + (size_t)wal.st_size;
}

Test(storage, full)
{
    struct box b;
    struct oc_gallery_options small = {.max_bytes = 40 * 8192, .max_faces = 2000};
    struct oc_gallery_model m = model_of("net", 1, 512);
    enum oc_status st = OC_OK;
    int n = 0;
    box_make(&b, &small);
    while (!(st = enrol(&b, "Ada", &m, (uint64_t)n, NULL)) && n < 2000)
        n++;
    cr_assert_eq(st, OC_E_STORAGE_FULL, "%d: %s", n, b.err.msg);
    cr_assert(n > 20 && strstr(b.err.msg, "full"), "%d %s", n, b.err.msg);
    cr_assert_eq(enrol(&b, "Bob", &m, 5000, NULL), OC_E_STORAGE_FULL);
    cr_assert_eq(oc_gallery_count(b.g).searchable, (size_t)n, "what was refused is not searched");
    cr_assert_str_eq(who(&b, &m, 0, NULL), "Ada");
    cr_assert_eq(complaints(&b), 0);
    cr_assert_eq(oc_gallery_remove_faces(b.g, "Ada", NULL, &b.err), OC_OK, "room can be made: %s", b.err.msg);
    cr_assert_leq(on_disk(&b), small.max_bytes, "%zu bytes, the log counts", on_disk(&b));
    for (int i = 0; i < n; i++)
        cr_assert_eq(enrol(&b, "Bob", &m, (uint64_t)(5000 + i), NULL), OC_OK, "the room is used again: %d of %d, %s", i, n, b.err.msg);
    cr_assert_leq(on_disk(&b), small.max_bytes, "%zu bytes", on_disk(&b));
    cr_assert_eq(oc_gallery_remove_faces(b.g, "Bob", NULL, &b.err), OC_OK);
    cr_assert_eq(enrol(&b, "Bob", &m, 5000, NULL), OC_OK);
    box_reopen(&b, &(struct oc_gallery_options){.max_faces = 2});
    cr_assert_eq(enrol(&b, "Bob", &m, 5001, NULL), OC_OK);
    cr_assert_eq(enrol(&b, "Bob", &m, 5002, NULL), OC_E_STORAGE_FULL);
    cr_assert(strstr(b.err.msg, "gallery-max-faces"), "%s", b.err.msg);
    box_end(&b);
}

Test(storage, one_writer_any_readers)
{
    struct box b, second = {.g = NULL};
    struct oc_gallery_model m = model_of("net", 1, DIM);
    box_make(&b, NULL);
    cr_assert_eq(enrol(&b, "Ada", &m, 1, NULL), OC_OK);
    memcpy(second.path, b.path, sizeof b.path);
    box_open(&second, NULL);
    cr_assert_eq(oc_gallery_load(second.g, &second.err), OC_E_STORAGE);
    cr_assert(strstr(second.err.msg, "another process"), "%s", second.err.msg);
    oc_gallery_free(second.g);
    box_open(&second, &(struct oc_gallery_options){.read_only = true});
    cr_assert_str_eq(who(&second, &m, 1, NULL), "Ada");
    cr_assert_eq(enrol(&second, "Bob", &m, 2, NULL), OC_E_STORAGE);
    oc_gallery_free(second.g);
    cr_assert_eq(enrol(&b, "Bob", &m, 2, NULL), OC_OK);
    oc_gallery_free(b.g);
    box_open(&b, NULL);
    cr_assert_str_eq(who(&b, &m, 2, NULL), "Bob");
    box_end(&b);
}

Test(storage, imports_are_all_or_nothing)
{
    struct box b;
    struct oc_gallery_options load = {.no_search = true};
    struct oc_gallery_model m = model_of("net", 1, DIM), other = model_of("other", 2, DIM);
    float v[DIM];
    struct oc_new_face f = {.vector = v};
    box_make(&b, &load);
    for (int commit = 0; commit < 2; commit++) {
        cr_assert_eq(oc_gallery_import_begin(b.g, &b.err), OC_OK, "%s", b.err.msg);
        for (int i = 0; i < 50; i++) {
            fill(v, DIM, (uint64_t)i);
            cr_assert_eq(oc_gallery_import_put(b.g, i % 2 ? "Ada" : "Bob", &m, &f, &b.err), OC_OK, "%s", b.err.msg);
        }
        cr_assert_eq(oc_gallery_import_put(b.g, "Eve", &other, &f, &b.err), OC_E_OTHER_MODEL, "the rest goes on");
        cr_assert_eq(oc_gallery_import_put(b.g, "Zoe", NULL, NULL, &b.err), OC_OK, "%s", b.err.msg);
        cr_assert_eq(oc_gallery_import_end(b.g, commit, &b.err), OC_OK, "%s", b.err.msg);
        cr_assert_eq(oc_gallery_count(b.g).faces, commit ? 50 : 0);
    }
    box_reopen(&b, NULL);
    cr_assert_str_eq(who(&b, &m, 3, NULL), "Ada");
    struct oc_gallery_counts n = oc_gallery_count(b.g);
    cr_assert(n.subjects == 3 && n.searchable == 50);
    box_end(&b);
}

Test(storage, another_model)
{
    struct box b;
    struct oc_gallery_options load = {.no_search = true};
    struct oc_gallery_model m = model_of("old", 1, DIM), fresh = model_of("new", 2, 100), has;
    uint8_t ids[3][OC_FACE_ID];
    float v[100];
    size_t rest;
    bool bound, done;
    box_make(&b, &load);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(enrol(&b, "Ada", &m, (uint64_t)i, ids[i]), OC_OK);
    for (int i = 0; i < 2; i++) {
        fill(v, 100, 50 + (uint64_t)i);
        cr_assert_eq(oc_gallery_put_vector(b.g, ids[i], &fresh, v, &b.err), OC_OK, "%s", b.err.msg);
    }
    cr_assert_eq(oc_gallery_has_vector(b.g, ids[1], &fresh, &done, &b.err), OC_OK);
    cr_assert(done);
    cr_assert_eq(oc_gallery_has_vector(b.g, ids[2], &fresh, &done, &b.err), OC_OK);
    cr_assert(!done);
    box_reopen(&b, NULL);
    cr_assert_str_eq(who(&b, &m, 2, NULL), "Ada", "until it is switched it is the old model's");
    box_reopen(&b, &load);
    cr_assert_eq(oc_gallery_switch(b.g, &fresh, false, &rest, &b.err), OC_OK, "%s", b.err.msg);
    cr_assert_eq(rest, 1);
    box_reopen(&b, NULL);
    cr_assert_eq(oc_gallery_model(b.g, &has, &bound, &b.err), OC_OK);
    cr_assert(bound && has.dim == 100 && !strcmp(has.name, "new"));
    cr_assert_str_eq(who(&b, &fresh, 51, NULL), "Ada");
    cr_assert(oc_gallery_count(b.g).searchable == 2 && oc_gallery_count(b.g).faces == 3);
    cr_assert_eq(complaints(&b), 0);
    box_reopen(&b, &load);
    cr_assert_eq(oc_gallery_switch(b.g, &fresh, true, &rest, &b.err), OC_OK);
    box_reopen(&b, NULL);
    cr_assert_eq(oc_gallery_load(b.g, &b.err), OC_OK);
    cr_assert(oc_gallery_count(b.g).faces == 2);
    box_end(&b);
}

/*
 * The n-th allocation fails, for every n, in the gallery's routes: each ends well or out of memory, the gallery stays whole, and nothing
 * is lost in the end. (SQLite's own allocations alone: plain/gallery/test_torture_gallery.c.)
 */
#include <jansson.h>
#include <unistd.h>
#include "base/log.h"
#include "gallery/gallery.h"
#include "handlers/routes.h"
#include "models/installed/registry.h"

#ifndef OC_TEST_DATA_DIR
#define OC_TEST_DATA_DIR "tests/data"
#endif

enum { SIDE = 64, BMP_BYTES = 54 + SIDE * SIDE * 3, DIM = 192, MOST = 6000 };
#ifdef OC_SANITIZED
enum { STRIDE = 7 };
#else
enum { STRIDE = 1 };
#endif

static unsigned char bmp[BMP_BYTES];
static char vector_body[4000];
static int failures;
static struct oc_gallery *gallery;

static void put32(unsigned char *p, unsigned v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

/* A red square, which the tiny detector takes for a face. */
static void make_bodies(void)
{
    memcpy(bmp, "BM", 2);
    put32(bmp + 2, BMP_BYTES);
    put32(bmp + 10, 54);
    put32(bmp + 14, 40);
    put32(bmp + 18, SIDE);
    put32(bmp + 22, SIDE);
    bmp[26] = 1;
    bmp[28] = 24;
    for (int y = 16; y < 32; y++)
        for (int x = 16; x < 32; x++)
            bmp[54 + ((SIDE - 1 - y) * SIDE + x) * 3 + 2] = 255;
    size_t n = (size_t)snprintf(vector_body, sizeof vector_body, "{\"embedding\":[");
    for (int i = 0; i < DIM; i++)
        n += (size_t)snprintf(vector_body + n, sizeof vector_body - n, "%s%d", i ? "," : "", i % 7 - 1);
    snprintf(vector_body + n, sizeof vector_body - n, "]}");
}

struct ask {
    const char *what, *type, *name;
    const void *body;
    size_t len;
    enum oc_status (*run)(struct oc_request *req, struct oc_response *res, struct oc_err *err);
    const char *answer; /* must be in the response */
};

static enum oc_status answer(const struct ask *a, struct oc_registry *reg, bool *good)
{
    struct oc_service service = {.registry = reg, .gallery = gallery, .max_images = 4, .max_body = OC_MIB(1)};
    struct oc_arena arena;
    struct oc_response res = {.status = 200};
    struct oc_err err = {0};
    struct oc_request req = {
        .service = &service, .method = "POST", .path = "/", .route_arg = a->name, .content_type = a->type, .accept = "", .arena = &arena};
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(4));
    oc_buf_init(&req.body, OC_MEM_BODY, OC_MIB(1));
    oc_buf_init(&res.body, OC_MEM_JSON, OC_MIB(1));
    enum oc_status st = oc_buf_add(&req.body, a->body, a->len);
    if (!st)
        st = a->run(&req, &res, &err);
    *good = !st && res.body.data && strstr(res.body.data, a->answer);
    oc_buf_deinit(&req.body);
    oc_buf_deinit(&res.body);
    oc_arena_deinit(&arena);
    return st;
}

static void check(bool ok, const char *what, const char *why, unsigned n)
{
    if (ok)
        return;
    printf("%s: %s at allocation %u\n", what, why, n);
    failures++;
}

static void torture(const struct ask *a, struct oc_registry *reg)
{
    bool good;
    unsigned n = 1, refused = 0;
    for (; n < MOST; n += STRIDE) {
        uint64_t before = oc_mem_calls();
        oc_mem_fail_at(n);
        enum oc_status st = answer(a, reg, &good);
        bool reached = oc_mem_calls() - before >= n;
        oc_mem_fail_at(0);
        check(st == OC_E_NOMEM || (!st && good), a->what, oc_status_name(st), n);
        refused += st == OC_E_NOMEM;
        if (!st && !reached)
            break;
    }
    enum oc_status st = answer(a, reg, &good);
    check(!st && good, a->what, "does not work afterwards", n);
    check(refused > 0, a->what, "no allocation was refused", n);
    printf("%s: %u allocations, %u of them refused\n", a->what, n - 1, refused);
}

static void *json_alloc(size_t n)
{
    return oc_mem_alloc(OC_MEM_JSON, n);
}

static void complain(void *arg, const char *text)
{
    (void)arg;
    printf("%s\n", text);
}

static const struct ask asks[] = {
    {"enrol a picture", "image/bmp", "Ada", bmp, sizeof bmp, oc_subject_enrol, "\"id\":\""},
    {"enrol a vector", "application/json", "Bob", vector_body, 0, oc_subject_enrol, "\"box\":null"},
    {"identify a picture", "image/bmp", NULL, bmp, sizeof bmp, oc_faces_identify, "\"subject\":\"Ada\""},
    {"identify a vector", "application/json", NULL, vector_body, 0, oc_faces_identify, "\"subject\":\"Bob\""},
    {"everybody", "", NULL, "", 0, oc_subjects_list, "\"name\":\"Ada\""},
    {"one", "", "Ada", "", 0, oc_subject_get, "\"name\":\"Ada\""},
    {"faces", "", "Ada", "", 0, oc_subject_faces, "\"searchable\":true"},
    {"rename", "application/json", "Ada", "{\"name\":\"Ada\"}", 14, oc_subject_patch, "\"merged\":false"},
};

static int run_all(const char *path, const struct oc_registry_options *opt)
{
    struct oc_registry *reg;
    struct oc_err err;
    size_t bad = 0;
    const struct oc_gallery_options store = {.path = path, .max_faces = 100000, .keep_pictures = true};
    if (oc_registry_new(opt, &reg, &err) || oc_gallery_new(&store, &gallery, &err)) {
        printf("%s\n", err.msg);
        return 1;
    }
    for (size_t i = 0; i < OC_ARRAY_LEN(asks); i++) {
        struct ask a = asks[i];
        bool good;
        a.len = a.body == vector_body ? strlen(vector_body) : a.len;
        enum oc_status st = answer(&a, reg, &good); /* opens the file, loads the models */
        check(!st && good, a.what, "does not work without failures", 0);
        torture(&a, reg);
    }
    check(!oc_gallery_check(gallery, complain, NULL, &bad, &err) && !bad, "the file", "is not whole", 0);
    oc_gallery_free(gallery);
    oc_registry_free(reg);
    return 0;
}

int main(void)
{
    const char *const directories[] = {OC_TEST_DATA_DIR "/models", OC_TEST_DATA_DIR "/face_models"};
    struct oc_registry_options opt = {.directories = directories, .n_directories = OC_ARRAY_LEN(directories), .engine = {.threads = 1}};
    char folder[64], path[96];
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    json_set_alloc_funcs(json_alloc, oc_mem_free);
    oc_log_init(OC_LOG_TEXT, OC_LOG_NONE);
    make_bodies();
    snprintf(folder, sizeof folder, "%s/oc_gallery_XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/g.sqlite", folder);
    int status = run_all(path, &opt);
    for (size_t i = 0; i < OC_ARRAY_LEN(ends); i++) {
        snprintf(path, sizeof path, "%s/g.sqlite%s", folder, ends[i]);
        unlink(path);
    }
    rmdir(folder);
    check(oc_mem_blocks() < 100, "end", "blocks are left", (unsigned)oc_mem_blocks()); /* SQLite's own, for the process's life */
    printf(failures ? "%d failures\n" : "no failures\n", failures);
    return status || failures;
}

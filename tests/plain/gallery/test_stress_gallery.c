/*
 * Threads enrol, search, list, rename and delete at once. What a thread has enrolled it finds, at once and after the gallery was closed and
 * opened; what it has deleted it does not. For ThreadSanitizer, and for the commits that changes share.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "base/log.h"
#include "folder.h"

/* SQLite is not instrumented; what its connections do with the log's index between themselves is its own. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libsqlite3.so\n";
}

#ifdef OC_SANITIZED
enum { THREADS = 4, ROUNDS = 12, DIM = 64 };
#else
enum { THREADS = 8, ROUNDS = 40, DIM = 64 };
#endif

static struct oc_gallery *gallery;
static struct oc_gallery_model model = {.name = "net", .dim = DIM};
static atomic_int failures;

static void check(bool ok, const char *what, int thread, int round, const struct oc_err *err)
{
    if (ok)
        return;
    fprintf(stderr, "thread %d, round %d: %s (%s)\n", thread, round, what, err->msg);
    atomic_fetch_add(&failures, 1);
}

static bool finds(uint64_t seed, const char *who, struct oc_err *err)
{
    float v[DIM];
    struct oc_likenesses *found = NULL;
    fill(v, DIM, seed);
    bool ok = !oc_gallery_identify(gallery, &model, v, 1, 1, &found, err) && found[0].n && found[0].items[0].similarity > 0.999 &&
              !strcmp(found[0].items[0].subject, who);
    oc_mem_wipe_free(found);
    return ok;
}

static enum oc_status count(void *arg, const struct oc_subject *s)
{
    *(size_t *)arg += s->faces;
    return OC_OK;
}

static uint64_t seed_of(int thread, int round)
{
    return (uint64_t)thread * 1000 + (uint64_t)round + 1;
}

static void *work(void *arg)
{
    int t = (int)(intptr_t)arg;
    struct oc_err err = {.msg = ""};
    for (int r = 0; r < ROUNDS; r++) {
        float v[DIM];
        uint8_t id[1][OC_FACE_ID];
        char name[32], other[32];
        size_t seen = 0;
        snprintf(name, sizeof name, "t%d r%d", t, r / 4);
        snprintf(other, sizeof other, "t%d r%d again", t, r / 4);
        fill(v, DIM, seed_of(t, r));
        struct oc_new_face f = {.vector = v};
        check(!oc_gallery_add(gallery, name, &model, &f, 1, id, &err), "enrol", t, r, &err);
        check(finds(seed_of(t, r), name, &err), "find", t, r, &err);
        check(!oc_gallery_subjects(gallery, NULL, 1000, count, &seen, &err) && seen > 0, "list", t, r, &err);
        if (r % 4 == 1) {
            check(!oc_gallery_remove_face(gallery, name, id[0], &err), "delete", t, r, &err);
            check(!finds(seed_of(t, r), name, &err), "is still found", t, r, &err);
        }
        if (r % 4 == 3) {
            check(!oc_gallery_rename(gallery, name, other, false, NULL, &err), "rename", t, r, &err);
            check(finds(seed_of(t, r), other, &err), "find by the new name", t, r, &err);
        }
    }
    return NULL;
}

static bool open_gallery(const struct folder *dir)
{
    struct oc_err err;
    struct oc_gallery_options opt = {.path = dir->path};
    if (!oc_gallery_new(&opt, &gallery, &err) && !oc_gallery_load(gallery, &err))
        return true;
    fprintf(stderr, "%s\n", err.msg);
    return false;
}

static void complain(void *arg, const char *text)
{
    (void)arg;
    fprintf(stderr, "%s\n", text);
}

int main(void)
{
    struct folder dir;
    pthread_t threads[THREADS];
    struct oc_err err = {.msg = ""};
    size_t bad = 0;
    oc_log_init(OC_LOG_TEXT, OC_LOG_WARN);
    if (!folder_make(&dir, false) || !open_gallery(&dir))
        return 1;
    for (int t = 0; t < THREADS; t++)
        if (pthread_create(&threads[t], NULL, work, (void *)(intptr_t)t))
            return 1;
    for (int t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    struct oc_gallery_counts n = oc_gallery_count(gallery);
    int changes = THREADS * ROUNDS + THREADS * (ROUNDS / 4) * 2;
    check(n.faces == (size_t)(THREADS * ROUNDS / 4 * 3) && n.searchable == n.faces, "faces left", 0, 0, &err);
#ifdef OC_SANITIZED /* so few that each may find the leader's seat empty */
    bool shared = n.commits <= (uint64_t)changes;
#else
    bool shared = n.commits < (uint64_t)changes;
#endif
    check(shared, "no commit was shared", (int)n.commits, changes, &err);
    oc_gallery_free(gallery);
    if (!open_gallery(&dir))
        return 1;
    for (int t = 0; t < THREADS; t++)
        for (int r = 0; r < ROUNDS; r++) {
            char name[32];
            snprintf(name, sizeof name, "t%d r%d again", t, r / 4);
            check(finds(seed_of(t, r), name, &err) == (r % 4 != 1), "after opening", t, r, &err);
        }
    check(!oc_gallery_check(gallery, complain, NULL, &bad, &err) && !bad, "check", 0, 0, &err);
    oc_gallery_free(gallery);
    folder_remove(&dir);
    printf("%d changes in %llu commits\n", changes, (unsigned long long)n.commits);
    return atomic_load(&failures) != 0;
}

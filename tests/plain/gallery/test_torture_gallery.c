/*
 * The n-th allocation fails, for every n, SQLite's among them, while a gallery is made, changed, searched and listed. Each call ends well
 * or out of memory; what it confirmed is there afterwards, what it refused is not; nothing leaks, and the file passes its check.
 */
#include "base/log.h"
#include "folder.h"

#ifdef OC_SANITIZED
enum { DIM = 64, STEPS = 8, STRIDE = 13 };
#else
enum { DIM = 64, STEPS = 8, STRIDE = 5 };
#endif

static struct oc_gallery_model model = {.name = "net", .dim = DIM};
static int failures;

static void check(bool ok, const char *what, unsigned n, const struct oc_err *err)
{
    if (ok)
        return;
    fprintf(stderr, "allocation %u: %s (%s)\n", n, what, err->msg);
    failures++;
}

static enum oc_status count(void *arg, const struct oc_subject *s)
{
    (void)s;
    ++*(size_t *)arg;
    return OC_OK;
}

static enum oc_status look(void *arg, const struct oc_stored_face *f)
{
    *(size_t *)arg += f->vector && f->picture_len == 3;
    return OC_OK;
}

static enum oc_status add(struct oc_gallery *g, const char *name, uint64_t seed, struct oc_err *err)
{
    float v[DIM];
    fill(v, DIM, seed);
    struct oc_new_face f = {.vector = v, .picture = "abc", .picture_len = 3};
    return oc_gallery_add(g, name, &model, &f, 1, NULL, err);
}

static enum oc_status identify(struct oc_gallery *g, struct oc_err *err)
{
    float v[DIM];
    struct oc_likenesses *found;
    fill(v, DIM, 1);
    enum oc_status st = oc_gallery_identify(g, &model, v, 1, 3, &found, err);
    oc_mem_wipe_free(found);
    return st;
}

static enum oc_status step(struct oc_gallery *g, int i, struct oc_err *err)
{
    size_t n = 0;
    const struct oc_face_range range = {.limit = 9, .what = OC_FACE_VECTOR | OC_FACE_PICTURE};
    switch (i) {
    case 0:
        return add(g, "a", 1, err);
    case 1:
        return add(g, "b", 2, err);
    case 2:
        return oc_gallery_add_subject(g, "c", err);
    case 3:
        return identify(g, err);
    case 4:
        return oc_gallery_subjects(g, NULL, 9, count, &n, err);
    case 5:
        return oc_gallery_faces(g, &range, look, &n, err);
    case 6:
        return oc_gallery_rename(g, "c", "d", false, NULL, err);
    default:
        return oc_gallery_remove_subject(g, "b", NULL, err);
    }
}

/* Which steps were done, bit by bit; ~0: the gallery could not even be made. An open that fails is tried again after a second: not here. */
static unsigned run(const char *path, unsigned n, bool *whole)
{
    struct oc_err err = {.msg = ""};
    struct oc_gallery *g;
    unsigned done = 0;
    const struct oc_gallery_options opt = {.path = path, .keep_pictures = true, .max_faces = 1000};
    *whole = true;
    enum oc_status st = oc_gallery_new(&opt, &g, &err);
    if (st) {
        check(st == OC_E_NOMEM, "made", n, &err);
        *whole = false;
        return ~0u;
    }
    for (int i = 0; i < STEPS; i++) {
        st = step(g, i, &err);
        bool needs = (i == 6 && !(done & 4)) || (i == 7 && !(done & 2)); /* who was not enrolled is not found */
        check(!st || st == OC_E_NOMEM || (needs && st == OC_E_NOT_FOUND), "a step", n, &err);
        done |= (unsigned)!st << i;
        *whole &= !st;
    }
    oc_gallery_free(g);
    return done;
}

struct names {
    char text[200];
};

static enum oc_status join(void *arg, const struct oc_subject *s)
{
    struct names *names = arg;
    size_t n = strlen(names->text);
    snprintf(names->text + n, sizeof names->text - n, "%s%zu ", s->name, s->faces);
    return OC_OK;
}

static void complain(void *arg, const char *text)
{
    (void)arg;
    fprintf(stderr, "%s\n", text);
}

/* The file holds what was confirmed. */
static void verify(const char *path, unsigned done, unsigned n)
{
    struct oc_err err = {.msg = ""};
    struct oc_gallery *g;
    struct names names = {""}, expected = {""};
    size_t bad = 0;
    snprintf(expected.text, sizeof expected.text, "%s%s%s%s", done & 1 ? "a1 " : "", (done & 0x82) == 2 ? "b1 " : "",
             (done & 0x44) == 4 ? "c0 " : "", (done & 0x44) == 0x44 ? "d0 " : "");
    const struct oc_gallery_options opt = {.path = path, .max_faces = 1000};
    if (oc_gallery_new(&opt, &g, &err)) {
        check(false, "again", n, &err);
        return;
    }
    check(!oc_gallery_subjects(g, NULL, 99, join, &names, &err), "list", n, &err);
    check(!strcmp(names.text, expected.text), names.text, n, &err);
    check(!oc_gallery_check(g, complain, NULL, &bad, &err) && !bad, "check", n, &err);
    oc_gallery_free(g);
}

int main(void)
{
    struct folder dir;
    bool whole = false;
    unsigned n = 0;
    oc_log_init(OC_LOG_TEXT, OC_LOG_NONE);
    if (!folder_make(&dir, true))
        return 1;
    verify(dir.path, run(dir.path, 0, &whole), 0); /* once with memory: libraries keep what they need for ever */
    folder_empty(&dir);
    if (!whole)
        return fprintf(stderr, "it does not work with memory either\n"), 1;
    size_t before = oc_mem_blocks();
    for (whole = false; !whole && n < 20000 && failures < 10;) {
        oc_mem_fail_at(n += STRIDE);
        uint64_t calls = oc_mem_calls();
        unsigned done = run(dir.path, n, &whole);
        bool hit = oc_mem_calls() - calls >= n;
        oc_mem_fail_at(0);
        check(hit || whole, "a step failed with all its memory", n, &(struct oc_err){.msg = ""});
        whole = !hit; /* SQLite does without some */
        if (done != ~0u)
            verify(dir.path, done, n);
        folder_empty(&dir);
        if (oc_mem_blocks() != before) {
            fprintf(stderr, "allocation %u: %zu blocks are left\n", n, oc_mem_blocks() - before);
            failures++;
            before = oc_mem_blocks();
        }
    }
    folder_remove(&dir);
    printf("%u allocations\n", n);
    return failures || n < 100;
}

/*
 * How fast a gallery is: filling it, opening it, searching it, beside what this core reads from memory at most, measured in turn.
 * `gallery_speed FILE [FACES [DIM]]`: FILE must not be there. For bench/gallery.
 */
#include <malloc.h>
#include <sys/mman.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/thread.h"
#include "gallery/gallery.h"

enum { ROUNDS = 31, HUGE_PAGE = 2 << 20, PEOPLE = 20000, BATCH = 8 };

static void fill(float *v, size_t n, uint64_t seed)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        v[i] = (float)(int64_t)(x >> 40) / (1 << 23) - 1;
    }
}

static double ms_since(int64_t start)
{
    return (double)(oc_now_ns() - start) / OC_NS_PER_MS;
}

/* Adds up all of it, eight registers wide, on large pages: nothing but reading. */
typedef float lanes __attribute__((vector_size(16), may_alias));
static float volatile sink;

static double read_ms(const float *data, size_t floats)
{
    lanes sum[8] = {{0}};
    int64_t start = oc_now_ns();
    for (size_t i = 0; i + 32 <= floats; i += 32)
        for (int k = 0; k < 8; k++)
            sum[k] += *(const lanes *)(data + i + 4 * (size_t)k);
    double ms = ms_since(start);
    for (int k = 0; k < 8; k++)
        sink += sum[k][0] + sum[k][1] + sum[k][2] + sum[k][3];
    return ms;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static bool fill_gallery(const char *path, const struct oc_gallery_model *m, size_t faces, struct oc_err *err)
{
    struct oc_gallery *g;
    float v[LIM_VECTOR_DIM];
    char name[32];
    enum oc_status st = oc_gallery_new(&(struct oc_gallery_options){.path = path, .no_search = true, .max_faces = faces}, &g, err);
    if (st)
        return false;
    st = oc_gallery_import_begin(g, err);
    for (size_t i = 0; !st && i < faces; i++) {
        fill(v, m->dim, i + 1);
        snprintf(name, sizeof name, "person %zu", i % PEOPLE);
        st = oc_gallery_import_put(g, name, m, &(struct oc_new_face){.vector = v}, err);
    }
    if (!st)
        st = oc_gallery_import_end(g, true, err);
    oc_gallery_free(g);
    return !st;
}

static double search_ms(struct oc_gallery *g, const struct oc_gallery_model *m, size_t queries, uint64_t seed, struct oc_err *err)
{
    static float v[BATCH * LIM_VECTOR_DIM];
    struct oc_likenesses *found;
    for (size_t q = 0; q < queries; q++)
        fill(v + q * m->dim, m->dim, seed + q);
    int64_t start = oc_now_ns();
    if (oc_gallery_identify(g, m, v, queries, 5, &found, err))
        return -1;
    double ms = ms_since(start);
    if (found[0].n != 5 || found[0].items[0].similarity < 0.999) /* the seed is an enrolled face's */
        ms = -1;
    oc_mem_wipe_free(found);
    return ms;
}

static int measure(const char *path, const struct oc_gallery_model *m, size_t faces)
{
    struct oc_gallery *g;
    struct oc_err err = {.msg = "a wrong face was found"};
    double one[ROUNDS], many[ROUNDS], reading[ROUNDS];
    size_t floats = faces * m->dim;
    float *plain = aligned_alloc(HUGE_PAGE, (floats * sizeof *plain + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1));
    if (!plain)
        return 1;
    (void)madvise(plain, floats * sizeof *plain, MADV_HUGEPAGE);
    for (size_t i = 0; i < floats; i++)
        plain[i] = (float)(i & 1023);
    int64_t start = oc_now_ns();
    if (oc_gallery_new(&(struct oc_gallery_options){.path = path, .max_faces = faces}, &g, &err) || oc_gallery_load(g, &err))
        return fprintf(stderr, "%s\n", err.msg), 1;
    printf("opening: %.0f ms, %zu faces of %zu people\n", ms_since(start), oc_gallery_count(g).searchable, oc_gallery_count(g).subjects);
    for (int r = 0; r < ROUNDS; r++) {
        one[r] = search_ms(g, m, 1, (uint64_t)r * 97 % (faces - BATCH) + 1, &err);
        reading[r] = read_ms(plain, floats);
        many[r] = search_ms(g, m, BATCH, (uint64_t)r * 89 % (faces - BATCH) + 1, &err);
        if (one[r] < 0 || many[r] < 0)
            return fprintf(stderr, "%s\n", err.msg), 1;
    }
    qsort(one, ROUNDS, sizeof *one, by_size);
    qsort(many, ROUNDS, sizeof *many, by_size);
    qsort(reading, ROUNDS, sizeof *reading, by_size);
    double gb = (double)floats * sizeof *plain / 1e6;
    printf("searching, one face: %.2f ms fastest, %.2f median, %.2f slowest of %d; %.1f GB/s\n", one[0], one[ROUNDS / 2], one[ROUNDS - 1],
           ROUNDS, gb / one[ROUNDS / 2]);
    printf("reading as much: %.2f ms fastest, %.2f median; %.1f GB/s: searching reaches %.0f %% of it\n", reading[0], reading[ROUNDS / 2],
           gb / reading[ROUNDS / 2], 100 * reading[ROUNDS / 2] / one[ROUNDS / 2]);
    printf("searching, %d faces of one picture: %.2f ms fastest, %.2f median\n", BATCH, many[0], many[ROUNDS / 2]);
    oc_gallery_free(g);
    free(plain);
    return 0;
}

int main(int argc, char **argv)
{
    int64_t faces = 100000, dim = 512;
    struct oc_gallery_model m = {.name = "speed"};
    struct oc_err err = {.msg = ""};
    oc_log_init(OC_LOG_TEXT, OC_LOG_WARN);
    if (argc < 2 || argc > 4 || (argc > 2 && !oc_parse_i64(argv[2], strlen(argv[2]), 100, 10000000, &faces)) ||
        (argc > 3 && !oc_parse_i64(argv[3], strlen(argv[3]), 2, LIM_VECTOR_DIM, &dim)))
        return fprintf(stderr, "usage: gallery_speed FILE [FACES [DIM]]\n"), 2;
    m.dim = (size_t)dim;
    memset(m.fingerprint, 0x5a, sizeof m.fingerprint);
    int64_t start = oc_now_ns();
    if (!fill_gallery(argv[1], &m, (size_t)faces, &err))
        return fprintf(stderr, "%s\n", err.msg), 1;
    printf("importing %lld faces of %lld numbers: %.0f ms\n", (long long)faces, (long long)dim, ms_since(start));
    return measure(argv[1], &m, (size_t)faces);
}

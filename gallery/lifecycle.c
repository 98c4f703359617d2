/* A gallery's life, what is asked of its memory, and small things without a database; see gallery.h and store.h. */
#include "gallery/gallery.h"
#include <math.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "gallery/store.h"

enum oc_status oc_gallery_new(const struct oc_gallery_options *opt, struct oc_gallery **out, struct oc_err *err)
{
    *out = NULL;
    size_t most = opt->max_faces ? opt->max_faces : LIM_GALLERY_FACES;
    if (!opt->path || !*opt->path || strlen(opt->path) > 4000)
        return oc_err_set(err, OC_E_INVALID, "gallery: a path of 1..4000 bytes is expected");
    struct oc_gallery *g = oc_mem_zero(OC_MEM_GALLERY, sizeof *g);
    if (!g)
        return oc_err_nomem(err, "a gallery", sizeof *g);
    g->options = *opt;
    g->options.max_faces = most;
    g->lock_fd = -1;
    g->path = oc_mem_strdup(OC_MEM_GALLERY, opt->path);
    g->options.path = g->path;
    g->queue_end = &g->queue;
    enum oc_status st = g->path ? oc_index_init(&g->index, most, err) : oc_err_nomem(err, "a gallery's path", strlen(opt->path));
    if (st) {
        oc_mem_free(g->path);
        oc_mem_free(g);
        return st;
    }
    pthread_mutex_init(&g->open_lock, NULL);
    pthread_mutex_init(&g->queue_lock, NULL);
    pthread_mutex_init(&g->read_lock, NULL);
    pthread_cond_init(&g->queue_done, NULL);
    pthread_rwlock_init(&g->model_lock, NULL);
    *out = g;
    return OC_OK;
}

void oc_gallery_free(struct oc_gallery *g)
{
    if (!g)
        return;
    if (g->purge_due)
        oc_gallery_purge(g);
    oc_db_close(&g->read);
    oc_db_close(&g->write); /* the last connection moves the log into the database */
    if (g->lock_fd >= 0)
        close(g->lock_fd);
    oc_index_deinit(&g->index);
    pthread_rwlock_destroy(&g->model_lock);
    pthread_cond_destroy(&g->queue_done);
    pthread_mutex_destroy(&g->read_lock);
    pthread_mutex_destroy(&g->queue_lock);
    pthread_mutex_destroy(&g->open_lock);
    oc_mem_free(g->path);
    oc_mem_free(g);
}

enum oc_status oc_gallery_load(struct oc_gallery *g, struct oc_err *err)
{
    bool absent;
    return oc_gallery_ensure(g, false, &absent, err);
}

bool oc_gallery_keeps_pictures(const struct oc_gallery *g)
{
    return g->options.keep_pictures;
}

bool oc_same_model(const struct oc_gallery_model *a, const struct oc_gallery_model *b)
{
    return a->dim == b->dim && !memcmp(a->fingerprint, b->fingerprint, OC_FINGERPRINT);
}

/* The first 8 bytes, as people compare them. */
static void short_print(const uint8_t fingerprint[OC_FINGERPRINT], char out[17])
{
    for (int i = 0; i < 8; i++)
        snprintf(out + 2 * i, 3, "%02x", fingerprint[i]);
}

enum oc_status oc_gallery_wrong_model(const struct oc_gallery_model *has, const struct oc_gallery_model *given, struct oc_err *err)
{
    char a[17], b[17];
    short_print(has->fingerprint, a);
    short_print(given->fingerprint, b);
    return oc_err_set(err, OC_E_OTHER_MODEL,
                      "the gallery's vectors were made by model '%s' (%zu numbers, fingerprint %s), these by '%s' (%zu numbers, fingerprint %s): "
                      "they cannot be compared; name the gallery's model, or convert it with 'ocelli gallery re-embed'",
                      has->name, has->dim, a, given->name, given->dim, b);
}

enum oc_status oc_gallery_check_model(struct oc_gallery *g, const struct oc_gallery_model *model, struct oc_err *err)
{
    pthread_rwlock_rdlock(&g->model_lock);
    enum oc_status st = OC_OK;
    if (g->bound && atomic_load(&g->faces) && !oc_same_model(&g->model, model))
        st = oc_gallery_wrong_model(&g->model, model, err);
    pthread_rwlock_unlock(&g->model_lock);
    return st;
}

enum oc_status oc_gallery_model(struct oc_gallery *g, struct oc_gallery_model *model, bool *bound, struct oc_err *err)
{
    bool absent;
    enum oc_status st = oc_gallery_ensure(g, false, &absent, err);
    pthread_rwlock_rdlock(&g->model_lock);
    *model = g->model;
    *bound = !st && g->bound && atomic_load(&g->faces);
    pthread_rwlock_unlock(&g->model_lock);
    return st;
}

struct oc_gallery_counts oc_gallery_count(struct oc_gallery *g)
{
    return (struct oc_gallery_counts){
        .subjects = oc_index_subjects(&g->index),
        .faces = atomic_load(&g->faces),
        .searchable = atomic_load(&g->index.n),
        .bytes = atomic_load(&g->index.bytes),
        .commits = atomic_load(&g->commits),
        .identified = atomic_load(&g->identified),
        .identify_ns = atomic_load(&g->identify_ns),
    };
}

enum oc_status oc_gallery_unit(const float *v, size_t dim, float **out, struct oc_err *err)
{
    double sum = 0;
    *out = NULL;
    if (dim < 2 || dim > LIM_VECTOR_DIM)
        return oc_err_set(err, OC_E_INVALID, "embedding: 2..%d numbers are expected, there are %zu", LIM_VECTOR_DIM, dim);
    for (size_t i = 0; i < dim; i++) {
        if (!isfinite(v[i]))
            return oc_err_set(err, OC_E_INVALID, "embedding: number %zu is not finite", i);
        sum += (double)v[i] * (double)v[i];
    }
    if (!(sum > 0))
        return oc_err_set(err, OC_E_INVALID, "embedding: all %zu numbers are zero", dim);
    float *unit = oc_mem_alloc(OC_MEM_GALLERY, dim * sizeof *unit);
    if (!unit)
        return oc_err_nomem(err, "a vector", dim * sizeof *unit);
    double scale = 1 / sqrt(sum);
    for (size_t i = 0; i < dim; i++)
        unit[i] = (float)((double)v[i] * scale);
    *out = unit;
    return OC_OK;
}

static enum oc_status units(const float *vectors, size_t n, size_t dim, float **out, struct oc_err *err)
{
    size_t floats, bytes = 0;
    *out = NULL;
    if (!oc_size_mul(n, dim, &floats) || !oc_size_mul(floats, sizeof **out, &bytes))
        return oc_err_nomem(err, "vectors", SIZE_MAX);
    float *all = oc_mem_alloc(OC_MEM_GALLERY, bytes ? bytes : 1);
    enum oc_status st = all ? OC_OK : oc_err_nomem(err, "vectors", bytes);
    for (size_t i = 0; !st && i < n; i++) {
        float *one;
        st = oc_gallery_unit(vectors + i * dim, dim, &one, err);
        if (!st)
            memcpy(all + i * dim, one, dim * sizeof *one);
        oc_mem_wipe_free(one);
    }
    if (st)
        oc_mem_wipe_free(all);
    else
        *out = all;
    return st;
}

enum oc_status oc_gallery_identify(struct oc_gallery *g, const struct oc_gallery_model *model, const float *vectors, size_t n, size_t top,
                                   struct oc_likenesses **out, struct oc_err *err)
{
    bool absent;
    float *unit = NULL;
    *out = NULL;
    int64_t start = oc_now_ns();
    if (top < 1 || top > LIM_GALLERY_TOP)
        return oc_err_set(err, OC_E_INVALID, "top_k: must be 1..%d, is %zu", LIM_GALLERY_TOP, top);
    enum oc_status st = oc_gallery_ensure(g, false, &absent, err);
    (void)(st || (st = oc_gallery_check_model(g, model, err)) || (st = units(vectors, n, model->dim, &unit, err)) ||
           (st = oc_index_search(&g->index, model->dim, unit, n, top, out, err)));
    oc_mem_wipe_free(unit);
    if (!st) {
        atomic_fetch_add(&g->identified, n);
        atomic_fetch_add(&g->identify_ns, (uint_fast64_t)(oc_now_ns() - start));
    }
    return st;
}

/* See index.h. */
#include "gallery/index.h"
#include <sys/mman.h>
#include "gallery/kernels/kernels.h"

enum { FIRST_ROWS = 256, MOST_ROWS = 8192, HUGE_PAGE = 2 << 20 };

/* Blocks of 256, 512, ... 8192, 8192, ... rows. */
static size_t block_rows(size_t i)
{
    return i < 5 ? (size_t)FIRST_ROWS << i : MOST_ROWS;
}

enum oc_status oc_index_init(struct oc_index *ix, size_t max_rows, struct oc_err *err)
{
    pthread_rwlockattr_t attr;
    *ix = (struct oc_index){.max_blocks = max_rows / MOST_ROWS + 8};
    ix->blocks = oc_mem_array(OC_MEM_GALLERY, ix->max_blocks, sizeof *ix->blocks);
    if (!ix->blocks)
        return oc_err_nomem(err, "a gallery's blocks", ix->max_blocks * sizeof *ix->blocks);
    pthread_rwlockattr_init(&attr);
#ifdef __GLIBC__ /* or searches that overlap would keep a deletion waiting for ever */
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
    pthread_rwlock_init(&ix->lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    pthread_mutex_init(&ix->names_lock, NULL);
    return OC_OK;
}

static void free_blocks(struct oc_index *ix)
{
    for (size_t i = 0; i < ix->n_blocks; i++) {
        oc_mem_wipe_free(ix->blocks[i].rows);
        oc_mem_wipe_free(ix->blocks[i].faces);
        ix->blocks[i] = (struct oc_index_block){0};
    }
    ix->n_blocks = 0;
    atomic_store(&ix->bytes, 0);
}

static void free_names(struct oc_index *ix)
{
    for (size_t i = 0; i < ix->n_names; i++)
        oc_mem_wipe_free(ix->names[i].name);
    ix->n_names = 0;
}

void oc_index_deinit(struct oc_index *ix)
{
    if (!ix->blocks)
        return;
    free_blocks(ix);
    free_names(ix);
    oc_mem_free(ix->names);
    oc_mem_free(ix->blocks);
    pthread_mutex_destroy(&ix->names_lock);
    pthread_rwlock_destroy(&ix->lock);
    ix->blocks = NULL;
}

/* Searching walks through all of it: large pages spare it most look-ups of addresses, a third of its time. */
static void want_huge_pages(float *rows, size_t bytes)
{
    uintptr_t from = ((uintptr_t)rows + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)rows + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (to > from && madvise((void *)from, to - from, MADV_HUGEPAGE)) /* NOLINT(performance-no-int-to-ptr) */
        return;                                                        /* a kernel without: it works all the same */
}

static enum oc_status add_block(struct oc_index *ix, struct oc_err *err)
{
    size_t rows = block_rows(ix->n_blocks), floats, bytes = 0;
    if (!ix->blocks || ix->n_blocks == ix->max_blocks)
        return oc_err_set(err, OC_E_STORAGE_FULL, "gallery: more faces than gallery-max-faces allows");
    struct oc_index_block *b = &ix->blocks[ix->n_blocks];
    if (!oc_size_mul(rows, ix->stride, &floats) || !oc_size_mul(floats, sizeof(float), &bytes))
        return oc_err_nomem(err, "vectors", SIZE_MAX);
    float *data = oc_mem_aligned(OC_MEM_GALLERY, bytes);
    int64_t *meta = oc_mem_array(OC_MEM_GALLERY, rows, 2 * sizeof *meta + OC_FACE_ID);
    if (!data || !meta) {
        oc_mem_free(data);
        oc_mem_free(meta);
        return oc_err_nomem(err, "vectors of a gallery", bytes);
    }
    want_huge_pages(data, bytes);
    *b = (struct oc_index_block){.rows = data, .faces = meta, .subjects = meta + rows, .capacity = rows};
    b->ids = (uint8_t(*)[OC_FACE_ID])(void *)(meta + 2 * rows);
    b->first = ix->n_blocks ? b[-1].first + b[-1].capacity : 0;
    ix->n_blocks++;
    atomic_fetch_add(&ix->bytes, bytes + rows * (2 * sizeof *meta + OC_FACE_ID));
    return OC_OK;
}

enum oc_status oc_index_reserve(struct oc_index *ix, size_t dim, size_t more, struct oc_err *err)
{
    size_t n = atomic_load(&ix->n);
    enum oc_status st = OC_OK;
    if (dim != ix->dim) {
        if (n)
            return OC_DECLINED;
        pthread_rwlock_wrlock(&ix->lock);
        free_blocks(ix);
        ix->dim = dim;
        ix->stride = (dim + OC_ROW_PAD - 1) / OC_ROW_PAD * OC_ROW_PAD;
        pthread_rwlock_unlock(&ix->lock);
    }
    while (!st) {
        const struct oc_index_block *last = ix->n_blocks ? &ix->blocks[ix->n_blocks - 1] : NULL;
        if (last && last->first + last->capacity >= n + more)
            break;
        st = add_block(ix, err);
    }
    return st;
}

static struct oc_index_block *block_of(struct oc_index *ix, size_t row)
{
    struct oc_index_block *b = ix->blocks;
    while (row >= b->first + b->capacity)
        b++;
    return b;
}

void oc_index_append(struct oc_index *ix, int64_t face, int64_t subject, const uint8_t id[OC_FACE_ID], const float *vector)
{
    size_t n = atomic_load_explicit(&ix->n, memory_order_relaxed);
    struct oc_index_block *b = block_of(ix, n);
    size_t at = n - b->first;
    float *row = b->rows + at * ix->stride;
    memcpy(row, vector, ix->dim * sizeof *row);
    memset(row + ix->dim, 0, (ix->stride - ix->dim) * sizeof *row);
    b->faces[at] = face;
    b->subjects[at] = subject;
    memcpy(b->ids[at], id, OC_FACE_ID);
    atomic_store_explicit(&ix->n, n + 1, memory_order_release); /* searches see whole rows only */
}

/* The last row takes the place of this one; what was in it is gone. */
static void take_out(struct oc_index *ix, struct oc_index_block *b, size_t at)
{
    size_t n = atomic_load_explicit(&ix->n, memory_order_relaxed) - 1;
    struct oc_index_block *e = block_of(ix, n);
    size_t last = n - e->first;
    float *row = b->rows + at * ix->stride, *end = e->rows + last * ix->stride;
    if (row != end)
        memcpy(row, end, ix->stride * sizeof *row);
    b->faces[at] = e->faces[last];
    b->subjects[at] = e->subjects[last];
    memmove(b->ids[at], e->ids[last], OC_FACE_ID);
    explicit_bzero(end, ix->stride * sizeof *end);
    explicit_bzero(e->ids[last], OC_FACE_ID);
    atomic_store_explicit(&ix->n, n, memory_order_release);
}

/* Rows whose key, in `faces` or `subjects`, is that; `most` of them at most. */
static void remove_where(struct oc_index *ix, bool by_face, int64_t key, size_t most)
{
    pthread_rwlock_wrlock(&ix->lock);
    for (size_t i = 0; i < ix->n_blocks && most; i++) {
        struct oc_index_block *b = &ix->blocks[i];
        const int64_t *keys = by_face ? b->faces : b->subjects;
        for (size_t at = 0; most && at < b->capacity && b->first + at < atomic_load_explicit(&ix->n, memory_order_relaxed);) {
            if (keys[at] == key) { /* what takes its place is looked at next */
                take_out(ix, b, at);
                most--;
            } else {
                at++;
            }
        }
    }
    pthread_rwlock_unlock(&ix->lock);
}

void oc_index_remove_face(struct oc_index *ix, int64_t face)
{
    remove_where(ix, true, face, 1);
}

void oc_index_remove_rows(struct oc_index *ix, int64_t subject)
{
    remove_where(ix, false, subject, SIZE_MAX);
}

void oc_index_move(struct oc_index *ix, int64_t from, int64_t to)
{
    pthread_rwlock_wrlock(&ix->lock);
    for (size_t i = 0; i < ix->n_blocks; i++)
        for (size_t at = 0; at < ix->blocks[i].capacity; at++)
            if (ix->blocks[i].subjects[at] == from)
                ix->blocks[i].subjects[at] = to;
    pthread_rwlock_unlock(&ix->lock);
}

void oc_index_clear(struct oc_index *ix)
{
    pthread_rwlock_wrlock(&ix->lock);
    pthread_mutex_lock(&ix->names_lock);
    free_blocks(ix);
    atomic_store(&ix->n, 0);
    free_names(ix);
    pthread_mutex_unlock(&ix->names_lock);
    pthread_rwlock_unlock(&ix->lock);
}

enum oc_status oc_index_reserve_names(struct oc_index *ix, size_t more, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    pthread_mutex_lock(&ix->names_lock);
    size_t need = ix->n_names + more;
    if (need > ix->cap_names) {
        size_t cap = ix->cap_names * 2 > need ? ix->cap_names * 2 : need + 16, bytes = 0;
        struct oc_index_name *grown =
            oc_size_mul(cap, sizeof *grown, &bytes) ? oc_mem_realloc(OC_MEM_GALLERY, ix->names, bytes) : NULL;
        if (grown) {
            ix->names = grown;
            ix->cap_names = cap;
        } else {
            st = oc_err_nomem(err, "names of subjects", bytes);
        }
    }
    pthread_mutex_unlock(&ix->names_lock);
    return st;
}

/* Where the subject is, or would be. */
static size_t place(const struct oc_index *ix, int64_t subject)
{
    size_t low = 0, high = ix->n_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ix->names[middle].subject < subject)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct oc_index *ix, size_t at, int64_t subject)
{
    return at < ix->n_names && ix->names[at].subject == subject;
}

void oc_index_name(struct oc_index *ix, int64_t subject, char *name)
{
    pthread_mutex_lock(&ix->names_lock);
    size_t at = place(ix, subject);
    if (is_at(ix, at, subject)) {
        oc_mem_wipe_free(ix->names[at].name);
    } else {
        memmove(ix->names + at + 1, ix->names + at, (ix->n_names - at) * sizeof *ix->names);
        ix->n_names++;
    }
    ix->names[at] = (struct oc_index_name){subject, name};
    pthread_mutex_unlock(&ix->names_lock);
}

void oc_index_forget_name(struct oc_index *ix, int64_t subject)
{
    pthread_mutex_lock(&ix->names_lock);
    size_t at = place(ix, subject);
    if (is_at(ix, at, subject)) {
        oc_mem_wipe_free(ix->names[at].name);
        ix->n_names--;
        memmove(ix->names + at, ix->names + at + 1, (ix->n_names - at) * sizeof *ix->names);
    }
    pthread_mutex_unlock(&ix->names_lock);
}

size_t oc_index_subjects(struct oc_index *ix)
{
    pthread_mutex_lock(&ix->names_lock);
    size_t n = ix->n_names;
    pthread_mutex_unlock(&ix->names_lock);
    return n;
}

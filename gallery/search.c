/*
 * Searching: rows in tiles that stay in the second-level cache while every query of the request passes over them, so that ten faces cost
 * one walk through memory. Of each query the best `top` subjects are kept.
 */
#include "gallery/index.h"
#include "gallery/kernels/kernels.h"

enum { TILE_BYTES = 128 << 10, TILE_ROWS = 256 };

/* A subject with its most similar face so far. */
struct hit {
    float similarity;
    int64_t subject;
    uint8_t id[OC_FACE_ID];
};

/* The best of one query, best first. */
struct best {
    struct hit *hits;
    size_t n, top;
};

static bool is_before(float similarity, int64_t subject, const struct hit *h)
{
    return similarity > h->similarity || (similarity >= h->similarity && subject < h->subject);
}

/* Puts a face where it belongs; a subject's lesser face gives way. */
static void offer(struct best *b, float similarity, int64_t subject, const uint8_t id[OC_FACE_ID])
{
    size_t at = b->n < b->top ? b->n : b->top - 1; /* the place that becomes free: the subject's own, a new one, or the last */
    for (size_t i = 0; i < b->n; i++) {
        if (b->hits[i].subject != subject)
            continue;
        if (!(similarity > b->hits[i].similarity))
            return;
        at = i;
        break;
    }
    if (at == b->n)
        b->n++;
    for (; at && is_before(similarity, subject, &b->hits[at - 1]); at--)
        b->hits[at] = b->hits[at - 1];
    b->hits[at] = (struct hit){.similarity = similarity, .subject = subject};
    memcpy(b->hits[at].id, id, OC_FACE_ID);
}

static void scan_tile(const struct oc_index_block *block, size_t at, size_t n, const float *similarity, struct best *b)
{
    for (size_t i = 0; i < n; i++)
        if (b->n < b->top || is_before(similarity[i], block->subjects[at + i], &b->hits[b->n - 1]))
            offer(b, similarity[i], block->subjects[at + i], block->ids[at + i]);
}

/* All rows there are now, under the lock. */
static void scan(const struct oc_index *ix, const float *queries, size_t n, struct best *best)
{
    float similarity[TILE_ROWS];
    oc_dots_fn *dots = oc_gallery_dots();
    size_t rows = atomic_load_explicit(&ix->n, memory_order_acquire);
    size_t tile = TILE_BYTES / (ix->stride * sizeof(float));
    tile = tile > TILE_ROWS ? TILE_ROWS : tile ? tile : 1;
    for (const struct oc_index_block *b = ix->blocks; rows; b++) {
        size_t in_block = rows < b->capacity ? rows : b->capacity;
        for (size_t at = 0; at < in_block; at += tile) {
            size_t count = in_block - at < tile ? in_block - at : tile;
            for (size_t q = 0; q < n; q++) {
                dots(b->rows + at * ix->stride, count, ix->stride, queries + q * ix->stride, similarity);
                scan_tile(b, at, count, similarity, &best[q]);
            }
        }
        rows -= in_block;
    }
}

static const char *name_of(const struct oc_index *ix, int64_t subject)
{
    size_t low = 0, high = ix->n_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ix->names[middle].subject < subject)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ix->n_names && ix->names[low].subject == subject ? ix->names[low].name : "";
}

/* Lists, candidates and names in one block; under both locks, so that nobody is renamed meanwhile. */
static enum oc_status hand_out(const struct oc_index *ix, const struct best *best, size_t n, struct oc_likenesses **out, struct oc_err *err)
{
    size_t hits = 0, text = 0;
    for (size_t q = 0; q < n; q++) {
        hits += best[q].n;
        for (size_t i = 0; i < best[q].n; i++)
            text += strlen(name_of(ix, best[q].hits[i].subject)) + 1;
    }
    size_t bytes = n * sizeof **out + hits * sizeof(struct oc_likeness) + text;
    struct oc_likenesses *lists = oc_mem_zero(OC_MEM_GALLERY, bytes ? bytes : 1);
    if (!lists)
        return oc_err_nomem(err, "candidates", bytes);
    struct oc_likeness *c = (struct oc_likeness *)(void *)(lists + n);
    char *names = (char *)(c + hits);
    for (size_t q = 0; q < n; q++) {
        lists[q] = (struct oc_likenesses){.items = c, .n = best[q].n};
        for (size_t i = 0; i < best[q].n; i++, c++) {
            const struct hit *h = &best[q].hits[i];
            const char *name = name_of(ix, h->subject);
            size_t len = strlen(name) + 1;
            memcpy(names, name, len);
            *c = (struct oc_likeness){.subject = names, .similarity = (double)h->similarity};
            c->similarity = c->similarity > 1 ? 1 : c->similarity < -1 ? -1 : c->similarity; /* rounding */
            memcpy(c->id, h->id, OC_FACE_ID);
            names += len;
        }
    }
    *out = lists;
    return OC_OK;
}

static enum oc_status search(struct oc_index *ix, const float *padded, struct best *best, size_t n, struct oc_likenesses **out,
                             struct oc_err *err)
{
    scan(ix, padded, n, best);
    pthread_mutex_lock(&ix->names_lock);
    enum oc_status st = hand_out(ix, best, n, out, err);
    pthread_mutex_unlock(&ix->names_lock);
    return st;
}

enum oc_status oc_index_search(struct oc_index *ix, size_t dim, const float *queries, size_t n, size_t top, struct oc_likenesses **out,
                               struct oc_err *err)
{
    size_t stride = (dim + OC_ROW_PAD - 1) / OC_ROW_PAD * OC_ROW_PAD, floats, bytes = 0;
    *out = NULL;
    if (!oc_size_mul(n, stride, &floats) || !oc_size_mul(floats, sizeof(float), &bytes))
        return oc_err_nomem(err, "queries", SIZE_MAX);
    float *padded = oc_mem_aligned(OC_MEM_GALLERY, bytes);
    struct best *best = oc_mem_array(OC_MEM_GALLERY, n, sizeof *best + top * sizeof(struct hit));
    enum oc_status st = padded && best ? OC_OK : oc_err_nomem(err, "queries", bytes);
    for (size_t q = 0; !st && q < n; q++) {
        memcpy(padded + q * stride, queries + q * dim, dim * sizeof(float));
        memset(padded + q * stride + dim, 0, (stride - dim) * sizeof(float));
        best[q] = (struct best){.hits = (struct hit *)(void *)(best + n) + q * top, .top = top};
    }
    if (!st) {
        pthread_rwlock_rdlock(&ix->lock);
        if (atomic_load(&ix->n) && ix->dim == dim)
            st = search(ix, padded, best, n, out, err);
        else
            st = hand_out(ix, best, n, out, err);
        pthread_rwlock_unlock(&ix->lock);
    }
    oc_mem_wipe_free(padded);
    oc_mem_wipe_free(best);
    return st;
}

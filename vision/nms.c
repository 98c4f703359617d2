/*
 * Greedy non-maximum suppression; see nms.h. A stable merge sort of small keys, then each candidate is compared with
 * the kept ones of its class only, which are chained: O(n log n + n * kept of one class).
 */
#include "vision/nms.h"
#include "base/limits.h"
#include <math.h>
#include <string.h>

struct key {
    float score;
    uint32_t at; /* in the caller's order */
};

static float box_area(const struct oc_box *b)
{
    return fmaxf(b->x2 - b->x1, 0) * fmaxf(b->y2 - b->y1, 0);
}

float oc_box_iou(const struct oc_box *a, const struct oc_box *b)
{
    float w = fminf(a->x2, b->x2) - fmaxf(a->x1, b->x1), h = fminf(a->y2, b->y2) - fmaxf(a->y1, b->y1);
    if (!(w > 0) || !(h > 0))
        return 0;
    float inter = w * h, all = box_area(a) + box_area(b) - inter;
    float iou = all > 0 ? inter / all : 0;
    return iou == iou ? iou : 0; /* infinite boxes: inf / inf */
}

static bool has_nan(const struct oc_candidate *c)
{
    return isnan(c->box.x1) || isnan(c->box.y1) || isnan(c->box.x2) || isnan(c->box.y2) || isnan(c->score);
}

/* Merges neighbours a (na keys) and b (nb keys): the higher score first, a before b when equal. */
static void merge(const struct key *a, size_t na, const struct key *b, size_t nb, struct key *out)
{
    while (na && nb) {
        if (b->score > a->score) {
            *out++ = *b++;
            nb--;
        } else {
            *out++ = *a++;
            na--;
        }
    }
    memcpy(out, a, na * sizeof *a);
    memcpy(out + na, b, nb * sizeof *b);
}

/* Sorts n keys, best first, stable; returns where the result is: keys or spare. */
static struct key *sort_keys(struct key *keys, struct key *spare, size_t n)
{
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += 2 * run) {
            size_t na = n - i < run ? n - i : run, nb = n - i - na < run ? n - i - na : run;
            merge(keys + i, na, keys + i + na, nb, spare + i);
        }
        struct key *t = keys;
        keys = spare;
        spare = t;
    }
    return keys;
}

#define CHAINS 256
#define NONE UINT32_MAX

/* Kept candidates by class: classes whose numbers are equal modulo CHAINS share a chain. */
struct chains {
    uint32_t last[CHAINS];
    uint32_t *before; /* per kept candidate: the one kept before it in its chain */
};

static float overlap(const struct oc_candidate *a, const struct oc_candidate *b, const struct oc_nms_options *opt)
{
    return opt->overlap ? opt->overlap(a, b, opt->overlap_arg) : oc_box_iou(&a->box, &b->box);
}

static bool overlaps_kept(const struct oc_candidate *c, const struct oc_candidate *kept, const struct chains *chains, uint32_t from,
                          const struct oc_nms_options *opt)
{
    for (uint32_t i = from; i != NONE; i = chains->before[i])
        if ((opt->agnostic || kept[i].class_id == c->class_id) && overlap(c, &kept[i], opt) > opt->iou_threshold)
            return true;
    return false;
}

/* n candidates, best first; the kept ones go to `kept`. Returns how many, at most `room`. */
static size_t suppress(const struct oc_candidate *sorted, size_t n, struct oc_candidate *kept, struct chains *chains, size_t room,
                       const struct oc_nms_options *opt)
{
    size_t count = 0;
    memset(chains->last, 0xFF, sizeof chains->last); /* NONE */
    for (size_t i = 0; i < n && count < room; i++) {
        uint32_t *last = &chains->last[opt->agnostic ? 0 : (unsigned)sorted[i].class_id % CHAINS];
        if (overlaps_kept(&sorted[i], kept, chains, *last, opt))
            continue;
        chains->before[count] = *last;
        *last = (uint32_t)count;
        kept[count++] = sorted[i];
    }
    return count;
}

enum oc_status oc_nms(struct oc_candidate *c, size_t *n, const struct oc_nms_options *opt, struct oc_err *err)
{
    if (!*n)
        return OC_OK;
    size_t bytes, most = opt->max_in > 0 ? (size_t)opt->max_in : LIM_CANDIDATES;
    if (*n > UINT32_MAX || !oc_size_mul(*n, 2 * sizeof(struct key), &bytes))
        return oc_err_set(err, OC_E_INVALID, "%zu candidate boxes are too many", *n);
    enum oc_status st = OC_OK;
    struct oc_candidate *sorted = NULL;
    struct key *keys = oc_mem_alloc(OC_MEM_OTHER, bytes);
    if (!keys)
        return oc_err_nomem(err, "candidate boxes", bytes);
    size_t count = 0;
    for (size_t i = 0; i < *n; i++)
        if (!has_nan(&c[i]))
            keys[count++] = (struct key){.score = c[i].score, .at = (uint32_t)i};
    const struct key *order = sort_keys(keys, keys + *n, count);
    count = count > most ? most : count;
    sorted = oc_mem_array(OC_MEM_OTHER, count, sizeof *sorted + sizeof(uint32_t));
    if (!sorted) {
        st = oc_err_nomem(err, "candidate boxes", count * sizeof *sorted);
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = c[order[i].at];
    struct chains chains = {.before = (uint32_t *)(void *)(sorted + count)};
    *n = suppress(sorted, count, c, &chains, opt->max_out > 0 ? (size_t)opt->max_out : count, opt);
done:
    oc_mem_free(sorted);
    oc_mem_free(keys);
    return st;
}

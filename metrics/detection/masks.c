/* See masks.h. Runs go down the columns; two masks are walked side by side, a step for each end of a run. */
#include "metrics/detection/masks.h"
#include <math.h>

/* The box grows by pixels from `at` on, n of them, in columns of h. */
struct extent {
    uint64_t left, right, top, bottom; /* right and bottom lie outside */
};

static void grow(struct extent *e, uint64_t at, uint64_t n, uint64_t h)
{
    uint64_t x1 = at / h, x2 = (at + n - 1) / h, y1 = at % h, y2 = (at + n - 1) % h;
    if (x1 != x2) { /* passes a column's end */
        y1 = 0;
        y2 = h - 1;
    }
    e->left = x1 < e->left ? x1 : e->left;
    e->right = x2 + 1 > e->right ? x2 + 1 : e->right;
    e->top = y1 < e->top ? y1 : e->top;
    e->bottom = y2 + 1 > e->bottom ? y2 + 1 : e->bottom;
}

void oc_object_mask_measure(struct oc_object_mask *m)
{
    struct extent e = {.left = UINT64_MAX, .top = UINT64_MAX};
    uint64_t at = 0, area = 0;
    for (size_t i = 0; i < m->runs.n; i++) {
        if (i % 2 && m->runs.counts[i]) {
            grow(&e, at, m->runs.counts[i], (uint64_t)m->height);
            area += m->runs.counts[i];
        }
        at += m->runs.counts[i];
    }
    m->area = area;
    m->left = area ? (double)e.left : 0;
    m->top = area ? (double)e.top : 0;
    m->wide = area ? (double)(e.right - e.left) : 0;
    m->high = area ? (double)(e.bottom - e.top) : 0;
}

/* A place in a mask's runs. */
struct walk {
    const struct oc_rle *runs;
    size_t i;
    uint64_t left; /* of run i */
};

static void settle(struct walk *w)
{
    while (!w->left && w->i + 1 < w->runs->n)
        w->left = w->runs->counts[++w->i];
}

static uint64_t intersection(const struct oc_object_mask *a, const struct oc_object_mask *b)
{
    struct walk p = {&a->runs, 0, a->runs.n ? a->runs.counts[0] : 0}, q = {&b->runs, 0, b->runs.n ? b->runs.counts[0] : 0};
    uint64_t both = 0;
    for (settle(&p), settle(&q); p.left && q.left; settle(&p), settle(&q)) {
        uint64_t step = p.left < q.left ? p.left : q.left;
        both += p.i % 2 && q.i % 2 ? step : 0;
        p.left -= step;
        q.left -= step;
    }
    return both;
}

static bool boxes_touch(const struct oc_object_mask *a, const struct oc_object_mask *b)
{
    return fmin(a->left + a->wide, b->left + b->wide) > fmax(a->left, b->left) &&
           fmin(a->top + a->high, b->top + b->high) > fmax(a->top, b->top);
}

double oc_object_mask_iou(const struct oc_object_mask *found, const struct oc_object_mask *truth, bool crowd)
{
    if (found->width != truth->width || found->height != truth->height || !boxes_touch(found, truth))
        return 0;
    uint64_t both = intersection(found, truth), all = crowd ? found->area : found->area + truth->area - both;
    return both ? (double)both / (double)all : 0;
}

/*
 * See merge.h. First what the windows' edges did is mended, then what several windows saw of one object becomes one. All walk the boxes
 * of one class in the order of their scores; the number of boxes is bounded by LIM_CANDIDATES.
 */
#include "models/run/tiles/merge.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"

#define NEAR_EDGE .02 /* of the window's side: detectors let boxes end a little before the edge */
#define PART_OF .6f   /* a cut box of which this share lies in a whole one is a part of it */
#define SAME_SPAN .5f /* two halves: overlap over union of their extents along the edge */
#define SIGMA .5f     /* of soft NMS */

unsigned oc_seen_cut(const struct oc_box *box, const struct oc_window *w)
{
    float near_x = (float)(NEAR_EDGE * w->width), near_y = (float)(NEAR_EDGE * w->height);
    unsigned cut = 0;
    cut |= box->x1 <= (float)w->x + near_x ? OC_CUT_LEFT : 0u;
    cut |= box->y1 <= (float)w->y + near_y ? OC_CUT_TOP : 0u;
    cut |= box->x2 >= (float)(w->x + w->width) - near_x ? OC_CUT_RIGHT : 0u;
    cut |= box->y2 >= (float)(w->y + w->height) - near_y ? OC_CUT_BOTTOM : 0u;
    return cut & w->cut;
}

static int by_class_and_score(const void *a, const void *b)
{
    const struct oc_seen *p = a, *q = b;
    if (p->class_id != q->class_id)
        return p->class_id < q->class_id ? -1 : 1;
    if (p->score > q->score || p->score < q->score)
        return p->score > q->score ? -1 : 1;
    return p->from < q->from ? -1 : p->from > q->from;
}

static int by_score(const void *a, const void *b)
{
    const struct oc_seen *p = a, *q = b;
    if (p->score > q->score || p->score < q->score)
        return p->score > q->score ? -1 : 1;
    return p->from < q->from ? -1 : p->from > q->from;
}

static float area(const struct oc_box *b)
{
    return (b->x2 - b->x1) * (b->y2 - b->y1);
}

static float common(const struct oc_box *a, const struct oc_box *b)
{
    float w = fminf(a->x2, b->x2) - fmaxf(a->x1, b->x1), h = fminf(a->y2, b->y2) - fmaxf(a->y1, b->y1);
    return w > 0 && h > 0 ? w * h : 0;
}

/* Overlap over union of two spans. */
static float span_iou(float a1, float a2, float b1, float b2)
{
    float both = fminf(a2, b2) - fmaxf(a1, b1), all = fmaxf(a2, b2) - fminf(a1, b1);
    return both > 0 && all > 0 ? both / all : 0;
}

/* One goes on where the other is cut off, and they overlap or touch. */
static bool are_halves(const struct oc_seen *a, const struct oc_seen *b)
{
    bool right = (a->cut & OC_CUT_RIGHT) && (b->cut & OC_CUT_LEFT) && a->box.x1 < b->box.x1 && a->box.x2 >= b->box.x1;
    bool left = (a->cut & OC_CUT_LEFT) && (b->cut & OC_CUT_RIGHT) && b->box.x1 < a->box.x1 && b->box.x2 >= a->box.x1;
    bool below = (a->cut & OC_CUT_BOTTOM) && (b->cut & OC_CUT_TOP) && a->box.y1 < b->box.y1 && a->box.y2 >= b->box.y1;
    bool above = (a->cut & OC_CUT_TOP) && (b->cut & OC_CUT_BOTTOM) && b->box.y1 < a->box.y1 && b->box.y2 >= a->box.y1;
    if (right || left)
        return span_iou(a->box.y1, a->box.y2, b->box.y1, b->box.y2) > SAME_SPAN;
    return (below || above) && span_iou(a->box.x1, a->box.x2, b->box.x1, b->box.x2) > SAME_SPAN;
}

/* b joins a: sides where one goes on beyond the other's cut are cut no more, unless the outer one is. */
static void join(struct oc_seen *a, const struct oc_seen *b)
{
    unsigned cut = 0;
    cut |= (a->box.x1 <= b->box.x1 ? a->cut : b->cut) & OC_CUT_LEFT;
    cut |= (a->box.y1 <= b->box.y1 ? a->cut : b->cut) & OC_CUT_TOP;
    cut |= (a->box.x2 >= b->box.x2 ? a->cut : b->cut) & OC_CUT_RIGHT;
    cut |= (a->box.y2 >= b->box.y2 ? a->cut : b->cut) & OC_CUT_BOTTOM;
    a->box = (struct oc_box){fminf(a->box.x1, b->box.x1), fminf(a->box.y1, b->box.y1), fmaxf(a->box.x2, b->box.x2),
                             fmaxf(a->box.y2, b->box.y2)};
    a->cut = cut;
}

/* What is being merged: boxes of one class, or of all. */
struct work {
    struct oc_seen *seen; /* best first */
    size_t n;
    uint8_t *gone; /* a flag each */
    const struct oc_merge_options *opt;
};

static bool is_cancelled(const struct work *w)
{
    return w->opt->cancelled && w->opt->cancelled(w->opt->cancel_arg);
}

/* A cut box that a box of another window shows more of: that one is whole, or larger. */
static bool is_part(const struct oc_seen *cut, const struct oc_seen *other)
{
    return other->window != cut->window && (!other->cut || area(&other->box) > area(&cut->box)) &&
           common(&cut->box, &other->box) > PART_OF * area(&cut->box);
}

/* Halves first: what they make up may hold other parts. Then parts make way. */
static bool mend(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (is_cancelled(w))
            return false;
        for (size_t k = i + 1; k < w->n && w->seen[i].cut && !w->gone[i]; k++) {
            if (w->gone[k] || !w->seen[k].cut || w->seen[k].window == w->seen[i].window || !are_halves(&w->seen[i], &w->seen[k]))
                continue;
            join(&w->seen[i], &w->seen[k]);
            w->gone[k] = 1;
            k = i; /* it is larger now: others may fit that did not */
        }
    }
    for (size_t i = 0; i < w->n; i++) {
        if (is_cancelled(w))
            return false;
        for (size_t k = 0; k < w->n && w->seen[i].cut && !w->gone[i]; k++)
            w->gone[i] = k != i && !w->gone[k] && is_part(&w->seen[i], &w->seen[k]);
    }
    return true;
}

static bool are_one(const struct work *w, const struct oc_seen *a, const struct oc_seen *b)
{
    return a->window != b->window && oc_box_iou(&a->box, &b->box) > w->opt->iou_threshold;
}

static bool suppress(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (is_cancelled(w))
            return false;
        for (size_t k = i + 1; k < w->n && !w->gone[i]; k++)
            w->gone[k] |= !w->gone[k] && are_one(w, &w->seen[i], &w->seen[k]);
    }
    return true;
}

static void swap(struct oc_seen *a, struct oc_seen *b)
{
    struct oc_seen t = *a;
    *a = *b;
    *b = t;
}

/* The best of what is left comes next; everything behind it that overlaps loses score. */
static bool soften(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        size_t best = i;
        if (is_cancelled(w))
            return false;
        for (size_t k = i + 1; k < w->n; k++)
            if (w->seen[k].score > w->seen[best].score)
                best = k;
        swap(&w->seen[i], &w->seen[best]);
        if (w->seen[i].score < w->opt->score_threshold) {
            memset(w->gone + i, 1, w->n - i); /* and all behind it */
            return true;
        }
        for (size_t k = i + 1; k < w->n; k++) {
            float iou = w->seen[k].window == w->seen[i].window ? 0 : oc_box_iou(&w->seen[i].box, &w->seen[k].box);
            if (iou > 0)
                w->seen[k].score *= expf(-iou * iou / SIGMA);
        }
    }
    return true;
}

/* A fused box: the sums of its members, weighted by score. */
struct fusion {
    double x1, y1, x2, y2, weight;
};

static void fuse_into(struct fusion *f, const struct oc_seen *s)
{
    double v = (double)s->score;
    f->x1 += v * (double)s->box.x1;
    f->y1 += v * (double)s->box.y1;
    f->x2 += v * (double)s->box.x2;
    f->y2 += v * (double)s->box.y2;
    f->weight += v;
}

static struct oc_box fused(const struct fusion *f)
{
    return (struct oc_box){(float)(f->x1 / f->weight), (float)(f->y1 / f->weight), (float)(f->x2 / f->weight), (float)(f->y2 / f->weight)};
}

/* Each box joins the fused box that it overlaps most, or begins one, whose first member is the best: its score and details stay. */
static bool fuse(struct work *w, struct fusion *fusions, struct oc_seen *first)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        size_t best = n;
        float most = w->opt->iou_threshold;
        if (is_cancelled(w))
            return false;
        for (size_t k = 0; k < n; k++) {
            float iou = first[k].window == w->seen[i].window ? 0 : oc_box_iou(&first[k].box, &w->seen[i].box);
            if (iou > most) {
                most = iou;
                best = k;
            }
        }
        if (best == n) {
            first[n] = w->seen[i];
            fusions[n++] = (struct fusion){0};
        }
        fuse_into(&fusions[best], &w->seen[i]);
        if (fusions[best].weight > 0)
            first[best].box = fused(&fusions[best]);
    }
    memcpy(w->seen, first, n * sizeof *first);
    memset(w->gone + n, 1, w->n - n);
    return true;
}

static void close_up(struct work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        if (!w->gone[i])
            w->seen[n++] = w->seen[i];
    w->n = n;
    memset(w->gone, 0, n);
}

static enum oc_status merge_class(struct work *w, struct fusion *fusions, struct oc_seen *first, struct oc_err *err)
{
    bool done = mend(w);
    close_up(w);
    if (done && w->opt->how == OC_MERGE_NMS)
        done = suppress(w);
    else if (done && w->opt->how == OC_MERGE_SOFT_NMS)
        done = soften(w);
    else if (done && fusions && first)
        done = fuse(w, fusions, first);
    close_up(w);
    return done ? OC_OK : oc_err_set(err, OC_E_CANCELLED, "cancelled while boxes were put together");
}

/* Class by class, or all at once; each leaves its boxes at the front of its place. */
static enum oc_status merge_all(struct oc_seen *seen, size_t *n, const struct oc_merge_options *opt, uint8_t *gone, struct fusion *fusions,
                                struct oc_seen *first, struct oc_err *err)
{
    size_t kept = 0;
    enum oc_status st = OC_OK;
    for (size_t at = 0, end; !st && at < *n; at = end) {
        for (end = at + 1; end < *n && (opt->agnostic || seen[end].class_id == seen[at].class_id);)
            end++;
        struct work w = {.seen = seen + at, .n = end - at, .gone = gone, .opt = opt};
        memset(gone, 0, w.n);
        st = merge_class(&w, fusions, first, err);
        memmove(seen + kept, w.seen, w.n * sizeof *seen);
        kept += w.n;
    }
    *n = kept;
    return st;
}

enum oc_status oc_seen_merge(struct oc_seen *seen, size_t *n, const struct oc_merge_options *opt, struct oc_err *err)
{
    if (!*n)
        return OC_OK;
    qsort(seen, *n, sizeof *seen, by_score);
    *n = *n > LIM_CANDIDATES ? LIM_CANDIDATES : *n;
    bool wbf = opt->how == OC_MERGE_WBF;
    uint8_t *gone = oc_mem_alloc(OC_MEM_OTHER, *n);
    struct fusion *fusions = wbf ? oc_mem_array(OC_MEM_OTHER, *n, sizeof *fusions) : NULL;
    struct oc_seen *first = wbf ? oc_mem_array(OC_MEM_OTHER, *n, sizeof *first) : NULL;
    enum oc_status st = OC_OK;
    if (!gone || (wbf && (!fusions || !first)))
        st = oc_err_nomem(err, "boxes", *n * sizeof *first);
    if (!st && !opt->agnostic)
        qsort(seen, *n, sizeof *seen, by_class_and_score);
    if (!st)
        st = merge_all(seen, n, opt, gone, fusions, first, err);
    if (!st && *n)
        qsort(seen, *n, sizeof *seen, by_score);
    if (!st && opt->max_out > 0 && *n > (size_t)opt->max_out)
        *n = (size_t)opt->max_out;
    oc_mem_free(gone);
    oc_mem_free(fusions);
    oc_mem_free(first);
    return st;
}

/*
 * COCOeval, object by object. What counts as a match is in match.c; here matches of one class are brought into the order of their scores
 * over all pictures and become precisions and recalls. Memory grows with the objects found of one class; nothing is kept of a class that
 * is done but its scores.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "metrics/detection/groups.h"
#include "metrics/detection/match.h"

enum { RECALLS = 101 };

struct oc_coco_terms oc_coco_terms_default(void)
{
    struct oc_coco_terms t = {.n_iou = 10, .most = {1, 10, 100}};
    double step = (.95 - .5) / 9; /* numpy.linspace: start + i * step, the end itself */
    for (int i = 0; i < t.n_iou; i++)
        t.iou[i] = .5 + i * step;
    t.iou[9] = .95;
    return t;
}

/* What is collected of one class. */
struct tally {
    const struct oc_coco_terms *terms;
    struct oc_match *matches; /* owned: room for all that are found */
    size_t n;
    double *precisions; /* owned: as many */
    size_t truths[OC_AREAS];
    size_t found;
};

/* One curve: a threshold, an area, a number of objects a picture. */
struct curve {
    int iou, area, most;
};

static bool counts(const struct oc_match *m, const struct curve *c)
{
    return m->rank < c->most && !(m->ignored[c->area] >> c->iou & 1);
}

/* The highest recall: right ones over true ones. */
static double recall(const struct tally *t, const struct curve *c)
{
    size_t right = 0;
    for (size_t i = 0; i < t->n; i++)
        right += counts(&t->matches[i], c) && (t->matches[i].right[c->area] >> c->iou & 1);
    return (double)right / (double)t->truths[c->area];
}

/* Precision at each right one, then the highest from there on; returns how many there are. The reference adds 2^-52 below, against 0 / 0,
 * which cannot be here: perfect is 1. */
static size_t precisions(const struct tally *t, const struct curve *c)
{
    size_t right = 0, wrong = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (!counts(&t->matches[i], c))
            continue;
        if (t->matches[i].right[c->area] >> c->iou & 1) {
            right++;
            t->precisions[right - 1] = (double)right / (double)(wrong + right);
        } else {
            wrong++;
        }
    }
    for (size_t k = right; k-- > 1;)
        if (t->precisions[k] > t->precisions[k - 1])
            t->precisions[k - 1] = t->precisions[k];
    return right;
}

/* The mean precision at recalls of 0, .01, ..., 1: of the first place that reaches each. */
static double average_precision(const struct tally *t, const struct curve *c)
{
    size_t n = precisions(t, c), k = 0;
    double sum = 0, all = (double)t->truths[c->area];
    for (int i = 0; i < RECALLS; i++) {
        double wanted = i == RECALLS - 1 ? 1 : i * .01; /* numpy.linspace(0, 1, 101) */
        while (k < n && (double)(k + 1) / all < wanted)
            k++;
        if (k == n)
            break;
        sum += t->precisions[k];
    }
    return sum / RECALLS;
}

static bool is_at(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void score_area(const struct tally *t, int area, struct oc_coco_score *s)
{
    const struct oc_coco_terms *terms = t->terms;
    double ap = 0, ar = 0;
    for (int i = 0; i < terms->n_iou; i++) {
        struct curve c = {i, area, terms->most[2]};
        double one = average_precision(t, &c);
        ap += one;
        ar += recall(t, &c);
        if (area == OC_AREA_ALL && is_at(terms->iou[i], .5))
            s->ap50 = one;
        if (area == OC_AREA_ALL && is_at(terms->iou[i], .75))
            s->ap75 = one;
    }
    s->ap_area[area] = ap / terms->n_iou;
    s->ar_area[area] = ar / terms->n_iou;
}

static double recall_with(const struct tally *t, int most)
{
    double sum = 0;
    for (int i = 0; i < t->terms->n_iou; i++)
        sum += recall(t, &(struct curve){i, OC_AREA_ALL, most});
    return sum / t->terms->n_iou;
}

static struct oc_coco_score undefined(void)
{
    struct oc_coco_score s = {.ap = (double)NAN, .ap50 = (double)NAN, .ap75 = (double)NAN};
    for (int i = 0; i < OC_AREAS; i++)
        s.ap_area[i] = s.ar_area[i] = (double)NAN;
    for (int i = 0; i < 3; i++)
        s.ar[i] = (double)NAN;
    return s;
}

static int by_score(const void *a, const void *b)
{
    const struct oc_match *p = a, *q = b;
    if (p->score > q->score || p->score < q->score)
        return p->score > q->score ? -1 : 1;
    return p->at < q->at ? -1 : p->at > q->at;
}

static struct oc_coco_score score_class(struct tally *t)
{
    struct oc_coco_score s = undefined();
    s.truths = t->truths[OC_AREA_ALL];
    s.found = t->found;
    qsort(t->matches, t->n, sizeof *t->matches, by_score);
    for (int area = 0; area < OC_AREAS; area++)
        if (t->truths[area])
            score_area(t, area, &s);
    for (int i = 0; s.truths && i < 3; i++)
        s.ar[i] = recall_with(t, t->terms->most[i]);
    s.ap = s.ap_area[OC_AREA_ALL];
    return s;
}

/* A mean of what is defined. */
struct mean {
    double sum;
    size_t n;
};

static void add(struct mean *m, double v)
{
    m->sum += isnan(v) ? 0 : v;
    m->n += !isnan(v);
}

static double of(const struct mean *m)
{
    return m->n ? m->sum / (double)m->n : (double)NAN;
}

#define MEAN(member)                    \
    do {                                \
        struct mean m = {0};            \
        for (int k = 0; k < n; k++)     \
            add(&m, classes[k].member); \
        all->member = of(&m);           \
    } while (0)

static void average(const struct oc_coco_score *classes, int n, struct oc_coco_score *all)
{
    *all = (struct oc_coco_score){0};
    MEAN(ap);
    MEAN(ap50);
    MEAN(ap75);
    for (int i = 0; i < OC_AREAS; i++) {
        MEAN(ap_area[i]);
        MEAN(ar_area[i]);
    }
    for (int i = 0; i < 3; i++)
        MEAN(ar[i]);
    for (int k = 0; k < n; k++) {
        all->truths += classes[k].truths;
        all->found += classes[k].found;
    }
}

static bool is_cancelled(const struct oc_coco_terms *t)
{
    return t->cancelled && t->cancelled(t->cancel_arg);
}

static void begin_class(struct tally *t)
{
    t->n = t->found = 0;
    memset(t->truths, 0, sizeof t->truths);
}

/* All groups, class by class. */
static enum oc_status score_all(struct oc_matcher *m, struct tally *t, struct oc_coco_score *classes, struct oc_err *err)
{
    struct oc_object_group g = {0};
    bool one_class = t->terms->one_class, more = oc_object_group_next(m->set, m->order, one_class, &g);
    while (more) {
        int class_id = g.class_id;
        begin_class(t);
        for (; more && g.class_id == class_id; more = oc_object_group_next(m->set, m->order, one_class, &g)) {
            if (is_cancelled(t->terms))
                return oc_err_set(err, OC_E_CANCELLED, "cancelled");
            t->found += g.n_found;
            enum oc_status st = oc_match_group(m, &g, t->matches + t->n, t->truths, err);
            if (st)
                return st;
            t->n += oc_match_room(m, &g);
        }
        classes[class_id] = score_class(t);
    }
    return OC_OK;
}

enum oc_status oc_coco_score(const struct oc_object_set *set, const struct oc_coco_terms *terms, struct oc_coco_score *all,
                             struct oc_coco_score *classes, struct oc_err *err)
{
    struct oc_object_order order = {0};
    struct oc_matcher matcher = {.set = set, .order = &order, .terms = terms};
    struct tally t = {.terms = terms};
    size_t room = set->n_found ? set->n_found : 1;
    for (int k = 0; k < set->n_classes; k++)
        classes[k] = undefined();
    enum oc_status st = oc_object_order_make(set, terms->one_class, &order, err);
    if (!st) {
        t.matches = oc_mem_array(OC_MEM_OTHER, room, sizeof *t.matches);
        t.precisions = oc_mem_array(OC_MEM_OTHER, room, sizeof *t.precisions);
        st = t.matches && t.precisions ? OC_OK : oc_err_nomem(err, "matches of objects", room * (sizeof *t.matches + sizeof(double)));
    }
    if (!st)
        st = score_all(&matcher, &t, classes, err);
    if (!st)
        average(classes, set->n_classes, all);
    oc_matcher_deinit(&matcher);
    oc_mem_free(t.matches);
    oc_mem_free(t.precisions);
    oc_object_order_deinit(&order);
    return st;
}

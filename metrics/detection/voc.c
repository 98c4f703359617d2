/*
 * PASCAL VOC's evaluation of one threshold: found objects of a class, best first over all pictures; each belongs to the true object that it
 * overlaps most, which counts once.
 */
#include <math.h>
#include <stdlib.h>
#include "metrics/detection/groups.h"

/* One found object, with where its picture's true ones are. */
struct entry {
    double score;
    uint32_t found;        /* in the set */
    uint32_t at;           /* decides between equal scores */
    size_t truth, n_truth; /* in the order of true ones */
};

struct work {
    const struct oc_object_set *set;
    const struct oc_voc_terms *terms;
    struct oc_object_order order;
    struct entry *entries; /* owned; of one class */
    size_t n;
    uint8_t *taken;     /* owned; by place in the order of true ones */
    double *precisions; /* owned; at each right one */
};

static int by_score(const void *a, const void *b)
{
    const struct entry *p = a, *q = b;
    if (p->score > q->score || p->score < q->score)
        return p->score > q->score ? -1 : 1;
    return p->at < q->at ? -1 : p->at > q->at;
}

/* The place of the true object that overlaps most, the first of equals; SIZE_MAX: none by the threshold. */
static size_t best_truth(const struct work *w, const struct entry *e)
{
    const struct oc_object *f = &w->set->found[e->found];
    size_t best = SIZE_MAX;
    double most = 0;
    for (size_t i = e->truth; i < e->truth + e->n_truth; i++) {
        struct oc_object t = w->set->truth[w->order.truth[i]];
        t.crowd = false; /* here only a true object that does not count */
        double iou = oc_object_iou(f, &t, false);
        if (iou > most) {
            most = iou;
            best = i;
        }
    }
    return most >= w->terms->iou ? best : SIZE_MAX;
}

static bool is_cancelled(const struct oc_voc_terms *t)
{
    return t->cancelled && t->cancelled(t->cancel_arg);
}

static void judge(struct work *w, const struct entry *e, struct oc_voc_score *s)
{
    size_t i = best_truth(w, e);
    const struct oc_object *t = i == SIZE_MAX ? NULL : &w->set->truth[w->order.truth[i]];
    if (t && (t->crowd || t->ignore))
        return;
    if (!t || w->taken[i]) {
        s->wrong++;
        return;
    }
    w->taken[i] = 1;
    s->right++;
    w->precisions[s->right - 1] = (double)s->right / (double)(s->right + s->wrong);
}

/* Every right one adds one part of the recall, at the highest precision from there on. */
static void average(struct work *w, struct oc_voc_score *s)
{
    double area = 0, points = 0;
    for (size_t k = s->right; k-- > 1;)
        if (w->precisions[k] > w->precisions[k - 1])
            w->precisions[k - 1] = w->precisions[k];
    for (size_t k = 0; k < s->right; k++)
        area += w->precisions[k];
    for (size_t i = 0, k = 0; i <= 10; i++) {
        while (k < s->right && 10 * (k + 1) < i * s->truths) /* recall below i / 10, in whole numbers */
            k++;
        points += k < s->right ? w->precisions[k] : 0;
    }
    s->ap = area / (double)s->truths;
    s->ap_11_point = points / 11;
}

static double divide(size_t a, size_t b)
{
    return b ? (double)a / (double)b : (double)NAN;
}

static enum oc_status score_class(struct work *w, struct oc_voc_score *s, struct oc_err *err)
{
    qsort(w->entries, w->n, sizeof *w->entries, by_score);
    for (size_t i = 0; i < w->n; i++) {
        if (is_cancelled(w->terms))
            return oc_err_set(err, OC_E_CANCELLED, "cancelled");
        judge(w, &w->entries[i], s);
    }
    s->ap = s->ap_11_point = (double)NAN;
    if (s->truths)
        average(w, s);
    s->precision = divide(s->right, s->right + s->wrong);
    s->recall = divide(s->right, s->truths);
    return OC_OK;
}

static void take_group(struct work *w, const struct oc_object_group *g, struct oc_voc_score *s)
{
    for (size_t i = g->truth; i < g->truth + g->n_truth; i++) {
        const struct oc_object *t = &w->set->truth[w->order.truth[i]];
        s->difficult += t->crowd || t->ignore;
        s->truths += !(t->crowd || t->ignore);
    }
    for (size_t i = g->found; i < g->found + g->n_found; i++, w->n++) {
        uint32_t found = w->order.found[i];
        w->entries[w->n] = (struct entry){w->set->found[found].score, found, (uint32_t)w->n, g->truth, g->n_truth};
    }
    s->found += g->n_found;
}

static enum oc_status score_all(struct work *w, struct oc_voc_score *classes, struct oc_err *err)
{
    struct oc_object_group g = {0};
    bool more = oc_object_group_next(w->set, &w->order, false, &g);
    while (more) {
        int class_id = g.class_id;
        w->n = 0;
        for (; more && g.class_id == class_id; more = oc_object_group_next(w->set, &w->order, false, &g))
            take_group(w, &g, &classes[class_id]);
        enum oc_status st = score_class(w, &classes[class_id], err);
        if (st)
            return st;
    }
    return OC_OK;
}

static void sum_up(const struct oc_voc_score *classes, int n, struct oc_voc_score *all)
{
    double ap = 0, points = 0;
    size_t defined = 0;
    *all = (struct oc_voc_score){0};
    for (int k = 0; k < n; k++) {
        const struct oc_voc_score *s = &classes[k];
        all->truths += s->truths;
        all->difficult += s->difficult;
        all->found += s->found;
        all->right += s->right;
        all->wrong += s->wrong;
        if (!s->truths)
            continue;
        ap += s->ap;
        points += s->ap_11_point;
        defined++;
    }
    all->ap = defined ? ap / (double)defined : (double)NAN;
    all->ap_11_point = defined ? points / (double)defined : (double)NAN;
    all->precision = divide(all->right, all->right + all->wrong);
    all->recall = divide(all->right, all->truths);
}

enum oc_status oc_voc_score(const struct oc_object_set *set, const struct oc_voc_terms *terms, struct oc_voc_score *all,
                            struct oc_voc_score *classes, struct oc_err *err)
{
    struct work w = {.set = set, .terms = terms};
    size_t found = set->n_found ? set->n_found : 1, truths = set->n_truth ? set->n_truth : 1;
    for (int k = 0; k < set->n_classes; k++)
        classes[k] = (struct oc_voc_score){.ap = (double)NAN, .ap_11_point = (double)NAN, .precision = (double)NAN, .recall = (double)NAN};
    enum oc_status st = oc_object_order_make(set, false, &w.order, err);
    if (!st) {
        w.entries = oc_mem_array(OC_MEM_OTHER, found, sizeof *w.entries);
        w.precisions = oc_mem_array(OC_MEM_OTHER, found, sizeof *w.precisions);
        w.taken = oc_mem_array(OC_MEM_OTHER, truths, sizeof *w.taken);
        if (!w.entries || !w.precisions || !w.taken)
            st = oc_err_nomem(err, "objects of a class", found * sizeof *w.entries);
    }
    if (!st)
        st = score_all(&w, classes, err);
    if (!st)
        sum_up(classes, set->n_classes, all);
    oc_mem_free(w.entries);
    oc_mem_free(w.precisions);
    oc_mem_free(w.taken);
    oc_object_order_deinit(&w.order);
    return st;
}

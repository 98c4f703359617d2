/*
 * See match.h. The reference compares every found object with every true one, for each threshold and each area. Here the true ones that a
 * found one overlaps by the lowest threshold at least are picked once, which are few; the rules then run over those alone.
 */
#include "metrics/detection/match.h"
#include <string.h>

#define SMALL (32. * 32.)
#define MEDIUM (96. * 96.)
#define ANY 1e10 /* "(1e5)^2" */

static const double areas[OC_AREAS][2] = {
    [OC_AREA_ALL] = {0, ANY}, [OC_AREA_SMALL] = {0, SMALL}, [OC_AREA_MEDIUM] = {SMALL, MEDIUM}, [OC_AREA_LARGE] = {MEDIUM, ANY}};

void oc_matcher_deinit(struct oc_matcher *m)
{
    oc_mem_free(m->taken);
    oc_mem_free(m->out);
    oc_mem_free(m->near);
    m->taken = NULL;
    m->out = NULL;
    m->near = NULL;
    m->room = 0;
}

size_t oc_match_room(const struct oc_matcher *m, const struct oc_object_group *g)
{
    size_t most = (size_t)m->terms->most[2];
    return g->n_found < most ? g->n_found : most;
}

static enum oc_status make_room(struct oc_matcher *m, size_t n, struct oc_err *err)
{
    if (n <= m->room)
        return OC_OK;
    oc_matcher_deinit(m);
    m->taken = oc_mem_array(OC_MEM_OTHER, n, OC_AREAS * sizeof *m->taken);
    m->out = oc_mem_array(OC_MEM_OTHER, n, sizeof *m->out);
    m->near = oc_mem_array(OC_MEM_OTHER, n, sizeof *m->near);
    if (!m->taken || !m->out || !m->near)
        return oc_err_nomem(err, "true objects of a picture", n * (OC_AREAS * sizeof *m->taken + sizeof *m->near));
    m->room = n;
    return OC_OK;
}

static bool outside(double area, int a)
{
    return area < areas[a][0] || area > areas[a][1];
}

static const struct oc_object *truth_of(const struct oc_matcher *m, const struct oc_object_group *g, size_t i)
{
    return &m->set->truth[m->order->truth[g->truth + i]];
}

static void look_at_truths(struct oc_matcher *m, const struct oc_object_group *g, size_t truths[OC_AREAS])
{
    memset(m->taken, 0, g->n_truth * OC_AREAS * sizeof *m->taken);
    for (size_t i = 0; i < g->n_truth; i++) {
        const struct oc_object *t = truth_of(m, g, i);
        m->out[i] = 0;
        for (int a = 0; a < OC_AREAS; a++) {
            bool out = t->ignore || t->crowd || outside(t->area, a);
            m->out[i] |= (uint8_t)(out << a);
            truths[a] += !out;
        }
    }
}

static enum oc_status find_near(struct oc_matcher *m, const struct oc_object_group *g, const struct oc_object *f, double least, size_t *n,
                                struct oc_err *err)
{
    *n = 0;
    for (size_t i = 0; i < g->n_truth; i++) {
        const struct oc_object *t = truth_of(m, g, i);
        if (m->terms->masks && (f->mask->width != t->mask->width || f->mask->height != t->mask->height))
            return oc_err_set(err, OC_E_INVALID, "masks of one picture differ in size: %d x %d and %d x %d (width x height)",
                              f->mask->width, f->mask->height, t->mask->width, t->mask->height);
        if (i % (m->terms->masks ? 64 : 4096) == 0 && i && m->terms->cancelled && m->terms->cancelled(m->terms->cancel_arg))
            return oc_err_set(err, OC_E_CANCELLED, "cancelled");
        double iou = oc_object_iou(f, t, m->terms->masks);
        if (iou >= least)
            m->near[(*n)++] = (struct oc_near){(uint32_t)i, iou};
    }
    return OC_OK;
}

/*
 * The best free true object for one threshold and area: of those that count, else of those that do not; of two that are equal the later.
 * A crowd is never used up. -1: none.
 */
static int64_t choose(const struct oc_matcher *m, const struct oc_object_group *g, size_t n_near, int iou, int area)
{
    for (int ignored = 0; ignored < 2; ignored++) {
        double best = m->terms->iou[iou] < 1 - 1e-10 ? m->terms->iou[iou] : 1 - 1e-10;
        int64_t found = -1;
        for (size_t k = 0; k < n_near; k++) {
            size_t i = m->near[k].truth;
            bool free = !(m->taken[i * OC_AREAS + (size_t)area] >> iou & 1) || truth_of(m, g, i)->crowd;
            if ((m->out[i] >> area & 1) != ignored || !free || m->near[k].iou < best)
                continue;
            best = m->near[k].iou;
            found = (int64_t)i;
        }
        if (found >= 0)
            return found;
    }
    return -1;
}

static void match_one(struct oc_matcher *m, const struct oc_object_group *g, const struct oc_object *f, size_t n_near, struct oc_match *out)
{
    for (int a = 0; a < OC_AREAS; a++) {
        for (int t = 0; t < m->terms->n_iou; t++) {
            int64_t i = choose(m, g, n_near, t, a);
            if (i >= 0) {
                m->taken[(size_t)i * OC_AREAS + (size_t)a] |= 1u << t;
                out->right[a] |= 1u << t;
            }
            if (i >= 0 ? m->out[i] >> a & 1 : outside(f->area, a))
                out->ignored[a] |= 1u << t;
        }
    }
}

static double lowest(const struct oc_coco_terms *t)
{
    double least = 1 - 1e-10;
    for (int i = 0; i < t->n_iou; i++)
        least = t->iou[i] < least ? t->iou[i] : least;
    return least;
}

enum oc_status oc_match_group(struct oc_matcher *m, const struct oc_object_group *g, struct oc_match *out, size_t truths[OC_AREAS],
                              struct oc_err *err)
{
    size_t n = oc_match_room(m, g);
    double least = lowest(m->terms);
    enum oc_status st = make_room(m, g->n_truth, err);
    if (st)
        return st;
    if (m->class_id != g->class_id)
        m->at = 0;
    m->class_id = g->class_id;
    if (g->n_truth)
        look_at_truths(m, g, truths);
    for (size_t k = 0; k < n; k++) {
        const struct oc_object *f = &m->set->found[m->order->found[g->found + k]];
        size_t n_near = 0;
        out[k] = (struct oc_match){.score = f->score, .at = m->at++, .rank = (int)k};
        st = find_near(m, g, f, least, &n_near, err);
        if (st)
            return st;
        match_one(m, g, f, n_near, &out[k]);
    }
    return OC_OK;
}

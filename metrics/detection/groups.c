/* See groups.h. */
#include "metrics/detection/groups.h"
#include <math.h>
#include <stdlib.h>
#include "metrics/detection/masks.h"

/* What is sorted: small, so that the objects themselves stay where they are. */
struct key {
    int class_id, image;
    double score; /* 0 for true ones */
    uint32_t at;
};

static int by_place(const void *a, const void *b)
{
    const struct key *p = a, *q = b;
    if (p->class_id != q->class_id)
        return p->class_id < q->class_id ? -1 : 1;
    if (p->image != q->image)
        return p->image < q->image ? -1 : 1;
    if (p->score > q->score || p->score < q->score)
        return p->score > q->score ? -1 : 1;
    return p->at < q->at ? -1 : p->at > q->at;
}

static enum oc_status sort(const struct oc_object *objects, size_t n, bool scored, bool one_class, uint32_t **out, struct oc_err *err)
{
    *out = NULL;
    if (n > UINT32_MAX)
        return oc_err_set(err, OC_E_INVALID, "%zu objects are too many", n);
    struct key *keys = oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof *keys);
    uint32_t *order = oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof *order);
    if (!keys || !order) {
        oc_mem_free(keys);
        oc_mem_free(order);
        return oc_err_nomem(err, "objects", n * sizeof *keys);
    }
    for (size_t i = 0; i < n; i++)
        keys[i] = (struct key){.class_id = one_class ? 0 : objects[i].class_id,
                               .image = objects[i].image,
                               .score = scored ? objects[i].score : 0,
                               .at = (uint32_t)i};
    qsort(keys, n, sizeof *keys, by_place);
    for (size_t i = 0; i < n; i++)
        order[i] = keys[i].at;
    oc_mem_free(keys);
    *out = order;
    return OC_OK;
}

enum oc_status oc_object_order_make(const struct oc_object_set *set, bool one_class, struct oc_object_order *out, struct oc_err *err)
{
    *out = (struct oc_object_order){0};
    enum oc_status st = sort(set->truth, set->n_truth, false, one_class, &out->truth, err);
    if (!st)
        st = sort(set->found, set->n_found, true, one_class, &out->found, err);
    if (st)
        oc_object_order_deinit(out);
    return st;
}

void oc_object_order_deinit(struct oc_object_order *o)
{
    oc_mem_free(o->truth);
    oc_mem_free(o->found);
    *o = (struct oc_object_order){0};
}

/* A group's place as one number that rises from group to group. */
static int64_t place(const struct oc_object *o, bool one_class)
{
    return one_class ? o->image : (int64_t)o->class_id * INT32_MAX + o->image;
}

static size_t span(const struct oc_object *objects, const uint32_t *order, size_t from, size_t n, int64_t at, bool one_class)
{
    size_t end = from;
    while (end < n && place(&objects[order[end]], one_class) == at)
        end++;
    return end - from;
}

bool oc_object_group_next(const struct oc_object_set *set, const struct oc_object_order *o, bool one_class, struct oc_object_group *g)
{
    size_t truth = g->truth + g->n_truth, found = g->found + g->n_found;
    const struct oc_object *t = truth < set->n_truth ? &set->truth[o->truth[truth]] : NULL;
    const struct oc_object *f = found < set->n_found ? &set->found[o->found[found]] : NULL;
    if (!t && !f)
        return false;
    const struct oc_object *first = !t || (f && place(f, one_class) < place(t, one_class)) ? f : t;
    int64_t at = place(first, one_class);
    *g = (struct oc_object_group){.class_id = one_class ? 0 : first->class_id,
                                  .image = first->image,
                                  .truth = truth,
                                  .n_truth = span(set->truth, o->truth, truth, set->n_truth, at, one_class),
                                  .found = found,
                                  .n_found = span(set->found, o->found, found, set->n_found, at, one_class)};
    return true;
}

/* In the order of operations of pycocotools' bbIou. */
static double box_iou(const struct oc_object *d, const struct oc_object *g)
{
    double w = fmin(d->width + d->x, g->width + g->x) - fmax(d->x, g->x);
    double h = fmin(d->height + d->y, g->height + g->y) - fmax(d->y, g->y);
    if (!(w > 0) || !(h > 0))
        return 0;
    double both = w * h, own = d->width * d->height;
    double all = g->crowd ? own : own + g->width * g->height - both;
    return both / all;
}

double oc_object_iou(const struct oc_object *found, const struct oc_object *truth, bool masks)
{
    return masks ? oc_object_mask_iou(found->mask, truth->mask, truth->crowd) : box_iou(found, truth);
}

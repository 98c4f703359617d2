/* See object_details.h. */
#include "models/run/object_details.h"
#include "models/run/mask.h"

static float clip(double v, int side)
{
    return v > 0 ? v < side ? (float)v : (float)side : 0; /* NaN becomes 0 */
}

struct oc_box oc_box_in_picture(const struct oc_fit_map *m, const struct oc_box *b, int width, int height)
{
    return (struct oc_box){clip(((double)b->x1 - m->left) / m->scale_x, width), clip(((double)b->y1 - m->top) / m->scale_y, height),
                           clip(((double)b->x2 - m->left) / m->scale_x, width), clip(((double)b->y2 - m->top) / m->scale_y, height)};
}

static float across(const struct oc_fit_map *m, float x)
{
    return (float)(((double)x - m->left) / m->scale_x);
}

static float down(const struct oc_fit_map *m, float y)
{
    return (float)(((double)y - m->top) / m->scale_y);
}

static void fill_turned(const struct oc_object_details *x, int index, struct oc_detection *d)
{
    struct oc_rotated r = {0};
    x->head->recipe->family->turned(x->head, index, &r);
    r.x = across(x->map, r.x);
    r.y = down(x->map, r.y);
    r.width = (float)((double)r.width / x->map->scale_x); /* the families of turned boxes keep the ratio: both scales are one */
    r.height = (float)((double)r.height / x->map->scale_y);
    d->is_turned = isfinite(r.x) && isfinite(r.y) && isfinite(r.width) && isfinite(r.height) && isfinite(r.angle);
    if (d->is_turned)
        d->turned = r;
}

static enum oc_status fill_keypoints(const struct oc_object_details *x, int index, struct oc_detection *d, struct oc_err *err)
{
    size_t n = (size_t)x->head->recipe->decode.n_keypoints;
    d->keypoints = oc_mem_array(OC_MEM_OTHER, n, sizeof *d->keypoints);
    if (!d->keypoints)
        return oc_err_nomem(err, "key points", n * sizeof *d->keypoints);
    d->n_keypoints = n;
    x->head->recipe->family->keypoints(x->head, index, d->keypoints);
    for (size_t i = 0; i < n; i++) {
        struct oc_keypoint *k = &d->keypoints[i];
        k->x = across(x->map, k->x);
        k->y = down(x->map, k->y);
        k->score = k->score > 0 ? fminf(k->score, 1) : 0;
        if (!isfinite(k->x) || !isfinite(k->y))
            *k = (struct oc_keypoint){0};
    }
    return OC_OK;
}

enum oc_status oc_object_details_fill(struct oc_object_details *x, const struct oc_candidate *c, struct oc_detection *d, struct oc_err *err)
{
    const struct oc_family *family = x->head->recipe->family;
    const struct oc_decode_recipe *r = &x->head->recipe->decode;
    enum oc_status st = OC_OK;
    if (family->turned && r->turned)
        fill_turned(x, c->index, d);
    if (family->keypoints && r->n_keypoints)
        st = fill_keypoints(x, c->index, d, err);
    if (st || !family->mask || !r->masks || x->no_masks)
        return st;
    st = family->mask(x->head, c, &x->grid, err);
    return st ? st : oc_mask_from_grid(&x->grid, x->map, &d->box, &d->mask, err);
}

void oc_object_details_deinit(struct oc_object_details *x)
{
    oc_mem_free(x->grid.own);
    x->grid.own = NULL;
    x->grid.own_floats = 0;
}

static float turned_overlap(const struct oc_candidate *a, const struct oc_candidate *b, const void *arg)
{
    const struct oc_head *head = arg;
    struct oc_rotated p = {0}, q = {0};
    head->recipe->family->turned(head, a->index, &p);
    head->recipe->family->turned(head, b->index, &q);
    return oc_rotated_probiou(&p, &q);
}

void oc_object_details_overlap(const struct oc_head *head, struct oc_nms_options *nms)
{
    if (!head->recipe->decode.turned || !head->recipe->family->turned)
        return;
    nms->overlap = turned_overlap;
    nms->overlap_arg = head;
}

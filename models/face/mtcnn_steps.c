/* See mtcnn_steps.h. The formulas are those of the programs that the weights were published with (davidsandberg/facenet detect_face.py,
 * ipazc/mtcnn, timesler/facenet-pytorch), which agree. */
#include "models/face/mtcnn_steps.h"

enum { STRIDE = 2, CELL = 12 };

void oc_mtcnn_list_deinit(struct oc_mtcnn_list *l)
{
    oc_candidates_deinit(&l->boxes);
    oc_mem_free(l->extra);
    *l = (struct oc_mtcnn_list){0};
}

static bool is_finite(const float *v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        if (!isfinite(v[i]))
            return false;
    return true;
}

static enum oc_status make_room(struct oc_mtcnn_list *l, struct oc_err *err)
{
    if (l->n_extra < l->cap_extra)
        return OC_OK;
    size_t cap = l->cap_extra ? l->cap_extra * 2 : 64, bytes;
    float *extra = oc_size_mul(cap, OC_MTCNN_EXTRA * sizeof *extra, &bytes) ? oc_mem_realloc(OC_MEM_OTHER, l->extra, bytes) : NULL;
    if (!extra)
        return oc_err_nomem(err, "candidates", cap * OC_MTCNN_EXTRA * sizeof *extra);
    l->extra = extra;
    l->cap_extra = cap;
    return OC_OK;
}

enum oc_status oc_mtcnn_list_add(struct oc_mtcnn_list *l, const struct oc_box *box, float score, const float *shift, const float *points,
                                 struct oc_err *err)
{
    const float numbers[] = {box->x1, box->y1, box->x2, box->y2, score};
    if (!is_finite(numbers, OC_ARRAY_LEN(numbers)) || !is_finite(shift, OC_MTCNN_SHIFT) || !is_finite(points, OC_MTCNN_POINTS))
        return OC_OK;
    enum oc_status st = make_room(l, err);
    if (!st)
        st = oc_candidates_add(&l->boxes, &(struct oc_candidate){*box, score, 0, (int)l->n_extra}, err);
    if (st)
        return st;
    float *row = l->extra + l->n_extra++ * OC_MTCNN_EXTRA;
    memset(row, 0, OC_MTCNN_EXTRA * sizeof *row);
    memcpy(row, shift, OC_MTCNN_SHIFT * sizeof *row);
    if (points)
        memcpy(row + OC_MTCNN_SHIFT, points, OC_MTCNN_POINTS * sizeof *row);
    return OC_OK;
}

static float at(const struct oc_mtcnn_map *m, int x, int y, int c)
{
    return m->data[(size_t)x * m->step_x + (size_t)y * m->step_y + (size_t)c * m->step_c];
}

enum oc_status oc_mtcnn_cells(const struct oc_mtcnn_map *score, const struct oc_mtcnn_map *shift, double scale, float threshold,
                              struct oc_mtcnn_list *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int y = 0; !st && y < score->height; y++)
        for (int x = 0; !st && x < score->width; x++) {
            float s = at(score, x, y, 1);
            if (!(s >= threshold))
                continue;
            const float shifts[] = {at(shift, x, y, 0), at(shift, x, y, 1), at(shift, x, y, 2), at(shift, x, y, 3)};
            const double ends[] = {(STRIDE * x + 1) / scale, (STRIDE * y + 1) / scale, (STRIDE * x + CELL) / scale,
                                   (STRIDE * y + CELL) / scale};
            struct oc_box box = {(float)trunc(ends[0]), (float)trunc(ends[1]), (float)trunc(ends[2]), (float)trunc(ends[3])};
            st = oc_mtcnn_list_add(out, &box, s, shifts, NULL, err);
        }
    return st;
}

struct oc_box oc_mtcnn_shifted(const struct oc_box *b, const float shift[OC_MTCNN_SHIFT], bool inclusive)
{
    float more = inclusive ? 1 : 0, w = b->x2 - b->x1 + more, h = b->y2 - b->y1 + more;
    return (struct oc_box){b->x1 + shift[0] * w, b->y1 + shift[1] * h, b->x2 + shift[2] * w, b->y2 + shift[3] * h};
}

struct oc_box oc_mtcnn_square(const struct oc_box *b)
{
    float w = b->x2 - b->x1, h = b->y2 - b->y1, side = w > h ? w : h;
    float x = b->x1 + w / 2 - side / 2, y = b->y1 + h / 2 - side / 2;
    return (struct oc_box){truncf(x), truncf(y), truncf(x + side), truncf(y + side)};
}

float oc_mtcnn_cover(const struct oc_candidate *a, const struct oc_candidate *b, const void *arg)
{
    const struct oc_box *p = &a->box, *q = &b->box;
    float w = fminf(p->x2, q->x2) - fmaxf(p->x1, q->x1), h = fminf(p->y2, q->y2) - fmaxf(p->y1, q->y1);
    float least = fminf((p->x2 - p->x1) * (p->y2 - p->y1), (q->x2 - q->x1) * (q->y2 - q->y1));
    (void)arg;
    return w > 0 && h > 0 && least > 0 && isfinite(w * h) ? w * h / least : 0;
}

void oc_mtcnn_point(const struct oc_box *b, const float points[OC_MTCNN_POINTS], int i, float out[2])
{
    out[0] = (b->x2 - b->x1 + 1) * points[i] + b->x1 - 1;
    out[1] = (b->y2 - b->y1 + 1) * points[5 + i] + b->y1 - 1;
}

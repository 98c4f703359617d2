/* See prototypes.h. */
#include "models/detect/parts/prototypes.h"
#include "models/run/mask.h"

enum { MOST_PROTOTYPES = 256 };

int oc_facts_prototypes(const struct eng_facts *f, const struct oc_recipe *r, int64_t *n)
{
    for (int i = 0; i < f->n_outputs; i++) {
        const struct eng_shape *s = &f->outputs[i].shape;
        if (!f->outputs[i].shape_known || s->rank != 4 || s->dim[1] < 1 || s->dim[1] > MOST_PROTOTYPES)
            continue;
        bool free_size = s->dim[2] < 0 && s->dim[3] < 0;
        bool in_shape = s->dim[2] > 1 && s->dim[3] > 1 && s->dim[2] * r->input.width == s->dim[3] * r->input.height;
        *n = s->dim[1];
        if (free_size || in_shape)
            return i;
    }
    return -1;
}

/* Pixels from..to-1 of n that a stretch of a side covers, with the neighbours that interpolation looks at. */
struct stretch {
    int from, to;
};

static struct stretch cover(float from, float to, int side, int n)
{
    double scale = (double)n / side, a = floor((double)from * scale - 0.5), b = floor((double)to * scale - 0.5) + 2;
    a = fmin(fmax(a, 0), n - 1); /* NaN becomes 0 */
    b = fmin(fmax(b, a + 1), n);
    return (struct stretch){(int)a, (int)b};
}

enum oc_status oc_prototypes_mask(const struct oc_head *head, int role, const float *coefficients, size_t step,
                                  const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err)
{
    const struct eng_shape *s = &head->outputs[role]->shape;
    int n = head->recipe->decode.mask_numbers;
    if (head->outputs[role]->dtype != ENG_DT_F32 || !eng_shape_count(s) || s->rank != 4 || s->dim[1] != n || s->dim[2] < 1 ||
        s->dim[3] < 1 || s->dim[2] > LIM_NETWORK_SIDE || s->dim[3] > LIM_NETWORK_SIDE)
        return oc_err_set(err, OC_E_MODEL, "output %d: %d planes of prototypes are expected", head->recipe->decode.outputs[role], n);
    int height = (int)s->dim[2], width = (int)s->dim[3];
    struct stretch x = cover(c->box.x1, c->box.x2, head->width, width), y = cover(c->box.y1, c->box.y2, head->height, height);
    grid->width = x.to - x.from;
    grid->height = y.to - y.from;
    size_t pixels = (size_t)grid->width * (size_t)grid->height;
    enum oc_status st = oc_mask_grid_room(grid, pixels, err);
    if (st)
        return st;
    memset(grid->own, 0, pixels * sizeof *grid->own);
    for (int k = 0; k < n; k++) {
        const float *plane = oc_head_data(head, role) + (size_t)k * (size_t)width * (size_t)height;
        float weight = coefficients[(size_t)k * step], *out = grid->own;
        for (int j = y.from; j < y.to; j++, out += grid->width) {
            const float *row = plane + (size_t)j * (size_t)width + x.from;
            for (int i = 0; i < grid->width; i++)
                out[i] += weight * row[i];
        }
    }
    float sx = (float)head->width / (float)width, sy = (float)head->height / (float)height;
    grid->place = (struct oc_box){(float)x.from * sx, (float)y.from * sy, (float)x.to * sx, (float)y.to * sy};
    grid->values = grid->own;
    grid->threshold = 0;
    return OC_OK;
}

/* See priors.h. */
#include "models/face/priors.h"

static int cells(const struct oc_priors *p, int side, int stride)
{
    if (!p->halved)
        return oc_grid_side(side, stride);
    int n = (side + 1) / 2; /* a convolution with padding, then pools without */
    for (int s = 2; s < stride; s *= 2)
        n /= 2;
    return n;
}

int64_t oc_priors_count(const struct oc_priors *p, int width, int height)
{
    int64_t n = 0;
    for (int i = 0; i < p->n_levels; i++)
        n += (int64_t)cells(p, width, p->levels[i].stride) * cells(p, height, p->levels[i].stride) * p->levels[i].n;
    return n;
}

static float at_most(float v, float most)
{
    return v < most ? v : most;
}

struct oc_prior oc_priors_at(const struct oc_priors *p, int width, int height, int index)
{
    int i = 0, columns = 0;
    for (; i < p->n_levels; i++) {
        const struct oc_prior_level *l = &p->levels[i];
        columns = cells(p, width, l->stride);
        int n = columns * cells(p, height, l->stride) * l->n;
        if (index < n)
            break;
        index -= n;
    }
    if (i == p->n_levels || !columns)
        return (struct oc_prior){0};
    const struct oc_prior_level *l = &p->levels[i];
    int cell = index / l->n, column = cell % columns, row = cell / columns;
    float size = l->sizes[index % l->n], stride = (float)l->stride, w = (float)width, h = (float)height;
    struct oc_prior prior = {((float)column + 0.5f) * stride, ((float)row + 0.5f) * stride, size, size};
    if (p->clipped)
        prior = (struct oc_prior){at_most(prior.x, w), at_most(prior.y, h), at_most(size, w), at_most(size, h)};
    return prior;
}

struct oc_box oc_prior_box(const struct oc_priors *p, const struct oc_prior *prior, const float o[4])
{
    float cx = prior->x + o[0] * p->centre * prior->w, cy = prior->y + o[1] * p->centre * prior->h;
    float w = prior->w * expf(o[2] * p->wide), h = prior->h * expf(o[3] * p->high);
    return (struct oc_box){cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
}

void oc_prior_points(const struct oc_priors *p, const struct oc_prior *prior, const float o[10], float points[5][2])
{
    for (int i = 0; i < 5; i++) {
        points[i][0] = prior->x + o[2 * i] * p->centre * prior->w;
        points[i][1] = prior->y + o[2 * i + 1] * p->centre * prior->h;
    }
}

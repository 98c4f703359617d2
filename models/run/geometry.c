/* Sizes and cuts; see geometry.h. rint rounds half to even, as Python's round() does. */
#include "models/run/geometry.h"
#include <math.h>

static int64_t at_least_one(double v)
{
    return v < 1 ? 1 : (int64_t)v;
}

/* torchvision.transforms.Resize(side): the long side is int(side * long / short). */
static void shortest_torchvision(int side, int w, int h, struct oc_embed_geometry *g)
{
    g->width = w <= h ? side : at_least_one((double)((int64_t)side * w) / h);
    g->height = w <= h ? at_least_one((double)((int64_t)side * h) / w) : side;
}

/* Immich: int((long / short) * side), the quotient rounded on its own. */
static void shortest_immich(int side, int w, int h, struct oc_embed_geometry *g)
{
    g->width = w < h ? side : at_least_one((double)w / h * side);
    g->height = w < h ? at_least_one((double)h / w * side) : side;
}

/* open_clip's ResizeKeepRatio: both sides round(side / ratio); `largest`: the ratio is that of the side that is too long. */
static void keep_ratio(int width, int height, int w, int h, bool largest, struct oc_embed_geometry *g)
{
    double across = (double)w / width, down = (double)h / height;
    double ratio = (across > down) == largest ? across : down;
    g->width = at_least_one(rint(w / ratio));
    g->height = at_least_one(rint(h / ratio));
}

/* Where the cut begins; a picture that is too small is centred, the odd pixel of filling right and below. */
static int64_t centre(int64_t size, int64_t cut, enum oc_embed_rounding rounding)
{
    if (size < cut)
        return -((cut - size) / 2);
    if (rounding == OC_ROUNDING_IMMICH)
        return (int64_t)((double)size / 2 - (double)cut / 2);
    return (int64_t)rint((double)(size - cut) / 2.0);
}

struct oc_embed_geometry oc_embed_geometry(const struct oc_recipe *r, int src_width, int src_height)
{
    const struct oc_embed_recipe *e = &r->embed;
    int width = r->input.width, height = r->input.height;
    struct oc_embed_geometry g = {.width = width, .height = height};
    if (e->resize == OC_EMBED_LONGEST)
        keep_ratio(width, height, src_width, src_height, true, &g);
    else if (e->resize == OC_EMBED_SHORTEST && !e->short_side && width != height)
        keep_ratio(width, height, src_width, src_height, false, &g);
    else if (e->resize == OC_EMBED_SHORTEST && e->rounding == OC_ROUNDING_IMMICH)
        shortest_immich(e->short_side ? e->short_side : width, src_width, src_height, &g);
    else if (e->resize == OC_EMBED_SHORTEST)
        shortest_torchvision(e->short_side ? e->short_side : width, src_width, src_height, &g);
    g.left = centre(g.width, width, e->rounding);
    g.top = centre(g.height, height, e->rounding);
    return g;
}

/* Whatever form the output has becomes one of two grids, which vision/ spreads over the picture; see spread.h. */
#include "models/segment/spread.h"
#include <math.h>

/* The output's grid: batch 1, and the dimensions that are left once the classes' is known. */
struct grid {
    const struct eng_tensor *tensor;
    int64_t width, height, classes;
};

static enum oc_status wrong_shape(const struct grid *g, const struct oc_map_recipe *m, const char *expected, struct oc_err *err)
{
    char text[ENG_SHAPE_TEXT];
    return oc_err_set(err, OC_E_MODEL, "output %d: %s expected, is %s %s", m->output, expected, eng_dtype_name(g->tensor->dtype),
                      eng_shape_text(&g->tensor->shape, text));
}

_Static_assert(LIM_NETWORK_SIDE == 4096, "said in the message below");

static enum oc_status check_sides(const struct grid *g, const struct oc_map_recipe *m, struct oc_err *err)
{
    const struct eng_shape *s = &g->tensor->shape;
    if (s->dim[0] != 1 || g->width < 1 || g->height < 1 || g->width > LIM_NETWORK_SIDE || g->height > LIM_NETWORK_SIDE)
        return wrong_shape(g, m, "a batch of one map, no side of it over 4096, is", err);
    return OC_OK;
}

/* [1, classes, h, w] or [1, h, w, classes]; where one class is there, also [1, h, w]. */
static enum oc_status read_score_grid(const struct oc_recipe *r, struct grid *g, struct oc_err *err)
{
    const struct eng_shape *s = &g->tensor->shape;
    bool last = r->map.channels_last, flat = s->rank == 3 && r->map.kind != OC_MAP_SCORES;
    int64_t classes = r->map.kind == OC_MAP_SCORES ? oc_recipe_map_classes(r) : 1;
    if (g->tensor->dtype != ENG_DT_F32 || (s->rank != 4 && !flat))
        return wrong_shape(g, &r->map, "a map of float32 scores is", err);
    g->classes = flat ? 1 : s->dim[last ? 3 : 1];
    g->height = s->dim[flat || last ? 1 : 2];
    g->width = s->dim[flat || last ? 2 : 3];
    if (g->classes != classes)
        return oc_err_set(err, OC_E_MODEL, "output %d: %lld classes are expected, there are %lld", r->map.output, (long long)classes,
                          (long long)g->classes);
    return check_sides(g, &r->map, err);
}

static bool is_integer(enum eng_dtype t)
{
    return t == ENG_DT_U8 || t == ENG_DT_BOOL || t == ENG_DT_I32 || t == ENG_DT_I64;
}

/* [1, h, w], [1, 1, h, w] or [1, h, w, 1]. */
static enum oc_status read_id_grid(const struct oc_recipe *r, struct grid *g, struct oc_err *err)
{
    const struct eng_shape *s = &g->tensor->shape;
    bool first = s->rank == 4 && s->dim[1] == 1, last = s->rank == 4 && !first && s->dim[3] == 1;
    if ((s->rank != 3 && !first && !last) || !is_integer(g->tensor->dtype))
        return wrong_shape(g, &r->map, "a map of classes is", err);
    g->classes = 1;
    g->height = s->dim[first ? 2 : 1];
    g->width = s->dim[first ? 3 : 2];
    return check_sides(g, &r->map, err);
}

static int64_t id_at(const struct eng_tensor *t, size_t i)
{
    switch (t->dtype) {
    case ENG_DT_I32:
        return ((const int32_t *)t->data)[i];
    case ENG_DT_I64:
        return ((const int64_t *)t->data)[i];
    default:
        return ((const uint8_t *)t->data)[i];
    }
}

/* Into 16 bits, each of them checked; *n becomes the number of classes when the recipe does not know it. */
static enum oc_status narrow_ids(const struct grid *g, const struct oc_recipe *r, uint16_t *ids, int *n, struct oc_err *err)
{
    size_t pixels = (size_t)g->width * (size_t)g->height;
    int64_t most = *n ? *n - 1 : UINT16_MAX, top = 0;
    for (size_t i = 0; i < pixels; i++) {
        int64_t id = id_at(g->tensor, i);
        if (id < 0 || id > most)
            return oc_err_set(err, OC_E_MODEL, "output %d: class %lld at row %zu, column %zu; 0..%lld are expected", r->map.output,
                              (long long)id, i / (size_t)g->width, i % (size_t)g->width, (long long)most);
        top = id > top ? id : top;
        ids[i] = (uint16_t)id;
    }
    if (!*n)
        *n = (int)top + 1;
    return OC_OK;
}

static enum oc_status spread_ids(const struct oc_recipe *r, const struct oc_grid_place *place, struct grid *g, struct oc_label_map *out,
                                 struct oc_err *err)
{
    enum oc_status st = read_id_grid(r, g, err);
    if (st)
        return st;
    size_t pixels = (size_t)g->width * (size_t)g->height;
    uint16_t *ids = oc_mem_array(OC_MEM_PIXEL, pixels, sizeof *ids);
    if (!ids)
        return oc_err_nomem(err, "a map of classes", pixels * sizeof *ids);
    st = narrow_ids(g, r, ids, &out->n_classes, err);
    if (!st)
        st = oc_id_grid_to_ids(ids, (int)g->width, (int)g->height, place, out->ids, err);
    oc_mem_free(ids);
    return st;
}

static enum oc_status spread_scores(const struct oc_recipe *r, const struct oc_grid_place *place, struct grid *g, struct oc_label_map *out,
                                    struct oc_err *err)
{
    enum oc_status st = read_score_grid(r, g, err);
    if (st)
        return st;
    struct oc_score_grid grid = {.scores = g->tensor->data,
                                 .width = (int)g->width,
                                 .height = (int)g->height,
                                 .classes = (int)g->classes,
                                 .channels_last = r->map.channels_last,
                                 .threshold = r->thresholds.score};
    if (r->map.kind == OC_MAP_LOGIT)
        grid.threshold = logf(grid.threshold / (1 - grid.threshold)); /* the ends become infinite: all, or nothing */
    return oc_score_grid_to_ids(&grid, place, out->ids, err);
}

enum oc_status oc_map_spread(const struct oc_recipe *r, const struct eng_tensor *output, const struct oc_grid_place *place,
                             struct oc_label_map *out, struct oc_err *err)
{
    struct grid g = {.tensor = output};
    return r->map.kind == OC_MAP_IDS ? spread_ids(r, place, &g, out, err) : spread_scores(r, place, &g, out, err);
}

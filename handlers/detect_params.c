/* See detect_params.h. */
#include "handlers/detect_params.h"
#include "base/parse.h"

enum { MOST_CLASSES = 1000 };

enum oc_status oc_detect_classes_read(const struct oc_inputs *in, const struct oc_recipe *r, const uint8_t **flags, struct oc_err *err)
{
    const char *const *items;
    size_t n, n_classes = (size_t)r->decode.n_classes;
    enum oc_status st = oc_param_list(in, "classes", MOST_CLASSES, &items, &n, err);
    *flags = NULL;
    if (st || !n)
        return st;
    uint8_t *wanted = oc_arena_alloc(in->req->arena, n_classes ? n_classes : 1);
    if (!wanted)
        return oc_err_nomem(err, "classes", n_classes);
    for (size_t i = 0; i < n; i++) {
        int64_t number = oc_labels_find(&r->labels, items[i]);
        if (number < 0 && !oc_parse_i64(items[i], strlen(items[i]), 0, (int64_t)n_classes - 1, &number))
            return oc_err_set(err, OC_E_INVALID, "classes: the model has no class '%.100s'; names, or numbers of 0..%zu, are expected",
                              items[i], n_classes - 1);
        wanted[number] = 1;
    }
    *flags = wanted;
    return OC_OK;
}

static enum oc_status read_scales(const struct oc_inputs *in, struct oc_tiling *t, struct oc_err *err)
{
    const char *const *items;
    size_t n;
    double v = 0;
    enum oc_status st = oc_param_list(in, "scales", LIM_SCALES, &items, &n, err);
    for (size_t i = 0; !st && i < n; i++) {
        if (!oc_parse_f64(items[i], strlen(items[i]), (double)OC_SCALE_MIN, (double)OC_SCALE_MAX, &v))
            return oc_err_set(err, OC_E_INVALID, "scales: numbers of %g..%g are expected, is '%.40s'", (double)OC_SCALE_MIN,
                              (double)OC_SCALE_MAX, items[i]);
        t->scales[i] = (float)v;
    }
    t->n_scales = st || !n ? t->n_scales : (int)n;
    return st;
}

enum oc_status oc_detect_tiling_read(const struct oc_inputs *in, const struct oc_recipe *r, struct oc_tiling *out, struct oc_err *err)
{
    const char *tile = NULL;
    double overlap = -1;
    *out = r->tiling;
    bool whole = !out->no_whole;
    int merge = (int)out->merge;
    enum oc_status st = oc_param_string(in, "tile", 64, &tile, err);
    (void)(st || (tile && (st = oc_tiling_parse_tile(tile, out, err))) ||
           (st = oc_param_f64(in, "overlap", 0, (double)OC_OVERLAP_MAX, &overlap, err)) || (st = oc_param_bool(in, "whole", &whole, err)) ||
           (st = read_scales(in, out, err)) || (st = oc_param_word(in, "merge", oc_merge_words, &merge, err)));
    if (tile && out->mode == OC_TILE_NONE && !oc_param_given(in, "scales"))
        out->n_scales = 0; /* none: the whole picture, whatever the model's own way is */
    if (overlap >= 0) {
        out->has_overlap = true;
        out->overlap = (float)overlap;
    }
    out->no_whole = !whole;
    out->merge = (enum oc_merge)merge;
    return st;
}

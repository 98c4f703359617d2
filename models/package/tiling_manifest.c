/* See manifest.h. */
#include "models/package/tiling_manifest.h"

static enum oc_status read_tile(const struct oc_fields *o, struct oc_tiling *t)
{
    const char *text = NULL;
    enum oc_status st = oc_fields_string(o, "tile", 32, &text);
    if (st || !text)
        return st;
    st = oc_tiling_parse_tile(text, t, o->err);
    return st ? oc_err_prefix(o->err, st, "/tiling/") : OC_OK;
}

static enum oc_status read_scales(const struct oc_fields *o, struct oc_tiling *t)
{
    const json_t *list = json_object_get(o->json, "scales");
    if (!list)
        return OC_OK;
    size_t n = json_array_size(list);
    if (!json_is_array(list) || !n || n > LIM_SCALES)
        return oc_err_set(o->err, OC_E_INVALID, "/tiling/scales: must be a list of 1..%d numbers", LIM_SCALES);
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        double x = json_number_value(v);
        if (!json_is_number(v) || !(x >= (double)OC_SCALE_MIN && x <= (double)OC_SCALE_MAX))
            return oc_err_set(o->err, OC_E_INVALID, "/tiling/scales/%zu: must be a number of %g..%g", i, (double)OC_SCALE_MIN,
                              (double)OC_SCALE_MAX);
        t->scales[i] = (float)x;
    }
    t->n_scales = (int)n;
    return OC_OK;
}

enum oc_status oc_tiling_manifest_read(const struct oc_fields *top, bool *has, struct oc_tiling *out)
{
    static const char *const known[] = {"tile", "overlap", "whole", "scales", "merge", NULL};
    struct oc_fields o;
    int merge = 0;
    bool has_merge, has_whole, whole;
    *out = (struct oc_tiling){0};
    enum oc_status st = oc_fields_object(top, "tiling", "/tiling", &o);
    *has = !st && o.json;
    if (st || !o.json)
        return st;
    (void)((st = oc_fields_only(&o, known)) || (st = read_tile(&o, out)) ||
           (st = oc_fields_float(&o, "overlap", 0, (double)OC_OVERLAP_MAX, &out->has_overlap, &out->overlap)) ||
           (st = oc_fields_bool(&o, "whole", &has_whole, &whole)) || (st = read_scales(&o, out)) ||
           (st = oc_fields_word(&o, "merge", oc_merge_words, &has_merge, &merge)));
    if (st)
        return st;
    out->no_whole = has_whole && !whole;
    out->merge = has_merge ? (enum oc_merge)merge : OC_MERGE_NMS;
    return OC_OK;
}

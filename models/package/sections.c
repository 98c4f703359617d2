/* See sections.h. */
#include "models/package/sections.h"
#include "models/package/tiling_manifest.h"

enum { MOST_PLAIN = 16 }; /* members that are no objects */

static enum oc_status read_input(const struct oc_fields *top, struct oc_manifest *m)
{
    static const char *const known[] = {"width", "height", "fit", "resample", "pad", "channels", "layout", "mean", "scale", NULL};
    static const char *const fits[] = {"stretch", "top_left", "centre", "pad", NULL}, *const resamples[] = {"linear", "antialias", NULL},
                             *const orders[] = {"rgb", "bgr", NULL}, *const layouts[] = {"nchw", "nhwc", NULL};
    struct oc_manifest_input *in = &m->input;
    struct oc_fields o;
    enum oc_status st = oc_fields_object(top, "input", "/input", &o);
    if (st || !o.json)
        return st;
    (void)((st = oc_fields_only(&o, known)) || (st = oc_fields_int(&o, "width", 1, LIM_NETWORK_SIDE, &in->has_width, &in->width)) ||
           (st = oc_fields_int(&o, "height", 1, LIM_NETWORK_SIDE, &in->has_height, &in->height)) ||
           (st = oc_fields_word(&o, "fit", fits, &in->has_fit, &in->fit)) ||
           (st = oc_fields_word(&o, "resample", resamples, &in->has_resample, &in->resample)) ||
           (st = oc_fields_int(&o, "pad", 0, 255, &in->has_pad, &in->pad)) ||
           (st = oc_fields_word(&o, "channels", orders, &in->has_channels, &in->channels)) ||
           (st = oc_fields_word(&o, "layout", layouts, &in->has_layout, &in->layout)) ||
           (st = oc_fields_channels(&o, "mean", &in->has_mean, in->mean)) ||
           (st = oc_fields_channels(&o, "scale", &in->has_scale, in->scale)));
    return st;
}

static enum oc_status read_thresholds(const struct oc_fields *top, struct oc_manifest *m)
{
    static const char *const known[] = {"score", "iou", "max_detections", "similarity", NULL};
    struct oc_manifest_thresholds *t = &m->thresholds;
    struct oc_fields o;
    enum oc_status st = oc_fields_object(top, "thresholds", "/thresholds", &o);
    if (st || !o.json)
        return st;
    (void)((st = oc_fields_only(&o, known)) || (st = oc_fields_float(&o, "score", 0, 1, &t->has_score, &t->score)) ||
           (st = oc_fields_float(&o, "iou", 0, 1, &t->has_iou, &t->iou)) ||
           (st = oc_fields_int(&o, "max_detections", 1, LIM_DETECTIONS, &t->has_max_detections, &t->max_detections)) ||
           (st = oc_fields_float(&o, "similarity", -1, 1, &t->has_similarity, &t->similarity)));
    return st;
}

static void override_input(const struct oc_manifest_input *m, struct oc_input_recipe *in)
{
    if (m->has_fit)
        in->fit = (enum oc_fit)m->fit;
    if (m->has_resample)
        in->resample = (enum oc_resample)m->resample;
    if (m->has_pad)
        in->pad = (uint8_t)m->pad;
    if (m->has_channels)
        in->pixels.bgr = m->channels == 1;
    if (m->has_layout)
        in->pixels.channels_last = m->layout == 1;
    if (m->has_mean)
        memcpy(in->pixels.mean, m->mean, sizeof m->mean);
    if (m->has_scale)
        memcpy(in->pixels.scale, m->scale, sizeof m->scale);
}

static enum oc_status override_size(const struct oc_manifest_input *m, struct oc_input_recipe *in, struct oc_err *err)
{
    int width = m->has_width ? m->width : in->width, height = m->has_height ? m->height : in->height;
    if (in->fixed_size && (width != in->width || height != in->height))
        return oc_err_set(err, OC_E_INVALID, "model.json: /input: the model's input is %dx%d and cannot be %dx%d", in->width, in->height,
                          width, height);
    in->width = width;
    in->height = height;
    return OC_OK;
}

static enum oc_status override_map(const struct oc_manifest_decode *m, struct oc_map_recipe *map, struct oc_err *err)
{
    if (!m->has_map)
        return OC_OK;
    if (map->kind != OC_MAP_PROBABILITY && map->kind != OC_MAP_LOGIT)
        return oc_err_set(err, OC_E_INVALID, "model.json: /decode/map: for segmenters of one channel; this model's map is '%s'",
                          oc_map_kind_name(map->kind));
    map->kind = m->map ? OC_MAP_LOGIT : OC_MAP_PROBABILITY;
    return OC_OK;
}

static void override_thresholds(const struct oc_manifest_thresholds *m, struct oc_thresholds *t)
{
    if (m->has_score)
        t->score = m->score;
    if (m->has_iou)
        t->iou = m->iou;
    if (m->has_max_detections)
        t->max_detections = m->max_detections;
    if (m->has_similarity && t->similarity_from) {
        t->similarity = m->similarity;
        t->similarity_from = "package";
        t->similarity_why = "model.json";
    }
}

static enum oc_status take_tiling(const struct oc_tiling *t, struct oc_recipe *r, struct oc_err *err)
{
    if (!oc_task_info(r->task)->takes_windows)
        return oc_err_set(err, OC_E_INVALID, "model.json: /tiling: for detectors; the model's task is %s", oc_task_name(r->task));
    r->tiling = *t;
    return OC_OK;
}

static enum oc_status apply_input(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    override_input(&m->input, &r->input);
    return override_size(&m->input, &r->input, err);
}

static enum oc_status apply_thresholds(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    (void)err;
    override_thresholds(&m->thresholds, &r->thresholds);
    return OC_OK;
}

static enum oc_status read_decode(const struct oc_fields *top, struct oc_manifest *m)
{
    return oc_decode_manifest_read(top, &m->arena, &m->decode);
}

static enum oc_status apply_decode(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    enum oc_status st = oc_decode_manifest_apply(&m->decode, r, err);
    return st ? st : override_map(&m->decode, &r->map, err);
}

static enum oc_status read_tiling(const struct oc_fields *top, struct oc_manifest *m)
{
    return oc_tiling_manifest_read(top, &m->has_tiling, &m->tiling);
}

static enum oc_status apply_tiling(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    return m->has_tiling ? take_tiling(&m->tiling, r, err) : OC_OK;
}

static enum oc_status read_embed(const struct oc_fields *top, struct oc_manifest *m)
{
    return oc_embed_manifest_read(top, &m->arena, &m->embed);
}

static enum oc_status apply_embed(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    return oc_recipe_embeds(r) ? oc_embed_manifest_apply(&m->embed, r, err) : OC_OK;
}

static const struct {
    const char *key;
    enum oc_status (*read)(const struct oc_fields *top, struct oc_manifest *m);
    enum oc_status (*apply)(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err);
} sections[] = {
    {"input", read_input, apply_input},    {"decode", read_decode, apply_decode}, {"thresholds", read_thresholds, apply_thresholds},
    {"tiling", read_tiling, apply_tiling}, {"embed", read_embed, apply_embed},
};

enum oc_status oc_sections_only(const struct oc_fields *top, const char *const *plain)
{
    const char *known[OC_ARRAY_LEN(sections) + MOST_PLAIN + 1];
    size_t n = 0;
    for (; plain[n] && n < MOST_PLAIN; n++)
        known[n] = plain[n];
    for (size_t i = 0; i < OC_ARRAY_LEN(sections); i++)
        known[n++] = sections[i].key;
    known[n] = NULL;
    return oc_fields_only(top, known);
}

enum oc_status oc_sections_read(const struct oc_fields *top, struct oc_manifest *m)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(sections); i++)
        st = sections[i].read(top, m);
    return st;
}

enum oc_status oc_sections_apply(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(sections); i++)
        st = sections[i].apply(m, r, err);
    return st;
}

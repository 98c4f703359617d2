/* model.json's "embed"; see manifest.h. The same numbers as in docs/model.schema.json. */
#include "models/package/embed_manifest.h"
#include "models/embed/embed.h"

#define LOGIT_SCALE_MAX 1e4 /* trained ones are 10 to 200 */

static enum oc_status read_scoring(const struct oc_fields *o, struct oc_manifest_embed *m)
{
    enum oc_status st = oc_fields_word(o, "scoring", oc_embed_scoring_words, &m->has_scoring, &m->scoring);
    if (!st)
        st = oc_fields_double(o, "logit_scale", 0, LOGIT_SCALE_MAX, &m->has_scale, &m->logit_scale);
    return st ? st : oc_fields_double(o, "logit_bias", -LOGIT_SCALE_MAX, LOGIT_SCALE_MAX, &m->has_bias, &m->logit_bias);
}

static enum oc_status read_pictures(const struct oc_fields *o, struct oc_manifest_embed *m)
{
    enum oc_status st = oc_fields_word(o, "resize", oc_embed_resize_words, &m->has_resize, &m->resize);
    (void)(st || (st = oc_fields_word(o, "rounding", oc_embed_rounding_words, &m->has_rounding, &m->rounding)) ||
           (st = oc_fields_word(o, "interpolation", oc_filter_words, &m->has_filter, &m->filter)) ||
           (st = oc_fields_int(o, "short_side", 1, LIM_NETWORK_SIDE, &m->has_short_side, &m->short_side)) ||
           (st = oc_fields_word(o, "image_pooling", oc_embed_pooling_words, &m->has_image_pooling, &m->image_pooling)) ||
           (st = oc_fields_channels(o, "fill", &m->has_fill, m->fill)));
    for (int c = 0; !st && m->has_fill && c < 3; c++)
        if (!(m->fill[c] >= 0 && m->fill[c] <= 255))
            return oc_fields_bad(o, "fill", "must be 0..255");
    return st;
}

static enum oc_status read_texts(const struct oc_fields *o, struct oc_manifest_embed *m)
{
    enum oc_status st = oc_fields_int(o, "context_length", 1, LIM_CONTEXT, &m->has_context, &m->context_length);
    (void)(st || (st = oc_fields_int(o, "pad_id", 0, LIM_VOCABULARY - 1, &m->has_pad, &m->pad_id)) ||
           (st = oc_fields_int(o, "end_id", 0, LIM_VOCABULARY - 1, &m->has_end, &m->end_id)) ||
           (st = oc_fields_word(o, "clean", oc_text_clean_words, &m->has_clean, &m->clean)) ||
           (st = oc_fields_word(o, "text_pooling", oc_embed_pooling_words, &m->has_text_pooling, &m->text_pooling)));
    return st;
}

static enum oc_status read_template(const struct oc_fields *o, struct oc_arena *arena, struct oc_manifest_embed *m)
{
    const char *text;
    enum oc_status st = oc_fields_string(o, "template", LIM_TEMPLATE_BYTES, &text);
    if (st || !text)
        return st;
    if (!oc_prompt_places(text))
        return oc_fields_bad(o, "template", "must have {} or {label} where the label goes");
    m->template = oc_arena_strndup(arena, text, strlen(text));
    return m->template ? OC_OK : oc_err_nomem(o->err, "a model's description", strlen(text));
}

enum oc_status oc_embed_manifest_read(const struct oc_fields *top, struct oc_arena *arena, struct oc_manifest_embed *m)
{
    static const char *const known[] = {
        "scoring",       "logit_scale",    "logit_bias", "resize", "rounding", "interpolation", "short_side", "fill",
        "image_pooling", "context_length", "pad_id",     "end_id", "clean",    "text_pooling",  "template",   NULL};
    struct oc_fields o;
    enum oc_status st = oc_fields_object(top, "embed", "/embed", &o);
    if (st || !o.json)
        return st;
    (void)((st = oc_fields_only(&o, known)) || (st = read_scoring(&o, m)) || (st = read_pictures(&o, m)) || (st = read_texts(&o, m)) ||
           (st = read_template(&o, arena, m)));
    return st;
}

static void apply_scoring(const struct oc_manifest_embed *m, struct oc_embed_recipe *e)
{
    if (m->has_scoring)
        e->scoring = (enum oc_embed_scoring)m->scoring;
    if (m->has_scale)
        e->logit_scale = m->logit_scale;
    if (m->has_bias)
        e->logit_bias = m->logit_bias;
    else if (m->has_scoring && e->scoring == OC_SCORING_SOFTMAX)
        e->logit_bias = 0; /* says nothing there */
    if (m->has_scale || m->has_bias)
        e->logits_from = "model.json";
}

static void apply_pictures(const struct oc_manifest_embed *m, struct oc_embed_recipe *e)
{
    if (m->has_resize)
        e->resize = (enum oc_embed_resize)m->resize;
    if (m->has_rounding)
        e->rounding = (enum oc_embed_rounding)m->rounding;
    if (m->has_filter)
        e->filter = (enum oc_filter)m->filter;
    if (m->has_short_side)
        e->short_side = m->short_side;
    if (m->has_image_pooling)
        e->image_pooling = (enum oc_embed_pooling)m->image_pooling;
    for (int c = 0; m->has_fill && c < 3; c++)
        e->fill[c] = (uint8_t)m->fill[c];
}

static enum oc_status apply_texts(const struct oc_manifest_embed *m, struct oc_embed_recipe *e, struct oc_err *err)
{
    if (m->has_context && (e->text_output || e->match_output) && e->fixed_length && e->context_length != m->context_length)
        return oc_err_set(err, OC_E_INVALID, "model.json: /embed/context_length: the model reads %d ids and cannot read %d",
                          e->context_length, m->context_length);
    if (m->has_context)
        e->context_length = m->context_length;
    if (m->has_pad)
        e->pad_id = m->pad_id;
    if (m->has_end)
        e->end_id = m->end_id;
    if (m->has_clean)
        e->clean = (enum oc_text_clean)m->clean;
    if (m->has_text_pooling)
        e->text_pooling = (enum oc_embed_pooling)m->text_pooling;
    return OC_OK;
}

enum oc_status oc_embed_manifest_apply(const struct oc_manifest_embed *m, struct oc_recipe *r, struct oc_err *err)
{
    apply_scoring(m, &r->embed);
    apply_pictures(m, &r->embed);
    enum oc_status st = apply_texts(m, &r->embed, err);
    return st || !m->template ? st : oc_recipe_string(r, m->template, &r->embed.template, err);
}

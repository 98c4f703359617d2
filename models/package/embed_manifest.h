/* The "embed" member of model.json: what is different from what the files say. Private to models/. */
#ifndef OC_MODELS_PACKAGE_EMBED_MANIFEST_H
#define OC_MODELS_PACKAGE_EMBED_MANIFEST_H

#include "models/recipe/json_fields.h"
#include "models/recipe/recipe.h"

struct oc_manifest_embed {
    bool has_scoring, has_scale, has_bias, has_resize, has_short_side, has_rounding, has_filter, has_fill, has_image_pooling,
        has_text_pooling, has_context, has_pad, has_end, has_clean;
    int scoring, resize, rounding, filter, image_pooling, text_pooling, clean; /* enums of the recipe */
    int short_side, context_length, pad_id, end_id;
    double logit_scale, logit_bias;
    const char *template; /* in the manifest's arena; NULL = not said */
    float fill[3];
};

/* Reads the member of `top`, texts into the arena; OC_E_INVALID names what is wrong. */
enum oc_status oc_embed_manifest_read(const struct oc_fields *top, struct oc_arena *arena, struct oc_manifest_embed *m) OC_MUST_CHECK;
/* Puts it over a recipe of pictures or texts. OC_E_INVALID when the file cannot have it so. */
enum oc_status oc_embed_manifest_apply(const struct oc_manifest_embed *m, struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

#endif

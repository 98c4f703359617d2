/* Names of fits and maps, and the life of a recipe; see recipe.h. */
#include "models/recipe/recipe.h"

static const char *const fit_names[] = {
    [OC_FIT_STRETCH] = "stretch", [OC_FIT_TOP_LEFT] = "top_left", [OC_FIT_CENTRE] = "centre", [OC_FIT_PAD] = "pad"};

static const char *const map_kind_names[] = {[OC_MAP_NONE] = "none",
                                             [OC_MAP_SCORES] = "scores",
                                             [OC_MAP_PROBABILITY] = "probability",
                                             [OC_MAP_LOGIT] = "logit",
                                             [OC_MAP_IDS] = "ids"};
const char *const oc_embed_resize_words[] = {"shortest", "squash", "longest", NULL};
const char *const oc_embed_rounding_words[] = {"torchvision", "immich", NULL};
const char *const oc_embed_pooling_words[] = {"none", "first", "end", "last", "mean", NULL};
const char *const oc_embed_scoring_words[] = {"softmax", "sigmoid", NULL};
const char *const oc_text_clean_words[] = {"none", "whitespace", "lower", "canonicalize", "immich", NULL};
const char *const oc_filter_words[] = {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", NULL};

const char *oc_fit_name(enum oc_fit fit)
{
    return fit_names[fit];
}

const char *oc_resample_name(enum oc_resample r)
{
    return r == OC_RESAMPLE_ANTIALIAS ? "antialias" : "linear";
}

const char *oc_map_kind_name(enum oc_map_kind kind)
{
    return map_kind_names[kind];
}

int oc_recipe_map_classes(const struct oc_recipe *r)
{
    return r->decode.n_classes ? r->decode.n_classes + (r->map.background ? 1 : 0) : 0;
}

const char *oc_recipe_map_label(const struct oc_recipe *r, int class_id)
{
    if (r->map.background && class_id == 0)
        return "background";
    return oc_labels_name(&r->labels, class_id - (r->map.background ? 1 : 0));
}

void oc_recipe_init(struct oc_recipe *r)
{
    memset(r, 0, sizeof *r);
    oc_arena_init(&r->arena, OC_MEM_MODEL, LIM_MODEL_JSON * 4 + LIM_LABELS * (LIM_LABEL_BYTES + sizeof(char *)));
    r->licence = r->source = r->description = "";
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1;
}

void oc_recipe_deinit(struct oc_recipe *r)
{
    oc_arena_deinit(&r->arena);
    memset(r, 0, sizeof *r);
}

enum oc_status oc_recipe_string(struct oc_recipe *r, const char *text, const char **out, struct oc_err *err)
{
    char *copy = oc_arena_strndup(&r->arena, text, strlen(text));
    if (!copy)
        return oc_err_nomem(err, "a model's description", strlen(text));
    *out = copy;
    return OC_OK;
}

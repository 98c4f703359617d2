/* Configuration files of other programs; see configure.h. */
#include "models/package/embed_configure.h"
#include <string.h>
#include "models/embed/families.h"
#include "models/recipe/files.h"
#include "models/recipe/json_fields.h"

/* A number, or an object of two of `a` and `b` (then the second is *second), or a list of two. Absent: 0. */
static enum oc_status read_size(const struct oc_fields *o, const char *key, const char *a, const char *b, int *first, int *second)
{
    bool has;
    json_t *v = json_object_get(o->json, key);
    *first = *second = 0;
    enum oc_status st;
    if (json_is_integer(v)) {
        st = oc_fields_int(o, key, 1, LIM_NETWORK_SIDE, &has, first);
        *second = *first;
        return st;
    }
    if (json_is_array(v) && json_array_size(v) == 2) {
        int64_t h = json_integer_value(json_array_get(v, 0)), w = json_integer_value(json_array_get(v, 1));
        if (h < 1 || h > LIM_NETWORK_SIDE || w < 1 || w > LIM_NETWORK_SIDE)
            return oc_fields_bad(o, key, "must be two sides of 1..4096");
        *first = (int)h;
        *second = (int)w;
        return OC_OK;
    }
    struct oc_fields size;
    st = oc_fields_object(o, key, key, &size);
    if (!st && size.json)
        st = oc_fields_int(&size, a, 1, LIM_NETWORK_SIDE, &has, first);
    if (!st && size.json)
        st = oc_fields_int(&size, b, 1, LIM_NETWORK_SIDE, &has, second);
    return st;
}

/* A free input takes the size of the configuration; a fixed one is what it is. */
static void set_size(struct oc_recipe *r, int height, int width)
{
    if (r->input.fixed_size || height < 1 || width < 1)
        return;
    r->input.height = height;
    r->input.width = width;
}

static enum oc_status read_normalisation(const struct oc_fields *o, const char *mean_key, const char *deviation_key, float factor,
                                         struct oc_recipe *r)
{
    float mean[3], deviation[3];
    bool has_mean, has_deviation;
    enum oc_status st = oc_fields_channels(o, mean_key, &has_mean, mean);
    if (!st)
        st = oc_fields_channels(o, deviation_key, &has_deviation, deviation);
    if (st || (!has_mean && !has_deviation))
        return st;
    for (int c = 0; c < 3; c++) {
        mean[c] = has_mean ? mean[c] : 0;
        deviation[c] = has_deviation ? deviation[c] : 1;
        if (deviation[c] < 1e-6F)
            return oc_fields_bad(o, deviation_key, "must be above 0");
    }
    oc_embed_set_pixels(r, mean, deviation, factor);
    return OC_OK;
}

/* preprocessor_config.json: where the picture's size, cut and numbers are in Hugging Face's exports. */

static enum oc_status read_resample(const struct oc_fields *o, struct oc_recipe *r)
{
    static const enum oc_filter filters[] = {/* PIL.Image.Resampling */
                                             OC_FILTER_NEAREST, OC_FILTER_LANCZOS, OC_FILTER_BILINEAR,
                                             OC_FILTER_BICUBIC, OC_FILTER_BOX,     OC_FILTER_HAMMING};
    bool has;
    int i = 0;
    enum oc_status st = oc_fields_int(o, "resample", 0, OC_ARRAY_LEN(filters) - 1, &has, &i);
    if (!st && has)
        r->embed.filter = filters[i];
    return st;
}

static enum oc_status read_cut(const struct oc_fields *o, struct oc_recipe *r)
{
    struct oc_embed_recipe *e = &r->embed;
    int height, width, shortest, longest, crop_height, crop_width;
    bool has, crop;
    enum oc_status st = read_size(o, "size", "height", "width", &height, &width);
    if (!st)
        st = read_size(o, "size", "shortest_edge", "longest_edge", &shortest, &longest);
    if (!st)
        st = read_size(o, "crop_size", "height", "width", &crop_height, &crop_width);
    if (!st)
        st = oc_fields_bool(o, "do_center_crop", &has, &crop);
    if (st)
        return st;
    bool number = json_is_integer(json_object_get(o->json, "size")); /* older files: the short side where a cut follows */
    if (number && !crop)
        shortest = 0;
    if (shortest || crop) {
        e->resize = OC_EMBED_SHORTEST;
        set_size(r, crop && crop_height ? crop_height : shortest, crop && crop_width ? crop_width : shortest);
        e->short_side = shortest && shortest != r->input.width ? shortest : 0;
    } else if (height && width) {
        e->resize = OC_EMBED_SQUASH;
        e->short_side = 0;
        set_size(r, height, width);
    }
    return OC_OK;
}

static enum oc_status read_preprocessor(const struct oc_fields *o, struct oc_recipe *r)
{
    static const float zero[3] = {0, 0, 0}, one[3] = {1, 1, 1};
    bool has_factor, has_rescale, has_normalise, rescale, normalise;
    float factor = 1.0F / 255.0F;
    enum oc_status st = read_cut(o, r);
    (void)(st || (st = read_resample(o, r)) || (st = oc_fields_float(o, "rescale_factor", 1e-6, 1e6, &has_factor, &factor)) ||
           (st = oc_fields_bool(o, "do_rescale", &has_rescale, &rescale)) ||
           (st = oc_fields_bool(o, "do_normalize", &has_normalise, &normalise)));
    if (st)
        return st;
    if (has_rescale && !rescale)
        factor = 1;
    if (has_normalise && !normalise)
        oc_embed_set_pixels(r, zero, one, factor);
    else
        st = read_normalisation(o, "image_mean", "image_std", factor, r);
    return st;
}

/* preprocess_cfg of open_clip and Immich. */

static enum oc_status read_fill(const struct oc_fields *o, struct oc_recipe *r)
{
    float fill[3];
    bool has;
    enum oc_status st = oc_fields_channels(o, "fill_color", &has, fill);
    for (int c = 0; !st && has && c < 3; c++) {
        if (fill[c] < 0 || fill[c] > 255)
            return oc_fields_bad(o, "fill_color", "must be 0..255");
        r->embed.fill[c] = (uint8_t)fill[c];
    }
    return st;
}

static enum oc_status read_preprocess_cfg(const struct oc_fields *o, struct oc_recipe *r)
{
    int height, width, i = 0;
    bool has;
    enum oc_status st = read_size(o, "size", "height", "width", &height, &width);
    if (st)
        return st;
    set_size(r, height, width);
    st = oc_fields_word(o, "interpolation", oc_filter_words, &has, &i);
    if (!st && has)
        r->embed.filter = (enum oc_filter)i;
    if (!st)
        st = oc_fields_word(o, "resize_mode", oc_embed_resize_words, &has, &i);
    if (!st && has)
        r->embed.resize = (enum oc_embed_resize)i;
    if (!st)
        st = read_fill(o, r);
    if (!st)
        st = read_normalisation(o, "mean", "std", 1.0F / 255.0F, r);
    r->embed.short_side = 0;
    return st;
}

/* Towers' configurations. */

static void set_family(const struct oc_family *family, bool keep, struct oc_recipe *r)
{
    if (keep || family == r->family || r->family == &oc_family_matcher)
        return; /* a model.json has said, or recognition was right */
    r->family = family;
    oc_embed_defaults(family, r);
}

static void set_context(struct oc_recipe *r, bool has, int length)
{
    if (has && !r->embed.fixed_length)
        r->embed.context_length = length;
}

/* Hugging Face's config.json. */
static enum oc_status read_config(const struct oc_fields *o, bool keep_family, struct oc_recipe *r)
{
    const char *type;
    struct oc_fields text, vision;
    bool has;
    int n = 0;
    enum oc_status st = oc_fields_string(o, "model_type", 64, &type);
    if (st)
        return st;
    if (type)
        set_family(strstr(type, "siglip") ? &oc_family_siglip
                   : strstr(type, "clip") ? &oc_family_clip
                                          : &oc_family_embedder,
                   keep_family, r);
    st = oc_fields_object(o, "text_config", "/text_config", &text);
    if (!st && text.json && !(st = oc_fields_int(&text, "max_position_embeddings", 1, LIM_CONTEXT, &has, &n)))
        set_context(r, has, n);
    if (!st)
        st = oc_fields_object(o, "vision_config", "/vision_config", &vision);
    if (!st && vision.json && !(st = oc_fields_int(&vision, "image_size", 1, LIM_NETWORK_SIDE, &has, &n)) && has)
        set_size(r, n, n);
    const char *output = r->embed.image_output ? r->embed.image_output : r->embed.text_output;
    if (!st && !(st = oc_fields_int(o, "projection_dim", 1, LIM_VECTOR, &has, &n)) && has && !r->embed.dim && output &&
        strstr(output, "embeds"))
        r->embed.dim = n; /* pooler_output is the vector before the projection */
    return st;
}

/* Immich knows this one word, and always collapses white space. */
static enum oc_text_clean clean_of(const struct oc_recipe *r, enum oc_text_clean stated)
{
    if (r->embed.rounding != OC_ROUNDING_IMMICH)
        return stated;
    return stated == OC_CLEAN_CANONICALIZE ? OC_CLEAN_IMMICH : OC_CLEAN_WHITESPACE;
}

static enum oc_status read_clean(const struct oc_fields *text, struct oc_recipe *r)
{
    struct oc_fields arguments;
    bool has;
    int i = 0;
    enum oc_status st = oc_fields_object(text, "tokenizer_kwargs", "/text_cfg/tokenizer_kwargs", &arguments);
    if (!st && arguments.json)
        st = oc_fields_word(&arguments, "clean", oc_text_clean_words, &has, &i);
    if (!st && arguments.json && has)
        r->embed.clean = clean_of(r, (enum oc_text_clean)i);
    return st;
}

/* open_clip's model configuration, which Immich has as config.json. */
static enum oc_status read_model_cfg(const struct oc_fields *o, bool keep_family, struct oc_recipe *r)
{
    const char *tokenizer = NULL, *network = NULL;
    struct oc_fields text, vision;
    bool has;
    int n = 0;
    enum oc_status st = oc_fields_object(o, "text_cfg", "/text_cfg", &text);
    if (!st)
        st = oc_fields_object(o, "vision_cfg", "/vision_cfg", &vision);
    if (!st && text.json)
        st = oc_fields_string(&text, "hf_tokenizer_name", 256, &tokenizer);
    if (!st && vision.json)
        st = oc_fields_string(&vision, "timm_model_name", 256, &network);
    if (st)
        return st;
    bool sigmoid = json_object_get(o->json, "init_logit_bias") || (tokenizer && strcasestr(tokenizer, "siglip")) ||
                   (network && strcasestr(network, "siglip"));
    set_family(sigmoid ? &oc_family_siglip : &oc_family_clip, keep_family, r);
    if (text.json && !(st = oc_fields_int(&text, "context_length", 1, LIM_CONTEXT, &has, &n)))
        set_context(r, has, n);
    if (!st && text.json)
        st = read_clean(&text, r);
    if (!st && vision.json && !json_is_array(json_object_get(vision.json, "image_size")) &&
        !(st = oc_fields_int(&vision, "image_size", 1, LIM_NETWORK_SIDE, &has, &n)) && has)
        set_size(r, n, n);
    if (!st && !(st = oc_fields_int(o, "embed_dim", 1, LIM_VECTOR, &has, &n)) && has && !r->embed.dim)
        r->embed.dim = n;
    return st;
}

static enum oc_status read_open_clip(const struct oc_fields *o, bool keep_family, struct oc_recipe *r)
{
    struct oc_fields model, pictures;
    enum oc_status st = oc_fields_object(o, "model_cfg", "/model_cfg", &model);
    if (!st)
        st = oc_fields_object(o, "preprocess_cfg", "/preprocess_cfg", &pictures);
    if (!st && model.json)
        st = read_model_cfg(&model, keep_family, r);
    return !st && pictures.json ? read_preprocess_cfg(&pictures, r) : st;
}

static const char *const file_names[] = {"config.json", "preprocessor_config.json", "preprocess_cfg.json", "open_clip_config.json"};

enum oc_status oc_embed_read_file(enum oc_embed_file kind, const char *text, size_t n, bool keep_family, struct oc_recipe *r,
                                  struct oc_err *err)
{
    json_t *json;
    enum oc_status st = oc_fields_parse(text, n, file_names[kind], &json, err);
    if (st)
        return st;
    struct oc_fields o = {json, "", err};
    if (kind == OC_EMBED_OPEN_CLIP)
        st = read_open_clip(&o, keep_family, r);
    else if (kind == OC_EMBED_PREPROCESSOR)
        st = read_preprocessor(&o, r);
    else if (kind == OC_EMBED_PREPROCESS_CFG)
        st = read_preprocess_cfg(&o, r);
    else if (json_object_get(json, "text_cfg") || json_object_get(json, "vision_cfg"))
        st = read_model_cfg(&o, keep_family, r);
    else
        st = read_config(&o, keep_family, r);
    json_decref(json);
    return st == OC_E_INVALID ? oc_err_prefix(err, st, "%s: ", file_names[kind]) : st;
}

/* The file in the part's folder, else in the package's; none is fine. */
static enum oc_status read_one(const struct oc_beside *beside, enum oc_embed_file kind, bool keep_family, struct oc_recipe *r,
                               struct oc_err *err)
{
    const char *name = file_names[kind], *folder = oc_file_exists(beside->directory, name) ? beside->directory : beside->root;
    struct oc_buf text;
    if (!folder || !oc_file_exists(folder, name))
        return OC_OK;
    oc_buf_init(&text, OC_MEM_OTHER, LIM_MODEL_JSON);
    enum oc_status st = oc_file_read(folder, name, &text, err);
    if (!st)
        st = oc_embed_read_file(kind, text.data ? text.data : "", text.len, keep_family, r, err);
    oc_buf_deinit(&text);
    return st;
}

static enum oc_status find_tokenizer(const struct oc_beside *beside, struct oc_recipe *r, struct oc_err *err)
{
    static const char *const names[] = {"tokenizer.json",
                                        "vocab.json",
                                        "bpe_simple_vocab_16e6.txt.gz",
                                        "bpe_simple_vocab_16e6.txt",
                                        "spiece.model",
                                        "sentencepiece.bpe.model",
                                        "tokenizer.model",
                                        "vocab.txt"};
    const char *folders[] = {beside->directory, beside->root};
    for (size_t i = 0; i < OC_ARRAY_LEN(folders); i++)
        for (size_t k = 0; folders[i] && k < OC_ARRAY_LEN(names); k++)
            if (oc_file_exists(folders[i], names[k]))
                return oc_recipe_string(r, folders[i], &r->embed.tokenizer, err);
    return OC_OK;
}

enum oc_status oc_embed_configure(const struct oc_beside *beside, bool keep_family, struct oc_recipe *r, struct oc_err *err)
{
    static const enum oc_embed_file order[] = {OC_EMBED_CONFIG, OC_EMBED_PREPROCESSOR, OC_EMBED_OPEN_CLIP, OC_EMBED_PREPROCESS_CFG};
    if (beside->is_immich) {
        r->embed.rounding = OC_ROUNDING_IMMICH;
        r->embed.clean = OC_CLEAN_WHITESPACE;
    }
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(order); i++)
        st = read_one(beside, order[i], keep_family, r, err);
    return !st && (r->embed.text_output || r->embed.match_output) ? find_tokenizer(beside, r, err) : st;
}

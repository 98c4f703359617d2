/* Embeddings without a network: recognition, configuration, geometry, numbers, pooling, probabilities, half precision, cache. */
#include <math.h>
#include "hand.h"
#include "models/embed/embed.h"
#include "models/run/text_cache.h"
#include "models/package/embed_configure.h"
#include "models/run/geometry.h"
#include "models/run/float16.h"
#include "models/run/pixels.h"
#include "models/embed/towers.h"
#include "models/run/vectors.h"
#include "models/package/manifest.h"

static struct eng_io ids(const char *name, enum eng_dtype t, int64_t length)
{
    struct eng_io io = hand_io(name, 2, -1, length, 0, 0);
    io.dtype = t;
    return io;
}

static void tower(struct hand *h, const char *input, int side, const char *output, int dim)
{
    hand_input(h, side, side);
    h->in[0].name = input;
    h->in[0].shape.dim[0] = -1;
    hand_output(h, output, 2, -1, dim, 0, 0);
}

/* family/task/output, e.g. "clip/embed/image_embeds". */
static void expect(struct hand *h, const char *what)
{
    struct oc_recipe r;
    char text[200];
    const char *family = hand_family(h, &r);
    const char *output = r.embed.image_output ? r.embed.image_output : r.embed.text_output;
    snprintf(text, sizeof text, "%s/%s/%s", family, oc_task_name(r.task), output ? output : "");
    cr_assert_str_eq(text, what);
    oc_recipe_deinit(&r);
}

Test(embed, towers_are_told_by_names_and_shapes)
{
    struct hand h;
    tower(&h, "pixel_values", 224, "image_embeds", 512);
    expect(&h, "clip/embed/image_embeds");
    hand_output(&h, "last_hidden_state", 3, -1, 50, 768, 0);
    expect(&h, "clip/embed/image_embeds");
    tower(&h, "image", 224, "embedding", 512);
    expect(&h, "clip/embed/embedding");
    tower(&h, "pixel_values", 224, "pooler_output", 768);
    expect(&h, "embedder/embed/pooler_output");
    tower(&h, "x", 224, "y", 384); /* a plain embedder by its shape alone */
    expect(&h, "embedder/embed/y");
    tower(&h, "x", 224, "y", 1000); /* ImageNet's classes */
    expect(&h, "/tensor/");
    tower(&h, "input", 112, "y", 512); /* aligned faces */
    expect(&h, "arcface/face_embed/");
    tower(&h, "input_ids", 8, "text_embeds", 512);
    h.in[0] = ids("input_ids", ENG_DT_I64, -1);
    expect(&h, "clip/embed_text/text_embeds");
    h.in[1] = ids("attention_mask", ENG_DT_I64, -1);
    h.facts.n_inputs = 2;
    expect(&h, "clip/embed_text/text_embeds");
    h.in[1] = ids("more", ENG_DT_I64, -1); /* two inputs of ids */
    expect(&h, "/tensor/");
    h.in[1] = hand_io("pixel_values", 4, -1, 3, 224, 224);
    hand_output(&h, "image_embeds", 2, -1, 512, 0, 0);
    expect(&h, "clip/embed/image_embeds");
    tower(&h, "input_ids", 8, "logits", 2); /* a classifier of texts */
    h.in[0] = ids("input_ids", ENG_DT_I64, -1);
    expect(&h, "/tensor/");
    tower(&h, "text", 8, "embedding", 512);
    h.in[0] = ids("text", ENG_DT_I32, 1 << 20); /* longer than any */
    expect(&h, "/tensor/");
}

Test(embed, matchers_are_told_by_two_logits_of_a_picture_and_a_text)
{
    struct hand h;
    struct oc_recipe r;
    static const struct {
        const char *output, *family;
        int numbers;
    } cases[] = {{"itm_score", "matcher", 2}, {"logits", "matcher", 2}, {"itm_logits", "matcher", 2},
                 {"logits", "", 3},           {"itm_score", "", 256},   {"unnamed", "", 2}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        tower(&h, "pixel_values", 384, cases[i].output, cases[i].numbers);
        h.in[1] = ids("input_ids", ENG_DT_I64, -1);
        h.facts.n_inputs = 2;
        cr_expect_str_eq(hand_family(&h, &r), cases[i].family, "%zu", i);
        if (*cases[i].family) {
            cr_expect_str_eq(r.embed.match_output, cases[i].output);
            cr_expect(r.task == OC_TASK_MATCH && !r.embed.image_output && !r.embed.text_output);
            cr_expect(r.embed.resize == OC_EMBED_SQUASH && r.input.width == 384 && r.embed.context_length == OC_EMBEDDER_CONTEXT);
        }
        oc_recipe_deinit(&r);
    }
    tower(&h, "pixel_values", 384, "itm_score", 2); /* with vectors of both kinds too: those are asked for more often */
    h.in[1] = ids("input_ids", ENG_DT_I64, -1);
    h.facts.n_inputs = 2;
    hand_output(&h, "image_embeds", 2, -1, 256, 0, 0);
    hand_output(&h, "text_embeds", 2, -1, 256, 0, 0);
    expect(&h, "clip/embed/image_embeds");
    struct oc_err err;
    oc_recipe_init(&r);
    cr_assert_eq(oc_recognise(&h.facts, &oc_family_matcher, &r, &err), OC_OK, "%s", err.msg);
    cr_expect_str_eq(r.embed.match_output, "itm_score");
    oc_recipe_deinit(&r);
    tower(&h, "pixel_values", 384, "logits", 2); /* no text */
    oc_recipe_init(&r);
    cr_assert_eq(oc_recognise(&h.facts, &oc_family_matcher, &r, &err), OC_E_MODEL);
    cr_expect(strstr(err.msg, "an output of two logits"), "%s", err.msg);
    oc_recipe_deinit(&r);
}

Test(embed, hidden_states_are_pooled)
{
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 224, 224);
    h.in[0].name = "pixel_values";
    hand_output(&h, "last_hidden_state", 3, 1, 257, 384, 0);
    cr_assert_str_eq(hand_family(&h, &r), "embedder");
    cr_assert_eq(r.embed.image_pooling, OC_POOLING_FIRST);
    cr_assert_eq(r.embed.dim, 384);
    cr_assert_eq(r.embed.short_side, 256);
    oc_recipe_deinit(&r);
    h.in[0] = ids("input_ids", ENG_DT_I32, 77);
    cr_assert_str_eq(hand_family(&h, &r), "clip");
    cr_assert_eq(r.embed.text_pooling, OC_POOLING_END);
    cr_assert_eq(r.embed.context_length, 77);
    cr_assert(r.embed.fixed_length);
    oc_recipe_deinit(&r);
    h.in[1] = ids("token_type_ids", ENG_DT_I32, 77);
    h.facts.n_inputs = 2;
    cr_assert_str_eq(hand_family(&h, &r), "embedder");
    cr_assert_eq(r.embed.text_pooling, OC_POOLING_MEAN);
    oc_recipe_deinit(&r);
}

static void clip(struct oc_recipe *r, bool free_size)
{
    struct hand h;
    tower(&h, "pixel_values", free_size ? -1 : 224, "image_embeds", 512);
    cr_assert_str_eq(hand_family(&h, r), "clip");
}

static enum oc_status read(struct oc_recipe *r, enum oc_embed_file kind, const char *text, struct oc_err *err)
{
    *err = (struct oc_err){0};
    return oc_embed_read_file(kind, text, strlen(text), false, r, err);
}

Test(embed, configurations_of_other_programs)
{
    struct oc_recipe r;
    struct oc_err err;
    clip(&r, true);
    cr_assert_eq(read(&r, OC_EMBED_CONFIG, "{\"model_type\":\"siglip\",\"vision_config\":{\"image_size\":256},\"text_config\":{}}", &err),
                 OC_OK);
    cr_assert_str_eq(r.family->name, "siglip");
    cr_assert_eq(r.embed.scoring, OC_SCORING_SIGMOID);
    cr_assert_eq(r.embed.resize, OC_EMBED_SQUASH);
    cr_assert_eq(r.embed.clean, OC_CLEAN_LOWER);
    cr_assert_eq(r.input.width, 256);
    cr_assert_eq(r.embed.context_length, 64);
    cr_assert_eq(read(&r, OC_EMBED_PREPROCESSOR,
                      "{\"size\":{\"height\":384,\"width\":320},\"resample\":2,\"image_mean\":[0,0.5,1],\"image_std\":[0.5,0.25,1],"
                      "\"rescale_factor\":0.00392156862745098}",
                      &err),
                 OC_OK, "%s", err.msg);
    cr_assert_eq(r.input.width, 320);
    cr_assert_eq(r.input.height, 384);
    cr_assert_eq(r.embed.filter, OC_FILTER_BILINEAR);
    cr_assert_float_eq(r.input.pixels.mean[1], 127.5f, 1e-3f);
    cr_assert_float_eq(r.input.pixels.scale[1], 4 / 255.0f, 1e-6f);
    oc_recipe_deinit(&r);
    clip(&r, true); /* DINOv2's: 256, then 224 */
    cr_assert_eq(read(&r, OC_EMBED_PREPROCESSOR,
                      "{\"size\":{\"shortest_edge\":256},\"crop_size\":{\"height\":224,\"width\":224},\"do_center_crop\":true,\"do_"
                      "normalize\":false}",
                      &err),
                 OC_OK);
    cr_assert_eq(r.embed.short_side, 256);
    cr_assert_eq(r.input.width, 224);
    cr_assert_float_eq(r.input.pixels.mean[0], 0, 0);
    cr_assert_float_eq(r.input.pixels.scale[0], 1 / 255.0f, 1e-8f);
    oc_recipe_deinit(&r);
    clip(&r, false); /* a fixed size is what it is */
    cr_assert_eq(
        read(&r, OC_EMBED_OPEN_CLIP,
             "{\"model_cfg\":{\"embed_dim\":512,\"text_cfg\":{\"context_length\":32,\"tokenizer_kwargs\":{\"clean\":\"canonicalize\"}}},"
             "\"preprocess_cfg\":{\"size\":[336,336],\"resize_mode\":\"longest\",\"interpolation\":\"bilinear\",\"fill_color\":127}}",
             &err),
        OC_OK, "%s", err.msg);
    cr_assert_eq(r.input.width, 224);
    cr_assert_eq(r.embed.resize, OC_EMBED_LONGEST);
    cr_assert_eq(r.embed.fill[2], 127);
    cr_assert_eq(r.embed.context_length, 32);
    cr_assert_eq(r.embed.clean, OC_CLEAN_CANONICALIZE);
    cr_assert_str_eq(r.family->name, "clip");
    cr_assert_eq(read(&r, OC_EMBED_CONFIG, "{\"init_logit_bias\":-10,\"text_cfg\":{\"hf_tokenizer_name\":\"timm/ViT-B-16-SigLIP\"}}", &err),
                 OC_OK);
    cr_assert_str_eq(r.family->name, "siglip");
    oc_recipe_deinit(&r);
}

Test(embed, configurations_that_cannot_be)
{
    static const struct {
        enum oc_embed_file kind;
        const char *text, *says;
    } cases[] = {
        {OC_EMBED_CONFIG, "{", "config.json: line"},
        {OC_EMBED_CONFIG, "[]", "config.json: must be an object"},
        {OC_EMBED_CONFIG, "{\"text_config\":{\"max_position_embeddings\":0}}",
         "/text_config/max_position_embeddings: must be 1..8192, is 0"},
        {OC_EMBED_CONFIG, "{\"text_config\":7}", "/text_config: must be an object"},
        {OC_EMBED_PREPROCESSOR, "{\"size\":{\"height\":0,\"width\":224}}", "preprocessor_config.json: size/height: must be 1..4096, is 0"},
        {OC_EMBED_PREPROCESSOR, "{\"resample\":6}", "/resample: must be 0..5, is 6"},
        {OC_EMBED_PREPROCESSOR, "{\"image_mean\":[0.5,0.5]}", "/image_mean: must be a number or a list of three"},
        {OC_EMBED_PREPROCESSOR, "{\"image_std\":[1,0,1]}", "/image_std: must be above 0"},
        {OC_EMBED_PREPROCESSOR, "{\"rescale_factor\":0}", "/rescale_factor"},
        {OC_EMBED_PREPROCESS_CFG, "{\"size\":[224,-1]}", "/size: must be two sides of 1..4096"},
        {OC_EMBED_PREPROCESS_CFG, "{\"resize_mode\":\"fill\"}", "/resize_mode: must be one of shortest, squash, longest, is 'fill'"},
        {OC_EMBED_PREPROCESS_CFG, "{\"fill_color\":300}", "/fill_color: must be 0..255"},
        {OC_EMBED_OPEN_CLIP, "{\"model_cfg\":{\"text_cfg\":{\"tokenizer_kwargs\":{\"clean\":\"x\"}}}}", "/text_cfg/tokenizer_kwargs/clean"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_recipe r;
        struct oc_err err;
        clip(&r, true);
        enum oc_status st = read(&r, cases[i].kind, cases[i].text, &err);
        cr_assert(st == OC_E_INVALID || st == OC_E_JSON, "%zu", i);
        cr_assert(strstr(err.msg, cases[i].says), "%zu: %s", i, err.msg);
        oc_recipe_deinit(&r);
    }
}

Test(embed, model_json_has_the_last_word)
{
    static const char text[] =
        "{\"format\":1,\"task\":\"embed\",\"starter\":true,\"family\":\"siglip\",\"embed\":{\"scoring\":\"softmax\",\"logit_scale\":42.5,"
        "\"rounding\":\"immich\",\"interpolation\":\"lanczos\",\"resize\":\"longest\",\"fill\":[1,2,3],\"pad_id\":7,\"template\":\"an icon "
        "of {}\"}}";
    struct hand h;
    struct oc_recipe r;
    struct oc_err err;
    struct oc_manifest *m;
    tower(&h, "pixel_values", 224, "pooler_output", 512);
    oc_recipe_init(&r);
    cr_assert_eq(oc_manifest_parse(text, sizeof text - 1, &m, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(oc_recipe_make(&h.facts, m, &(struct oc_beside){.directory = "/nonexistent"}, &r, &err), OC_OK, "%s", err.msg);
    cr_assert(r.starter);
    cr_assert_str_eq(r.family->name, "siglip");
    cr_assert_eq(r.embed.scoring, OC_SCORING_SOFTMAX);
    cr_assert_float_eq(r.embed.logit_scale, 42.5, 0);
    cr_assert_float_eq(r.embed.logit_bias, 0, 0);
    cr_assert_str_eq(r.embed.logits_from, "model.json");
    cr_assert_eq(r.embed.rounding, OC_ROUNDING_IMMICH);
    cr_assert_eq(r.embed.filter, OC_FILTER_LANCZOS);
    cr_assert_eq(r.embed.fill[2], 3);
    cr_assert_eq(r.embed.pad_id, 7);
    cr_assert_str_eq(r.embed.template, "an icon of {}");
    oc_recipe_deinit(&r);
    oc_manifest_free(m);
    static const char *const bad[][2] = {{"{\"scoring\":\"max\"}", "/embed/scoring"},
                                         {"{\"logit_scale\":-1}", "/embed/logit_scale: must be 0..10000, is -1"},
                                         {"{\"context_length\":9000}", "/embed/context_length"},
                                         {"{\"padding\":1}", "/embed/padding: unknown member"},
                                         {"{\"template\":\"a photo\"}", "/embed/template: must have {} or {label}"},
                                         {"{\"fill\":256}", "/embed/fill: must be 0..255"},
                                         {"7", "/embed: must be an object"}};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        char json[200];
        snprintf(json, sizeof json, "{\"format\":1,\"task\":\"embed\",\"embed\":%s}", bad[i][0]);
        cr_assert_eq(oc_manifest_parse(json, strlen(json), &m, &err), OC_E_INVALID, "%zu", i);
        cr_assert(strstr(err.msg, bad[i][1]), "%s", err.msg);
    }
    tower(&h, "input_ids", 8, "text_embeds", 512); /* a length that the file fixes */
    h.in[0] = ids("input_ids", ENG_DT_I64, 77);
    static const char longer[] = "{\"format\":1,\"task\":\"embed\",\"embed\":{\"context_length\":64}}";
    oc_recipe_init(&r);
    cr_assert_eq(oc_manifest_parse(longer, sizeof longer - 1, &m, &err), OC_OK);
    cr_assert_eq(oc_recipe_make(&h.facts, m, &(struct oc_beside){.directory = "/nonexistent"}, &r, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "reads 77 ids and cannot read 64"), "%s", err.msg);
    oc_recipe_deinit(&r);
    oc_manifest_free(m);
}

Test(embed, logits_from_the_weights_of_both_towers)
{
    struct hand h;
    struct oc_recipe r;
    static const struct eng_scalar scalars[] = {{"model.logit_scale", 4.0f}, {"other", 3}, {"logit_bias", -9.5f}};
    tower(&h, "pixel_values", 224, "image_embeds", 512);
    cr_assert_str_eq(hand_family(&h, &r), "clip");
    oc_embed_take_logits(&h.facts, &r);
    cr_assert_float_eq(r.embed.logit_scale, 100, 0);
    cr_assert_str_eq(r.embed.logits_from, "default of CLIP");
    h.facts.scalars = scalars;
    h.facts.n_scalars = 2;
    oc_embed_take_logits(&h.facts, &r);
    cr_assert_float_eq(r.embed.logit_scale, exp(4.0), 1e-9);
    cr_assert_eq(r.embed.scoring, OC_SCORING_SOFTMAX);
    h.facts.n_scalars = 3;
    oc_embed_take_logits(&h.facts, &r);
    cr_assert_float_eq(r.embed.logit_bias, -9.5, 0);
    cr_assert_eq(r.embed.scoring, OC_SCORING_SIGMOID);
    cr_assert_str_eq(r.embed.logits_from, "model");
    oc_recipe_deinit(&r);
}

Test(embed, both_towers_without_a_tokenizer_are_for_pictures)
{
    struct hand h;
    struct oc_recipe r;
    struct oc_err err;
    tower(&h, "pixel_values", 224, "image_embeds", 512);
    h.in[1] = hand_io("input_ids", 2, -1, 77, 0, 0);
    h.in[1].dtype = ENG_DT_I64;
    h.facts.n_inputs = 2;
    hand_output(&h, "text_embeds", 2, 1, 512, 0, 0);
    oc_recipe_init(&r);
    cr_assert_eq(oc_recipe_make(&h.facts, NULL, &(struct oc_beside){.directory = "/nowhere"}, &r, &err), OC_OK, "%s", err.msg);
    cr_assert(oc_recipe_can(&r, OC_TASK_EMBED_IMAGE));
    cr_assert_not(oc_recipe_can(&r, OC_TASK_EMBED_TEXT));
    cr_assert_null(r.embed.text_output);
    cr_assert(strstr(r.because, "no tokenizer"), "%s", r.because);
    oc_recipe_deinit(&r);
}

Test(embed, sizes_and_cuts)
{
    static const struct {
        enum oc_embed_resize resize;
        enum oc_embed_rounding rounding;
        int short_side, w, h, width, height;
        int64_t out_w, out_h, left, top;
    } cases[] = {
        {OC_EMBED_SHORTEST, OC_ROUNDING_TORCHVISION, 0, 640, 427, 224, 224, 335, 224, 56, 0}, /* 55.5: half to even */
        {OC_EMBED_SHORTEST, OC_ROUNDING_IMMICH, 0, 640, 427, 224, 224, 335, 224, 55, 0},
        {OC_EMBED_SHORTEST, OC_ROUNDING_TORCHVISION, 0, 427, 640, 224, 224, 224, 335, 0, 56},
        {OC_EMBED_SHORTEST, OC_ROUNDING_TORCHVISION, 256, 640, 480, 224, 224, 341, 256, 58, 16},
        {OC_EMBED_SHORTEST, OC_ROUNDING_TORCHVISION, 0, 1, 32768, 224, 224, 224, 7340032, 0, 3669904},
        {OC_EMBED_SQUASH, OC_ROUNDING_TORCHVISION, 0, 640, 427, 224, 200, 224, 200, 0, 0},
        {OC_EMBED_LONGEST, OC_ROUNDING_TORCHVISION, 0, 640, 427, 224, 224, 224, 149, 0, -37},
        {OC_EMBED_LONGEST, OC_ROUNDING_TORCHVISION, 0, 1, 32768, 224, 224, 1, 224, -111, 0},
        {OC_EMBED_SHORTEST, OC_ROUNDING_TORCHVISION, 0, 100, 100, 96, 64, 96, 96, 0, 16},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_recipe r;
        oc_recipe_init(&r);
        r.embed.resize = cases[i].resize;
        r.embed.rounding = cases[i].rounding;
        r.embed.short_side = cases[i].short_side;
        r.input.width = cases[i].width;
        r.input.height = cases[i].height;
        struct oc_embed_geometry g = oc_embed_geometry(&r, cases[i].w, cases[i].h);
        cr_assert_eq(g.width, cases[i].out_w, "%zu: %lld", i, (long long)g.width);
        cr_assert_eq(g.height, cases[i].out_h, "%zu: %lld", i, (long long)g.height);
        cr_assert_eq(g.left, cases[i].left, "%zu: %lld", i, (long long)g.left);
        cr_assert_eq(g.top, cases[i].top, "%zu: %lld", i, (long long)g.top);
        oc_recipe_deinit(&r);
    }
}

/* A picture of one pixel, in every form of an input. */
Test(embed, pixels_in_every_form)
{
    struct oc_recipe r;
    uint8_t pixel[] = {10, 20, 30}, bytes[3];
    struct oc_image im = {1, 1, 3, pixel};
    float numbers[3], scratch[3];
    uint16_t halves[3];
    oc_recipe_init(&r);
    r.input.width = r.input.height = 1;
    r.embed.channels = 3;
    r.input.pixels.mean[0] = 10;
    r.input.pixels.scale[2] = 0.5f;
    oc_embed_write(&r, &im, ENG_DT_F32, numbers, NULL);
    cr_assert_float_eq(numbers[0], 0, 0);
    cr_assert_float_eq(numbers[2], 15, 0);
    oc_embed_write(&r, &im, ENG_DT_F16, halves, scratch);
    cr_assert_float_eq(oc_float16_to_float(halves[2]), 15, 0);
    oc_embed_write(&r, &im, ENG_DT_U8, bytes, NULL);
    cr_assert_arr_eq(bytes, pixel, 3);
    r.embed.channels = 1;
    r.input.pixels.mean[0] = 0;
    oc_embed_write(&r, &im, ENG_DT_F32, numbers, NULL);
    cr_assert_float_eq(numbers[0], 18, 0); /* (10 * 19595 + 20 * 38470 + 30 * 7471 + 32768) >> 16 */
    oc_embed_write(&r, &im, ENG_DT_U8, bytes, NULL);
    cr_assert_eq(bytes[0], 18);
    cr_assert_eq(oc_embed_picture_bytes(&r, ENG_DT_F16), 2);
    oc_recipe_deinit(&r);
}

Test(embed, halves)
{
    static const struct {
        float f;
        uint16_t h;
    } cases[] = {{0, 0},
                 {1, 0x3c00},
                 {-2, 0xc000},
                 {65504, 0x7bff},
                 {65519, 0x7bff},
                 {65520, 0x7c00},
                 {1e9f, 0x7c00},
                 {0x1p-14f, 0x400},
                 {0x1p-24f, 1},
                 {0x1p-25f, 0},
                 {0x1.8p-25f, 1},
                 {0x1.8p-24f, 2},
                 {0x1.ff8p-15f, 0x3ff},
                 {0x1.ffep-15f, 0x400},
                 {1.0f + 0x1p-11f, 0x3c00},
                 {1.0f + 0x1.8p-10f, 0x3c02},
                 {INFINITY, 0x7c00}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++)
        cr_assert_eq(oc_float16_from_float(cases[i].f), cases[i].h, "%a: %x", (double)cases[i].f, oc_float16_from_float(cases[i].f));
    cr_assert(isnan(oc_float16_to_float(oc_float16_from_float(NAN))));
    for (unsigned h = 0; h < 0x7c00; h++) { /* there and back */
        cr_assert_eq(oc_float16_from_float(oc_float16_to_float((uint16_t)h)), h);
        cr_assert_eq(oc_float16_from_float(oc_float16_to_float((uint16_t)(h | 0x8000))), h | 0x8000);
    }
}

Test(embed, pooling)
{
    float data[2 * 3 * 2] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, out[4];
    struct eng_tensor rows = {ENG_DT_F32, {3, {2, 3, 2}}, data}, flat = {ENG_DT_F32, {4, {2, 6, 1, 1}}, data};
    static const int end[] = {1, 7}, count[] = {2, 3};
    struct oc_err err;
    cr_assert_eq(oc_vectors_dim(&rows, OC_POOLING_NONE), 0);
    cr_assert_eq(oc_vectors_dim(&flat, OC_POOLING_NONE), 6);
    cr_assert_eq(oc_vectors_pool(&rows, 2, 2, OC_POOLING_FIRST, NULL, NULL, out, &err), OC_OK);
    cr_assert(out[0] == 1 && out[3] == 8);
    cr_assert_eq(oc_vectors_pool(&rows, 2, 2, OC_POOLING_END, end, count, out, &err), OC_OK);
    cr_assert(out[0] == 3 && out[3] == 12); /* an end that is not there is the last */
    cr_assert_eq(oc_vectors_pool(&rows, 2, 2, OC_POOLING_LAST, end, count, out, &err), OC_OK);
    cr_assert(out[0] == 5 && out[3] == 12);
    cr_assert_eq(oc_vectors_pool(&rows, 2, 2, OC_POOLING_MEAN, end, count, out, &err), OC_OK);
    cr_assert(out[0] == 2 && out[2] == 9);
    cr_assert_eq(oc_vectors_pool(&rows, 3, 2, OC_POOLING_LAST, NULL, NULL, out, &err), OC_E_MODEL);
    cr_assert_eq(oc_vectors_pool(&rows, 2, 3, OC_POOLING_LAST, NULL, NULL, out, &err), OC_E_MODEL);
    cr_assert(strstr(err.msg, "float32 2x3x2"), "%s", err.msg);
}

Test(embed, probabilities)
{
    struct oc_recipe r = {.embed = {.scoring = OC_SCORING_SOFTMAX, .logit_scale = 100}};
    const double cosines[] = {0.3, 0.2, -1};
    double p[3];
    oc_embed_probabilities(&r, cosines, 3, p);
    cr_assert_float_eq(p[0], 1 / (1 + exp(-10.0)), 1e-12);
    cr_assert_float_eq(p[0] + p[1] + p[2], 1, 1e-12);
    r.embed = (struct oc_embed_recipe){.scoring = OC_SCORING_SIGMOID, .logit_scale = 100, .logit_bias = -25};
    oc_embed_probabilities(&r, cosines, 3, p);
    cr_assert_float_eq(p[0], 1 / (1 + exp(-5.0)), 1e-12);
    cr_assert_float_eq(p[1], 1 / (1 + exp(5.0)), 1e-12);
    oc_embed_probabilities(&r, cosines, 0, p);
}

Test(embed, rows_of_length_one)
{
    float data[] = {3, 4, 0, 0};
    struct oc_vectors v = {.data = data, .n = 2, .dim = 2};
    oc_vectors_normalise(&v);
    cr_assert(data[0] == 0.6f && data[1] == 0.8f && data[2] == 0 && data[3] == 0);
}

static bool has(struct oc_text_cache *c, const char *text)
{
    float numbers[8];
    struct oc_text_row row = {.numbers = numbers, .dim = 8};
    return oc_text_cache_get(c, text, strlen(text), &row) && numbers[7] == (float)text[0] && row.tokens == strlen(text);
}

static void put(struct oc_text_cache *c, const char *text)
{
    float numbers[8] = {[7] = (float)text[0]};
    oc_text_cache_put(c, text, strlen(text), &(struct oc_text_row){.numbers = numbers, .dim = 8, .tokens = strlen(text)});
}

Test(embed, a_cache_of_texts)
{
    struct oc_text_cache *c;
    struct oc_err err;
    size_t blocks = oc_mem_blocks();
    cr_assert_eq(oc_text_cache_new(OC_KIB(64), &c, &err), OC_OK);
    uint64_t empty = oc_text_cache_stats(c).bytes;
    cr_assert(!has(c, "a"));
    put(c, "a");
    put(c, "b");
    put(c, "a"); /* again: replaced */
    cr_assert(has(c, "a") && has(c, "b") && !has(c, "ab"));
    struct oc_text_cache_stats s = oc_text_cache_stats(c);
    cr_assert(s.hits == 2 && s.misses == 2 && s.entries == 2 && s.bytes > empty);
    float numbers[4];
    cr_assert(!oc_text_cache_get(c, "a", 1, &(struct oc_text_row){.numbers = numbers, .dim = 4})); /* of another length */
    for (int i = 0; i < 1000; i++) { /* "a" is used all the time and stays, "b" goes */
        char text[16];
        snprintf(text, sizeof text, "t%d", i);
        put(c, text);
        cr_assert(has(c, "a"), "%d", i);
    }
    s = oc_text_cache_stats(c);
    cr_assert(s.bytes <= OC_KIB(64) && s.entries > 100 && s.entries < 1000);
    cr_assert(!has(c, "b") && !has(c, "t0") && has(c, "t999"));
    oc_text_cache_free(c);
    cr_assert_eq(oc_mem_blocks(), blocks);
    cr_assert(!has(NULL, "a"));
    put(NULL, "a");
}

Test(embed, a_cache_without_memory_keeps_nothing)
{
    struct oc_text_cache *c = NULL;
    struct oc_err err;
    oc_mem_fail_at(1);
    cr_assert_eq(oc_text_cache_new(OC_KIB(64), &c, &err), OC_E_NOMEM);
    oc_mem_fail_at(0);
    cr_assert_eq(oc_text_cache_new(OC_KIB(64), &c, &err), OC_OK);
    oc_mem_fail_at(1);
    put(c, "a");
    oc_mem_fail_at(0);
    cr_assert(!has(c, "a"));
    oc_text_cache_free(c);
}

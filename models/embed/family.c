/*
 * The families of embeddings: CLIP, SigLIP, and networks that give one vector for a picture or a text. They share their way of
 * working and differ in how pictures are prepared and cosines scored, where no configuration says so. Numbers:
 * openai/CLIP (mean, deviation, logit scale 100, which training clips at), Hugging Face's SigLIP processor, ImageNet's
 * mean and deviation with torchvision's 256 to 224 for the rest.
 */
#include "models/embed/defaults.h"
#include "models/embed/families.h"

#define LOG_SCALE_MAX 8.0F /* checkpoints hold the logarithm, 2.6 to 4.8; what is larger is the scale itself */

void oc_embed_set_pixels(struct oc_recipe *r, const float mean[3], const float deviation[3], float factor)
{
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = mean[c] / factor;
        r->input.pixels.scale[c] = factor / deviation[c];
    }
}

void oc_embed_defaults(const struct oc_family *family, struct oc_recipe *r)
{
    static const float clip_mean[3] = {0.48145466F, 0.4578275F, 0.40821073F}, clip_dev[3] = {0.26862954F, 0.26130258F, 0.27577711F};
    static const float half[3] = {0.5F, 0.5F, 0.5F};
    static const float imagenet_mean[3] = {0.485F, 0.456F, 0.406F}, imagenet_dev[3] = {0.229F, 0.224F, 0.225F};
    struct oc_embed_recipe *e = &r->embed;
    bool sigmoid = family == &oc_family_siglip, clip = family == &oc_family_clip, matcher = family == &oc_family_matcher;
    oc_embed_set_pixels(r,
                        sigmoid           ? half
                        : clip || matcher ? clip_mean
                                          : imagenet_mean,
                        sigmoid           ? half
                        : clip || matcher ? clip_dev
                                          : imagenet_dev,
                        1.0F / 255.0F);
    e->filter = OC_FILTER_BICUBIC;
    e->resize = sigmoid || matcher ? OC_EMBED_SQUASH : OC_EMBED_SHORTEST;
    e->short_side = sigmoid || clip || matcher ? 0 : (r->input.width * 256 + 112) / 224;
    e->scoring = sigmoid ? OC_SCORING_SIGMOID : OC_SCORING_SOFTMAX;
    e->logit_scale = sigmoid ? OC_SIGLIP_SCALE : OC_CLIP_SCALE;
    e->logit_bias = sigmoid ? OC_SIGLIP_BIAS : 0;
    e->logits_from = sigmoid ? "default of SigLIP" : "default of CLIP";
    e->pad_id = e->end_id = -1;
    if (sigmoid && e->clean == OC_CLEAN_NONE) /* trained on lower case (big_vision's `lower`), which not every tokenizer.json says */
        e->clean = OC_CLEAN_LOWER;
    if (sigmoid && e->text_pooling == OC_POOLING_END)
        e->text_pooling = OC_POOLING_LAST;
    if (!e->fixed_length)
        e->context_length = sigmoid ? OC_SIGLIP_CONTEXT : clip ? OC_CLIP_CONTEXT : OC_EMBEDDER_CONTEXT;
}

void oc_embed_take_logits(const struct eng_facts *f, struct oc_recipe *r)
{
    const struct eng_scalar *scale = eng_facts_scalar(f, "logit_scale"), *bias = eng_facts_scalar(f, "logit_bias");
    if (!scale || !isfinite(scale->value) || scale->value <= 0)
        return;
    r->embed.logit_scale = scale->value <= LOG_SCALE_MAX ? exp((double)scale->value) : (double)scale->value;
    r->embed.logit_bias = bias && isfinite(bias->value) ? (double)bias->value : 0;
    r->embed.logits_from = "model";
    if (bias && r->family != &oc_family_siglip)
        r->embed.scoring = OC_SCORING_SIGMOID;
}

/* Size and layout of the picture's input; free sides are 224 until a configuration says otherwise. */
static bool take_pixels(const struct eng_io *io, struct oc_recipe *r)
{
    bool last = oc_tower_channels_last(io);
    int64_t h = io->shape.dim[last ? 1 : 2], w = io->shape.dim[last ? 2 : 3], c = io->shape.dim[last ? 3 : 1];
    if (h > LIM_NETWORK_SIDE || w > LIM_NETWORK_SIDE || h == 0 || w == 0)
        return false;
    r->input.pixels.channels_last = last;
    r->input.fixed_size = h > 0 && w > 0;
    r->input.height = h > 0 ? (int)h : 224;
    r->input.width = w > 0 ? (int)w : 224;
    r->embed.channels = c == 1 ? 1 : 3;
    return true;
}

static bool take_ids(const struct eng_io *io, struct oc_recipe *r)
{
    int64_t n = io->shape.rank == 2 ? io->shape.dim[1] : 1;
    if (n == 0 || n > LIM_CONTEXT)
        return false;
    r->embed.fixed_length = n > 0;
    r->embed.context_length = n > 0 ? (int)n : 0;
    return true;
}

bool oc_embed_take_inputs(const struct eng_facts *f, const struct oc_towers *t, struct oc_recipe *r)
{
    return (t->pixels < 0 || take_pixels(&f->inputs[t->pixels], r)) && (t->ids < 0 || take_ids(&f->inputs[t->ids], r));
}

static int64_t dimension(const struct eng_io *o)
{
    const struct eng_shape *s = &o->shape;
    if (!o->shape_known || s->rank < 2)
        return 0;
    int64_t n = s->rank == 4 ? s->dim[1] : s->dim[s->rank - 1];
    return n > 0 && n <= LIM_VECTOR ? n : 0;
}

/* Fills the recipe with what the file declares; false when sizes are impossible. */
static enum oc_status take(const struct eng_facts *f, const struct oc_towers *t, struct oc_recipe *r, bool *fits, struct oc_err *err)
{
    struct oc_embed_recipe *e = &r->embed;
    enum oc_status st = OC_OK;
    *fits = oc_embed_take_inputs(f, t, r);
    e->image_pooling = t->image_pooling;
    e->text_pooling = t->text_pooling;
    if (*fits && t->pixels >= 0)
        st = oc_recipe_string(r, f->outputs[t->image_output].name, &e->image_output, err);
    if (*fits && !st && t->ids >= 0)
        st = oc_recipe_string(r, f->outputs[t->text_output].name, &e->text_output, err);
    e->dim = (int)dimension(&f->outputs[t->pixels >= 0 ? t->image_output : t->text_output]);
    r->task = t->pixels >= 0 ? OC_TASK_EMBED_IMAGE : OC_TASK_EMBED_TEXT;
    if (t->pixels >= 0 && t->ids >= 0)
        r->also = 1U << OC_TASK_EMBED_TEXT;
    return st;
}

static bool is_named(const struct eng_facts *f, const struct oc_towers *t, const char *input, const char *output_begins)
{
    return !strcmp(f->inputs[t->pixels].name, input) || !strncmp(f->outputs[t->image_output].name, output_begins, strlen(output_begins));
}

/* Sides of aligned faces (models/face/arcface.c): not for us, unless the names are Hugging Face's. */
static bool may_be_face(const struct eng_facts *f, const struct oc_towers *t)
{
    if (t->pixels < 0 || t->ids >= 0 || is_named(f, t, "pixel_values", "image_"))
        return false;
    const struct eng_io *io = &f->inputs[t->pixels];
    int64_t side = io->shape.dim[2];
    return side == 112 || side == 160;
}

/* Names that only exports of CLIP's kind have: image_embeds, text_embeds, or open_clip's image -> embedding. */
static bool looks_like_clip(const struct eng_facts *f, const struct oc_towers *t)
{
    if (!t->certain)
        return false;
    if (t->ids < 0)
        return is_named(f, t, "image", "image_");
    /* A row of vectors is what any encoder of texts gives, and many a network that is none: CLIP's is told by its length. */
    bool row = t->text_pooling != OC_POOLING_NONE;
    const struct eng_shape *ids = &f->inputs[t->ids].shape;
    return t->pixels >= 0 || !row || (t->text_pooling == OC_POOLING_END && ids->rank == 2 && ids->dim[1] == OC_CLIP_CONTEXT);
}

/* A vector by its shape alone: as long as networks make them, and not ImageNet's 1000 classes. */
static bool looks_like_vector(const struct eng_facts *f, const struct oc_towers *t)
{
    if (t->certain && (t->ids < 0 || t->text_pooling == OC_POOLING_NONE || t->text_pooling == OC_POOLING_MEAN))
        return true;
    if (t->pixels < 0)
        return false;
    const struct eng_shape *in = &f->inputs[t->pixels].shape, *out = &f->outputs[t->image_output].shape;
    int64_t dim = out->dim[1];
    return in->dim[2] == in->dim[3 - 2 * oc_tower_channels_last(&f->inputs[t->pixels])] && dim >= 64 && dim <= 4096 && dim % 64 == 0;
}

static enum oc_status recognise(const struct oc_family *self, const struct eng_facts *f, bool forced, struct oc_recipe *r,
                                struct oc_err *err)
{
    struct oc_towers t;
    bool fits;
    if (!oc_towers_find(f, &t))
        return oc_family_decline(forced, self, err, "a picture's or a text's input and an output with a vector are expected");
    bool mine = self == &oc_family_clip ? looks_like_clip(f, &t) : self == &oc_family_embedder && looks_like_vector(f, &t);
    if (!forced && (!mine || may_be_face(f, &t))) /* nothing but a configuration tells SigLIP */
        return OC_DECLINED;
    enum oc_status st = take(f, &t, r, &fits, err);
    if (st)
        return st;
    if (!fits)
        return oc_family_decline(forced, self, err, "its input is larger than any we know");
    oc_embed_defaults(self, r);
    bool sequence = (t.pixels >= 0 && t.image_pooling != OC_POOLING_NONE) || (t.ids >= 0 && t.text_pooling != OC_POOLING_NONE);
    snprintf(r->because, sizeof r->because, "%s%s%s in, %s of %d numbers out%s", t.pixels >= 0 ? "a picture" : "",
             t.pixels >= 0 && t.ids >= 0 ? " or " : "", t.ids >= 0 ? "a text's ids" : "", sequence ? "a row of vectors" : "one vector",
             r->embed.dim, sequence ? ", of which one is made" : "");
    return OC_OK;
}

static enum oc_status recognise_clip(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    return recognise(&oc_family_clip, f, forced, r, err);
}

static enum oc_status recognise_siglip(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    return recognise(&oc_family_siglip, f, forced, r, err);
}

static enum oc_status recognise_embedder(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    return recognise(&oc_family_embedder, f, forced, r, err);
}

const struct oc_family oc_family_clip = {.name = "clip", .title = "CLIP", .task = OC_TASK_EMBED_IMAGE, .recognise = recognise_clip};
const struct oc_family oc_family_siglip = {.name = "siglip", .title = "SigLIP", .task = OC_TASK_EMBED_IMAGE, .recognise = recognise_siglip};
const struct oc_family oc_family_embedder = {
    .name = "embedder", .title = "an embedding network", .task = OC_TASK_EMBED_IMAGE, .recognise = recognise_embedder};

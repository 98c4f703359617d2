/*
 * Segmenters in general: one picture in, one map out. A map is scores [1, classes, h, w] or [1, h, w, classes] of any stride, one channel
 * of foreground, or classes as integers [1, h, w]. Further outputs of the same shape are auxiliary heads (torchvision, U2-Net) and not
 * read. How pixels are normalised no file tells; what is assumed is what most programs do that export such files: channels last, from
 * TensorFlow: (x - 127.5) / 127.5 (DeepLab); channels first: ImageNet's mean and deviation (torchvision, mmsegmentation, SegFormer); one
 * channel: x / 255 (MediaPipe). model.json says otherwise.
 */
#include "models/segment/families.h"

enum {
    USUAL_STRIDE = 16,
    MOST_STRIDE = 32,
    LEAST_COARSE_SIDE = 8 /* smaller maps are anything */,
    FALLBACK_SIDE = 512,
    COARSE_STRIDE = 8,
    COARSE_CLASSES = 255,
    VERY_COARSE_STRIDE = 16,
    FEATURES = 64 /* planes of features come in multiples of so many */
};

/* The output, as far as it is declared; -1: free. */
struct shape {
    int64_t height, width, classes;
    bool channels_last;
};

/* A side of the output against the input's: neither larger, nor smaller by more than the coarsest stride. */
static bool is_side(int64_t side, int64_t input, bool fixed)
{
    int64_t stride = side >= LEAST_COARSE_SIDE ? MOST_STRIDE : USUAL_STRIDE;
    return side < 0 || (side >= 2 && (!fixed || (side <= input && side * stride >= input)));
}

/* Height and width of a map of the whole input: about its proportions. */
static bool is_map(const struct oc_recipe *r, int64_t height, int64_t width)
{
    int64_t w = r->input.width, h = r->input.height;
    if (!is_side(height, h, r->input.fixed_size) || !is_side(width, w, r->input.fixed_size))
        return false;
    int64_t skew = height < 0 || width < 0 || !r->input.fixed_size ? 0 : height * w - width * h;
    return skew <= (w > h ? w : h) && -skew <= (w > h ? w : h);
}

static bool is_integer(enum eng_dtype t)
{
    return t == ENG_DT_I64 || t == ENG_DT_I32 || t == ENG_DT_U8;
}

static bool read_flat(const struct eng_io *o, const struct oc_recipe *r, struct shape *s)
{
    *s = (struct shape){o->shape.dim[1], o->shape.dim[2], 1, false};
    return is_map(r, s->height, s->width);
}

static bool read_planes(const struct eng_io *o, const struct oc_recipe *r, struct shape *s)
{
    const int64_t *d = o->shape.dim;
    bool first = d[1] >= 1 && is_map(r, d[2], d[3]), last = d[3] >= 1 && is_map(r, d[1], d[2]);
    if (first && last)
        first = !r->input.pixels.channels_last;
    *s = first ? (struct shape){d[2], d[3], d[1], false} : (struct shape){d[1], d[2], d[3], true};
    return first || last;
}

static bool read_shape(const struct eng_io *o, const struct oc_recipe *r, bool forced, struct shape *s)
{
    if (!o->shape_known || (o->dtype != ENG_DT_F32 && !is_integer(o->dtype)))
        return false;
    if (o->shape.rank == 3 && (forced || is_integer(o->dtype)))
        return read_flat(o, r, s);
    return o->shape.rank == 4 && read_planes(o, r, s) && s->classes <= LIM_LABELS && (!is_integer(o->dtype) || s->classes == 1);
}

static bool same_shape(const struct eng_io *a, const struct eng_io *b)
{
    return a->dtype == b->dtype && b->shape_known && eng_shape_equal(&a->shape, &b->shape);
}

/* What has a map's shape and most likely is none: a picture (three channels of full size), features (many channels, few pixels). */
static bool is_likely(const struct oc_recipe *r, const struct shape *s)
{
    bool coarse = r->input.fixed_size && s->width > 0 && s->width * COARSE_STRIDE < r->input.width;
    bool picture = s->classes == 3 && (s->width < 0 || s->width == r->input.width);
    bool very_coarse = r->input.fixed_size && s->width > 0 && s->width * VERY_COARSE_STRIDE <= r->input.width;
    bool features = very_coarse && s->classes % FEATURES == 0;
    return !picture && !features && !(coarse && s->classes > COARSE_CLASSES);
}

/* What its exporter or its output's name says is something else: depth, features of an encoder. */
static bool is_told_otherwise(const struct eng_facts *f)
{
    static const char *const others[] = {"depth", "disparity", "image_embed", "hidden_state", "feature"};
    const char *task = eng_facts_metadata(f, "task");
    if (task && !strstr(task, "seg") && !strstr(task, "semantic"))
        return true;
    for (size_t i = 0; i < OC_ARRAY_LEN(others); i++)
        if (strstr(f->outputs[0].name, others[i]))
            return true;
    return false;
}

static void set_pixels(struct oc_pixel_map *p, bool one_channel)
{
    static const float mean[3] = {0.485f, 0.456f, 0.406f}, deviation[3] = {0.229f, 0.224f, 0.225f};
    for (int c = 0; c < 3; c++) {
        p->mean[c] = p->channels_last ? 127.5f : one_channel ? 0 : mean[c] * 255;
        p->scale[c] = 1 / (p->channels_last ? 127.5f : one_channel ? 255 : deviation[c] * 255);
    }
}

static enum oc_map_kind kind_of(const struct eng_facts *f, const struct shape *s)
{
    if (is_integer(f->outputs[0].dtype))
        return OC_MAP_IDS;
    if (s->classes > 1)
        return OC_MAP_SCORES;
    return eng_facts_ends_with(f, 0, "Sigmoid") || eng_facts_ends_with(f, 0, "HardSigmoid") || eng_facts_ends_with(f, 0, "Clip")
               ? OC_MAP_PROBABILITY
               : OC_MAP_LOGIT;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    struct shape s = {0};
    if (oc_facts_input_size(f, FALLBACK_SIDE, FALLBACK_SIDE, r) || f->n_outputs < 1)
        return oc_family_decline(forced, &oc_family_semantic, err, "one picture in, a map out");
    if (!read_shape(&f->outputs[0], r, forced, &s) || (!forced && (!is_likely(r, &s) || is_told_otherwise(f))))
        return oc_family_decline(forced, &oc_family_semantic, err, "the first output is a map of classes");
    for (int i = 1; i < f->n_outputs && !forced; i++)
        if (!same_shape(&f->outputs[0], &f->outputs[i]))
            return OC_DECLINED;
    enum oc_map_kind kind = kind_of(f, &s);
    bool one = kind == OC_MAP_PROBABILITY || kind == OC_MAP_LOGIT;
    set_pixels(&r->input.pixels, one);
    r->map = (struct oc_map_recipe){.kind = kind, .channels_last = s.channels_last, .background = one};
    r->decode.n_classes = kind == OC_MAP_IDS ? 0 : (int)s.classes;
    r->thresholds.score = 0.5f;
    snprintf(r->because, sizeof r->because, "a map of %s%s for %dx%d; pixels as %s has them", oc_map_kind_name(kind),
             s.channels_last ? ", classes last," : "", r->input.width, r->input.height,
             r->input.pixels.channels_last ? "DeepLab"
             : one                         ? "MediaPipe"
                                           : "torchvision");
    return OC_OK;
}

const struct oc_family oc_family_semantic = {
    .name = "semantic", .title = "segmenter", .task = OC_TASK_SEGMENT, .recognise = recognise, .decode = NULL};

/*
 * Inputs and outputs of embedding models; see towers.h. Names are those of Hugging Face's exports (image_embeds, text_embeds,
 * pooler_output, last_hidden_state), of open_clip's and Immich's (image, text, embedding), and of sentence-transformers.
 */
#include "models/embed/towers.h"
#include <string.h>

static bool is_whole(enum eng_dtype t)
{
    return t == ENG_DT_I32 || t == ENG_DT_I64;
}

static bool is_float(enum eng_dtype t)
{
    return t == ENG_DT_F32 || t == ENG_DT_F16;
}

static bool are_channels(int64_t n)
{
    return n == 1 || n == 3;
}

static bool is_picture(const struct eng_io *io)
{
    const int64_t *d = io->shape.dim;
    if (!is_float(io->dtype) && io->dtype != ENG_DT_U8)
        return false;
    if (!io->shape_known || io->shape.rank != 4)
        return false;
    return are_channels(d[1]) || are_channels(d[3]) || (d[1] == -1 && !strcmp(io->name, "pixel_values"));
}

enum oc_tower_input oc_tower_input(const struct eng_io *io)
{
    if (is_picture(io))
        return OC_TOWER_PIXELS;
    if (!io->shape_known || io->shape.rank < 1 || io->shape.rank > 2)
        return OC_TOWER_UNKNOWN;
    if (strstr(io->name, "mask"))
        return is_whole(io->dtype) || is_float(io->dtype) || io->dtype == ENG_DT_BOOL ? OC_TOWER_MASK : OC_TOWER_UNKNOWN;
    if (!is_whole(io->dtype))
        return OC_TOWER_UNKNOWN;
    if (strstr(io->name, "position"))
        return OC_TOWER_POSITIONS;
    return strstr(io->name, "type") ? OC_TOWER_TYPES : OC_TOWER_IDS;
}

bool oc_tower_channels_last(const struct eng_io *pixels)
{
    const int64_t *d = pixels->shape.dim;
    return d[1] != -1 && !are_channels(d[1]); /* a picture three rows high does not happen */
}

/* One vector a picture: batch x dim, or batch x dim x 1 x 1. */
static bool is_vector(const struct eng_io *o)
{
    const struct eng_shape *s = &o->shape;
    if (!is_float(o->dtype) || !o->shape_known)
        return false;
    return s->rank == 2 || (s->rank == 4 && s->dim[2] == 1 && s->dim[3] == 1);
}

static bool is_sequence(const struct eng_io *o)
{
    return is_float(o->dtype) && o->shape_known && o->shape.rank == 3;
}

static int by_names(const struct eng_facts *f, const char *const *names)
{
    for (; *names; names++)
        for (int i = 0; i < f->n_outputs; i++)
            if (!strcmp(f->outputs[i].name, *names) && (is_vector(&f->outputs[i]) || !f->outputs[i].shape_known))
                return i;
    return -1;
}

/* The only output that could be a vector, when there are no two. */
static int by_shape(const struct eng_facts *f)
{
    int found = -1;
    for (int i = 0; i < f->n_outputs; i++) {
        if (!is_vector(&f->outputs[i]))
            continue;
        if (found >= 0)
            return -1;
        found = i;
    }
    return found;
}

static int by_sequence(const struct eng_facts *f)
{
    for (int i = 0; i < f->n_outputs; i++)
        if (is_sequence(&f->outputs[i]) && strstr(f->outputs[i].name, "hidden"))
            return i;
    return -1;
}

/* The output of one tower and its pooling; `own` are names that only this tower's have. */
static int find_output(const struct eng_facts *f, const char *const *own, bool alone, enum oc_embed_pooling whole,
                       enum oc_embed_pooling *pooling, bool *certain)
{
    static const char *const common[] = {"embedding", "embeddings", "sentence_embedding", "pooler_output", "features", NULL};
    *pooling = OC_POOLING_NONE;
    int i = by_names(f, own);
    if (i < 0 && alone)
        i = by_names(f, common);
    *certain = i >= 0;
    if (i < 0 && alone && (i = by_shape(f)) < 0 && (i = by_sequence(f)) >= 0) {
        *pooling = whole;
        *certain = true;
    }
    return i;
}

static bool find_inputs(const struct eng_facts *f, struct oc_towers *t, bool *types)
{
    int seen[OC_TOWER_TYPES + 1] = {0};
    for (int i = 0; i < f->n_inputs; i++) {
        enum oc_tower_input kind = oc_tower_input(&f->inputs[i]);
        if (kind == OC_TOWER_UNKNOWN || seen[kind]++)
            return false;
        if (kind == OC_TOWER_PIXELS)
            t->pixels = i;
        if (kind == OC_TOWER_IDS)
            t->ids = i;
    }
    *types = seen[OC_TOWER_TYPES];
    return (t->pixels >= 0 || t->ids >= 0) && (t->ids >= 0 || f->n_inputs == 1);
}

bool oc_towers_find_inputs(const struct eng_facts *f, struct oc_towers *out)
{
    bool types;
    *out = (struct oc_towers){.pixels = -1, .ids = -1, .image_output = -1, .text_output = -1};
    return find_inputs(f, out, &types);
}

bool oc_towers_find(const struct eng_facts *f, struct oc_towers *out)
{
    static const char *const of_images[] = {"image_embeds", "image_embeddings", "image_embedding", "image_features", "pooled_image", NULL};
    static const char *const of_texts[] = {"text_embeds", "text_embeddings", "text_embedding", "text_features", "pooled_text", NULL};
    bool types = false, certain = true;
    *out = (struct oc_towers){.pixels = -1, .ids = -1, .image_output = -1, .text_output = -1, .certain = true};
    if (!find_inputs(f, out, &types))
        return false;
    bool both = out->pixels >= 0 && out->ids >= 0;
    if (out->pixels >= 0) {
        out->image_output = find_output(f, of_images, !both, OC_POOLING_FIRST, &out->image_pooling, &certain);
        out->certain &= certain;
    }
    if (out->ids >= 0) { /* token types are BERT's, whose sentence vectors are means */
        out->text_output = find_output(f, of_texts, !both, types ? OC_POOLING_MEAN : OC_POOLING_END, &out->text_pooling, &certain);
        out->certain &= certain;
    }
    return (out->pixels < 0 || out->image_output >= 0) && (out->ids < 0 || out->text_output >= 0);
}

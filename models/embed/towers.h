/*
 * What a file's inputs and outputs are to an embedding: which input takes the picture, which the ids, which output is the
 * vector. From names, types and shapes alone; the same answer for a file's declarations and for a loaded model.
 */
#ifndef OC_MODELS_EMBED_TOWERS_H
#define OC_MODELS_EMBED_TOWERS_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"

enum oc_tower_input {
    OC_TOWER_UNKNOWN,
    OC_TOWER_PIXELS,    /* four dimensions, one of them 1 or 3 channels; float32, float16 or uint8 */
    OC_TOWER_IDS,       /* batch x context (or batch alone: one id a text), int32 or int64 */
    OC_TOWER_MASK,      /* attention_mask: 1 for what is no padding */
    OC_TOWER_POSITIONS, /* position_ids: 0, 1, 2, ... */
    OC_TOWER_TYPES,     /* token_type_ids: 0 */
};

/* What one input is. */
enum oc_tower_input oc_tower_input(const struct eng_io *io);
/* The picture's channels are the last dimension; the others are height and width before it. */
bool oc_tower_channels_last(const struct eng_io *pixels);

struct oc_towers {
    int pixels, ids;               /* inputs, -1: none */
    int image_output, text_output; /* outputs, -1: none */
    enum oc_embed_pooling image_pooling, text_pooling;
    bool certain; /* the names are those of embeddings; otherwise it is only a matter of shape */
};

/* False: an input that nobody knows, two of one kind, or no output that could be a vector. */
bool oc_towers_find(const struct eng_facts *f, struct oc_towers *out);
/* The same for inputs alone: outputs are -1. */
bool oc_towers_find_inputs(const struct eng_facts *f, struct oc_towers *out);

#endif

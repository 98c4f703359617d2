/* What embedders of a family are like where no file says otherwise. Private to models/. */
#ifndef OC_MODELS_EMBED_DEFAULTS_H
#define OC_MODELS_EMBED_DEFAULTS_H

#include "models/embed/towers.h"
#include "models/recipe/family.h"

#define OC_CLIP_SCALE 100.0    /* exp(4.6052): where training clips it, and where OpenAI's and LAION's models end (openai/CLIP, model.py) */
#define OC_SIGLIP_SCALE 117.33 /* published models have 110 to 120 and -12 to -17: no number is right for all */
#define OC_SIGLIP_BIAS (-12.93)
#define OC_CLIP_CONTEXT 77
#define OC_SIGLIP_CONTEXT 64
#define OC_EMBEDDER_CONTEXT 512 /* BERT's positions */

/* value = (pixel * factor - mean) / deviation, as the recipe's (pixel - mean) * scale. factor and deviations are not 0. */
void oc_embed_set_pixels(struct oc_recipe *r, const float mean[3], const float deviation[3], float factor);
/* Everything that no file says, of a family: clip, siglip or embedder. Sizes and outputs are in r already. */
void oc_embed_defaults(const struct oc_family *family, struct oc_recipe *r);
/* Size and layout of the inputs that were found, into r; false: they are too large. */
bool oc_embed_take_inputs(const struct eng_facts *f, const struct oc_towers *t, struct oc_recipe *r);

/* The logit scale and bias that a file of both towers holds as weights, where exporters have left them their names. */
void oc_embed_take_logits(const struct eng_facts *f, struct oc_recipe *r);

#endif

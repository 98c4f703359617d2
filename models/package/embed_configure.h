/*
 * What configuration files beside an embedding model say: Hugging Face's config.json and preprocessor_config.json,
 * open_clip's open_clip_config.json, Immich's config.json and preprocess_cfg.json. Members that are not known are passed over,
 * for these files are other programs'; those that are known must make sense. Private to models/.
 */
#ifndef OC_MODELS_PACKAGE_EMBED_CONFIGURE_H
#define OC_MODELS_PACKAGE_EMBED_CONFIGURE_H

#include "models/package/manifest.h"

#define OC_CLIP_SCALE 100.0    /* exp(4.6052): where training clips it, and where OpenAI's and LAION's models end (openai/CLIP, model.py) */
#define OC_SIGLIP_SCALE 117.33 /* published models have 110 to 120 and -12 to -17: no number is right for all */
#define OC_SIGLIP_BIAS (-12.93)
#define OC_CLIP_CONTEXT 77
#define OC_SIGLIP_CONTEXT 64
#define OC_EMBEDDER_CONTEXT 512 /* BERT's positions */

struct oc_family;

/* value = (pixel * factor - mean) / deviation, as the recipe's (pixel - mean) * scale. factor and deviations are not 0. */
void oc_embed_set_pixels(struct oc_recipe *r, const float mean[3], const float deviation[3], float factor);
/* Everything that no file says, of a family: clip, siglip or embedder. Sizes and outputs are in r already. */
void oc_embed_defaults(const struct oc_family *family, struct oc_recipe *r);
/* Size and layout of the inputs that were found, into r; false: they are too large. */
struct oc_towers;
bool oc_embed_take_inputs(const struct eng_facts *f, const struct oc_towers *t, struct oc_recipe *r);

/* The logit scale and bias that a file of both towers holds as weights, where exporters have left them their names. */
void oc_embed_take_logits(const struct eng_facts *f, struct oc_recipe *r);

/*
 * Reads what there is in beside->directory and beside->root into a recipe of one of the three families; with `keep_family` the
 * family stays as a model.json has said. Finds the tokenizer's folder too. OC_E_JSON or OC_E_INVALID with the file's name and the
 * member's path, OC_E_IO, OC_E_NOMEM.
 */
enum oc_status oc_embed_configure(const struct oc_beside *beside, bool keep_family, struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

/* The kinds of files, for tests and fuzzing: one file's text into the recipe. */
enum oc_embed_file { OC_EMBED_CONFIG, OC_EMBED_PREPROCESSOR, OC_EMBED_PREPROCESS_CFG, OC_EMBED_OPEN_CLIP };
enum oc_status oc_embed_read_file(enum oc_embed_file kind, const char *text, size_t n, bool keep_family, struct oc_recipe *r,
                                  struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * What configuration files beside an embedding model say: Hugging Face's config.json and preprocessor_config.json,
 * open_clip's open_clip_config.json, Immich's config.json and preprocess_cfg.json. Members that are not known are passed over,
 * for these files are other programs'; those that are known must make sense. Private to models/.
 */
#ifndef OC_MODELS_PACKAGE_EMBED_CONFIGURE_H
#define OC_MODELS_PACKAGE_EMBED_CONFIGURE_H

#include "models/embed/defaults.h"
#include "models/package/manifest.h"

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

/* A recipe of a file whose sizes are only names: recognised at the size it is most likely run at. Private to models/. */
#ifndef OC_MODELS_PACKAGE_OPEN_SIZES_H
#define OC_MODELS_PACKAGE_OPEN_SIZES_H

#include "models/package/manifest.h"

/*
 * As oc_recipe_make; when the file takes pictures of any size, leaves sizes of its outputs open, and is recognised as nothing (or refused),
 * the outputs' shapes are worked out at the size of model.json, of the file's metadata, or at usual ones, and the families asked again.
 * facts were read from `path`, and may be changed.
 */
enum oc_status oc_recipe_make_at_open_sizes(struct eng_facts *facts, const char *path, const struct oc_manifest *m,
                                            const struct oc_beside *beside, struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

#endif

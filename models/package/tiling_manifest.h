/* The member "tiling" of model.json. Private to models/. */
#ifndef OC_MODELS_PACKAGE_TILING_MANIFEST_H
#define OC_MODELS_PACKAGE_TILING_MANIFEST_H

#include "models/recipe/json_fields.h"
#include "models/recipe/tiling.h"

/* *has: it is there. OC_E_INVALID with the path. */
enum oc_status oc_tiling_manifest_read(const struct oc_fields *top, bool *has, struct oc_tiling *out) OC_MUST_CHECK;

#endif

/* The member "tiling" of model.json. Private to models/. */
#ifndef OC_MODELS_TILES_MANIFEST_H
#define OC_MODELS_TILES_MANIFEST_H

#include "models/json_fields.h"
#include "models/tiling.h"

/* *has: it is there. OC_E_INVALID with the path. */
enum oc_status oc_tiling_manifest_read(const struct oc_fields *top, bool *has, struct oc_tiling *out) OC_MUST_CHECK;

#endif

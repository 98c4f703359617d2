/*
 * The members of model.json that are objects: one row each says how it is read, for which models it is, and how it overrides what was
 * recognised. A task with a member of its own adds a row. Private to models/package/.
 */
#ifndef OC_MODELS_PACKAGE_SECTIONS_H
#define OC_MODELS_PACKAGE_SECTIONS_H

#include "models/package/manifest_fields.h"

/* Refuses members of the top that are neither in the list (NULL-terminated) nor a section. */
enum oc_status oc_sections_only(const struct oc_fields *top, const char *const *plain) OC_MUST_CHECK;
/* Reads all there are. OC_E_INVALID with the path, OC_E_NOMEM. */
enum oc_status oc_sections_read(const struct oc_fields *top, struct oc_manifest *m) OC_MUST_CHECK;
/* Puts all that were said over a recipe with a family. OC_E_INVALID where the model cannot have it so, OC_E_NOMEM. */
enum oc_status oc_sections_apply(const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

#endif

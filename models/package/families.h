/* The table of all families there are. */
#ifndef OC_MODELS_PACKAGE_FAMILIES_H
#define OC_MODELS_PACKAGE_FAMILIES_H

#include "models/recipe/family.h"

/* The table, in the order of asking; *n its length. */
const struct oc_family *const *oc_families(size_t *n);
const struct oc_family *oc_family_find(const char *name); /* NULL: there is none of that name */

#endif

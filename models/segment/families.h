/* The families of segmenters, each defined in the file that is named beside it; models/package/families.c has the order of asking. */
#ifndef OC_MODELS_SEGMENT_FAMILIES_H
#define OC_MODELS_SEGMENT_FAMILIES_H

#include "models/recipe/family.h"

extern const struct oc_family oc_family_semantic; /* semantic.c */

#endif

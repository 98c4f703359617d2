/* The families of embedders of pictures and texts, each defined in the file that is named beside it; models/package/families.c has the
 * order of asking. */
#ifndef OC_MODELS_EMBED_FAMILIES_H
#define OC_MODELS_EMBED_FAMILIES_H

#include "models/recipe/family.h"

extern const struct oc_family oc_family_matcher;  /* matcher.c */
extern const struct oc_family oc_family_clip;     /* family.c */
extern const struct oc_family oc_family_siglip;   /* family.c */
extern const struct oc_family oc_family_embedder; /* family.c */

#endif

/* The families of detectors and embedders of faces, each defined in the file that is named beside it; models/package/families.c has the
 * order of asking. */
#ifndef OC_MODELS_FACE_FAMILIES_H
#define OC_MODELS_FACE_FAMILIES_H

#include "models/recipe/family.h"

extern const struct oc_family oc_family_yunet;      /* yunet.c */
extern const struct oc_family oc_family_yunet_2022; /* yunet_2022.c */
extern const struct oc_family oc_family_retinaface; /* retinaface.c */
extern const struct oc_family oc_family_mtcnn;      /* mtcnn.c */
extern const struct oc_family oc_family_scrfd;      /* scrfd.c */
extern const struct oc_family oc_family_ultraface;  /* ultraface.c */
extern const struct oc_family oc_family_arcface;    /* arcface.c */
extern const struct oc_family oc_family_adaface;    /* arcface.c */
extern const struct oc_family oc_family_sface;      /* arcface.c */
extern const struct oc_family oc_family_facenet;    /* arcface.c */

#endif

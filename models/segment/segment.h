/* Semantic segmentation: a class for every pixel of the upright picture. */
#ifndef OC_MODELS_SEGMENT_SEGMENT_H
#define OC_MODELS_SEGMENT_SEGMENT_H

#include "models/run/model.h"

/* Classes of `im` (RGB), of its size. OC_E_INVALID when the model is for another task; OC_E_CANCELLED, OC_E_MODEL, OC_E_NOMEM. run may be
 * NULL. */
enum oc_status oc_model_segment(struct oc_model *m, const struct oc_image *im, struct oc_run *run, struct oc_label_map *out,
                                struct oc_err *err) OC_MUST_CHECK;

#endif

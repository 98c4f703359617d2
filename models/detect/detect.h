/* Objects in a picture. */
#ifndef OC_MODELS_DETECT_DETECT_H
#define OC_MODELS_DETECT_DETECT_H

#include "models/run/boxes.h"

/* Boxes in `im` (RGB). OC_E_INVALID when the model is for another task. run may be NULL. */
enum oc_status oc_model_detect(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                               struct oc_detections *out, struct oc_err *err) OC_MUST_CHECK;

#endif

/* Faces in a picture. */
#ifndef OC_MODELS_FACE_FIND_H
#define OC_MODELS_FACE_FIND_H

#include "models/run/boxes.h"

/* Faces in `im` (RGB); class_wanted and agnostic are not looked at. OC_E_INVALID when the model is for another task. run may be NULL. */
enum oc_status oc_model_faces(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                              struct oc_faces *out, struct oc_err *err) OC_MUST_CHECK;

#endif

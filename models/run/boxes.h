/* Boxes of several pictures at once, where the network can. Private to models/. */
#ifndef OC_MODELS_RUN_BOXES_H
#define OC_MODELS_RUN_BOXES_H

#include "models/run/model.h"

/* A picture as it is looked at. */
struct oc_view {
    const struct oc_image *picture;
    double shrink; /* of struct oc_pass */
};

/*
 * n views (1..OC_PASS_BATCH); out: n results, owned by the caller, each empty on error. The model's task has been checked, run is not
 * NULL, opt->tiling is not looked at.
 */
enum oc_status oc_boxes_detect(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                               struct oc_run *run, struct oc_detections *out, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_boxes_faces(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                              struct oc_run *run, struct oc_faces *out, struct oc_err *err) OC_MUST_CHECK;

#endif

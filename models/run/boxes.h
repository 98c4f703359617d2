/* Objects and faces of pictures, several of them at once where the network can: what the tasks of detection have in common. */
#ifndef OC_MODELS_RUN_BOXES_H
#define OC_MODELS_RUN_BOXES_H

#include "models/run/model.h"

struct oc_detect_options {
    float score_threshold, iou_threshold; /* below 0: the recipe's */
    int max_detections;                   /* 0: the recipe's */
    bool agnostic;                        /* suppress across classes */
    const uint8_t *class_wanted;          /* n_classes flags, borrowed; NULL = all */
    bool no_masks;                        /* of models that have them: leave them out */
    const struct oc_tiling *tiling;       /* borrowed; NULL: the recipe's */
};

/* A picture as it is looked at. */
struct oc_view {
    const struct oc_image *picture;
    double shrink; /* of struct oc_inference */
};

/* OC_E_INVALID when the model does not find boxes for this task. */
enum oc_status oc_boxes_check_task(struct oc_model *m, enum oc_task task, struct oc_err *err) OC_MUST_CHECK;
/* Windows of the caller's wish, else the recipe's. Borrowed. */
const struct oc_tiling *oc_boxes_tiling(const struct oc_model *m, const struct oc_detect_options *opt);

/*
 * n views (1..OC_INFERENCE_BATCH); out: n results, owned by the caller, each empty on error. The model's task has been checked, run is not
 * NULL, opt->tiling is not looked at.
 */
enum oc_status oc_boxes_detect(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                               struct oc_run *run, struct oc_detections *out, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_boxes_faces(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                              struct oc_run *run, struct oc_faces *out, struct oc_err *err) OC_MUST_CHECK;

#endif

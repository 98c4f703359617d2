/* A picture looked at window by window; see models/recipe/tiling.h. Private to models/. */
#ifndef OC_MODELS_RUN_TILES_TILES_H
#define OC_MODELS_RUN_TILES_TILES_H

#include "models/run/boxes.h"
#include "models/recipe/tiling.h"

/*
 * The windows of the plan, several in one run where the network can; then their boxes put together. The task has been checked, run is not
 * NULL; the caller's wish to stop is looked at between runs. out is empty on error. OC_E_INVALID past LIM_TILES windows.
 */
enum oc_status oc_tiles_detect(struct oc_model *m, const struct oc_image *im, const struct oc_tiling *tiling,
                               const struct oc_detect_options *opt, struct oc_run *run, struct oc_detections *out,
                               struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_tiles_faces(struct oc_model *m, const struct oc_image *im, const struct oc_tiling *tiling,
                              const struct oc_detect_options *opt, struct oc_run *run, struct oc_faces *out,
                              struct oc_err *err) OC_MUST_CHECK;

#endif

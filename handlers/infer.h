/* What all routes that run a model share: a lease for the request's time, timing, and the last try when memory is short. Private to
 * handlers/. */
#ifndef OC_HANDLERS_INFER_H
#define OC_HANDLERS_INFER_H

#include "handlers/handler.h"
#include "handlers/input/inputs.h"
#include "models/installed/registry.h"
#include "models/detect/detect.h"
#include "models/face/find.h"
#include "models/segment/segment.h"

/* The model that the parameter `parameter` names, or the task's default; loads it when need be. Notes its name for logs. */
enum oc_status oc_infer_acquire(const struct oc_inputs *in, const char *parameter, enum oc_task task, struct oc_lease *lease,
                                struct oc_err *err) OC_MUST_CHECK;
/* The same by name; NULL or "": the default. Aliases are not looked at. */
enum oc_status oc_infer_acquire_named(const struct oc_inputs *in, const char *name, enum oc_task task, struct oc_lease *lease,
                                      struct oc_err *err) OC_MUST_CHECK;
void oc_infer_release(const struct oc_inputs *in, struct oc_lease *lease);
/* score_threshold, iou_threshold, `max_name`: into opt. */
enum oc_status oc_infer_options(const struct oc_inputs *in, const char *max_name, struct oc_detect_options *opt,
                                struct oc_err *err) OC_MUST_CHECK;
/* A run with the request's cancellation; its times are noted by finish, which also turns a run that the deadline stopped into
 * OC_E_DEADLINE. */
struct oc_run oc_infer_begin(const struct oc_inputs *in);
/* Memory was short, and an idle model has been unloaded: try once more. */
bool oc_infer_again(const struct oc_inputs *in, enum oc_status st);
enum oc_status oc_infer_finish(const struct oc_inputs *in, const struct oc_run *run, enum oc_status st, struct oc_err *err) OC_MUST_CHECK;
/* Boxes and faces with the request's cancellation and timing; when memory is short, idle models are unloaded and it is tried again. */
enum oc_status oc_infer_detect(const struct oc_inputs *in, const struct oc_lease *lease, const struct oc_image *im,
                               const struct oc_detect_options *opt, struct oc_detections *out, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_infer_faces(const struct oc_inputs *in, const struct oc_lease *lease, const struct oc_image *im,
                              const struct oc_detect_options *opt, struct oc_faces *out, struct oc_err *err) OC_MUST_CHECK;
/* A class for each pixel, the same way. */
enum oc_status oc_infer_segment(const struct oc_inputs *in, const struct oc_lease *lease, const struct oc_image *im,
                                struct oc_label_map *out, struct oc_err *err) OC_MUST_CHECK;

#endif

/* Results as JSON, the same for the API and the command line. */
#ifndef OC_HANDLERS_RENDER_H
#define OC_HANDLERS_RENDER_H

#include "handlers/handler.h"
#include "handlers/output/json_out.h"
#include "models/installed/registry.h"
#include "vision/decode.h"

/* "x1":..,"y1":..,"x2":..,"y2":.. as an object. */
void oc_render_box(struct oc_json *j, const struct oc_box *b);
/* "image":{"width","height","orientation"} */
void oc_render_image(struct oc_json *j, const struct oc_image *im, const struct oc_image_info *info);
/* "detections":[...] */
/* "detections" with all they have, and "keypoint_names" of models that have such; im: the picture they are of. */
void oc_render_detections(struct oc_json *j, const struct oc_detections *d, const struct oc_image *im, const struct oc_recipe *r);
/* "landmarks":{...}, or "landmarks":null for a model that has none */
void oc_render_landmarks(struct oc_json *j, const struct oc_face *f);
/* Members of a face's object: "box", "score", "landmarks". */
void oc_render_face(struct oc_json *j, const struct oc_face *f);
/* "faces":[...] */
void oc_render_faces(struct oc_json *j, const struct oc_faces *f);
/* "timing_ms":{"queue","decode","preprocess","inference","postprocess"} */
void oc_render_timing(struct oc_json *j, const struct oc_timing *t);
/* One model as an object of the list; `labels`: with all class names. */
/* Parts that one package may have. */
#define OC_PARTS_MOST 8
/* A package of several parts, its name the first `name_len` bytes of theirs: what they are together, and each in "parts". */
void oc_render_package(struct oc_json *j, const struct oc_model_info *parts, size_t n, size_t name_len, bool labels);
void oc_render_model(struct oc_json *j, const struct oc_model_info *m, bool labels);

#endif

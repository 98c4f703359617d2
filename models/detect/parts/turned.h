/* Turned boxes and key points in rows of numbers, as Ultralytics has them. */
#ifndef OC_MODELS_DETECT_PARTS_TURNED_H
#define OC_MODELS_DETECT_PARTS_TURNED_H

#include "models/recipe/family.h"

/* A turned box with its angle in 0..pi/2: a box turned further is the same with its sides exchanged (Ultralytics' regularize_rboxes). */
struct oc_rotated oc_turned_box(float x, float y, float width, float height, float angle);
/* Each candidate's box becomes what its turned box spans. */
void oc_turned_bounds(const struct oc_head *head, struct oc_candidates *found);
/* decode.n_keypoints points of decode.keypoint_numbers numbers, each `step` floats apart; without a third one a point's score is 1. */
void oc_head_keypoints(const struct oc_head *head, const float *p, size_t step, struct oc_keypoint *out);

#endif

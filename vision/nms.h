/*
 * Boxes and non-maximum suppression. Coordinates are continuous pixels (no +1), x1 <= x2, y1 <= y2.
 */
#ifndef OC_VISION_NMS_H
#define OC_VISION_NMS_H

#include "base/err.h"
#include "base/mem.h"

struct oc_box {
    float x1, y1, x2, y2;
};

struct oc_candidate {
    struct oc_box box;
    float score;
    int class_id;
    int index; /* the caller's own number (row of the head: key points, mask coefficients) */
};

struct oc_nms_options {
    float iou_threshold; /* suppress when IoU > this (torchvision's rule) */
    /* How far two overlap, 0..1, in place of the IoU of their boxes; NULL: that. */
    float (*overlap)(const struct oc_candidate *a, const struct oc_candidate *b, const void *arg);
    const void *overlap_arg;
    bool agnostic; /* across classes; otherwise only within one */
    int max_out;   /* keep at most this many, best first; 0 = all */
    int max_in;    /* candidates considered, best first; 0 = LIM_CANDIDATES */
};

float oc_box_iou(const struct oc_box *a, const struct oc_box *b);
/*
 * Sorts best first (ties keep the earlier one), suppresses in place; *n becomes the number kept, at the front.
 * Candidates with NaN anywhere are dropped. OC_E_NOMEM.
 */
enum oc_status oc_nms(struct oc_candidate *c, size_t *n, const struct oc_nms_options *opt, struct oc_err *err) OC_MUST_CHECK;

#endif

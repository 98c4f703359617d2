/*
 * A set's objects in the order in which they are compared: by class, within one by picture, within one the true ones as they came and the
 * found ones best first. Private to metrics/.
 */
#ifndef OC_METRICS_GROUPS_H
#define OC_METRICS_GROUPS_H

#include "metrics/detection.h"

struct oc_object_order {
    uint32_t *truth, *found; /* owned: places in the set's arrays */
};

/* One class in one picture: spans of the two lists above. */
struct oc_object_group {
    int class_id, image;
    size_t truth, n_truth, found, n_found;
};

/* one_class: all classes count as class 0. OC_E_NOMEM; OC_E_INVALID past UINT32_MAX objects. */
enum oc_status oc_object_order_make(const struct oc_object_set *set, bool one_class, struct oc_object_order *out,
                                    struct oc_err *err) OC_MUST_CHECK;
void oc_object_order_deinit(struct oc_object_order *o);

/* The next group, from a zeroed one on; false after the last. Groups come by class, then by picture. */
bool oc_object_group_next(const struct oc_object_set *set, const struct oc_object_order *o, bool one_class, struct oc_object_group *g);

/* How much of two objects agrees: intersection over union, over the found one's own area when the true one is a crowd. */
double oc_object_iou(const struct oc_object *found, const struct oc_object *truth, bool masks);

#endif

/* Scores of found objects, computed and rendered. Private to handlers/metrics/. */
#ifndef OC_HANDLERS_DETECTION_SCORES_OUT_H
#define OC_HANDLERS_DETECTION_SCORES_OUT_H

#include "handlers/metrics/detection/objects_in.h"

/* What is not defined is null. Statuses of oc_coco_score and oc_voc_score. */
enum oc_status oc_coco_scores_answer(const struct oc_objects_in *in, const struct oc_object_set *set, const struct oc_coco_terms *terms,
                                     struct oc_response *res, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_voc_scores_answer(const struct oc_objects_in *in, const struct oc_object_set *set, const struct oc_voc_terms *terms,
                                    struct oc_response *res, struct oc_err *err) OC_MUST_CHECK;

#endif

/* Segmentation scores as JSON. Private to handlers/metrics/. */
#ifndef OC_HANDLERS_METRICS_SCORE_OUT_H
#define OC_HANDLERS_METRICS_SCORE_OUT_H

#include "handlers/output/json_out.h"
#include "metrics/segmentation.h"

/*
 * Members of an open object: pixel_accuracy to kappa, pixels, ignored_pixels, pairs, classes, confusion_matrix. labels: t->classes names,
 * or NULL. What is not defined is null. OC_E_NOMEM; the writer's own status is the caller's to look at.
 */
enum oc_status oc_metric_scores_put(struct oc_json *j, const struct oc_tally *t, const char *const *labels,
                                    struct oc_err *err) OC_MUST_CHECK;

#endif

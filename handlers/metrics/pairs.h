/* What a request to the segmentation metrics says: its terms, and its pairs of maps counted into a tally. Private to handlers/metrics/. */
#ifndef OC_HANDLERS_METRICS_PAIRS_H
#define OC_HANDLERS_METRICS_PAIRS_H

#include "handlers/input/inputs.h"
#include "metrics/segmentation.h"

/* On what terms maps are compared. */
struct oc_metric_terms {
    int classes;               /* 0: as many as occur */
    int ignore;                /* truth of this number does not count; -1: none */
    bool ignore_by_pair;       /* the request did not say so: what 255 means is seen in each pair */
    double boundary_ratio;     /* 0: borders are not compared */
    const char *const *labels; /* `classes` names, or NULL; in the request's arena */
    bool skip_beyond;          /* pixels of other classes do not count; without it they are a mistake */
};

/* num_classes, ignore_index, labels, out_of_range=error|ignore, boundary_iou, boundary_ratio. */
enum oc_status oc_metric_terms_read(const struct oc_inputs *in, struct oc_metric_terms *out, struct oc_err *err) OC_MUST_CHECK;
/*
 * Counts everything the request holds into a new tally: JSON members `pairs` ([{"truth","prediction"}]) or `truth` and `prediction`, or a
 * `confusion_matrix`; or the multipart files `truth` and `prediction`, any number of each, in order. Messages name the pair. *out owned;
 * empty on error. OC_E_INVALID, OC_E_IMAGE, OC_E_IMAGE_TOO_LARGE, OC_E_MEDIA, OC_E_NOMEM, OC_E_CANCELLED.
 */
enum oc_status oc_metric_pairs_count(const struct oc_inputs *in, const struct oc_metric_terms *terms, struct oc_tally *out,
                                     struct oc_err *err) OC_MUST_CHECK;

/* Warns when more than a tenth of the truth was left out, `ignore` being the number that was. */
void oc_metric_warn_ignored(struct oc_request *req, const struct oc_tally *t, int ignore);

#endif

/*
 * POST /v1/metrics/segmentation: pairs of maps in, scores out; nothing is kept. Parameters: num_classes, ignore_index, labels,
 * out_of_range, boundary_iou, boundary_ratio; pairs: see pairs.h.
 */
#include "base/clock.h"
#include "handlers/metrics/pairs.h"
#include "handlers/metrics/score_out.h"
#include "handlers/routes.h"

enum oc_status oc_metrics_segmentation(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_metric_terms terms;
    struct oc_tally tally = {0};
    int64_t start = oc_now_ns();
    req->many_values = true; /* run lengths, matrices of 4,096 classes */
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_metric_terms_read(&in, &terms, err)) || (st = oc_metric_pairs_count(&in, &terms, &tally, err)));
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        oc_metric_warn_ignored(req, &tally, terms.ignore);
        oc_json_open(&j, '{');
        st = oc_metric_scores_put(&j, &tally, terms.labels, err);
        oc_json_close(&j, '}');
        st = st ? st : oc_json_end(&j);
    }
    req->timing.postprocess_ns += oc_now_ns() - start;
    oc_tally_deinit(&tally);
    oc_inputs_deinit(&in);
    return st;
}

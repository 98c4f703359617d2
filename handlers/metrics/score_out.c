/* See score_out.h. */
#include "handlers/metrics/score_out.h"

static void put(struct oc_json *j, const char *name, double v)
{
    oc_json_key(j, name);
    oc_json_double(j, v);
}

static void put_class(struct oc_json *j, int k, const char *label, const struct oc_class_score *s, bool boundary)
{
    oc_json_open(j, '{');
    oc_json_put_int(j, "class_id", k);
    if (label)
        oc_json_put_string(j, "label", label);
    put(j, "iou", s->iou);
    put(j, "accuracy", s->recall);
    put(j, "precision", s->precision);
    put(j, "recall", s->recall);
    put(j, "dice", s->dice);
    if (boundary)
        put(j, "boundary_iou", s->boundary_iou);
    oc_json_put_int(j, "truth_pixels", (int64_t)s->truth);
    oc_json_put_int(j, "predicted_pixels", (int64_t)s->prediction);
    oc_json_close(j, '}');
}

static void put_matrix(struct oc_json *j, const struct oc_tally *t)
{
    const uint64_t *cell = t->cells;
    oc_json_key(j, "confusion_matrix");
    oc_json_open(j, '[');
    for (int truth = 0; truth < t->classes; truth++) {
        oc_json_open(j, '[');
        for (int k = 0; k < t->classes; k++)
            oc_json_int(j, (int64_t)*cell++);
        oc_json_close(j, ']');
    }
    oc_json_close(j, ']');
}

enum oc_status oc_metric_scores_put(struct oc_json *j, const struct oc_tally *t, const char *const *labels, struct oc_err *err)
{
    struct oc_segmentation_score all;
    struct oc_class_score *classes = oc_mem_array(OC_MEM_OTHER, (size_t)t->classes, sizeof *classes);
    if (!classes)
        return oc_err_nomem(err, "scores", (size_t)t->classes * sizeof *classes);
    oc_tally_score(t, &all, classes);
    put(j, "pixel_accuracy", all.pixel_accuracy);
    put(j, "mean_pixel_accuracy", all.mean_recall);
    put(j, "mean_iou", all.mean_iou);
    put(j, "frequency_weighted_iou", all.frequency_weighted_iou);
    put(j, "mean_dice", all.mean_dice);
    put(j, "mean_precision", all.mean_precision);
    put(j, "kappa", all.kappa);
    if (t->boundary)
        put(j, "mean_boundary_iou", all.mean_boundary_iou);
    oc_json_put_int(j, "pixels", (int64_t)all.pixels);
    oc_json_put_int(j, "ignored_pixels", (int64_t)t->ignored);
    oc_json_put_int(j, "pairs", (int64_t)t->pairs);
    oc_json_key(j, "classes");
    oc_json_open(j, '[');
    for (int k = 0; k < t->classes; k++)
        put_class(j, k, labels ? labels[k] : NULL, &classes[k], t->boundary);
    oc_json_close(j, ']');
    put_matrix(j, t);
    oc_mem_free(classes);
    return OC_OK;
}

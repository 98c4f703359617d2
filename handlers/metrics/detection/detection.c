/*
 * POST /v1/metrics/detection: true and found objects in, average precisions and recalls out. JSON members, or multipart files of JSON,
 * `truth` and `prediction` (objects_in.h). Parameters: style=coco|voc, iou_type=bbox|segm, iou_thresholds, max_detections (three numbers),
 * agnostic, use_ignore.
 */
#include "base/clock.h"
#include "base/parse.h"
#include "handlers/input/inputs.h"
#include "handlers/input/json_in.h"
#include "handlers/metrics/detection/objects_in.h"
#include "handlers/metrics/detection/scores_out.h"
#include "handlers/routes.h"

enum { COCO, VOC };
#define VOC_IOU .5

struct ask {
    struct oc_inputs in;
    int style;
    bool masks, use_ignore;
    struct oc_coco_terms coco;
    double voc_iou;
    json_t *files[2]; /* owned: of multipart bodies */
    struct oc_objects_in objects;
};

static enum oc_status read_thresholds(struct ask *a, struct oc_err *err)
{
    const char *const *items;
    size_t n;
    enum oc_status st = oc_param_list(&a->in, "iou_thresholds", OC_COCO_IOUS, &items, &n, err);
    for (size_t i = 0; !st && i < n; i++)
        if (!oc_parse_f64(items[i], strlen(items[i]), 0.001, 1, &a->coco.iou[i]))
            st = oc_err_set(err, OC_E_INVALID, "iou_thresholds: numbers of 0.001..1 are expected, is '%.40s'", items[i]);
    if (st || !n)
        return st;
    if (a->style == VOC && n != 1)
        return oc_err_set(err, OC_E_INVALID, "iou_thresholds: one for style=voc, there are %zu", n);
    a->coco.n_iou = (int)n;
    a->voc_iou = a->coco.iou[0];
    return OC_OK;
}

static enum oc_status read_most(struct ask *a, struct oc_err *err)
{
    const char *const *items;
    size_t n;
    enum oc_status st = oc_param_list(&a->in, "max_detections", 3, &items, &n, err);
    if (st || !n)
        return st;
    int64_t before = 0, v[3] = {0};
    for (size_t i = 0; i < n; i++, before = v[i - 1])
        if (!oc_parse_i64(items[i], strlen(items[i]), before + 1, LIM_METRIC_MOST, &v[i]))
            n = 0; /* the message below */
    if (n != 3)
        return oc_err_set(err, OC_E_INVALID, "max_detections: three rising whole numbers of 1..%d are expected, as 1,10,100",
                          LIM_METRIC_MOST);
    for (int i = 0; i < 3; i++)
        a->coco.most[i] = (int)v[i];
    return OC_OK;
}

static enum oc_status read_terms(struct ask *a, struct oc_err *err)
{
    static const char *const styles[] = {"coco", "voc", NULL}, *const types[] = {"bbox", "segm", NULL};
    int type = 0;
    a->coco = oc_coco_terms_default();
    a->voc_iou = VOC_IOU;
    enum oc_status st = oc_param_word(&a->in, "style", styles, &a->style, err);
    (void)(st || (st = oc_param_word(&a->in, "iou_type", types, &type, err)) || (st = read_thresholds(a, err)) ||
           (st = read_most(a, err)) || (st = oc_param_bool(&a->in, "agnostic", &a->coco.one_class, err)) ||
           (st = oc_param_bool(&a->in, "use_ignore", &a->use_ignore, err)));
    a->masks = a->coco.masks = type == 1;
    if (!st && a->style == VOC && (a->masks || a->coco.one_class))
        st = oc_err_set(err, OC_E_INVALID, "style=voc is of boxes of each class: iou_type and agnostic are for style=coco");
    return st;
}

/* The JSON of one side: a member, or a file of that name. */
static enum oc_status side_of(struct ask *a, const char *name, json_t **file, const json_t **out, struct oc_err *err)
{
    *out = oc_inputs_member(&a->in, name);
    for (size_t i = 0; !*out && i < a->in.parts.n; i++) {
        const struct oc_part *p = &a->in.parts.items[i];
        if (strcmp(p->name, name) != 0)
            continue;
        enum oc_status st = oc_json_parse(a->in.req, p->data, p->len, file, err);
        if (st)
            return oc_err_prefix(err, st, "%s: ", name);
        *out = *file;
    }
    return OC_OK;
}

static enum oc_status read_objects(struct ask *a, struct oc_err *err)
{
    const json_t *truth = NULL, *prediction = NULL;
    enum oc_status st = side_of(a, "truth", &a->files[0], &truth, err);
    (void)(st || (st = side_of(a, "prediction", &a->files[1], &prediction, err)) ||
           (st = oc_objects_read(a->in.req, truth, prediction, a->masks, &a->objects, err)));
    for (size_t i = 0; a->style == COCO && !a->use_ignore && i < a->objects.n_truth; i++)
        a->objects.truth[i].ignore = false; /* the reference does not look at it */
    return st;
}

static enum oc_status score(struct ask *a, struct oc_response *res, struct oc_err *err)
{
    const struct oc_objects_in *in = &a->objects;
    const struct oc_request *req = a->in.req;
    struct oc_object_set set = {in->truth, in->found, in->n_truth, in->n_found, in->n_images, in->n_classes};
    if (a->style == VOC) {
        struct oc_voc_terms terms = {.iou = a->voc_iou, .cancelled = req->cancelled, .cancel_arg = req->cancel_arg};
        return oc_voc_scores_answer(in, &set, &terms, res, err);
    }
    a->coco.cancelled = req->cancelled;
    a->coco.cancel_arg = req->cancel_arg;
    return oc_coco_scores_answer(in, &set, &a->coco, res, err);
}

enum oc_status oc_metrics_detection(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct ask a = {0};
    int64_t start = oc_now_ns();
    req->many_values = true;
    enum oc_status st = oc_inputs_read(req, &a.in, err);
    (void)(st || (st = read_terms(&a, err)) || (st = read_objects(&a, err)) || (st = score(&a, res, err)));
    req->timing.postprocess_ns += oc_now_ns() - start;
    oc_objects_deinit(&a.objects);
    json_decref(a.files[0]);
    json_decref(a.files[1]);
    oc_inputs_deinit(&a.in);
    return st;
}

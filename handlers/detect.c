/*
 * POST /v1/detect: one picture, boxes with labels. Parameters: model, score_threshold, iou_threshold, max_detections, classes (names or
 * numbers), agnostic, masks, exif, format=json|image; for small objects tile, overlap, whole, scales, merge.
 */
#include "handlers/detect_params.h"
#include "handlers/infer.h"
#include "handlers/output/picture.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

static enum oc_status render(const struct oc_request *req, const struct oc_lease *lease, const struct oc_image *im,
                             const struct oc_image_info *info, const struct oc_detections *found, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", lease->name);
    oc_render_image(&j, im, info);
    oc_render_detections(&j, found, im, lease->recipe);
    oc_render_timing(&j, &req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_detect(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_lease lease = {0};
    struct oc_image im = {0};
    struct oc_image_info info;
    struct oc_tiling tiling;
    struct oc_detect_options opt = {.tiling = &tiling};
    struct oc_detections found = {0};
    bool as_picture = false, masks = true;
    const struct oc_image_source *source;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_param_bool(&in, "masks", &masks, err)));
    opt.no_masks = !masks;
    (void)(st || (st = oc_picture_wanted(&in, &as_picture, err)) || (st = oc_infer_options(&in, "max_detections", &opt, err)) ||
           (st = oc_param_bool(&in, "agnostic", &opt.agnostic, err)) || (st = oc_inputs_one_image(&in, &source, err)) ||
           (st = oc_infer_acquire(&in, "model", OC_TASK_DETECT, &lease, err)) ||
           (st = oc_detect_classes_read(&in, lease.recipe, &opt.class_wanted, err)) ||
           (st = oc_detect_tiling_read(&in, lease.recipe, &tiling, err)) || (st = oc_inputs_decode(&in, source, &im, &info, err)) ||
           (st = oc_infer_detect(&in, &lease, &im, &opt, &found, err)) ||
           (st = as_picture ? oc_picture_detections(req, &im, &found, lease.recipe, res, err)
                            : render(req, &lease, &im, &info, &found, res)));
    oc_detections_deinit(&found);
    oc_image_deinit(&im);
    oc_infer_release(&in, &lease);
    oc_inputs_deinit(&in);
    return st;
}

/*
 * POST /v1/segment: one picture, a class for each pixel. Parameters: model, format=json|mask|overlay (image: the same as overlay),
 * encoding=coco_rle|png (of the map in JSON), exif.
 */
#include "handlers/infer.h"
#include "handlers/output/render.h"
#include "handlers/output/segmentation.h"
#include "handlers/routes.h"

enum { AS_JSON, AS_MASK, AS_OVERLAY, AS_IMAGE };

static enum oc_status render_json(const struct oc_request *req, const struct oc_lease *lease, const struct oc_image *im,
                                  const struct oc_image_info *info, const struct oc_label_map *map, int encoding, struct oc_response *res,
                                  struct oc_err *err)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", lease->name);
    oc_render_image(&j, im, info);
    enum oc_status st = oc_segmentation_json(&j, map, lease->recipe, (enum oc_mask_encoding)encoding, err);
    oc_render_timing(&j, &req->timing);
    oc_json_close(&j, '}');
    return st ? st : oc_json_end(&j);
}

static enum oc_status answer(struct oc_request *req, const struct oc_lease *lease, struct oc_image *im, const struct oc_image_info *info,
                             const struct oc_label_map *map, int format, int encoding, struct oc_response *res, struct oc_err *err)
{
    switch (format) {
    case AS_JSON:
        return render_json(req, lease, im, info, map, encoding, res, err);
    case AS_MASK:
        return oc_segmentation_mask(req, map, res, err);
    default:
        return oc_segmentation_overlay(req, im, map, lease->recipe, res, err);
    }
}

enum oc_status oc_segment(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    static const char *const formats[] = {"json", "mask", "overlay", "image", NULL}, *const encodings[] = {"coco_rle", "png", NULL};
    struct oc_inputs in;
    struct oc_lease lease = {0};
    struct oc_image im = {0};
    struct oc_image_info info;
    struct oc_label_map map = {0};
    int format = AS_JSON, encoding = OC_MASK_COCO_RLE;
    const struct oc_image_source *source;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_param_word(&in, "format", formats, &format, err)) ||
           (st = oc_param_word(&in, "encoding", encodings, &encoding, err)) || (st = oc_inputs_one_image(&in, &source, err)) ||
           (st = oc_infer_acquire(&in, "model", OC_TASK_SEGMENT, &lease, err)) || (st = oc_inputs_decode(&in, source, &im, &info, err)) ||
           (st = oc_infer_segment(&in, &lease, &im, &map, err)) ||
           (st = answer(req, &lease, &im, &info, &map, format, encoding, res, err)));
    oc_label_map_deinit(&map);
    oc_image_deinit(&im);
    oc_infer_release(&in, &lease);
    oc_inputs_deinit(&in);
    return st;
}

/* POST /v1/faces/detect: one picture, faces with five points. Parameters: model (or detector), score_threshold, iou_threshold, max_faces,
 * min_face_size, tile, overlap, whole, scales, merge, exif, format=json|image. */
#include "handlers/detect_params.h"
#include "handlers/infer.h"
#include "handlers/output/picture.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

static enum oc_status render(const struct oc_request *req, const struct oc_lease *lease, const struct oc_image *im,
                             const struct oc_image_info *info, const struct oc_faces *found, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", lease->name);
    oc_render_image(&j, im, info);
    oc_render_faces(&j, found);
    oc_render_timing(&j, &req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

/* Smaller faces are left out. */
static enum oc_status keep_large(const struct oc_inputs *in, struct oc_faces *f, struct oc_err *err)
{
    double least = 0;
    enum oc_status st = oc_param_f64(in, "min_face_size", 0, LIM_SIDE, &least, err);
    size_t n = 0;
    for (size_t i = 0; !st && i < f->n; i++) {
        const struct oc_box *b = &f->items[i].box;
        if ((double)(b->x2 - b->x1) >= least && (double)(b->y2 - b->y1) >= least)
            f->items[n++] = f->items[i];
    }
    f->n = st ? f->n : n;
    return st;
}

enum oc_status oc_faces_detect(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_lease lease = {0};
    struct oc_image im = {0};
    struct oc_image_info info;
    struct oc_tiling tiling;
    struct oc_detect_options opt = {.tiling = &tiling};
    struct oc_faces found = {0};
    bool as_picture = false;
    const struct oc_image_source *source;
    enum oc_status st = oc_inputs_read(req, &in, err);
    const char *parameter = !st && oc_param_given(&in, "detector") ? "detector" : "model"; /* face routes take both names */
    (void)(st || (st = oc_picture_wanted(&in, &as_picture, err)) || (st = oc_infer_options(&in, "max_faces", &opt, err)) ||
           (st = oc_inputs_one_image(&in, &source, err)) || (st = oc_infer_acquire(&in, parameter, OC_TASK_FACE_DETECT, &lease, err)) ||
           (st = oc_detect_tiling_read(&in, lease.recipe, &tiling, err)) || (st = oc_inputs_decode(&in, source, &im, &info, err)) ||
           (st = oc_infer_faces(&in, &lease, &im, &opt, &found, err)) || (st = keep_large(&in, &found, err)) ||
           (st = as_picture ? oc_picture_faces(req, &im, &found, res, err) : render(req, &lease, &im, &info, &found, res)));
    oc_faces_deinit(&found);
    oc_image_deinit(&im);
    oc_infer_release(&in, &lease);
    oc_inputs_deinit(&in);
    return st;
}

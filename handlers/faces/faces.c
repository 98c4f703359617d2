/* See faces.h. */
#include "handlers/faces/faces.h"
#include "handlers/detect_params.h"
#include "handlers/model_name.h"
#include "handlers/output/render.h"

enum oc_status oc_face_params_read(const struct oc_inputs *in, int most, struct oc_face_params *p, struct oc_err *err)
{
    *p = (struct oc_face_params){.embed = {.normalise = true}};
    enum oc_status st = oc_infer_options(in, "max_faces", &p->detect, err);
    if (!st && p->detect.max_detections > most)
        st = oc_err_set(err, OC_E_INVALID, "max_faces: must be 1..%d, is %d", most, p->detect.max_detections);
    (void)(st || (st = oc_param_f64(in, "min_quality", 0, 1, &p->min_quality, err)) ||
           (st = oc_param_f64(in, "min_face_size", 0, LIM_SIDE, &p->min_face_size, err)) ||
           (st = oc_param_bool(in, "flip", &p->embed.flip, err)) || (st = oc_param_bool(in, "aligned", &p->aligned, err)));
    return st;
}

static enum oc_status acquire_detector(const struct oc_inputs *in, const char *name, struct oc_face_models *m, struct oc_err *err)
{
    struct oc_request *req = in->req;
    struct oc_registry *reg = req->service->registry;
    struct oc_wait wait = {.deadline_ns = req->deadline_ns, .cancelled = req->cancelled, .arg = req->cancel_arg};
    enum oc_status st = OC_DECLINED;
    if (!name && !oc_registry_has_default(reg, OC_TASK_FACE_DETECT))
        st = oc_registry_acquire_beside(reg, &m->embedder, OC_TASK_FACE_DETECT, &wait, &m->detector, err);
    return st == OC_DECLINED ? oc_infer_acquire_named(in, name, OC_TASK_FACE_DETECT, &m->detector, err) : st;
}

enum oc_status oc_face_models_acquire_named(const struct oc_inputs *in, const char *model, const char *detector, bool aligned,
                                            struct oc_face_models *m, struct oc_err *err)
{
    *m = (struct oc_face_models){0};
    enum oc_status st = oc_infer_acquire_named(in, model, OC_TASK_FACE_EMBED, &m->embedder, err);
    const char *used = in->req->model_used;
    if (!st && !aligned)
        st = acquire_detector(in, detector, m, err);
    in->req->model_used = used; /* in the log stands the embedder */
    return st;
}

enum oc_status oc_face_models_acquire(const struct oc_inputs *in, bool aligned, struct oc_face_models *m, struct oc_err *err)
{
    const char *model = NULL, *detector = NULL;
    const struct oc_service *service = in->req->service;
    *m = (struct oc_face_models){0};
    enum oc_status st = oc_param_string(in, "model", LIM_MODEL_ID, &model, err);
    if (!st)
        st = oc_param_string(in, "detector", LIM_MODEL_ID, &detector, err);
    return st ? st
              : oc_face_models_acquire_named(in, oc_model_alias_resolve(service, model), oc_model_alias_resolve(service, detector), aligned,
                                             m, err);
}

void oc_face_models_release(const struct oc_inputs *in, struct oc_face_models *m)
{
    oc_infer_release(in, &m->embedder);
    oc_infer_release(in, &m->detector);
}

void oc_face_picture_deinit(struct oc_face_picture *p)
{
    oc_face_analysis_deinit(&p->look);
    *p = (struct oc_face_picture){0};
}

enum oc_status oc_face_picture_look(const struct oc_inputs *in, const struct oc_face_models *m, const struct oc_face_params *params,
                                    struct oc_face_picture *p, struct oc_err *err)
{
    struct oc_image im = {0};
    int side = m->embedder.recipe ? oc_face_side(m->embedder.recipe) : 112; /* without an embedder crops are only measured */
    struct oc_tiling tiling;
    struct oc_detect_options opt = params->detect;
    enum oc_status st = m->detector.recipe ? oc_detect_tiling_read(in, m->detector.recipe, &tiling, err) : OC_OK;
    if (m->detector.recipe)
        opt.tiling = &tiling;
    if (!st)
        st = oc_inputs_decode(in, p->source, &im, &p->info, err);
    p->width = im.width;
    p->height = im.height;
    if (!st) {
        struct oc_run run = oc_infer_begin(in);
        do
            st = oc_face_analysis_find_cut(m->detector.model, &im, side, params->by_box, &opt, &run, &p->look, err);
        while (oc_infer_again(in, st));
        st = oc_infer_finish(in, &run, st, err);
    }
    oc_image_deinit(&im);
    return st;
}

enum oc_status oc_face_picture_embed(const struct oc_inputs *in, const struct oc_face_models *m, const struct oc_face_params *params,
                                     const bool *wanted, struct oc_face_picture *p, struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(in);
    enum oc_status st;
    do
        st = oc_face_analysis_embed(m->embedder.model, &p->look, wanted, &params->embed, &run, err);
    while (oc_infer_again(in, st));
    return oc_infer_finish(in, &run, st, err);
}

bool oc_face_refused(const struct oc_face_params *params, const struct oc_face_analysis *look, size_t i, char text[OC_FACE_REFUSAL])
{
    const struct oc_face_quality *q = &look->quality[i];
    if ((double)q->size < params->min_face_size)
        snprintf(text, OC_FACE_REFUSAL, "%.1f pixels of the face are below min_face_size %g", (double)q->size, params->min_face_size);
    else if ((double)q->overall < params->min_quality)
        snprintf(text, OC_FACE_REFUSAL, "quality %.2f of the face is below min_quality %g because of its %s", (double)q->overall,
                 params->min_quality, oc_quality_part_name(q->least));
    else
        return false;
    return true;
}

static void put_angle(struct oc_json *j, const char *name, bool known, float degrees)
{
    oc_json_key(j, name);
    if (known)
        oc_json_fixed(j, (double)degrees, 1);
    else
        oc_json_null(j);
}

void oc_render_quality(struct oc_json *j, const struct oc_face_quality *q)
{
    oc_json_key(j, "quality");
    oc_json_open(j, '{');
    oc_json_put_float(j, "overall", q->overall);
    oc_json_put_string(j, "least", oc_quality_part_name(q->least));
    oc_json_put_float(j, "size", q->size);
    oc_json_put_float(j, "sharpness", q->sharpness);
    put_angle(j, "roll", q->has_pose, q->roll);
    put_angle(j, "yaw", q->has_pose, q->yaw);
    put_angle(j, "pitch", q->has_pose, q->pitch);
    oc_json_close(j, '}');
}

void oc_render_seen_face(struct oc_json *j, const struct oc_face_analysis *look, size_t i)
{
    oc_render_face(j, &look->faces.items[i]);
    oc_render_quality(j, &look->quality[i]);
}

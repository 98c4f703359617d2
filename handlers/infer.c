/* See infer.h. */
#include "handlers/infer.h"
#include "base/clock.h"
#include "handlers/model_name.h"

enum oc_status oc_infer_acquire(const struct oc_inputs *in, const char *parameter, enum oc_task task, struct oc_lease *lease,
                                struct oc_err *err)
{
    const char *name = NULL;
    *lease = (struct oc_lease){0};
    enum oc_status st = oc_param_string(in, parameter, LIM_MODEL_ID, &name, err);
    return st ? st : oc_infer_acquire_named(in, oc_model_alias_resolve(in->req->service, name), task, lease, err);
}

enum oc_status oc_infer_acquire_named(const struct oc_inputs *in, const char *name, enum oc_task task, struct oc_lease *lease,
                                      struct oc_err *err)
{
    struct oc_request *req = in->req;
    struct oc_wait wait = {.deadline_ns = req->deadline_ns, .cancelled = req->cancelled, .arg = req->cancel_arg};
    enum oc_status st = oc_registry_acquire(req->service->registry, name, task, &wait, lease, err);
    if (st)
        return st;
    req->model_used = oc_arena_strndup(req->arena, lease->name, strlen(lease->name)); /* without memory only the log lacks it */
    return OC_OK;
}

void oc_infer_release(const struct oc_inputs *in, struct oc_lease *lease)
{
    lease->useless = in->req->short_of_memory;
    oc_registry_release(in->req->service->registry, lease);
}

enum oc_status oc_infer_options(const struct oc_inputs *in, const char *max_name, struct oc_detect_options *opt, struct oc_err *err)
{
    double score = -1, iou = -1;
    int64_t max = 0;
    enum oc_status st = oc_param_f64(in, "score_threshold", 0, 1, &score, err);
    if (!st)
        st = oc_param_f64(in, "iou_threshold", 0, 1, &iou, err);
    if (!st)
        st = oc_param_int(in, max_name, 1, LIM_DETECTIONS, &max, err);
    opt->score_threshold = (float)score;
    opt->iou_threshold = (float)iou;
    opt->max_detections = (int)max;
    return st;
}

struct oc_run oc_infer_begin(const struct oc_inputs *in)
{
    return (struct oc_run){.cancelled = in->req->cancelled, .cancel_arg = in->req->cancel_arg};
}

bool oc_infer_again(const struct oc_inputs *in, enum oc_status st)
{
    if (st != OC_E_NOMEM)
        return false;
    in->req->short_of_memory = !oc_registry_relieve(in->req->service->registry);
    return !in->req->short_of_memory;
}

enum oc_status oc_infer_finish(const struct oc_inputs *in, const struct oc_run *run, enum oc_status st, struct oc_err *err)
{
    struct oc_timing *t = &in->req->timing;
    t->preprocess_ns += run->preprocess_ns;
    t->inference_ns += run->inference_ns;
    t->postprocess_ns += run->postprocess_ns;
    if (st == OC_E_CANCELLED && in->req->deadline_ns && oc_now_ns() >= in->req->deadline_ns)
        return oc_err_set(err, OC_E_DEADLINE, "the deadline passed during inference");
    return st;
}

enum oc_status oc_infer_detect(const struct oc_inputs *in, const struct oc_lease *lease, const struct oc_image *im,
                               const struct oc_detect_options *opt, struct oc_detections *out, struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(in);
    enum oc_status st;
    do
        st = oc_model_detect(lease->model, im, opt, &run, out, err);
    while (oc_infer_again(in, st));
    return oc_infer_finish(in, &run, st, err);
}

enum oc_status oc_infer_faces(const struct oc_inputs *in, const struct oc_lease *lease, const struct oc_image *im,
                              const struct oc_detect_options *opt, struct oc_faces *out, struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(in);
    enum oc_status st;
    do
        st = oc_model_faces(lease->model, im, opt, &run, out, err);
    while (oc_infer_again(in, st));
    return oc_infer_finish(in, &run, st, err);
}

enum oc_status oc_infer_segment(const struct oc_inputs *in, const struct oc_lease *lease, const struct oc_image *im,
                                struct oc_label_map *out, struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(in);
    enum oc_status st;
    do
        st = oc_model_segment(lease->model, im, &run, out, err);
    while (oc_infer_again(in, st));
    return oc_infer_finish(in, &run, st, err);
}

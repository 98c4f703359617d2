/*
 * POST /v1/vision/detection, POST /v1/vision/custom/{model}, and what is there beside them. Frigate walks the predictions in their order
 * and stops at the first below 0.4, and it has room for twenty without counting: so best first, DeepStack's 0.40 where the client says
 * nothing, and twenty at most unless it asks for more.
 */
#include "handlers/detect_params.h"
#include "handlers/dialects/deepstack/deepstack.h"
#include "handlers/model_name.h"

enum { MOST_BY_DEFAULT = 20 /* Frigate's array */ };
#define CONFIDENCE_BY_DEFAULT .4 /* DeepStack's and CodeProject.AI's, and what Frigate stops at */

/* COCO's names are in lower case there; other models' are made so. */
static void put_label(struct oc_json *j, const struct oc_detection *d)
{
    char text[LIM_LABEL_BYTES + 1];
    size_t n = 0;
    if (!d->label)
        n = (size_t)snprintf(text, sizeof text, "%d", d->class_id);
    for (const char *p = d->label; p && *p && n < LIM_LABEL_BYTES; p++)
        text[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    oc_json_key(j, "label");
    oc_json_string_n(j, text, n);
}

static enum oc_status render(const struct oc_request *req, const struct oc_detections *found, const char *command, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    char message[64];
    snprintf(message, sizeof message, "Found %zu object%s", found->n, found->n == 1 ? "" : "s");
    oc_deepstack_open(&j);
    oc_json_key(&j, "predictions");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < found->n; i++) {
        const struct oc_detection *d = &found->items[i];
        oc_json_open(&j, '{');
        oc_json_put_float(&j, "confidence", d->score);
        put_label(&j, d);
        oc_deepstack_box(&j, &d->box);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_put_string(&j, "message", message);
    oc_json_put_int(&j, "count", (int64_t)found->n);
    oc_deepstack_close(&j, req, command);
    return oc_json_end(&j);
}

static enum oc_status read_options(const struct oc_inputs *in, struct oc_detect_options *opt, struct oc_err *err)
{
    double confidence;
    int64_t most = MOST_BY_DEFAULT;
    enum oc_status st = oc_deepstack_confidence(in, CONFIDENCE_BY_DEFAULT, &confidence, err);
    if (!st)
        st = oc_param_int(in, "max_detections", 1, LIM_DETECTIONS, &most, err);
    *opt = (struct oc_detect_options){.score_threshold = st ? 0 : (float)confidence, .iou_threshold = -1, .max_detections = (int)most};
    return st;
}

static enum oc_status detect(struct oc_request *req, const char *model, const char *command, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_lease lease = {0};
    struct oc_image im = {0};
    struct oc_detect_options opt;
    struct oc_detections found = {0};
    struct oc_image_source source;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = read_options(&in, &opt, err)) || (st = oc_deepstack_image(&in, &source, err)) ||
           (st = oc_deepstack_acquire(&in, model, OC_TASK_DETECT, "Detection", &lease, err)) ||
           (st = oc_detect_classes_read(&in, lease.recipe, &opt.class_wanted, err)) ||
           (st = oc_inputs_decode(&in, &source, &im, NULL, err)) || (st = oc_infer_detect(&in, &lease, &im, &opt, &found, err)) ||
           (st = render(req, &found, command, res)));
    oc_detections_deinit(&found);
    oc_image_deinit(&im);
    oc_infer_release(&in, &lease);
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_deepstack_detection(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return detect(req, NULL, "detect", res, err);
}

enum oc_status oc_deepstack_custom(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    return detect(req, oc_model_alias_resolve(req->service, req->route_arg), "custom", res, err);
}

static enum oc_status put_name(void *arg, const struct oc_model_info *info)
{
    if (info->recipe && info->state != OC_MODEL_FAILED && oc_recipe_can(info->recipe, OC_TASK_DETECT))
        oc_json_string(arg, info->name);
    return OC_OK;
}

enum oc_status oc_deepstack_custom_list(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)err;
    struct oc_json j = oc_json_begin(&res->body);
    oc_deepstack_open(&j);
    oc_json_key(&j, "models");
    oc_json_open(&j, '[');
    enum oc_status st = oc_registry_each(req->service->registry, put_name, &j);
    oc_json_close(&j, ']');
    oc_deepstack_close(&j, req, "list-custom");
    return st ? st : oc_json_end(&j);
}

/* Open to all, so it does not tell the version, which those servers put there. */
enum oc_status oc_deepstack_ping(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    return oc_buf_add_str(&res->body, "{\"success\":true,\"message\":\"ocelli\",\"version\":null}\n");
}

enum oc_status oc_deepstack_absent(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)res;
    const char *name = strrchr(req->path, '/');
    return oc_err_set(err, OC_E_FORBIDDEN, "%s endpoint not activated: this server does not offer it", name ? name + 1 : "This");
}

/* What DeepStack's routes share; see deepstack.h. */
#include <math.h>
#include <strings.h>
#include "handlers/dialects/deepstack/deepstack.h"
#include "handlers/input/form.h"

static const char *text_of(enum oc_status code, const char *detail)
{
    if (code == OC_E_UNAUTHORIZED)
        return "Incorrect api key"; /* clients look for these words */
    return detail && *detail ? detail : oc_status_title(code);
}

enum oc_status oc_deepstack_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id;
    struct oc_json j = oc_json_begin(out);
    oc_json_open(&j, '{');
    oc_json_put_bool(&j, "success", false);
    oc_json_put_string(&j, "error", text_of(code, detail));
    oc_json_put_int(&j, "code", oc_deepstack_status(code));
    oc_json_put_int(&j, "duration", 0);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

int oc_deepstack_status(enum oc_status code)
{
    switch (code) {
    case OC_E_MEDIA:
    case OC_E_NO_FACE:
    case OC_E_LOW_QUALITY:
        return 400;
    case OC_E_DEADLINE:
        return 500;
    default:
        return oc_status_http(code);
    }
}

static enum oc_status key_of_parts(const struct oc_request *req, const char **key, struct oc_err *err)
{
    char boundary[OC_BOUNDARY_MAX + 1];
    struct oc_parts parts;
    enum oc_status st = oc_multipart_boundary(req->content_type, boundary, err);
    if (!st)
        st = oc_multipart_parse(req->body.data ? req->body.data : "", req->body.len, boundary, req->arena, &parts, err);
    if (st)
        return st;
    for (size_t i = 0; !st && !*key && i < parts.n; i++) {
        const struct oc_part *p = &parts.items[i];
        if (p->is_file || strcmp(p->name, "api_key") != 0 || !p->len || p->len > LIM_API_KEY)
            continue;
        *key = oc_arena_strndup(req->arena, p->data, p->len);
        st = *key ? OC_OK : oc_err_nomem(err, "a key", p->len);
    }
    oc_parts_deinit(&parts);
    return st;
}

static enum oc_status key_of_form(const struct oc_request *req, const char **key, struct oc_err *err)
{
    struct oc_field *fields;
    size_t n;
    enum oc_status st = oc_form_parse(req->body.data ? req->body.data : "", req->body.len, req->arena, &fields, &n, err);
    for (size_t i = 0; !st && !*key && i < n; i++)
        if (!strcmp(fields[i].name, "api_key") && fields[i].value_len)
            *key = fields[i].value; /* in the arena */
    oc_mem_free(fields);
    return st;
}

enum oc_status oc_deepstack_key(struct oc_request *req, const char **key, struct oc_err *err)
{
    *key = NULL;
    if (!strncasecmp(req->content_type, "multipart/", 10))
        return key_of_parts(req, key, err);
    if (!strncasecmp(req->content_type, "application/x-www-form-urlencoded", 33))
        return key_of_form(req, key, err);
    return OC_OK;
}

enum oc_status oc_deepstack_image(const struct oc_inputs *in, struct oc_image_source *out, struct oc_err *err)
{
    if (in->n_images) {
        *out = in->images[0];
        return OC_OK;
    }
    for (size_t i = 0; i < in->parts.n; i++) {
        const struct oc_part *p = &in->parts.items[i];
        if (!p->is_file)
            continue;
        *out = (struct oc_image_source){.kind = OC_SOURCE_BYTES, .field = p->name, .text = p->data, .len = p->len};
        return OC_OK;
    }
    return oc_err_set(err, OC_E_INVALID, "No valid image file found: the multipart part 'image' is expected");
}

enum oc_status oc_deepstack_confidence(const struct oc_inputs *in, double fallback, double *out, struct oc_err *err)
{
    *out = fallback;
    return oc_param_f64(in, "min_confidence", 0, 1, out, err);
}

enum oc_status oc_deepstack_acquire(const struct oc_inputs *in, const char *name, enum oc_task task, const char *what,
                                    struct oc_lease *lease, struct oc_err *err)
{
    enum oc_status st = oc_infer_acquire_named(in, name, task, lease, err);
    if (st != OC_E_UNKNOWN_MODEL || (name && *name))
        return st;
    return oc_err_set(err, OC_E_FORBIDDEN, "%s endpoint not activated: no model is installed for %s", what, oc_task_name(task));
}

void oc_deepstack_open(struct oc_json *j)
{
    oc_json_open(j, '{');
    oc_json_put_bool(j, "success", true);
}

static int64_t milliseconds(int64_t ns)
{
    return (ns + 500000) / 1000000;
}

void oc_deepstack_close(struct oc_json *j, const struct oc_request *req, const char *command)
{
    const struct oc_timing *t = &req->timing;
    int64_t process = t->decode_ns + t->preprocess_ns + t->inference_ns + t->postprocess_ns;
    oc_json_put_int(j, "duration", milliseconds(process));
    oc_json_put_string(j, "command", command);
    oc_json_put_string(j, "moduleName", req->model_used);
    oc_json_put_int(j, "code", 200);
    oc_json_put_int(j, "inferenceMs", milliseconds(t->inference_ns));
    oc_json_put_int(j, "processMs", milliseconds(process));
    oc_json_put_int(j, "analysisRoundTripMs", milliseconds(process + t->queue_ns));
    oc_json_put_string(j, "inferenceDevice", "CPU");
    oc_json_put_string(j, "processedBy", "ocelli");
    oc_json_put_string(j, "requestId", req->request_id);
    oc_json_close(j, '}');
}

static void put_pixel(struct oc_json *j, const char *name, float v)
{
    oc_json_put_int(j, name, (int64_t)lroundf(v));
}

void oc_deepstack_box(struct oc_json *j, const struct oc_box *b)
{
    put_pixel(j, "y_min", b->y1);
    put_pixel(j, "x_min", b->x1);
    put_pixel(j, "y_max", b->y2);
    put_pixel(j, "x_max", b->x2);
}

/* See deepface.h. */
#include <math.h>
#include "handlers/dialects/deepface/names.h"
#include "handlers/input/base64.h"
#include "models/recipe/family.h"

const char *const oc_deepface_metrics[] = {"cosine", "euclidean", "euclidean_l2", "angular", NULL};

enum oc_status oc_deepface_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id;
    struct oc_json j = oc_json_begin(out);
    const char *text = detail && *detail ? detail : oc_status_title(code);
    bool missing = code == OC_E_INVALID && strstr(text, "not found in"); /* oc_deepface_look's own words, which are deepface's */
    oc_json_open(&j, '{');
    oc_json_put_string(&j, code == OC_E_UNAUTHORIZED ? "message" : missing ? "exception" : "error", text);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

/* What it cannot do is 400 there, whatever the reason. */
int oc_deepface_status(enum oc_status code)
{
    int http = oc_status_http(code);
    return code == OC_E_UNKNOWN_MODEL || http == 415 || http == 422 || http == 413 ? 400 : http;
}

enum oc_status oc_deepface_ask_read(struct oc_request *req, struct oc_deepface_ask *ask, struct oc_err *err)
{
    const char *detector = NULL, *model;
    bool spoofing = false, align = true;
    ask->enforce = true;
    enum oc_status st = oc_inputs_read(req, &ask->in, err);
    (void)(st || (st = oc_face_params_read(&ask->in, LIM_FACE_PAIRS, &ask->params, err)) ||
           (st = oc_param_string(&ask->in, "model_name", LIM_MODEL_ID, &ask->model_name, err)) ||
           (st = oc_param_string(&ask->in, "detector_backend", LIM_MODEL_ID, &detector, err)) ||
           (st = oc_param_bool(&ask->in, "enforce_detection", &ask->enforce, err)) ||
           (st = oc_param_bool(&ask->in, "align", &align, err)) || (st = oc_param_bool(&ask->in, "anti_spoofing", &spoofing, err)));
    if (!st && spoofing)
        st = oc_err_set(err, OC_E_INVALID, "anti_spoofing: is not offered");
    ask->params.by_box = !align;
    ask->params.embed.normalise = false; /* theirs are the network's own numbers */
    if (!ask->params.detect.max_detections)
        ask->params.detect.max_detections = LIM_FACE_PAIRS;
    if (!st && detector && !strcmp(detector, "skip")) {
        ask->params.aligned = true;
        detector = NULL;
    }
    if (!st)
        st = oc_deepface_resolve_model(req, ask->model_name, &model, err);
    if (!st)
        st = oc_deepface_resolve_detector(req, detector, &detector, err);
    return st ? st : oc_face_models_acquire_named(&ask->in, model, detector, ask->params.aligned, &ask->models, err);
}

void oc_deepface_ask_deinit(struct oc_deepface_ask *ask)
{
    if (ask->in.req)
        oc_face_models_release(&ask->in, &ask->models);
    oc_inputs_deinit(&ask->in);
}

static enum oc_status refuse_address(const char *name, struct oc_err *err)
{
    return oc_err_set(err, OC_E_INVALID,
                      "%s: a file of a form, base64 or a data URI is expected; URLs and paths of files on the server are not read", name);
}

/* Text that names a file or an address. Base64 begins like neither: a JPEG's with "/9j/". */
static bool is_address(const char *text, size_t n)
{
    static const char *const begins[] = {"http:", "https:", "ftp:", "file:", "./", "../", "~/"};
    for (size_t i = 0; i < OC_ARRAY_LEN(begins); i++)
        if (n >= strlen(begins[i]) && !strncasecmp(text, begins[i], strlen(begins[i])))
            return true;
    bool data = oc_is_data_uri(text, n);
    return !data && (memchr(text, '.', n) || memchr(text, '\\', n) || n < 64); /* no picture is that small */
}

static enum oc_status add_text(struct oc_inputs *in, const char *name, const char *text, size_t n, struct oc_err *err)
{
    if (is_address(text, n))
        return refuse_address(name, err);
    const struct oc_image_source s = {.kind = OC_SOURCE_BASE64, .field = name, .text = text, .len = n};
    return oc_inputs_add_image(in, &s, err);
}

/* Adds the picture of that name to the request's; OC_DECLINED, without a message, when there is none. */
static enum oc_status add_picture(struct oc_inputs *in, const char *name, struct oc_err *err)
{
    const json_t *member = json_object_get(in->json, name);
    if (member && !json_is_null(member))
        return json_is_string(member) ? add_text(in, name, json_string_value(member), json_string_length(member), err)
                                      : oc_err_set(err, OC_E_INVALID, "%s: must be a string", name);
    for (size_t i = 0; i < in->parts.n; i++) {
        const struct oc_part *p = &in->parts.items[i];
        const struct oc_image_source s = {.kind = OC_SOURCE_BYTES, .field = p->name, .text = p->data, .len = p->len};
        if (!strcmp(p->name, name))
            return p->is_file ? oc_inputs_add_image(in, &s, err) : add_text(in, p->name, p->data, p->len, err);
    }
    for (size_t i = 0; i < in->n_form; i++)
        if (!strcmp(in->form[i].name, name))
            return add_text(in, name, in->form[i].value, in->form[i].value_len, err);
    return OC_DECLINED;
}

static enum oc_status find_picture(struct oc_inputs *in, const char *const *names, const struct oc_image_source **out, struct oc_err *err)
{
    enum oc_status st = OC_DECLINED;
    for (size_t i = 0; st == OC_DECLINED && names[i]; i++)
        st = add_picture(in, names[i], err);
    if (st == OC_DECLINED)
        return oc_err_set(err, OC_E_INVALID, "'%s' not found in either json or form data request", names[0]);
    if (st)
        return st;
    struct oc_image_source *own = oc_arena_alloc(in->req->arena, sizeof *own); /* the list may move */
    if (!own)
        return oc_err_nomem(err, "a picture", sizeof *own);
    *own = in->images[in->n_images - 1];
    *out = own;
    return OC_OK;
}

/* No face: the picture as a whole is one. */
static enum oc_status take_whole(struct oc_deepface_ask *ask, struct oc_face_picture *p, struct oc_err *err)
{
    struct oc_face_params params = ask->params;
    const struct oc_face_models none = {.embedder = ask->models.embedder};
    const struct oc_image_source *source = p->source;
    oc_face_picture_deinit(p);
    p->source = source;
    params.aligned = true;
    return oc_face_picture_look(&ask->in, &none, &params, p, err);
}

enum oc_status oc_deepface_look(struct oc_deepface_ask *ask, const char *const *names, struct oc_face_picture *p, bool *whole,
                                struct oc_err *err)
{
    *whole = ask->params.aligned;
    enum oc_status st = find_picture(&ask->in, names, &p->source, err);
    if (!st)
        st = oc_face_picture_look(&ask->in, &ask->models, &ask->params, p, err);
    if (!st && !p->look.faces.n) {
        if (ask->enforce)
            return oc_err_set(
                err, OC_E_NO_FACE,
                "Exception while processing %s: Face could not be detected. Please confirm that the picture is a face photo or "
                "consider to set enforce_detection param to False.",
                names[0]);
        *whole = true;
        st = take_whole(ask, p, err);
    }
    return st ? st : oc_face_picture_embed(&ask->in, &ask->models, &ask->params, NULL, p, err);
}

static void put_point(struct oc_json *j, const char *name, const struct oc_face *face, int point)
{
    oc_json_key(j, name);
    if (!face->has_landmarks) {
        oc_json_null(j);
        return;
    }
    oc_json_open(j, '[');
    oc_json_int(j, lroundf(face->landmarks[point][0]));
    oc_json_int(j, lroundf(face->landmarks[point][1]));
    oc_json_close(j, ']');
}

void oc_deepface_put_area(struct oc_json *j, const struct oc_face *face)
{
    long x = lroundf(face->box.x1), y = lroundf(face->box.y1);
    oc_json_put_int(j, "x", x);
    oc_json_put_int(j, "y", y);
    oc_json_put_int(j, "w", lroundf(face->box.x2) - x);
    oc_json_put_int(j, "h", lroundf(face->box.y2) - y);
    put_point(j, "left_eye", face, OC_LANDMARK_RIGHT_EYE); /* the person's own left is on the picture's right */
    put_point(j, "right_eye", face, OC_LANDMARK_LEFT_EYE);
}

static double length(const float *a, const float *b, size_t dim)
{
    double sum = 0;
    for (size_t i = 0; i < dim; i++) {
        double d = (double)a[i] - (double)b[i];
        sum += d * d;
    }
    return sqrt(sum);
}

static double of_cosine(enum oc_deepface_metric metric, double cosine)
{
    switch (metric) {
    case OC_METRIC_EUCLIDEAN_L2:
        return sqrt(fmax(2 - 2 * cosine, 0));
    case OC_METRIC_ANGULAR:
        return acos(fmax(-1, fmin(1, cosine))) / 3.14159265358979323846;
    default:
        return 1 - cosine;
    }
}

double oc_deepface_distance(enum oc_deepface_metric metric, const float *a, const float *b, size_t dim)
{
    return metric == OC_METRIC_EUCLIDEAN ? length(a, b, dim) : of_cosine(metric, oc_vector_cosine(a, b, dim));
}

bool oc_deepface_threshold(const struct oc_deepface_ask *ask, enum oc_deepface_metric metric, double *out)
{
    const struct oc_recipe *r = ask->models.embedder.recipe;
    const struct oc_deepface_model *named = oc_deepface_model_find(ask->model_name);
    bool kind = named && named->family && !strcmp(named->family, r->family->name) && (!named->dim || named->dim == r->decode.dim);
    bool own = r->thresholds.similarity_from && !strcmp(r->thresholds.similarity_from, "package");
    if (kind && (!own || metric == OC_METRIC_EUCLIDEAN))
        *out = named->thresholds[metric];
    else
        *out = of_cosine(metric, (double)r->thresholds.similarity);
    return kind || metric != OC_METRIC_EUCLIDEAN;
}

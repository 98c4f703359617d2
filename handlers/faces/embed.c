/*
 * POST /v1/faces/embed: one picture, each of its faces with its vector. Parameters: model, detector, score_threshold, iou_threshold,
 * max_faces, min_quality, min_face_size, flip, aligned, tile, overlap, whole, scales, merge, normalize, encoding=float|base64, crops, exif.
 */
#include "handlers/faces/faces.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"
#include "vision/encode.h"

struct answer {
    struct oc_face_params params;
    bool as_base64, crops;
};

static enum oc_status read_params(const struct oc_inputs *in, struct answer *a, struct oc_err *err)
{
    static const char *const encodings[] = {"float", "base64", NULL};
    int encoding = 0;
    enum oc_status st = oc_face_params_read(in, LIM_FACES, &a->params, err);
    (void)(st || (st = oc_param_bool(in, "normalize", &a->params.embed.normalise, err)) ||
           (st = oc_param_word(in, "encoding", encodings, &encoding, err)) || (st = oc_param_bool(in, "crops", &a->crops, err)));
    a->as_base64 = encoding == 1;
    return st;
}

/* Flags of the faces that are good enough, in the arena. */
static enum oc_status choose(const struct oc_inputs *in, const struct oc_face_analysis *look, const struct oc_face_params *params,
                             bool **wanted, struct oc_err *err)
{
    char why[OC_FACE_REFUSAL];
    *wanted = oc_arena_array(in->req->arena, look->faces.n ? look->faces.n : 1, sizeof **wanted);
    if (!*wanted)
        return oc_err_nomem(err, "faces", look->faces.n);
    for (size_t i = 0; i < look->faces.n; i++)
        (*wanted)[i] = !oc_face_refused(params, look, i, why);
    return OC_OK;
}

static void put_vector(struct oc_json *j, const struct oc_face_analysis *look, size_t i, bool as_base64)
{
    const float *v = oc_face_analysis_vector(look, i);
    oc_json_key(j, "embedding");
    if (!v) {
        oc_json_null(j);
        return;
    }
    if (as_base64)
        oc_json_base64_floats(j, v, look->vectors.dim);
    else
        oc_json_floats(j, v, look->vectors.dim);
}

static enum oc_status put_crop(struct oc_json *j, const struct oc_image *crop, const struct oc_encode_stop *stop, struct oc_err *err)
{
    struct oc_buf png;
    oc_buf_init(&png, OC_MEM_OTHER, LIM_RESPONSE_BYTES);
    enum oc_status st = oc_encode_png(crop, stop, &png, err);
    if (!st) {
        oc_json_key(j, "crop");
        oc_json_base64(j, png.data, png.len);
    }
    oc_buf_deinit(&png);
    return st;
}

static enum oc_status put_face(struct oc_request *req, struct oc_json *j, const struct answer *a, const struct oc_face_analysis *look,
                               size_t i, struct oc_err *err)
{
    struct oc_encode_stop stop = {.cancelled = req->cancelled, .arg = req->cancel_arg};
    char why[OC_FACE_REFUSAL];
    enum oc_status st = OC_OK;
    oc_json_open(j, '{');
    oc_render_seen_face(j, look, i);
    put_vector(j, look, i, a->as_base64);
    if (oc_face_refused(&a->params, look, i, why))
        oc_json_put_string(j, "refused", why);
    if (a->crops)
        st = put_crop(j, &look->crops[i], &stop, err);
    oc_json_close(j, '}');
    return st;
}

static enum oc_status render(struct oc_request *req, const struct oc_face_models *m, const struct answer *a,
                             const struct oc_face_picture *p, struct oc_response *res, struct oc_err *err)
{
    struct oc_json j = oc_json_begin(&res->body);
    struct oc_image size = {.width = p->width, .height = p->height};
    enum oc_status st = OC_OK;
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", m->embedder.name);
    oc_json_put_string(&j, "detector", m->detector.name);
    oc_json_put_int(&j, "dim", p->look.vectors.n ? (int64_t)p->look.vectors.dim : m->embedder.recipe->decode.dim);
    oc_render_image(&j, &size, &p->info);
    oc_json_key(&j, "faces");
    oc_json_open(&j, '[');
    for (size_t i = 0; !st && i < p->look.faces.n; i++)
        st = put_face(req, &j, a, &p->look, i, err);
    oc_json_close(&j, ']');
    if (p->look.faces.windows)
        oc_json_put_int(&j, "tiles", p->look.faces.windows);
    oc_render_timing(&j, &req->timing);
    oc_json_close(&j, '}');
    return st ? st : oc_json_end(&j);
}

enum oc_status oc_faces_embed(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct answer a = {0};
    struct oc_face_models models = {0};
    struct oc_face_picture picture = {0};
    bool *wanted = NULL;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = read_params(&in, &a, err)) || (st = oc_inputs_one_image(&in, &picture.source, err)) ||
           (st = oc_face_models_acquire(&in, a.params.aligned, &models, err)) ||
           (st = oc_face_picture_look(&in, &models, &a.params, &picture, err)) ||
           (st = choose(&in, &picture.look, &a.params, &wanted, err)) ||
           (st = oc_face_picture_embed(&in, &models, &a.params, wanted, &picture, err)) ||
           (st = render(req, &models, &a, &picture, res, err)));
    oc_face_picture_deinit(&picture);
    oc_face_models_release(&in, &models);
    oc_inputs_deinit(&in);
    return st;
}

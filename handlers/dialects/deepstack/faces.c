/*
 * POST /v1/vision/face: faces. POST /v1/vision/face/match: are two pictures of one person. Their similarity is (cosine + 1) / 2, as there
 * (intelligencelayer/shared/face.py).
 */
#include "handlers/dialects/deepstack/faces.h"

#define CONFIDENCE_BY_DEFAULT .55 /* DeepStack's */

enum oc_status oc_deepstack_face_models(const struct oc_inputs *in, struct oc_face_models *m, struct oc_err *err)
{
    enum oc_status st = oc_face_models_acquire_named(in, NULL, NULL, false, m, err);
    if (st == OC_E_UNKNOWN_MODEL)
        st = oc_err_set(err, OC_E_FORBIDDEN,
                        "Face endpoint not activated: a model that finds faces and one that tells them apart are needed");
    return st;
}

enum oc_status oc_deepstack_largest(const struct oc_inputs *in, const struct oc_face_models *m, const struct oc_image_source *source,
                                    struct oc_face_picture *p, size_t *face, struct oc_err *err)
{
    const struct oc_face_params params = {.detect = {.score_threshold = -1, .iou_threshold = -1}, .embed = {.normalise = true}};
    p->source = source;
    enum oc_status st = oc_face_picture_look(in, m, &params, p, err);
    if (st)
        return st;
    if (!p->look.faces.n)
        return oc_err_set(err, OC_E_NO_FACE, "no face found");
    bool *wanted = oc_arena_array(in->req->arena, p->look.faces.n, sizeof *wanted);
    if (!wanted)
        return oc_err_nomem(err, "faces", p->look.faces.n);
    memset(wanted, 0, p->look.faces.n * sizeof *wanted);
    *face = oc_face_analysis_largest(&p->look);
    wanted[*face] = true;
    return oc_face_picture_embed(in, m, &params, wanted, p, err);
}

static enum oc_status render(const struct oc_request *req, const struct oc_faces *found, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_deepstack_open(&j);
    oc_json_key(&j, "predictions");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < found->n; i++) {
        oc_json_open(&j, '{');
        oc_json_put_float(&j, "confidence", found->items[i].score);
        oc_deepstack_box(&j, &found->items[i].box);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_put_int(&j, "count", (int64_t)found->n);
    oc_deepstack_close(&j, req, "detect");
    return oc_json_end(&j);
}

enum oc_status oc_deepstack_face(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_lease lease = {0};
    struct oc_image im = {0};
    struct oc_faces found = {0};
    struct oc_image_source source;
    double confidence = 0;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_deepstack_confidence(&in, CONFIDENCE_BY_DEFAULT, &confidence, err)) ||
           (st = oc_deepstack_image(&in, &source, err)) ||
           (st = oc_deepstack_acquire(&in, NULL, OC_TASK_FACE_DETECT, "Face", &lease, err)) ||
           (st = oc_inputs_decode(&in, &source, &im, NULL, err)));
    const struct oc_detect_options opt = {.score_threshold = (float)confidence, .iou_threshold = -1};
    (void)(st || (st = oc_infer_faces(&in, &lease, &im, &opt, &found, err)) || (st = render(req, &found, res)));
    oc_faces_deinit(&found);
    oc_image_deinit(&im);
    oc_infer_release(&in, &lease);
    oc_inputs_deinit(&in);
    return st;
}

/* The pictures of a request: all files, in their order. */
enum oc_status oc_deepstack_images(const struct oc_inputs *in, const struct oc_image_source **out, size_t *n, struct oc_err *err)
{
    size_t most = in->parts.n + in->n_images;
    struct oc_image_source *all = oc_arena_array(in->req->arena, most ? most : 1, sizeof *all);
    *n = 0;
    *out = all;
    if (!all)
        return oc_err_nomem(err, "pictures", most * sizeof *all);
    for (size_t i = 0; i < in->parts.n; i++) {
        const struct oc_part *p = &in->parts.items[i];
        if (p->is_file)
            all[(*n)++] = (struct oc_image_source){.kind = OC_SOURCE_BYTES, .field = p->name, .text = p->data, .len = p->len};
    }
    for (size_t i = 0; !*n && i < in->n_images; i++)
        all[i] = in->images[i];
    *n = *n ? *n : in->n_images;
    int allowed = in->req->service->max_images > 0 ? in->req->service->max_images : LIM_IMAGES;
    return *n <= (size_t)allowed ? OC_OK : oc_err_set(err, OC_E_INVALID, "at most %d images in one request", allowed);
}

double oc_deepstack_similarity(double cosine)
{
    return (cosine + 1) / 2;
}

enum oc_status oc_deepstack_match(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_face_models models = {0};
    struct oc_face_picture pictures[2] = {0};
    const struct oc_image_source *sources;
    size_t n = 0, face[2] = {0};
    enum oc_status st = oc_inputs_read(req, &in, err);
    if (!st)
        st = oc_deepstack_images(&in, &sources, &n, err);
    if (!st && n != 2)
        st = oc_err_set(err, OC_E_INVALID, "No valid image file found: the parts image1 and image2 are expected, there are %zu", n);
    if (!st)
        st = oc_deepstack_face_models(&in, &models, err);
    for (int i = 0; !st && i < 2; i++)
        st = oc_deepstack_largest(&in, &models, &sources[i], &pictures[i], &face[i], err);
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        double cosine = oc_vector_cosine(oc_face_analysis_vector(&pictures[0].look, face[0]),
                                         oc_face_analysis_vector(&pictures[1].look, face[1]), pictures[0].look.vectors.dim);
        oc_deepstack_open(&j);
        oc_json_put_float(&j, "similarity", (float)oc_deepstack_similarity(cosine));
        oc_deepstack_close(&j, req, "match");
        st = oc_json_end(&j);
    }
    for (int i = 0; i < 2; i++)
        oc_face_picture_deinit(&pictures[i]);
    oc_face_models_release(&in, &models);
    oc_inputs_deinit(&in);
    return st;
}

/*
 * POST /api/v1/detection/detect: faces. POST /api/v1/verification/verify: the face of source_image against each of target_image.
 * POST /api/v1/verification/embeddings/verify: vectors instead of pictures.
 */
#include "handlers/dialects/compreface/compreface.h"

static enum oc_status render_detected(const struct oc_cf_ask *ask, const struct oc_cf_faces *f, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_key(&j, "result");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < f->n; i++) {
        oc_json_open(&j, '{');
        oc_cf_put_face(&j, ask, f, i);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_cf_put_versions(&j, ask);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_cf_detect(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_cf_faces faces = {0};
    enum oc_status st = oc_cf_ask_read(req, &ask, err);
    (void)(st || (st = oc_cf_ask_models(&ask, ask.calculator, err)) ||
           (st = oc_cf_look(&ask, "file", ask.calculator, false, &faces, err)) || (st = render_detected(&ask, &faces, res)));
    oc_cf_faces_deinit(&faces);
    oc_cf_ask_deinit(&ask);
    return st;
}

static enum oc_status render_verified(const struct oc_cf_ask *ask, const struct oc_cf_faces *source, const struct oc_cf_faces *target,
                                      struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    const float *a = oc_face_analysis_vector(&source->picture.look, source->order[0]);
    oc_json_open(&j, '{');
    oc_json_key(&j, "result");
    oc_json_open(&j, '[');
    oc_json_open(&j, '{');
    oc_json_key(&j, "source_image_face");
    oc_json_open(&j, '{');
    oc_cf_put_face(&j, ask, source, 0);
    oc_json_close(&j, '}');
    oc_json_key(&j, "face_matches");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < target->n; i++) {
        const float *b = oc_face_analysis_vector(&target->picture.look, target->order[i]);
        oc_json_open(&j, '{');
        oc_cf_put_face(&j, ask, target, i);
        oc_json_put_float(&j, "similarity", (float)oc_cf_likeness(ask, a, b, target->picture.look.vectors.dim));
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_cf_put_versions(&j, ask);
    oc_json_close(&j, '}');
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_cf_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_cf_faces source = {0}, target = {0};
    enum oc_status st = oc_cf_ask_read(req, &ask, err);
    (void)(st || (st = oc_cf_ask_models(&ask, true, err)) || (st = oc_cf_look(&ask, "source_image", true, true, &source, err)) ||
           (st = oc_cf_look(&ask, "target_image", true, false, &target, err)) || (st = render_verified(&ask, &source, &target, res)));
    oc_cf_faces_deinit(&source);
    oc_cf_faces_deinit(&target);
    oc_cf_ask_deinit(&ask);
    return st;
}

enum oc_status oc_cf_verify_vectors(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    const float *source, *const *targets;
    size_t n = 0;
    enum oc_status st = oc_cf_ask_read(req, &ask, err);
    if (!st)
        st = oc_face_models_acquire(&ask.in, true, &ask.models, err);
    (void)(st || (st = oc_cf_vector(&ask, "source", &source, err)) || (st = oc_cf_vectors(&ask, "targets", &targets, &n, err)));
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        size_t dim = (size_t)ask.models.embedder.recipe->decode.dim;
        oc_json_open(&j, '{');
        oc_json_key(&j, "result");
        oc_json_open(&j, '[');
        for (size_t i = 0; i < n; i++) {
            oc_json_open(&j, '{');
            oc_json_key(&j, "embedding");
            oc_json_floats(&j, targets[i], dim);
            oc_json_put_float(&j, "similarity", (float)oc_cf_likeness(&ask, source, targets[i], dim));
            oc_json_close(&j, '}');
        }
        oc_json_close(&j, ']');
        oc_json_close(&j, '}');
        st = oc_json_end(&j);
    }
    oc_cf_ask_deinit(&ask);
    return st;
}

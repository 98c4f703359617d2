/*
 * POST /api/v1/recognition/recognize: who is in a picture. POST …/faces/{image_id}/verify: a picture's faces against a stored one. The
 * same with vectors: …/embeddings/recognize, …/embeddings/faces/{image_id}/verify.
 */
#include "handlers/dialects/compreface/recognition.h"

static enum oc_status read_top(const struct oc_cf_ask *ask, int64_t *top, struct oc_err *err)
{
    *top = 1;
    return oc_param_int(&ask->in, "prediction_count", 1, LIM_GALLERY_TOP, top, err);
}

/* "subjects" or "similarities" of one face. */
static void put_subjects(struct oc_json *j, const struct oc_cf_ask *ask, const char *name, const struct oc_likenesses *c)
{
    const struct oc_lease *m = &ask->models.embedder;
    oc_json_key(j, name);
    oc_json_open(j, '[');
    for (size_t i = 0; c && i < c->n; i++) {
        double similarity = oc_cf_similarity(m->name, (double)m->recipe->thresholds.similarity, c->items[i].similarity);
        oc_json_open(j, '{');
        oc_json_put_string(j, "subject", c->items[i].subject);
        oc_json_put_float(j, "similarity", (float)similarity);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

static enum oc_status render_recognised(const struct oc_cf_ask *ask, const struct oc_cf_faces *f, const struct oc_likenesses *found,
                                        struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_key(&j, "result");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < f->n; i++) {
        int row = f->picture.look.rows[f->order[i]];
        oc_json_open(&j, '{');
        oc_cf_put_face(&j, ask, f, i);
        put_subjects(&j, ask, "subjects", found && row >= 0 ? &found[row] : NULL);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_cf_put_versions(&j, ask);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_cf_recognise(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_cf_faces faces = {0};
    struct oc_gallery *g;
    struct oc_gallery_model model;
    struct oc_likenesses *found = NULL;
    int64_t top;
    enum oc_status st = oc_cf_ask_read(req, &ask, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = read_top(&ask, &top, err)) || (st = oc_cf_ask_models(&ask, true, err)) ||
           (st = oc_cf_look(&ask, "file", true, false, &faces, err)));
    const struct oc_vectors *v = &faces.picture.look.vectors;
    (void)(st || (st = oc_gallery_lease_model(&ask.models.embedder, v->dim, &model, err)) ||
           (st = oc_gallery_identify(g, &model, v->data, v->n, (size_t)top, &found, err)) ||
           (st = render_recognised(&ask, &faces, found, res)));
    oc_mem_wipe_free(found);
    oc_cf_faces_deinit(&faces);
    oc_cf_ask_deinit(&ask);
    return st;
}

/* Inputs and models of a route that gets vectors. */
static enum oc_status read_vectors(struct oc_request *req, struct oc_cf_ask *ask, struct oc_gallery **g, struct oc_gallery_model *model,
                                   const float *const **vectors, size_t *n, struct oc_err *err)
{
    enum oc_status st = oc_cf_ask_read(req, ask, err);
    (void)(st || (st = oc_gallery_of(req, g, err)) || (st = oc_face_models_acquire(&ask->in, true, &ask->models, err)) ||
           (st = oc_cf_vectors(ask, "embeddings", vectors, n, err)) || (st = oc_gallery_lease_model(&ask->models.embedder, 0, model, err)));
    return st;
}

/* All in one block, as the search wants them; in the arena. */
static enum oc_status pack(const struct oc_cf_ask *ask, const float *const *vectors, size_t n, size_t dim, const float **out,
                           struct oc_err *err)
{
    float *rows = oc_arena_array(ask->in.req->arena, n * dim, sizeof *rows); /* at most LIM_FACES x LIM_VECTOR_DIM */
    *out = rows;
    if (!rows)
        return oc_err_nomem(err, "embeddings", n * dim * sizeof *rows);
    for (size_t i = 0; i < n; i++)
        memcpy(rows + i * dim, vectors[i], dim * sizeof *rows);
    return OC_OK;
}

enum oc_status oc_cf_recognise_vectors(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_gallery *g;
    struct oc_gallery_model model;
    struct oc_likenesses *found = NULL;
    const float *const *vectors, *rows;
    size_t n = 0;
    int64_t top;
    enum oc_status st = read_vectors(req, &ask, &g, &model, &vectors, &n, err);
    (void)(st || (st = read_top(&ask, &top, err)) || (st = pack(&ask, vectors, n, model.dim, &rows, err)) ||
           (st = oc_gallery_identify(g, &model, rows, n, (size_t)top, &found, err)));
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        oc_json_open(&j, '{');
        oc_json_key(&j, "result");
        oc_json_open(&j, '[');
        for (size_t i = 0; i < n; i++) {
            oc_json_open(&j, '{');
            oc_json_key(&j, "embedding");
            oc_json_floats(&j, vectors[i], model.dim);
            put_subjects(&j, &ask, "similarities", found ? &found[i] : NULL);
            oc_json_close(&j, '}');
        }
        oc_json_close(&j, ']');
        oc_json_close(&j, '}');
        st = oc_json_end(&j);
    }
    oc_mem_wipe_free(found);
    oc_cf_ask_deinit(&ask);
    return st;
}

/* A stored vector, copied into the arena. */
struct stored {
    struct oc_arena *arena;
    float *vector;
    size_t dim;
    bool searchable;
};

static enum oc_status copy_vector(void *arg, const struct oc_stored_face *f)
{
    struct stored *s = arg;
    s->dim = f->dim;
    s->searchable = f->searchable;
    s->vector = f->vector ? oc_arena_array(s->arena, f->dim, sizeof *s->vector) : NULL;
    if (f->vector && !s->vector)
        return OC_E_NOMEM;
    if (f->vector)
        memcpy(s->vector, f->vector, f->dim * sizeof *s->vector);
    return OC_OK;
}

/* The vector of the path's image, which must be the embedder's. */
static enum oc_status read_stored(const struct oc_cf_ask *ask, struct oc_gallery *g, const struct oc_gallery_model *model, struct stored *s,
                                  struct oc_err *err)
{
    const struct oc_request *req = ask->in.req;
    struct oc_gallery_model has;
    uint8_t id[OC_FACE_ID];
    bool bound;
    s->arena = req->arena;
    enum oc_status st = oc_cf_image_id(req, req->route_arg, id, err);
    if (!st)
        st = oc_gallery_face(g, id, OC_FACE_VECTOR, copy_vector, s, err);
    if (st == OC_E_NOT_FOUND)
        return oc_err_set(err, st, "Image %.64s not found", req->route_arg);
    if (st == OC_E_NOMEM)
        return oc_err_nomem(err, "an embedding", s->dim * sizeof *s->vector);
    if (!st)
        st = oc_gallery_model(g, &has, &bound, err);
    bool same = !st && bound && has.dim == model->dim && !memcmp(has.fingerprint, model->fingerprint, sizeof has.fingerprint);
    if (!st && (!s->vector || !s->searchable || !same || s->dim != model->dim))
        st = oc_err_set(err, OC_E_OTHER_MODEL, "Embedding of image %.64s is not of model '%s'", req->route_arg, model->name);
    return st;
}

static enum oc_status render_verified(const struct oc_cf_ask *ask, const struct oc_cf_faces *f, const struct stored *s,
                                      struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_key(&j, "result");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < f->n; i++) {
        const float *v = oc_face_analysis_vector(&f->picture.look, f->order[i]);
        oc_json_open(&j, '{');
        oc_cf_put_face(&j, ask, f, i);
        oc_json_put_float(&j, "similarity", (float)oc_cf_likeness(ask, s->vector, v, s->dim));
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_cf_put_versions(&j, ask);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_cf_example_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_cf_faces faces = {0};
    struct oc_gallery *g;
    struct oc_gallery_model model;
    struct stored stored = {0};
    enum oc_status st = oc_cf_ask_read(req, &ask, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_cf_ask_models(&ask, true, err)) ||
           (st = oc_gallery_lease_model(&ask.models.embedder, 0, &model, err)) || (st = read_stored(&ask, g, &model, &stored, err)) ||
           (st = oc_cf_look(&ask, "file", true, false, &faces, err)) || (st = render_verified(&ask, &faces, &stored, res)));
    oc_cf_faces_deinit(&faces);
    oc_cf_ask_deinit(&ask);
    return st;
}

enum oc_status oc_cf_example_verify_vectors(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_gallery *g;
    struct oc_gallery_model model;
    struct stored stored = {0};
    const float *const *vectors;
    size_t n = 0;
    enum oc_status st = read_vectors(req, &ask, &g, &model, &vectors, &n, err);
    if (!st)
        st = read_stored(&ask, g, &model, &stored, err);
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        oc_json_open(&j, '{');
        oc_json_key(&j, "result");
        oc_json_open(&j, '[');
        for (size_t i = 0; i < n; i++) {
            oc_json_open(&j, '{');
            oc_json_key(&j, "embedding");
            oc_json_floats(&j, vectors[i], model.dim);
            oc_json_put_float(&j, "similarity", (float)oc_cf_likeness(&ask, stored.vector, vectors[i], model.dim));
            oc_json_close(&j, '}');
        }
        oc_json_close(&j, ']');
        oc_json_close(&j, '}');
        st = oc_json_end(&j);
    }
    oc_cf_ask_deinit(&ask);
    return st;
}

/* See ask.h. */
#include "handlers/gallery/ask.h"
#include "handlers/input/vector_in.h"
#include "models/installed/fingerprint.h"

enum oc_status oc_gallery_of(const struct oc_request *req, struct oc_gallery **out, struct oc_err *err)
{
    *out = req->service->gallery;
    return *out ? OC_OK : oc_err_set(err, OC_E_NOT_FOUND, "this server has no gallery (--gallery)");
}

enum oc_status oc_gallery_path_subject(const struct oc_request *req, const char **out, struct oc_err *err)
{
    char *name = oc_arena_alloc(req->arena, LIM_SUBJECT_NAME + 1);
    *out = name;
    return name ? oc_subject_name(req->route_arg, strlen(req->route_arg), name, err) : oc_err_nomem(err, "a name", LIM_SUBJECT_NAME);
}

enum oc_status oc_gallery_lease_model(const struct oc_lease *embedder, size_t dim, struct oc_gallery_model *out, struct oc_err *err)
{
    *out = (struct oc_gallery_model){.dim = dim ? dim : (size_t)embedder->recipe->decode.dim};
    snprintf(out->name, sizeof out->name, "%s", embedder->name);
    return oc_lease_fingerprint(embedder, out->fingerprint, err);
}

static enum oc_status read_source(struct oc_gallery_ask *ask, struct oc_err *err)
{
    enum oc_status st = oc_param_vector(&ask->in, "embedding", &ask->vector, &ask->dim, err);
    if (st)
        return st;
    if (ask->vector && ask->in.n_images)
        return oc_err_set(err, OC_E_INVALID, "an image or an 'embedding' is expected, the request has both");
    if (!ask->vector && !ask->in.n_images)
        return oc_err_set(
            err, OC_E_INVALID,
            "a face is expected: an image as the body, as the multipart part 'image' or as the JSON member 'image', or a vector "
            "as 'embedding'");
    return ask->vector ? OC_OK : oc_inputs_one_image(&ask->in, &ask->picture.source, err);
}

/* A vector alone, and no embedder is installed that could have made it: then it is the gallery's model's. */
static enum oc_status trust_gallery(struct oc_gallery_ask *ask, struct oc_gallery *g, struct oc_err *err)
{
    bool bound = false;
    struct oc_err second;
    enum oc_status st = oc_gallery_model(g, &ask->model, &bound, &second);
    if (st)
        return oc_err_set(err, st, "%s", second.msg);
    return bound ? OC_OK : OC_E_UNKNOWN_MODEL; /* err says it already */
}

static enum oc_status acquire(struct oc_gallery_ask *ask, struct oc_gallery *g, struct oc_err *err)
{
    enum oc_status st = oc_face_models_acquire(&ask->in, ask->params.aligned || ask->vector, &ask->models, err);
    if (st == OC_E_UNKNOWN_MODEL && ask->vector && !oc_param_given(&ask->in, "model"))
        st = trust_gallery(ask, g, err);
    else if (!st && ask->vector)
        st = oc_gallery_lease_model(&ask->models.embedder, 0, &ask->model, err);
    if (st || !ask->vector)
        return st;
    if (!ask->model.dim)
        ask->model.dim = ask->dim;
    if (ask->dim != ask->model.dim)
        st = oc_err_set(err, OC_E_INVALID, "embedding: %zu numbers are expected for model '%s', there are %zu", ask->model.dim,
                        ask->model.name, ask->dim);
    return st;
}

/* The file itself is wanted beside what is in it: then it is fetched or decoded once, here. */
static enum oc_status keep_file(struct oc_gallery_ask *ask, struct oc_err *err)
{
    const struct oc_request *req = ask->in.req;
    const char *bytes;
    size_t n;
    const char *field = ask->picture.source->field;
    enum oc_status st = oc_source_bytes(req, ask->picture.source, &ask->own, &bytes, &n, err);
    if (st)
        return strcmp(field, "body") != 0 ? oc_err_prefix(err, st, "%s: ", field) : st;
    ask->kept = (struct oc_image_source){.kind = OC_SOURCE_BYTES, .field = field, .text = bytes, .len = n};
    ask->picture.source = &ask->kept;
    return OC_OK;
}

static enum oc_status look(struct oc_gallery_ask *ask, bool keep, struct oc_err *err)
{
    if (!ask->picture.source)
        return OC_OK;
    enum oc_status st = keep ? keep_file(ask, err) : OC_OK;
    if (!st)
        st = oc_face_picture_look(&ask->in, &ask->models, &ask->params, &ask->picture, err);
    if (!st && !ask->picture.look.faces.n)
        st = oc_err_set(err, OC_E_NO_FACE, "no face found by detector '%s'", ask->models.detector.name);
    return st;
}

enum oc_status oc_gallery_ask_read(struct oc_request *req, struct oc_gallery *g, int most_faces, bool keep, struct oc_gallery_ask *ask,
                                   struct oc_err *err)
{
    *ask = (struct oc_gallery_ask){.dim = 0};
    oc_buf_init(&ask->own, OC_MEM_BODY, req->service->max_body ? req->service->max_body : LIM_BODY_BYTES);
    enum oc_status st = oc_inputs_read(req, &ask->in, err);
    (void)(st || (st = oc_face_params_read(&ask->in, most_faces, &ask->params, err)) || (st = read_source(ask, err)) ||
           (st = acquire(ask, g, err)) || (st = look(ask, keep, err)));
    return st;
}

enum oc_status oc_gallery_ask_embed(struct oc_gallery_ask *ask, const bool *wanted, struct oc_err *err)
{
    if (ask->vector)
        return OC_OK;
    enum oc_status st = oc_face_picture_embed(&ask->in, &ask->models, &ask->params, wanted, &ask->picture, err);
    return st ? st : oc_gallery_lease_model(&ask->models.embedder, ask->picture.look.vectors.dim, &ask->model, err);
}

const float *oc_gallery_ask_vector(const struct oc_gallery_ask *ask, size_t face)
{
    return ask->vector ? ask->vector : oc_face_analysis_vector(&ask->picture.look, face);
}

void oc_gallery_ask_deinit(struct oc_gallery_ask *ask)
{
    oc_face_picture_deinit(&ask->picture);
    oc_buf_deinit(&ask->own);
    if (ask->in.req)
        oc_face_models_release(&ask->in, &ask->models);
    oc_inputs_deinit(&ask->in);
}

void oc_gallery_render_model(struct oc_json *j, const struct oc_gallery_model *m, bool known)
{
    char text[2 * OC_FINGERPRINT + 1];
    oc_json_key(j, "model");
    if (!known) {
        oc_json_null(j);
        return;
    }
    for (int i = 0; i < OC_FINGERPRINT; i++)
        snprintf(text + 2 * i, 3, "%02x", m->fingerprint[i]);
    oc_json_open(j, '{');
    oc_json_put_string(j, "name", m->name);
    oc_json_put_int(j, "dim", (int64_t)m->dim);
    oc_json_put_string(j, "fingerprint", text);
    oc_json_close(j, '}');
}

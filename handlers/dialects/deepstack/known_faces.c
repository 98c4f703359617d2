/*
 * POST /v1/vision/face/register, recognize, list, delete: people by their faces, in the server's gallery. Registering a person again
 * adds to the faces there are; DeepStack kept one mean vector for each. min_confidence is of the similarity (cosine + 1) / 2.
 */
#include "handlers/dialects/deepstack/faces.h"
#include "handlers/gallery/ask.h"
#include "handlers/gallery/names.h"

#define SIMILARITY_BY_DEFAULT .67 /* DeepStack's and CodeProject.AI's */

static enum oc_status read_user(const struct oc_inputs *in, char out[LIM_SUBJECT_NAME + 1], struct oc_err *err)
{
    const char *text = NULL;
    enum oc_status st = oc_param_string(in, "userid", LIM_FIELD_BYTES, &text, err);
    if (!st && !text)
        st = oc_err_set(err, OC_E_INVALID, "userid not specified");
    return st ? st : oc_subject_name(text, strlen(text), out, err);
}

/* What lives while pictures are registered. */
struct registering {
    struct oc_inputs in;
    struct oc_gallery *g;
    struct oc_face_models models;
    struct oc_gallery_model model;
    struct oc_new_face *faces;        /* in the arena */
    struct oc_face_picture *pictures; /* in the arena */
    size_t n, n_pictures;
    bool known; /* the person was there before */
};

/* The largest face of each picture; pictures without one are passed over, as there. */
static enum oc_status look(struct registering *r, const struct oc_image_source *sources, size_t n, struct oc_err *err)
{
    r->pictures = oc_arena_array(r->in.req->arena, n, sizeof *r->pictures);
    r->faces = oc_arena_array(r->in.req->arena, n, sizeof *r->faces);
    if (!r->pictures || !r->faces)
        return oc_err_nomem(err, "faces", n * sizeof *r->pictures);
    memset(r->pictures, 0, n * sizeof *r->pictures);
    memset(r->faces, 0, n * sizeof *r->faces);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++) {
        size_t at;
        struct oc_face_picture *p = &r->pictures[r->n_pictures++];
        st = oc_deepstack_largest(&r->in, &r->models, &sources[i], p, &at, err);
        if (st == OC_E_NO_FACE) {
            st = OC_OK;
            continue;
        }
        if (st)
            break;
        const struct oc_box *b = &p->look.faces.items[at].box;
        struct oc_new_face *f = &r->faces[r->n++];
        *f = (struct oc_new_face){.vector = oc_face_analysis_vector(&p->look, at), .has_box = true, .box = {b->x1, b->y1, b->x2, b->y2}};
        f->score = p->look.faces.items[at].score;
        f->quality = p->look.quality[at].overall;
        if (oc_gallery_keeps_pictures(r->g) && sources[i].kind == OC_SOURCE_BYTES) {
            f->picture = sources[i].text;
            f->picture_len = sources[i].len;
        }
        if (r->n == 1)
            st = oc_gallery_lease_model(&r->models.embedder, p->look.vectors.dim, &r->model, err);
    }
    return st || r->n ? st : oc_err_set(err, OC_E_NO_FACE, "no face detected");
}

static enum oc_status note(void *arg, const struct oc_subject *s)
{
    *(bool *)arg = s->faces > 0;
    return OC_OK;
}

enum oc_status oc_deepstack_register(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct registering r = {.n = 0};
    const struct oc_image_source *sources;
    size_t n = 0;
    char user[LIM_SUBJECT_NAME + 1];
    enum oc_status st = oc_inputs_read(req, &r.in, err);
    (void)(st || (st = oc_gallery_of(req, &r.g, err)) || (st = read_user(&r.in, user, err)) ||
           (st = oc_deepstack_images(&r.in, &sources, &n, err)));
    if (!st && !n)
        st = oc_err_set(err, OC_E_INVALID, "No valid image file found: the parts image1, image2, ... are expected");
    (void)(st || (st = oc_deepstack_face_models(&r.in, &r.models, err)) || (st = look(&r, sources, n, err)));
    struct oc_err unknown;
    if (!st && oc_gallery_subject(r.g, user, note, &r.known, &unknown) == OC_E_NOMEM)
        st = oc_err_nomem(err, "a name", sizeof user);
    if (!st)
        st = oc_gallery_add(r.g, user, &r.model, r.faces, r.n, NULL, err);
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        oc_deepstack_open(&j);
        oc_json_put_string(&j, "message", r.known ? "face updated" : "face added");
        oc_deepstack_close(&j, req, "register");
        st = oc_json_end(&j);
    }
    for (size_t i = 0; i < r.n_pictures; i++)
        oc_face_picture_deinit(&r.pictures[i]);
    oc_face_models_release(&r.in, &r.models);
    oc_inputs_deinit(&r.in);
    return st;
}

static enum oc_status render(const struct oc_request *req, const struct oc_face_analysis *look, const struct oc_likenesses *found,
                             double least, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_deepstack_open(&j);
    oc_json_key(&j, "predictions");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < look->faces.n; i++) {
        const struct oc_likenesses *c = found && look->rows[i] >= 0 ? &found[look->rows[i]] : NULL;
        double similarity = c && c->n ? oc_deepstack_similarity(c->items[0].similarity) : 0;
        bool known = c && c->n && similarity >= least;
        oc_json_open(&j, '{');
        oc_json_put_float(&j, "confidence", known ? (float)similarity : 0);
        oc_json_put_string(&j, "userid", known ? c->items[0].subject : "unknown");
        oc_deepstack_box(&j, &look->faces.items[i].box);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_put_int(&j, "count", (int64_t)look->faces.n);
    oc_deepstack_close(&j, req, "recognize");
    return oc_json_end(&j);
}

enum oc_status oc_deepstack_recognize(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    struct oc_face_models models = {0};
    struct oc_face_picture picture = {0};
    struct oc_image_source source;
    struct oc_gallery_model model;
    struct oc_likenesses *found = NULL;
    const struct oc_face_params params = {.detect = {.score_threshold = -1, .iou_threshold = -1, .max_detections = LIM_FACES},
                                          .embed = {.normalise = true}};
    double least;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_deepstack_confidence(&in, SIMILARITY_BY_DEFAULT, &least, err)) ||
           (st = oc_deepstack_image(&in, &source, err)) || (st = oc_deepstack_face_models(&in, &models, err)));
    picture.source = &source;
    (void)(st || (st = oc_face_picture_look(&in, &models, &params, &picture, err)) ||
           (st = oc_face_picture_embed(&in, &models, &params, NULL, &picture, err)));
    const struct oc_vectors *v = &picture.look.vectors;
    if (!st && v->n)
        st = oc_gallery_lease_model(&models.embedder, v->dim, &model, err);
    if (!st && v->n)
        st = oc_gallery_identify(g, &model, v->data, v->n, 1, &found, err);
    if (!st)
        st = render(req, &picture.look, found, least, res);
    oc_mem_wipe_free(found);
    oc_face_picture_deinit(&picture);
    oc_face_models_release(&in, &models);
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_deepstack_list(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    struct oc_json j = oc_json_begin(&res->body);
    enum oc_status st = oc_gallery_of(req, &g, err);
    oc_deepstack_open(&j);
    oc_json_key(&j, "faces");
    oc_json_open(&j, '[');
    if (!st)
        st = oc_gallery_put_names(req, g, &j, err);
    oc_json_close(&j, ']');
    oc_deepstack_close(&j, req, "list");
    return st ? st : oc_json_end(&j);
}

/* Whoever is not there is gone: success, as there. */
enum oc_status oc_deepstack_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    char user[LIM_SUBJECT_NAME + 1];
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = read_user(&in, user, err)) ||
           (st = oc_gallery_remove_subject(g, user, NULL, err)));
    if (!st || st == OC_E_NOT_FOUND) {
        struct oc_json j = oc_json_begin(&res->body);
        bool none = st == OC_E_NOT_FOUND && !req->service->gallery;
        oc_deepstack_open(&j);
        oc_deepstack_close(&j, req, "delete");
        st = none ? st : oc_json_end(&j);
    }
    oc_inputs_deinit(&in);
    return st;
}

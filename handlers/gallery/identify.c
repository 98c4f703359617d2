/*
 * POST /v1/faces/identify: who is in a picture, or whose is an `embedding`. Parameters: top_k, threshold, and those of /v1/faces/embed but
 * normalize, encoding, crops.
 */
#include "base/clock.h"
#include "handlers/gallery/ask.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

enum { TOP = 5 };

struct identify {
    struct oc_gallery_ask ask;
    struct oc_gallery *g;
    int64_t top;
    double threshold;
    const char *threshold_source;
    struct oc_likenesses *found; /* owned; of those faces that have a vector, in order */
};

static enum oc_status read_params(struct identify *d, struct oc_err *err)
{
    const struct oc_recipe *recipe = d->ask.models.embedder.recipe;
    d->threshold = -2;
    d->threshold_source = "request";
    enum oc_status st = oc_param_int(&d->ask.in, "top_k", 1, LIM_GALLERY_TOP, &d->top, err);
    if (!st)
        st = oc_param_f64(&d->ask.in, "threshold", -1, 1, &d->threshold, err);
    if (st || d->threshold >= -1)
        return st;
    if (!recipe)
        return oc_err_set(err, OC_E_INVALID, "threshold: is needed, for the gallery's model '%s' is not installed", d->ask.model.name);
    d->threshold = (double)recipe->thresholds.similarity;
    d->threshold_source = recipe->thresholds.similarity_from;
    return OC_OK;
}

static size_t faces_of(const struct identify *d)
{
    return d->ask.vector ? 1 : d->ask.picture.look.faces.n;
}

/* Flags of the faces that are good enough, in the arena. */
static enum oc_status choose(const struct identify *d, bool **wanted, struct oc_err *err)
{
    const struct oc_face_analysis *look = &d->ask.picture.look;
    *wanted = oc_arena_array(d->ask.in.req->arena, look->faces.n ? look->faces.n : 1, sizeof **wanted);
    if (!*wanted)
        return oc_err_nomem(err, "faces", look->faces.n);
    char why[OC_FACE_REFUSAL];
    for (size_t i = 0; i < look->faces.n; i++)
        (*wanted)[i] = !oc_face_refused(&d->ask.params, look, i, why);
    return OC_OK;
}

static enum oc_status search(struct identify *d, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    size_t n = d->ask.vector ? 1 : d->ask.picture.look.vectors.n;
    const float *vectors = d->ask.vector ? d->ask.vector : d->ask.picture.look.vectors.data;
    enum oc_status st = n ? oc_gallery_identify(d->g, &d->ask.model, vectors, n, (size_t)d->top, &d->found, err) : OC_OK;
    d->ask.in.req->timing.postprocess_ns += oc_now_ns() - start;
    return st;
}

static void put_candidates(struct oc_json *j, const struct oc_likenesses *c)
{
    oc_json_key(j, "candidates");
    oc_json_open(j, '[');
    for (size_t i = 0; c && i < c->n; i++) {
        char id[OC_FACE_ID_TEXT];
        oc_face_id_format(c->items[i].id, id);
        oc_json_open(j, '{');
        oc_json_put_string(j, "subject", c->items[i].subject);
        oc_json_put_float(j, "similarity", (float)c->items[i].similarity);
        oc_json_put_string(j, "face_id", id);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

static void put_face(struct oc_json *j, const struct identify *d, size_t i)
{
    const struct oc_likenesses *c = NULL;
    if (d->found && oc_gallery_ask_vector(&d->ask, i))
        c = &d->found[d->ask.vector ? 0 : d->ask.picture.look.rows[i]];
    bool known = c && c->n && c->items[0].similarity >= d->threshold;
    oc_json_open(j, '{');
    if (d->ask.vector) {
        oc_json_key(j, "box");
        oc_json_null(j);
    } else {
        oc_render_seen_face(j, &d->ask.picture.look, i);
    }
    oc_json_put_string(j, "subject", known ? c->items[0].subject : NULL);
    oc_json_key(j, "similarity");
    if (c && c->n)
        oc_json_float(j, (float)c->items[0].similarity);
    else
        oc_json_null(j);
    put_candidates(j, c);
    oc_json_close(j, '}');
}

static enum oc_status render(const struct identify *d, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    struct oc_image size = {.width = d->ask.picture.width, .height = d->ask.picture.height};
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", d->ask.model.name);
    oc_json_put_string(&j, "detector", d->ask.models.detector.name);
    oc_json_key(&j, "threshold");
    oc_json_fixed(&j, d->threshold, 6);
    oc_json_put_string(&j, "threshold_source", d->threshold_source);
    if (!d->ask.vector)
        oc_render_image(&j, &size, &d->ask.picture.info);
    oc_json_key(&j, "faces");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < faces_of(d); i++)
        put_face(&j, d, i);
    oc_json_close(&j, ']');
    oc_render_timing(&j, &d->ask.in.req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_faces_identify(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct identify d = {.top = TOP};
    bool *wanted;
    enum oc_status st = oc_gallery_of(req, &d.g, err);
    (void)(st || (st = oc_gallery_ask_read(req, d.g, LIM_FACES, false, &d.ask, err)) || (st = read_params(&d, err)) ||
           (st = choose(&d, &wanted, err)) || (st = oc_gallery_ask_embed(&d.ask, wanted, err)) || (st = search(&d, err)) ||
           (st = render(&d, res)));
    oc_mem_wipe_free(d.found);
    oc_gallery_ask_deinit(&d.ask);
    return st;
}

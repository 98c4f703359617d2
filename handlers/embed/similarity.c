/*
 * POST /v1/similarity: cosines of every item of a group a with every item of a group b. Groups are named (JSON members a and b, objects
 * of images and texts; multipart parts a_image, a_text, b_image, b_text), or they are all pictures and all texts of the request, or all
 * items and themselves when there is one kind alone. With scoring=matching, one of the groups is pictures and the other texts, and the
 * numbers are probabilities of a network that sees both.
 */
#include <math.h>
#include "handlers/embed/matching.h"
#include "handlers/input/json_in.h"
#include "handlers/input/texts.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"
#include "handlers/warnings.h"

/* Items of one group: places in the request's lists of pictures and texts. */
struct group {
    size_t image, n_images, text, n_texts;
};

enum scoring { COSINE, MATCHING };

struct similarity {
    struct oc_texts texts;
    struct group a, b;
    int scoring;                 /* enum scoring */
    struct oc_embedding vectors; /* of COSINE */
    struct oc_matching matching; /* of MATCHING */
};

static size_t count(const struct group *g)
{
    return g->n_images + g->n_texts;
}

/* paths: of the members image, images, text, texts, for messages. */
static enum oc_status read_json_group(struct oc_inputs *in, struct similarity *s, const char *name, const char *const paths[4],
                                      struct group *g, struct oc_err *err)
{
    static const char *const members[4] = {"image", "images", "text", "texts"};
    const json_t *object = oc_inputs_member(in, name);
    *g = (struct group){.image = in->n_images, .text = s->texts.n};
    if (!json_is_object(object))
        return oc_err_set(err, OC_E_INVALID, "%s: must be an object of images and texts, is %s", name,
                          object ? oc_json_kind(object) : "missing");
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < 4; i++) {
        const json_t *v = json_object_get(object, members[i]);
        if (!v || json_is_null(v))
            continue;
        if (json_is_array(v) && !json_array_size(v))
            return oc_err_set(err, OC_E_INVALID, "%s: the list is empty", paths[i]);
        st = i < 2 ? oc_inputs_add_json(in, paths[i], v, err) : oc_texts_add_json(&s->texts, paths[i], v, err);
    }
    g->n_images = in->n_images - g->image;
    g->n_texts = s->texts.n - g->text;
    return st;
}

static enum oc_status read_parts_group(struct oc_inputs *in, struct similarity *s, const char *image, const char *text, struct group *g,
                                       struct oc_err *err)
{
    *g = (struct group){.image = in->n_images, .text = s->texts.n};
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < in->parts.n; i++) {
        const struct oc_part *p = &in->parts.items[i];
        if (!strcmp(p->name, image))
            st = oc_inputs_add_image(in, &(struct oc_image_source){.kind = OC_SOURCE_BYTES, .field = image, .text = p->data, .len = p->len},
                                     err);
    }
    if (!st)
        st = oc_texts_add_parts(&s->texts, in, text, err);
    g->n_images = in->n_images - g->image;
    g->n_texts = s->texts.n - g->text;
    return st;
}

static bool has_part(const struct oc_inputs *in, const char *prefix)
{
    for (size_t i = 0; i < in->parts.n; i++)
        if (!strncmp(in->parts.items[i].name, prefix, strlen(prefix)))
            return true;
    return false;
}

/* Without groups by name. */
static void group_by_kind(const struct oc_inputs *in, struct similarity *s)
{
    if (in->n_images && s->texts.n) {
        s->a = (struct group){.n_images = in->n_images};
        s->b = (struct group){.n_texts = s->texts.n};
    } else {
        s->a = s->b = (struct group){.n_images = in->n_images, .n_texts = s->texts.n};
    }
}

static enum oc_status read_groups(struct oc_inputs *in, struct similarity *s, struct oc_err *err)
{
    static const char *const a[] = {"a/image", "a/images", "a/text", "a/texts"}, *const b[] = {"b/image", "b/images", "b/text", "b/texts"};
    static const char *const grouped[] = {"a_image", "a_text", "b_image", "b_text"};
    for (size_t i = 0; i < OC_ARRAY_LEN(grouped); i++)
        oc_asked(in->req, grouped[i]);
    bool named = oc_inputs_member(in, "a") || oc_inputs_member(in, "b"), parts = has_part(in, "a_") || has_part(in, "b_");
    if (!named && !parts) {
        group_by_kind(in, s);
        if (count(&s->a))
            return OC_OK;
        return oc_err_set(
            err, OC_E_INVALID,
            "images and texts are expected: in the members 'images' and 'texts', or in two groups 'a' and 'b' of such members");
    }
    if (in->n_images || s->texts.n)
        return oc_err_set(err, OC_E_INVALID, "images and texts are either in the groups a and b or outside of them");
    enum oc_status st = named ? read_json_group(in, s, "a", a, &s->a, err) : read_parts_group(in, s, "a_image", "a_text", &s->a, err);
    if (!st)
        st = named ? read_json_group(in, s, "b", b, &s->b, err) : read_parts_group(in, s, "b_image", "b_text", &s->b, err);
    if (!st && (!count(&s->a) || !count(&s->b)))
        st = oc_err_set(err, OC_E_INVALID, "group %s has neither image nor text", count(&s->a) ? "b" : "a");
    return st;
}

/* Item i of a group: pictures first. */
static const float *vector(const struct oc_embedding *e, const struct group *g, size_t i)
{
    return i < g->n_images ? oc_vectors_row(&e->images, g->image + i) : oc_vectors_row(&e->texts, g->text + i - g->n_images);
}

/* Rows are of length 1, so that the dot is the cosine, but for rounding. */
static float cosine(const float *x, const float *y, size_t dim)
{
    return (float)fmax(-1, fmin(1, oc_vector_dot(x, y, dim)));
}

static void render_group(struct oc_json *j, const char *name, const struct group *g)
{
    oc_json_key(j, name);
    oc_json_open(j, '[');
    for (size_t i = 0; i < count(g); i++) {
        oc_json_open(j, '{');
        oc_json_put_string(j, "kind", i < g->n_images ? "image" : "text");
        oc_json_put_int(j, "index", (int64_t)(i < g->n_images ? i : i - g->n_images));
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

/* The number of item i of a with item k of b. */
static float number(const struct similarity *s, size_t i, size_t k)
{
    const struct oc_embedding *e = &s->vectors;
    if (s->scoring == COSINE)
        return cosine(vector(e, &s->a, i), vector(e, &s->b, k), e->dim);
    bool pictures_first = s->a.n_images;
    return (float)s->matching.scores[(pictures_first ? i : k) * s->texts.n + (pictures_first ? k : i)];
}

static enum oc_status render(const struct oc_request *req, const struct similarity *s, struct oc_response *res, struct oc_err *err)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", s->scoring == COSINE ? s->vectors.model : s->matching.lease.package);
    if (s->scoring == MATCHING)
        oc_json_put_string(&j, "scoring", "matching");
    render_group(&j, "a", &s->a);
    render_group(&j, "b", &s->b);
    oc_json_key(&j, "similarity");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < count(&s->a) && !j.status; i++) { /* a row may be two thousand cosines */
        if (req->cancelled && req->cancelled(req->cancel_arg))
            return oc_err_set(err, OC_E_CANCELLED, "stopped at row %zu", i);
        oc_json_open(&j, '[');
        for (size_t k = 0; k < count(&s->b); k++)
            oc_json_float(&j, number(s, i, k));
        oc_json_close(&j, ']');
    }
    oc_json_close(&j, ']');
    oc_render_timing(&j, &req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

static enum oc_status read_scoring(const struct oc_inputs *in, struct similarity *s, struct oc_err *err)
{
    static const char *const words[] = {[COSINE] = "cosine", [MATCHING] = "matching", NULL};
    enum oc_status st = oc_param_word(in, "scoring", words, &s->scoring, err);
    bool pairs = (!s->a.n_texts && !s->b.n_images) || (!s->a.n_images && !s->b.n_texts);
    if (!st && s->scoring == MATCHING && !pairs)
        st = oc_err_set(err, OC_E_INVALID, "scoring: matching is of pictures with texts: one group of each kind is expected");
    return st;
}

static enum oc_status run(const struct oc_inputs *in, struct oc_embedding_ask *ask, struct similarity *s, struct oc_err *err)
{
    ask->images = in->images; /* the lists have grown */
    ask->n_images = in->n_images;
    ask->texts = s->texts.items;
    ask->n_texts = s->texts.n;
    return s->scoring == COSINE ? oc_embedding_run(in, ask, &s->vectors, err) : oc_matching_run(in, ask, &s->matching, err);
}

enum oc_status oc_similarity(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct similarity s = {.vectors = {.in = &in}, .matching = {.in = &in}};
    struct oc_embedding_ask ask;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_embedding_read(&in, &s.texts, &ask, err)) || (st = read_groups(&in, &s, err)) ||
           (st = read_scoring(&in, &s, err)) || (st = run(&in, &ask, &s, err)) || (st = render(req, &s, res, err)));
    oc_embedding_deinit(&s.vectors);
    oc_matching_deinit(&s.matching);
    oc_inputs_deinit(&in);
    return st;
}

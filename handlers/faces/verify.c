/*
 * POST /v1/faces/verify: are two faces of one person. Each of the two sides is a picture (image1, image2, or two of any name) or a
 * vector (embedding1, embedding2, or `embedding` beside a picture). Parameters: model, detector, threshold, faces=largest|best|all,
 * score_threshold, iou_threshold, max_faces, min_quality, min_face_size, tile, overlap, whole, scales, merge, flip, aligned, exif.
 */
#include "handlers/faces/faces.h"
#include "handlers/faces/sides.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

enum which { LARGEST, BEST, ALL };

/* One comparison: places of the faces in their pictures, 0 for a vector. */
struct pair {
    size_t face[2];
    double similarity;
};

struct verify {
    struct oc_inputs in;
    struct oc_face_params params;
    int which; /* enum which */
    double threshold;
    const char *threshold_source, *threshold_reason;
    struct oc_face_models models;
    struct oc_side sides[2];
    struct pair *pairs; /* in the arena; best first */
    size_t n_pairs;
};

static enum oc_status read_params(struct verify *v, struct oc_err *err)
{
    static const char *const whichs[] = {"largest", "best", "all", NULL};
    v->threshold = -2;
    enum oc_status st = oc_face_params_read(&v->in, LIM_FACE_PAIRS, &v->params, err);
    (void)(st || (st = oc_param_word(&v->in, "faces", whichs, &v->which, err)) ||
           (st = oc_param_f64(&v->in, "threshold", -1, 1, &v->threshold, err)));
    if (!v->params.detect.max_detections)
        v->params.detect.max_detections = LIM_FACE_PAIRS;
    return st;
}

/* Two vectors and a threshold need no model; if there is one, its threshold and its vectors' length count. */
static enum oc_status acquire(struct verify *v, struct oc_err *err)
{
    bool pictures = v->sides[0].picture.source || v->sides[1].picture.source;
    enum oc_status st = oc_face_models_acquire(&v->in, v->params.aligned || !pictures, &v->models, err);
    if (st == OC_E_UNKNOWN_MODEL && !pictures && v->threshold >= -1 && !oc_param_given(&v->in, "model"))
        st = OC_OK;
    if (st)
        return st;
    v->threshold_source = "request";
    v->threshold_reason = "the parameter threshold";
    if (v->threshold < -1) {
        v->threshold = (double)v->models.embedder.recipe->thresholds.similarity;
        v->threshold_source = v->models.embedder.recipe->thresholds.similarity_from;
        v->threshold_reason = v->models.embedder.recipe->thresholds.similarity_why;
    }
    return OC_OK;
}

/* The faces of a picture that take part: all, or the largest, of those that are good enough. */
static enum oc_status choose(const struct verify *v, struct oc_side *s, struct oc_err *err)
{
    const struct oc_face_analysis *look = &s->picture.look;
    size_t best = 0, largest = oc_face_analysis_largest(look);
    char why[OC_FACE_REFUSAL] = "";
    s->wanted = oc_arena_array(v->in.req->arena, look->faces.n ? look->faces.n : 1, sizeof *s->wanted);
    if (!s->wanted)
        return oc_err_nomem(err, "faces", look->faces.n);
    for (size_t i = 0; i < look->faces.n; i++) {
        s->wanted[i] = (v->which != LARGEST || i == largest) && !oc_face_refused(&v->params, look, i, why);
        s->n += s->wanted[i];
        best = look->quality[i].overall > look->quality[best].overall ? i : best;
    }
    if (s->n)
        return OC_OK;
    oc_face_refused(&v->params, look, v->which == LARGEST ? largest : best, why);
    return oc_err_set(err, OC_E_LOW_QUALITY, "%s: %s (the %s of %zu)", s->field, why, v->which == LARGEST ? "largest" : "best",
                      look->faces.n);
}

static enum oc_status look(struct verify *v, struct oc_side *s, struct oc_err *err)
{
    if (!s->picture.source)
        return OC_OK;
    enum oc_status st = oc_face_picture_look(&v->in, &v->models, &v->params, &s->picture, err);
    if (!st && !s->picture.look.faces.n)
        st = oc_err_set(err, OC_E_NO_FACE, "%s: no face found by detector '%s'", s->field, v->models.detector.name);
    if (!st)
        st = choose(v, s, err);
    return st ? st : oc_face_picture_embed(&v->in, &v->models, &v->params, s->wanted, &s->picture, err);
}

/* The vector of face i of a side, or the side's own. */
static const float *vector(const struct oc_side *s, size_t i)
{
    return s->picture.source ? oc_face_analysis_vector(&s->picture.look, i) : s->vector;
}

static size_t dim(const struct oc_side *s)
{
    return s->picture.source ? s->picture.look.vectors.dim : s->dim;
}

static enum oc_status check_dims(const struct verify *v, struct oc_err *err)
{
    size_t expected = v->models.embedder.recipe ? (size_t)v->models.embedder.recipe->decode.dim : 0;
    for (int i = 0; i < 2; i++) {
        const struct oc_side *s = &v->sides[i];
        if (!s->picture.source && expected && s->dim != expected)
            return oc_err_set(err, OC_E_INVALID, "%s: %zu numbers are expected for model '%s', there are %zu", s->field, expected,
                              v->models.embedder.name, s->dim);
    }
    if (dim(&v->sides[0]) != dim(&v->sides[1]))
        return oc_err_set(err, OC_E_INVALID, "%s has %zu numbers, %s has %zu: they are of different models", v->sides[0].field,
                          dim(&v->sides[0]), v->sides[1].field, dim(&v->sides[1]));
    return OC_OK;
}

static int by_similarity(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    if (p->similarity > q->similarity || p->similarity < q->similarity)
        return p->similarity > q->similarity ? -1 : 1;
    for (int i = 0; i < 2; i++)
        if (p->face[i] != q->face[i])
            return p->face[i] < q->face[i] ? -1 : 1;
    return 0;
}

static size_t faces_of(const struct oc_side *s)
{
    return s->picture.source ? s->picture.look.faces.n : 1;
}

static enum oc_status compare(struct verify *v, struct oc_err *err)
{
    const struct oc_side *a = &v->sides[0], *b = &v->sides[1];
    size_t most = a->n * b->n; /* both at most LIM_FACE_PAIRS */
    v->pairs = oc_arena_array(v->in.req->arena, most, sizeof *v->pairs);
    if (!v->pairs)
        return oc_err_nomem(err, "pairs of faces", most * sizeof *v->pairs);
    for (size_t i = 0; i < faces_of(a); i++)
        for (size_t k = 0; vector(a, i) && k < faces_of(b); k++)
            if (vector(b, k))
                v->pairs[v->n_pairs++] = (struct pair){{i, k}, oc_vector_cosine(vector(a, i), vector(b, k), dim(a))};
    qsort(v->pairs, v->n_pairs, sizeof *v->pairs, by_similarity);
    return OC_OK;
}

/* Places of a pair's faces in the list of all faces; null for a vector. */
static void put_pair(struct oc_json *j, const struct verify *v, const struct pair *p)
{
    size_t before = 0;
    oc_json_open(j, '[');
    for (int i = 0; i < 2; i++) {
        if (v->sides[i].picture.source)
            oc_json_int(j, (int64_t)(before + p->face[i]));
        else
            oc_json_null(j);
        before += v->sides[i].picture.look.faces.n;
    }
    oc_json_close(j, ']');
}

static void put_pairs(struct oc_json *j, const struct verify *v)
{
    oc_json_key(j, "pairs");
    oc_json_open(j, '[');
    for (size_t i = 0; i < v->n_pairs; i++) {
        oc_json_open(j, '{');
        oc_json_key(j, "faces");
        put_pair(j, v, &v->pairs[i]);
        oc_json_put_float(j, "similarity", (float)v->pairs[i].similarity);
        oc_json_put_bool(j, "verified", v->pairs[i].similarity >= v->threshold);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

static void put_faces(struct oc_json *j, const struct verify *v)
{
    oc_json_key(j, "faces");
    oc_json_open(j, '[');
    for (int s = 0; s < 2; s++) {
        const struct oc_side *side = &v->sides[s];
        for (size_t i = 0; i < side->picture.look.faces.n; i++) {
            oc_json_open(j, '{');
            oc_json_put_string(j, "image", side->field);
            oc_json_put_bool(j, "compared", v->pairs[0].face[s] == i);
            oc_render_seen_face(j, &side->picture.look, i);
            oc_json_close(j, '}');
        }
    }
    oc_json_close(j, ']');
}

static enum oc_status render(const struct verify *v, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    double similarity = v->pairs[0].similarity;
    oc_json_open(&j, '{');
    oc_json_put_bool(&j, "verified", similarity >= v->threshold);
    oc_json_put_float(&j, "similarity", (float)similarity);
    oc_json_put_float(&j, "distance", (float)(1 - similarity));
    oc_json_key(&j, "threshold");
    oc_json_fixed(&j, v->threshold, 6);
    oc_json_put_string(&j, "threshold_source", v->threshold_source);
    oc_json_put_string(&j, "threshold_reason", v->threshold_reason);
    oc_json_put_string(&j, "model", v->models.embedder.name);
    oc_json_put_string(&j, "detector", v->models.detector.name);
    oc_json_key(&j, "compared");
    put_pair(&j, v, &v->pairs[0]);
    put_faces(&j, v);
    if (v->which == ALL)
        put_pairs(&j, v);
    oc_render_timing(&j, &v->in.req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_faces_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct verify v = {0};
    enum oc_status st = oc_inputs_read(req, &v.in, err);
    (void)(st || (st = read_params(&v, err)) || (st = oc_sides_read(&v.in, v.sides, err)) || (st = acquire(&v, err)) ||
           (st = look(&v, &v.sides[0], err)) || (st = look(&v, &v.sides[1], err)) || (st = check_dims(&v, err)) ||
           (st = compare(&v, err)) || (st = render(&v, res)));
    for (int i = 0; i < 2; i++)
        oc_face_picture_deinit(&v.sides[i].picture);
    oc_face_models_release(&v.in, &v.models);
    oc_inputs_deinit(&v.in);
    return st;
}

/* See compreface.h. */
#include "handlers/dialects/compreface/compreface.h"
#include <math.h>
#include "base/clock.h"
#include "handlers/input/vector_in.h"

/* CompreFace's numbers: CommonExceptionCode.java. What has no number of its own is told by the words that begin its message. */
static const struct {
    const char *begins;
    int code;
} by_words[] = {
    {"Required request part", 34}, {"Required parameter", 33}, {"Missing request header", 20}, {"Image ", 11}, {"Embedding", 37}};

static int number_of(enum oc_status code, const char *detail)
{
    for (size_t i = 0; detail && i < OC_ARRAY_LEN(by_words); i++)
        if (!strncmp(detail, by_words[i].begins, strlen(by_words[i].begins)))
            return by_words[i].code;
    switch (code) {
    case OC_E_UNAUTHORIZED:
        return detail && strstr(detail, "is needed") ? 20 : 10;
    case OC_E_IMAGE:
    case OC_E_MEDIA:
        return 21;
    case OC_E_NO_FACE:
        return 28;
    case OC_E_SEVERAL_FACES:
        return 31;
    case OC_E_NOT_FOUND:
        return 42;
    case OC_E_CONFLICT:
        return 43;
    default:
        return oc_status_http(code) >= 500 ? 41 : 26;
    }
}

enum oc_status oc_cf_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id;
    struct oc_json j = oc_json_begin(out);
    const char *message = code == OC_E_NO_FACE         ? "No face is found in the given image" /* clients look for these words */
                          : code == OC_E_SEVERAL_FACES ? "Found more than one face in the given image"
                          : detail && *detail          ? detail
                                                       : oc_status_title(code);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "message", message);
    oc_json_put_int(&j, "code", number_of(code, detail));
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

int oc_cf_status(enum oc_status code)
{
    int http = oc_status_http(code);
    return http == 415 || http == 422 || http == 409 ? 400 : http;
}

static enum oc_status read_plugins(struct oc_cf_ask *ask, struct oc_err *err)
{
    enum { MOST = 32 };
    const char *const *names;
    size_t n;
    enum oc_status st = oc_param_list(&ask->in, "face_plugins", MOST, &names, &n, err);
    for (size_t i = 0; !st && i < n; i++) { /* age, gender, mask and what else a build may have: left out, as by a build without them */
        ask->landmarks |= !strcmp(names[i], "landmarks");
        ask->calculator |= !strcmp(names[i], "calculator");
        ask->pose |= !strcmp(names[i], "pose");
    }
    return st;
}

enum oc_status oc_cf_ask_read(struct oc_request *req, struct oc_cf_ask *ask, struct oc_err *err)
{
    double least = -1;
    bool detect = true;
    enum oc_status st = oc_inputs_read(req, &ask->in, err);
    (void)(st || (st = oc_face_params_read(&ask->in, LIM_FACES, &ask->params, err)) ||
           (st = oc_param_f64(&ask->in, "det_prob_threshold", 0, 1, &least, err)) ||
           (st = oc_param_int(&ask->in, "limit", 0, INT32_MAX, &ask->limit, err)) ||
           (st = oc_param_bool(&ask->in, "status", &ask->status, err)) || (st = oc_param_bool(&ask->in, "detect_faces", &detect, err)) ||
           (st = read_plugins(ask, err)));
    if (least >= 0)
        ask->params.detect.score_threshold = (float)least;
    ask->params.aligned |= !detect;
    return st;
}

enum oc_status oc_cf_ask_models(struct oc_cf_ask *ask, bool vectors, struct oc_err *err)
{
    if (vectors || ask->params.aligned)
        return oc_face_models_acquire(&ask->in, ask->params.aligned, &ask->models, err);
    return oc_infer_acquire(&ask->in, "detector", OC_TASK_FACE_DETECT, &ask->models.detector, err);
}

void oc_cf_ask_deinit(struct oc_cf_ask *ask)
{
    if (ask->in.req)
        oc_face_models_release(&ask->in, &ask->models);
    oc_inputs_deinit(&ask->in);
}

void oc_cf_faces_deinit(struct oc_cf_faces *f)
{
    oc_face_picture_deinit(&f->picture);
}

/* The picture of that name; pictures of the names that all routes know are in `images` already. */
static enum oc_status find_picture(struct oc_cf_ask *ask, const char *name, const struct oc_image_source **out, struct oc_err *err)
{
    struct oc_inputs *in = &ask->in;
    for (size_t i = 0; i < in->parts.n; i++) {
        const struct oc_part *p = &in->parts.items[i];
        if (strcmp(p->name, name) != 0 || !strcmp(name, "file"))
            continue;
        const struct oc_image_source s = {.kind = OC_SOURCE_BYTES, .field = p->name, .text = p->data, .len = p->len};
        enum oc_status st = oc_inputs_add_image(in, &s, err);
        if (st)
            return st;
        break;
    }
    const json_t *member = in->json && strcmp(name, "file") != 0 ? json_object_get(in->json, name) : NULL;
    enum oc_status st = member ? oc_inputs_add_json(in, name, member, err) : OC_OK;
    if (st)
        return st;
    bool only = !strcmp(name, "file"); /* a raw body, or `image`, is as good */
    for (size_t i = in->n_images; i-- > 0;)
        if (only || !strcmp(in->images[i].field, name)) {
            struct oc_image_source *own = oc_arena_alloc(in->req->arena, sizeof *own); /* the list may move */
            if (!own)
                return oc_err_nomem(err, "a picture", sizeof *own);
            *own = in->images[i];
            *out = own;
            return OC_OK;
        }
    return oc_err_set(err, OC_E_INVALID, "Required request part '%s' is not present", name);
}

static float size_of(const struct oc_cf_faces *f, size_t i)
{
    const struct oc_box *b = &f->picture.look.faces.items[i].box;
    return (b->x2 - b->x1) * (b->y2 - b->y1);
}

/* The biggest first; equal ones as the detector has them. */
static enum oc_status put_in_order(const struct oc_cf_ask *ask, struct oc_cf_faces *f, struct oc_err *err)
{
    size_t n = f->picture.look.faces.n;
    f->order = oc_arena_array(ask->in.req->arena, n ? n : 1, sizeof *f->order);
    if (!f->order)
        return oc_err_nomem(err, "faces", n * sizeof *f->order);
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        for (; k > 0 && size_of(f, i) > size_of(f, f->order[k - 1]); k--)
            f->order[k] = f->order[k - 1];
        f->order[k] = i;
    }
    f->n = ask->limit && (size_t)ask->limit < n ? (size_t)ask->limit : n;
    return OC_OK;
}

static enum oc_status embed(struct oc_cf_ask *ask, struct oc_cf_faces *f, struct oc_err *err)
{
    size_t n = f->picture.look.faces.n;
    bool *wanted = oc_arena_array(ask->in.req->arena, n, sizeof *wanted);
    if (!wanted)
        return oc_err_nomem(err, "faces", n);
    memset(wanted, 0, n * sizeof *wanted);
    for (size_t i = 0; i < f->n; i++)
        wanted[f->order[i]] = true;
    return oc_face_picture_embed(&ask->in, &ask->models, &ask->params, wanted, &f->picture, err);
}

enum oc_status oc_cf_look(struct oc_cf_ask *ask, const char *name, bool vectors, bool one, struct oc_cf_faces *f, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    enum oc_status st = find_picture(ask, name, &f->picture.source, err);
    if (!st)
        st = oc_face_picture_look(&ask->in, &ask->models, &ask->params, &f->picture, err);
    if (!st && !f->picture.look.faces.n)
        st = oc_err_set(err, OC_E_NO_FACE, "%s: no face found", name);
    if (!st && one && f->picture.look.faces.n > 1)
        st = oc_err_set(err, OC_E_SEVERAL_FACES, "%s: %zu faces", name, f->picture.look.faces.n);
    if (!st)
        st = put_in_order(ask, f, err);
    int64_t found = oc_now_ns();
    if (!st && vectors)
        st = embed(ask, f, err);
    f->detector_ns = found - start;
    f->calculator_ns = oc_now_ns() - found;
    return st;
}

static int64_t pixel(float v)
{
    return (int64_t)lroundf(v);
}

static void put_landmarks(struct oc_json *j, const struct oc_face *face)
{
    oc_json_key(j, "landmarks");
    oc_json_open(j, '[');
    for (int i = 0; face->has_landmarks && i < OC_LANDMARKS; i++) {
        oc_json_open(j, '[');
        oc_json_int(j, pixel(face->landmarks[i][0]));
        oc_json_int(j, pixel(face->landmarks[i][1]));
        oc_json_close(j, ']');
    }
    oc_json_close(j, ']');
}

static void put_pose(struct oc_json *j, const struct oc_face_quality *q)
{
    oc_json_key(j, "pose");
    oc_json_open(j, '{');
    oc_json_put_float(j, "pitch", q->pitch);
    oc_json_put_float(j, "roll", q->roll);
    oc_json_put_float(j, "yaw", q->yaw);
    oc_json_close(j, '}');
}

static void put_box(struct oc_json *j, const struct oc_face *face)
{
    oc_json_key(j, "box");
    oc_json_open(j, '{');
    oc_json_put_float(j, "probability", face->score);
    oc_json_put_int(j, "x_max", pixel(face->box.x2));
    oc_json_put_int(j, "y_max", pixel(face->box.y2));
    oc_json_put_int(j, "x_min", pixel(face->box.x1));
    oc_json_put_int(j, "y_min", pixel(face->box.y1));
    oc_json_close(j, '}');
}

/* Milliseconds, of all faces of the picture: they are run together. */
static void put_times(struct oc_json *j, const struct oc_cf_faces *f)
{
    oc_json_key(j, "execution_time");
    oc_json_open(j, '{');
    oc_json_key(j, "detector");
    oc_json_fixed(j, (double)f->detector_ns / 1e6, 3);
    oc_json_key(j, "calculator");
    oc_json_fixed(j, (double)f->calculator_ns / 1e6, 3);
    oc_json_close(j, '}');
}

void oc_cf_put_face(struct oc_json *j, const struct oc_cf_ask *ask, const struct oc_cf_faces *f, size_t i)
{
    const struct oc_face_analysis *look = &f->picture.look;
    size_t at = f->order[i];
    if (ask->pose && look->quality[at].has_pose)
        put_pose(j, &look->quality[at]);
    const float *v = ask->calculator ? oc_face_analysis_vector(look, at) : NULL;
    if (v) {
        oc_json_key(j, "embedding");
        oc_json_floats(j, v, look->vectors.dim);
    }
    put_box(j, &look->faces.items[at]);
    if (ask->landmarks)
        put_landmarks(j, &look->faces.items[at]);
    if (ask->status)
        put_times(j, f);
}

void oc_cf_put_versions(struct oc_json *j, const struct oc_cf_ask *ask)
{
    if (!ask->status)
        return;
    oc_json_key(j, "plugins_versions");
    oc_json_open(j, '{');
    if (ask->models.detector.name)
        oc_json_put_string(j, "detector", ask->models.detector.name);
    if (ask->models.embedder.name)
        oc_json_put_string(j, "calculator", ask->models.embedder.name);
    oc_json_close(j, '}');
}

double oc_cf_similarity(const char *model, double threshold, double cosine)
{
    static const struct {
        const char *name;
        double c0, c1;
    } known[] = {{"arcface_r100_v1", 1.23132175, 6.602259425},
                 {"arcface_mobilefacenet", 1.26538905, 5.552089201},
                 {"arcface_resnet50", 1.2375747, 5.973354538}};
    double c0 = sqrt(fmax(2 - 2 * threshold, 0)), c1 = 6, d = sqrt(fmax(2 - 2 * cosine, 0));
    for (size_t i = 0; model && i < OC_ARRAY_LEN(known); i++)
        if (!strncmp(model, known[i].name, strlen(known[i].name))) {
            c0 = known[i].c0;
            c1 = known[i].c1;
        }
    return (tanh((c0 - d) * c1) + 1) / 2;
}

double oc_cf_likeness(const struct oc_cf_ask *ask, const float *a, const float *b, size_t dim)
{
    const struct oc_lease *m = &ask->models.embedder;
    return oc_cf_similarity(m->name, (double)m->recipe->thresholds.similarity, oc_vector_cosine(a, b, dim));
}

static enum oc_status take_vector(const struct oc_cf_ask *ask, const char *path, const json_t *v, const float **out, struct oc_err *err)
{
    size_t n, expected = (size_t)ask->models.embedder.recipe->decode.dim;
    enum oc_status st = oc_json_vector(&ask->in, path, v, out, &n, err);
    if (st == OC_E_INVALID)
        return oc_err_prefix(err, st, "Embedding ");
    if (!st && expected && n != expected)
        st = oc_err_set(err, OC_E_INVALID, "Embedding %s: %zu numbers are expected for model '%s', there are %zu", path, expected,
                        ask->models.embedder.name, n);
    return st;
}

enum oc_status oc_cf_vector(const struct oc_cf_ask *ask, const char *name, const float **out, struct oc_err *err)
{
    const json_t *v = json_object_get(ask->in.json, name);
    return v ? take_vector(ask, name, v, out, err) : oc_err_set(err, OC_E_INVALID, "Required parameter '%s' is not present", name);
}

enum oc_status oc_cf_vectors(const struct oc_cf_ask *ask, const char *name, const float *const **out, size_t *n, struct oc_err *err)
{
    const json_t *list = json_object_get(ask->in.json, name);
    *n = json_array_size(list);
    if (!list)
        return oc_err_set(err, OC_E_INVALID, "Required parameter '%s' is not present", name);
    if (!*n || *n > LIM_FACES)
        return oc_err_set(err, OC_E_INVALID, "Embedding list %s: must be an array of 1..%d arrays of numbers", name, LIM_FACES);
    const float **rows = oc_arena_array(ask->in.req->arena, *n, sizeof *rows);
    if (!rows)
        return oc_err_nomem(err, name, *n * sizeof *rows);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < *n; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%zu", name, i);
        st = take_vector(ask, path, json_array_get(list, i), &rows[i], err);
    }
    *out = rows;
    return st;
}

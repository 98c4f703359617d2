/*
 * /v1/subjects/{name}/faces: GET lists a subject's faces (limit, after, embeddings, encoding); POST enrols one (201): a picture, with the
 * parameters of /v1/faces/embed and faces=one|largest, or an `embedding`. DELETE …/faces/{id}.
 */
#include "base/clock.h"
#include "handlers/gallery/ask.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

enum { PAGE = 100 };

/* --- listing --- */

struct page {
    struct oc_json j;
    int64_t limit, n;
    bool more, embeddings, as_base64;
    char last[OC_FACE_ID_TEXT];
};

static void put_box(struct oc_json *j, bool known, const float box[4])
{
    oc_json_key(j, "box");
    if (known)
        oc_render_box(j, &(struct oc_box){.x1 = box[0], .y1 = box[1], .x2 = box[2], .y2 = box[3]});
    else
        oc_json_null(j);
}

static void put_known(struct oc_json *j, const char *name, bool known, float v)
{
    oc_json_key(j, name);
    if (known)
        oc_json_float(j, v);
    else
        oc_json_null(j);
}

static void put_vector(struct page *p, const struct oc_stored_face *f)
{
    oc_json_key(&p->j, "embedding");
    if (!f->vector)
        oc_json_null(&p->j);
    else if (p->as_base64)
        oc_json_base64_floats(&p->j, f->vector, f->dim);
    else
        oc_json_floats(&p->j, f->vector, f->dim);
}

static enum oc_status add_face(void *arg, const struct oc_stored_face *f)
{
    struct page *p = arg;
    p->more = p->n++ == p->limit;
    if (p->more)
        return OC_OK;
    oc_face_id_format(f->id, p->last);
    oc_json_open(&p->j, '{');
    oc_json_put_string(&p->j, "id", p->last);
    oc_json_put_int(&p->j, "created", f->created_s);
    put_box(&p->j, f->has_box, f->box);
    put_known(&p->j, "score", f->has_box, f->score);
    put_known(&p->j, "quality", f->has_box, f->quality);
    oc_json_put_string(&p->j, "model", f->model);
    oc_json_put_bool(&p->j, "searchable", f->searchable);
    oc_json_put_bool(&p->j, "picture", f->has_picture);
    if (p->embeddings)
        put_vector(p, f);
    oc_json_close(&p->j, '}');
    return oc_json_end(&p->j);
}

static enum oc_status list(struct oc_gallery *g, const char *subject, const char *after, struct page *p, struct oc_err *err)
{
    uint8_t id[OC_FACE_ID];
    if (after && !oc_face_id_parse(after, id))
        return oc_err_set(err, OC_E_INVALID, "after: a face's id is expected");
    struct oc_face_range range = {.subject = subject, .after = after ? id : NULL, .limit = (size_t)p->limit + 1};
    range.what = p->embeddings ? OC_FACE_VECTOR : 0;
    oc_json_open(&p->j, '{');
    oc_json_put_string(&p->j, "subject", subject);
    oc_json_key(&p->j, "faces");
    oc_json_open(&p->j, '[');
    enum oc_status st = oc_gallery_faces(g, &range, add_face, p, err);
    oc_json_close(&p->j, ']');
    oc_json_key(&p->j, "next");
    oc_json_string(&p->j, p->more ? p->last : NULL);
    oc_json_close(&p->j, '}');
    return st ? st : oc_json_end(&p->j);
}

enum oc_status oc_subject_faces(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    static const char *const encodings[] = {"float", "base64", NULL};
    struct oc_inputs in;
    struct oc_gallery *g;
    const char *subject, *after = NULL;
    int encoding = 0;
    struct page p = {.j = oc_json_begin(&res->body), .limit = PAGE};
    req->content_type = ""; /* some clients name one though there is no body */
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_gallery_path_subject(req, &subject, err)) ||
           (st = oc_param_int(&in, "limit", 1, LIM_GALLERY_PAGE, &p.limit, err)) ||
           (st = oc_param_string(&in, "after", OC_FACE_ID_TEXT, &after, err)) ||
           (st = oc_param_bool(&in, "embeddings", &p.embeddings, err)) || (st = oc_param_word(&in, "encoding", encodings, &encoding, err)));
    p.as_base64 = encoding == 1;
    if (!st)
        st = list(g, subject, after, &p, err);
    oc_inputs_deinit(&in);
    return st;
}

/* --- enrolling --- */

struct enrol {
    struct oc_gallery_ask ask;
    struct oc_gallery *g;
    const char *subject;
    int which;   /* enum which */
    size_t face; /* of the picture's */
    uint8_t id[1][OC_FACE_ID];
};

enum which { ONE, LARGEST };

/* The face that is enrolled; *wanted has its flag alone. */
static enum oc_status choose(struct enrol *e, bool **wanted, struct oc_err *err)
{
    const struct oc_face_analysis *look = &e->ask.picture.look;
    *wanted = NULL;
    if (e->ask.vector)
        return OC_OK;
    if (e->which == ONE && look->faces.n > 1)
        return oc_err_set(err, OC_E_SEVERAL_FACES,
                          "the picture has %zu faces, one is expected; faces=largest takes the largest, min_quality and score_threshold "
                          "leave faces out",
                          look->faces.n);
    e->face = oc_face_analysis_largest(look);
    char why[OC_FACE_REFUSAL];
    if (oc_face_refused(&e->ask.params, look, e->face, why))
        return oc_err_set(err, OC_E_LOW_QUALITY, "%s", why);
    *wanted = oc_arena_array(e->ask.in.req->arena, look->faces.n, sizeof **wanted);
    if (!*wanted)
        return oc_err_nomem(err, "faces", look->faces.n);
    (*wanted)[e->face] = true;
    return OC_OK;
}

static enum oc_status store(struct enrol *e, struct oc_err *err)
{
    struct oc_new_face f = {.vector = oc_gallery_ask_vector(&e->ask, e->face), .picture = e->ask.kept.text, .picture_len = e->ask.kept.len};
    f.aligned = e->ask.params.aligned;
    if (!e->ask.vector) {
        const struct oc_face *seen = &e->ask.picture.look.faces.items[e->face];
        f.has_box = true;
        memcpy(f.box, (float[4]){seen->box.x1, seen->box.y1, seen->box.x2, seen->box.y2}, sizeof f.box);
        f.score = seen->score;
        f.quality = e->ask.picture.look.quality[e->face].overall;
    }
    int64_t start = oc_now_ns();
    enum oc_status st = oc_gallery_add(e->g, e->subject, &e->ask.model, &f, 1, e->id, err);
    e->ask.in.req->timing.postprocess_ns += oc_now_ns() - start;
    return st;
}

/* "/v1/subjects/NAME/faces/ID", with everything but letters, digits and "-._~" percent-encoded. */
static enum oc_status set_location(const struct oc_request *req, const struct enrol *e, struct oc_response *res, struct oc_err *err)
{
    static const char prefix[] = "/v1/subjects/", middle[] = "/faces/";
    size_t n = strlen(e->subject), size = sizeof prefix + 3 * n + sizeof middle + OC_FACE_ID_TEXT;
    char *p = oc_arena_alloc(req->arena, size);
    if (!p)
        return oc_err_nomem(err, "a location", size);
    res->location = p;
    memcpy(p, prefix, sizeof prefix - 1);
    p += sizeof prefix - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)e->subject[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        p += snprintf(p, 4, plain ? "%c" : "%%%02X", c);
    }
    memcpy(p, middle, sizeof middle - 1);
    oc_face_id_format(e->id[0], p + sizeof middle - 1);
    return OC_OK;
}

static enum oc_status render(const struct enrol *e, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    char id[OC_FACE_ID_TEXT];
    oc_face_id_format(e->id[0], id);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "subject", e->subject);
    oc_json_put_string(&j, "id", id);
    oc_json_put_string(&j, "model", e->ask.model.name);
    oc_json_put_string(&j, "detector", e->ask.models.detector.name);
    if (e->ask.vector) {
        oc_json_key(&j, "box");
        oc_json_null(&j);
    } else {
        oc_render_seen_face(&j, &e->ask.picture.look, e->face);
    }
    oc_render_timing(&j, &e->ask.in.req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_subject_enrol(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    static const char *const whichs[] = {"one", "largest", NULL};
    struct enrol e = {.which = ONE};
    bool *wanted;
    enum oc_status st = oc_gallery_of(req, &e.g, err);
    (void)(st || (st = oc_gallery_path_subject(req, &e.subject, err)) ||
           (st = oc_gallery_ask_read(req, e.g, LIM_FACES, oc_gallery_keeps_pictures(e.g), &e.ask, err)) ||
           (st = oc_param_word(&e.ask.in, "faces", whichs, &e.which, err)) || (st = choose(&e, &wanted, err)) ||
           (st = oc_gallery_ask_embed(&e.ask, wanted, err)) || (st = store(&e, err)));
    if (!st) { /* it is enrolled: what is left is to say so */
        res->status = 201;
        st = set_location(req, &e, res, err);
        if (!st)
            st = render(&e, res);
        struct oc_err ignored;
        if (st && oc_gallery_remove_face(e.g, e.subject, e.id[0], &ignored)) /* nobody would know its id */
            st = oc_err_set(err, OC_E_INTERNAL, "enrolled, but the answer could not be written: %s", ignored.msg);
    }
    oc_gallery_ask_deinit(&e.ask);
    return st;
}

/* --- deleting --- */

enum oc_status oc_subject_face_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    const char *subject;
    uint8_t id[OC_FACE_ID];
    enum oc_status st = oc_gallery_of(req, &g, err);
    if (!st)
        st = oc_gallery_path_subject(req, &subject, err);
    if (!st && !oc_face_id_parse(req->route_arg2, id))
        st = oc_err_set(err, OC_E_NOT_FOUND, "a face's id is 32 hexadecimal digits with dashes, as in the answer to its enrolment");
    if (!st)
        st = oc_gallery_remove_face(g, subject, id, err);
    if (st)
        return st;
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "subject", subject);
    oc_json_put_string(&j, "id", req->route_arg2);
    oc_json_put_bool(&j, "deleted", true);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

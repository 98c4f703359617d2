/*
 * /api/v1/recognition/faces: examples of subjects. POST ?subject= adds the one face of a picture; GET lists them by pages; DELETE takes one
 * by its id, all of a subject, or all; POST …/delete those of a list. Pictures come back where the gallery keeps them.
 */
#include <jansson.h>
#include "base/clock.h"
#include "handlers/dialects/compreface/recognition.h"
#include "handlers/input/json_in.h"

enum { PAGE = 20 };

enum oc_status oc_cf_image_id(const struct oc_request *req, const char *text, uint8_t id[OC_FACE_ID], struct oc_err *err)
{
    (void)req;
    return oc_face_id_parse(text, id) ? OC_OK : oc_err_set(err, OC_E_NOT_FOUND, "Image %.64s not found", text);
}

void oc_cf_put_example(struct oc_json *j, const uint8_t id[OC_FACE_ID], const char *subject)
{
    char text[OC_FACE_ID_TEXT];
    oc_face_id_format(id, text);
    oc_json_put_string(j, "image_id", text);
    oc_json_put_string(j, "subject", subject);
}

enum oc_status oc_cf_path_key(struct oc_request *req, const char **key, struct oc_err *err)
{
    (void)err;
    *key = req->route_arg;
    return OC_OK;
}

/* Parameters of a request without a body, whatever type clients say that it has. */
static enum oc_status read_query(struct oc_request *req, struct oc_inputs *in, struct oc_err *err)
{
    if (!req->body.len)
        req->content_type = "";
    return oc_inputs_read(req, in, err);
}

/* --- adding --- */

static enum oc_status read_subject(const struct oc_inputs *in, const char **out, struct oc_err *err)
{
    char *name = oc_arena_alloc(in->req->arena, LIM_SUBJECT_NAME + 1);
    const char *text = NULL;
    *out = name;
    if (!name)
        return oc_err_nomem(err, "a name", LIM_SUBJECT_NAME);
    enum oc_status st = oc_param_string(in, "subject", LIM_FIELD_BYTES, &text, err);
    if (!st && !text)
        st = oc_err_set(err, OC_E_INVALID, "Required parameter 'subject' is not present");
    return st ? st : oc_subject_name(text, strlen(text), name, err);
}

/* The file as it came, when the gallery wants it; *own is to be freed. */
static enum oc_status keep_file(const struct oc_cf_ask *ask, const struct oc_gallery *g, const struct oc_cf_faces *f, struct oc_buf *own,
                                struct oc_new_face *face, struct oc_err *err)
{
    const char *bytes;
    if (!oc_gallery_keeps_pictures(g))
        return OC_OK;
    enum oc_status st = oc_source_bytes(ask->in.req, f->picture.source, own, &bytes, &face->picture_len, err);
    face->picture = bytes;
    return st;
}

static enum oc_status store(struct oc_cf_ask *ask, struct oc_gallery *g, const struct oc_cf_faces *f, const char *subject,
                            uint8_t id[1][OC_FACE_ID], struct oc_err *err)
{
    const struct oc_face_analysis *look = &f->picture.look;
    const struct oc_face *seen = &look->faces.items[0];
    struct oc_new_face face = {
        .vector = oc_face_analysis_vector(look, 0), .has_box = true, .score = seen->score, .aligned = ask->params.aligned};
    struct oc_gallery_model model;
    struct oc_buf own;
    memcpy(face.box, (float[4]){seen->box.x1, seen->box.y1, seen->box.x2, seen->box.y2}, sizeof face.box);
    face.quality = look->quality[0].overall;
    oc_buf_init(&own, OC_MEM_BODY, ask->in.req->service->max_body ? ask->in.req->service->max_body : LIM_BODY_BYTES);
    enum oc_status st = oc_gallery_lease_model(&ask->models.embedder, look->vectors.dim, &model, err);
    (void)(st || (st = keep_file(ask, g, f, &own, &face, err)) || (st = oc_gallery_add(g, subject, &model, &face, 1, id, err)));
    oc_buf_deinit(&own);
    return st;
}

enum oc_status oc_cf_example_add(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_cf_ask ask = {0};
    struct oc_cf_faces faces = {0};
    struct oc_gallery *g;
    const char *subject;
    uint8_t id[1][OC_FACE_ID];
    enum oc_status st = oc_cf_ask_read(req, &ask, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = read_subject(&ask.in, &subject, err)) ||
           (st = oc_cf_ask_models(&ask, true, err)) || (st = oc_cf_look(&ask, "file", true, true, &faces, err)) ||
           (st = store(&ask, g, &faces, subject, id, err)));
    if (!st) { /* it is there: what is left is to say so */
        struct oc_json j = oc_json_begin(&res->body);
        struct oc_err ignored;
        res->status = 201;
        oc_json_open(&j, '{');
        oc_cf_put_example(&j, id[0], subject);
        oc_json_close(&j, '}');
        st = oc_json_end(&j);
        if (st && oc_gallery_remove_face(g, subject, id[0], &ignored)) /* nobody would know its id */
            st = oc_err_set(err, OC_E_INTERNAL, "added, but the answer could not be written: %s", ignored.msg);
    }
    oc_cf_faces_deinit(&faces);
    oc_cf_ask_deinit(&ask);
    return st;
}

/* --- listing --- */

static enum oc_status put_face(void *arg, const struct oc_stored_face *f)
{
    struct oc_json *j = arg;
    oc_json_open(j, '{');
    oc_cf_put_example(j, f->id, f->subject);
    oc_json_close(j, '}');
    return oc_json_end(j);
}

static enum oc_status count(void *arg, const struct oc_subject *s)
{
    *(size_t *)arg = s->faces;
    return OC_OK;
}

/* Faces of the subject, or of all; a subject that is not there has none. */
static enum oc_status count_faces(struct oc_gallery *g, const char *subject, size_t *n, struct oc_err *err)
{
    *n = 0;
    enum oc_status st = subject ? oc_gallery_subject(g, subject, count, n, err) : OC_OK;
    if (!subject)
        *n = oc_gallery_count(g).faces;
    return st == OC_E_NOT_FOUND ? OC_OK : st;
}

enum oc_status oc_cf_examples(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    struct oc_gallery_model model;
    const char *subject = NULL;
    int64_t page = 0, size = PAGE;
    size_t total = 0;
    bool bound;
    enum oc_status st = read_query(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_gallery_model(g, &model, &bound, err)) ||
           (st = oc_param_int(&in, "page", 0, INT32_MAX, &page, err)) || (st = oc_param_int(&in, "size", 1, LIM_GALLERY_PAGE, &size, err)));
    if (!st && oc_param_given(&in, "subject"))
        st = read_subject(&in, &subject, err);
    if (!st)
        st = count_faces(g, subject, &total, err);
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        const struct oc_face_range range = {.subject = subject, .skip = (size_t)(page * size), .limit = (size_t)size};
        oc_json_open(&j, '{');
        oc_json_key(&j, "faces");
        oc_json_open(&j, '[');
        if (total)
            st = oc_gallery_faces(g, &range, put_face, &j, err);
        oc_json_close(&j, ']');
        oc_json_put_int(&j, "page_number", page);
        oc_json_put_int(&j, "page_size", size);
        oc_json_put_int(&j, "total_pages", (int64_t)((total + (size_t)size - 1) / (size_t)size));
        oc_json_put_int(&j, "total_elements", (int64_t)total);
        oc_json_close(&j, '}');
        st = st ? st : oc_json_end(&j);
    }
    oc_inputs_deinit(&in);
    return st;
}

/* --- deleting --- */

/* What is said of the face is said before it goes. */
static enum oc_status delete_one(struct oc_gallery *g, const uint8_t id[OC_FACE_ID], struct oc_json *j, struct oc_err *err)
{
    enum oc_status st = oc_gallery_face(g, id, 0, put_face, j, err);
    if (!st)
        st = oc_gallery_remove_face(g, NULL, id, err);
    char text[OC_FACE_ID_TEXT];
    oc_face_id_format(id, text);
    return st == OC_E_NOT_FOUND ? oc_err_set(err, st, "Image %s not found", text) : st;
}

enum oc_status oc_cf_example_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    uint8_t id[OC_FACE_ID];
    struct oc_json j = oc_json_begin(&res->body);
    enum oc_status st = oc_gallery_of(req, &g, err);
    (void)(st || (st = oc_cf_image_id(req, req->route_arg, id, err)) || (st = delete_one(g, id, &j, err)));
    return st ? st : oc_json_end(&j);
}

/* Of a subject, who stays, or of everybody, with the subjects. */
enum oc_status oc_cf_examples_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    const char *subject = NULL;
    size_t n = 0;
    enum oc_status st = read_query(req, &in, err);
    if (!st)
        st = oc_gallery_of(req, &g, err);
    if (!st && oc_param_given(&in, "subject"))
        st = read_subject(&in, &subject, err);
    if (!st && subject) {
        st = oc_gallery_remove_faces(g, subject, &n, err);
    } else if (!st) {
        n = oc_gallery_count(g).faces;
        st = oc_gallery_remove_subject(g, NULL, NULL, err);
    }
    if (!st)
        st = oc_buf_addf(&res->body, "{\"deleted\":%zu}", n);
    oc_inputs_deinit(&in);
    return st;
}

/* The body is an array of ids; those that are not there are passed over. */
enum oc_status oc_cf_examples_delete_ids(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    json_t *list = NULL;
    struct oc_json j = oc_json_begin(&res->body);
    enum oc_status st = oc_gallery_of(req, &g, err);
    if (!st)
        st = oc_json_parse(req, req->body.data ? req->body.data : "", req->body.len, &list, err);
    if (!st && (!json_is_array(list) || json_array_size(list) > LIM_FACES))
        st = oc_err_set(err, OC_E_INVALID, "the body must be an array of at most %d image ids", LIM_FACES);
    oc_json_open(&j, '[');
    for (size_t i = 0; !st && i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        uint8_t id[OC_FACE_ID];
        if (!text || !oc_face_id_parse(text, id))
            st = oc_err_set(err, OC_E_INVALID, "/%zu: an image's id is expected", i);
        else if ((st = delete_one(g, id, &j, err)) == OC_E_NOT_FOUND)
            st = OC_OK;
    }
    oc_json_close(&j, ']');
    json_decref(list);
    return st ? st : oc_json_end(&j);
}

/* --- pictures --- */

static const char *type_of(const char *data, size_t n)
{
    switch (oc_image_sniff((const uint8_t *)data, n)) {
    case OC_FORMAT_JPEG:
        return "image/jpeg";
    case OC_FORMAT_PNG:
        return "image/png";
    case OC_FORMAT_WEBP:
        return "image/webp";
    default:
        return "application/octet-stream";
    }
}

static enum oc_status put_picture(void *arg, const struct oc_stored_face *f)
{
    struct oc_response *res = arg;
    res->content_type = type_of(f->picture, f->picture_len);
    return f->picture ? oc_buf_add(&res->body, f->picture, f->picture_len) : OC_OK;
}

/* Empty where there is none, as CompreFace has it. The id is the path's last. */
enum oc_status oc_cf_example_image(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    uint8_t id[OC_FACE_ID];
    res->content_type = "application/octet-stream";
    enum oc_status st = oc_gallery_of(req, &g, err);
    if (!st)
        st = oc_cf_image_id(req, req->route_arg2 ? req->route_arg2 : req->route_arg, id, err);
    if (st)
        return st;
    st = oc_gallery_face(g, id, OC_FACE_PICTURE, put_picture, res, err);
    return st == OC_E_NOT_FOUND ? OC_OK : st;
}

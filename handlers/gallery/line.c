/* See line.h. */
#include "handlers/gallery/line.h"
#include <float.h>
#include "base/base64.h"
#include "base/parse.h"
#include "handlers/input/json_in.h"
#include "handlers/input/vector_in.h"
#include "handlers/output/render.h"

static enum oc_status unknown_member(json_t *object, const char *const *known, const char *where, struct oc_err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return oc_err_set(err, OC_E_INVALID, "%s%.60s: there is no such member", where, key);
    }
    return OC_OK;
}

static enum oc_status read_fingerprint(const char *text, uint8_t out[OC_FINGERPRINT], struct oc_err *err)
{
    bool good = strlen(text) == 2 * OC_FINGERPRINT;
    for (int i = 0; good && i < OC_FINGERPRINT; i++) {
        int high = oc_parse_hex_digit(text[2 * i]), low = oc_parse_hex_digit(text[2 * i + 1]);
        good = high >= 0 && low >= 0;
        out[i] = (uint8_t)((high & 15) << 4 | (low & 15));
    }
    return good ? OC_OK : oc_err_set(err, OC_E_INVALID, "model/fingerprint: %d hexadecimal digits are expected", 2 * OC_FINGERPRINT);
}

/* dim may be left out; when it is there it must be the vector's. */
static enum oc_status read_model(json_t *model, struct oc_gallery_line *line, struct oc_err *err)
{
    static const char *const known[] = {"name", "fingerprint", "dim", NULL};
    const char *name = NULL, *print = NULL;
    int64_t dim = (int64_t)line->model.dim;
    if (!model || json_is_null(model))
        return OC_OK;
    if (!json_is_object(model))
        return oc_err_set(err, OC_E_INVALID, "model: must be an object, is %s", oc_json_kind(model));
    enum oc_status st = unknown_member(model, known, "model/", err);
    (void)(st || (st = oc_json_get_string(json_object_get(model, "name"), "model/name", OC_GALLERY_MODEL_NAME - 1, &name, err)) ||
           (st = oc_json_get_string(json_object_get(model, "fingerprint"), "model/fingerprint", 2 * OC_FINGERPRINT, &print, err)) ||
           (st = read_fingerprint(print, line->model.fingerprint, err)));
    if (!st && json_object_get(model, "dim"))
        st = oc_json_get_int(json_object_get(model, "dim"), "model/dim", 2, LIM_VECTOR_DIM, &dim, err);
    if (!st && dim != (int64_t)line->model.dim)
        st = oc_err_set(err, OC_E_INVALID, "model/dim: is %lld, the embedding has %zu numbers", (long long)dim, line->model.dim);
    if (st)
        return st;
    snprintf(line->model.name, sizeof line->model.name, "%s", name);
    line->has_model = true;
    return OC_OK;
}

static enum oc_status read_vector(json_t *object, struct oc_arena *arena, struct oc_gallery_line *line, struct oc_err *err)
{
    struct oc_request req = {.arena = arena};
    struct oc_inputs in = {.req = &req, .json = object};
    return oc_param_vector(&in, "embedding", &line->face.vector, &line->model.dim, err);
}

static enum oc_status read_float(const json_t *object, const char *member, const char *path, double min, double max, float *out,
                                 struct oc_err *err)
{
    double v = 0;
    const json_t *value = json_object_get(object, member);
    enum oc_status st = value && !json_is_null(value) ? oc_json_get_f64(value, path, min, max, &v, err) : OC_OK;
    *out = (float)v;
    return st;
}

static enum oc_status read_box(json_t *object, struct oc_new_face *f, struct oc_err *err)
{
    static const char *const known[] = {"x1", "y1", "x2", "y2", NULL};
    json_t *box = json_object_get(object, "box");
    enum oc_status st = OC_OK;
    if (!box || json_is_null(box))
        return OC_OK;
    if (!json_is_object(box))
        return oc_err_set(err, OC_E_INVALID, "box: must be an object, is %s", oc_json_kind(box));
    for (int i = 0; !st && i < 4; i++) {
        char path[16];
        double v = 0;
        snprintf(path, sizeof path, "box/%s", known[i]);
        st = oc_json_get_f64(json_object_get(box, known[i]), path, -(double)FLT_MAX, (double)FLT_MAX, &v, err);
        f->box[i] = (float)v;
    }
    f->has_box = true;
    (void)(st || (st = unknown_member(box, known, "box/", err)) || (st = read_float(object, "score", "score", 0, 1, &f->score, err)) ||
           (st = read_float(object, "quality", "quality", 0, 1, &f->quality, err)));
    return st;
}

static enum oc_status read_picture(const json_t *object, struct oc_gallery_line *line, struct oc_err *err)
{
    const json_t *value = json_object_get(object, "picture");
    if (!value || json_is_null(value))
        return OC_OK;
    if (!json_is_string(value))
        return oc_err_set(err, OC_E_INVALID, "picture: must be base64, is %s", oc_json_kind(value));
    enum oc_status st = oc_base64_decode(json_string_value(value), json_string_length(value), &line->picture, err);
    line->face.picture = line->picture.data;
    line->face.picture_len = line->picture.len;
    return st ? oc_err_prefix(err, st, "picture: ") : OC_OK;
}

static enum oc_status read_id(const json_t *object, struct oc_gallery_line *line, struct oc_err *err)
{
    const char *text = NULL;
    const json_t *value = json_object_get(object, "id");
    if (!value || json_is_null(value))
        return OC_OK;
    enum oc_status st = oc_json_get_string(value, "id", OC_FACE_ID_TEXT, &text, err);
    if (!st && !oc_face_id_parse(text, line->id))
        st = oc_err_set(err, OC_E_INVALID, "id: a UUID is expected");
    line->face.id = st ? NULL : line->id;
    return st;
}

static enum oc_status read_face(json_t *object, struct oc_arena *arena, struct oc_gallery_line *line, struct oc_err *err)
{
    const json_t *created = json_object_get(object, "created"), *aligned = json_object_get(object, "aligned");
    enum oc_status st = read_vector(object, arena, line, err);
    if (!st && created)
        st = oc_json_get_int(created, "created", 1, INT64_C(1) << 40, &line->face.created_s, err);
    if (!st && aligned)
        st = oc_json_get_bool(aligned, "aligned", &line->face.aligned, err);
    (void)(st || (st = read_model(json_object_get(object, "model"), line, err)) || (st = read_id(object, line, err)) ||
           (st = read_box(object, &line->face, err)) || (st = read_picture(object, line, err)));
    return st;
}

static enum oc_status read_line(json_t *object, struct oc_arena *arena, struct oc_gallery_line *line, struct oc_err *err)
{
    static const char *const whole[] = {"subject", "id",      "created", "model",     "box", "score",
                                        "quality", "aligned", "picture", "embedding", NULL},
                             *const alone[] = {"subject", "created", NULL};
    const char *subject = NULL;
    if (!json_is_object(object))
        return oc_err_set(err, OC_E_INVALID, "an object is expected, there is %s", oc_json_kind(object));
    const json_t *embedding = json_object_get(object, "embedding");
    line->has_face = embedding && !json_is_null(embedding);
    enum oc_status st = oc_json_get_string(json_object_get(object, "subject"), "subject", LIM_FIELD_BYTES, &subject, err);
    if (!st)
        st = oc_subject_name(subject, strlen(subject), line->subject, err);
    if (!st)
        st = unknown_member(object, line->has_face ? whole : alone, "", err);
    if (st == OC_E_INVALID && !line->has_face && json_object_size(object) > 2)
        st = oc_err_prefix(err, st, "a face needs an 'embedding': ");
    return st || !line->has_face ? st : read_face(object, arena, line, err);
}

enum oc_status oc_gallery_line_parse(const char *text, size_t n, struct oc_arena *arena, struct oc_gallery_line *line, struct oc_err *err)
{
    json_t *object = NULL;
    memset(line, 0, sizeof *line);
    oc_buf_init(&line->picture, OC_MEM_BODY, LIM_GALLERY_PICTURE);
    enum oc_status st = oc_json_parse(NULL, text, n, &object, err);
    if (!st)
        st = read_line(object, arena, line, err);
    json_decref(object);
    return st;
}

void oc_gallery_line_deinit(struct oc_gallery_line *line)
{
    if (line->picture.data)
        explicit_bzero(line->picture.data, line->picture.len);
    oc_buf_deinit(&line->picture);
}

static void put_model(struct oc_json *j, const struct oc_stored_face *f)
{
    char print[2 * OC_FINGERPRINT + 1] = "";
    for (int i = 0; f->fingerprint && i < OC_FINGERPRINT; i++)
        snprintf(print + 2 * i, 3, "%02x", f->fingerprint[i]);
    oc_json_key(j, "model");
    oc_json_open(j, '{');
    oc_json_put_string(j, "name", f->model);
    oc_json_put_string(j, "fingerprint", print);
    oc_json_put_int(j, "dim", (int64_t)f->dim);
    oc_json_close(j, '}');
}

void oc_gallery_line_face(struct oc_json *j, const struct oc_stored_face *f)
{
    char id[OC_FACE_ID_TEXT];
    oc_face_id_format(f->id, id);
    oc_json_open(j, '{');
    oc_json_put_string(j, "subject", f->subject);
    oc_json_put_string(j, "id", id);
    oc_json_put_int(j, "created", f->created_s);
    put_model(j, f);
    if (f->has_box) {
        oc_json_key(j, "box");
        oc_render_box(j, &(struct oc_box){.x1 = f->box[0], .y1 = f->box[1], .x2 = f->box[2], .y2 = f->box[3]});
        oc_json_put_float(j, "score", f->score);
        oc_json_put_float(j, "quality", f->quality);
    }
    if (f->aligned)
        oc_json_put_bool(j, "aligned", true);
    if (f->picture) {
        oc_json_key(j, "picture");
        oc_json_base64(j, f->picture, f->picture_len);
    }
    oc_json_key(j, "embedding");
    oc_json_base64_floats(j, f->vector, f->vector ? f->dim : 0);
    oc_json_close(j, '}');
}

void oc_gallery_line_subject(struct oc_json *j, const char *name)
{
    oc_json_open(j, '{');
    oc_json_put_string(j, "subject", name);
    oc_json_close(j, '}');
}

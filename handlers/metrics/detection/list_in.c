/*
 * Lists of pictures with their detections: what `ocelli run --json` prints a line of, and the answers of /v1/detect with a "file" put in.
 * True objects come in the same form, with no score but perhaps "difficult", "iscrowd", "ignore" and "area".
 */
#include "handlers/input/json_in.h"
#include "handlers/metrics/detection/readers.h"

/* One list being gone through. */
struct side {
    const char *path; /* "/truth" */
    const json_t *list;
    bool found;
    size_t objects;
};

static const json_t *detections_of(const json_t *picture, const char **name)
{
    const json_t *v = json_object_get(picture, "detections");
    *name = v ? "detections" : "objects";
    return v ? v : json_object_get(picture, "objects");
}

static enum oc_status file_of(const struct side *s, size_t i, struct oc_key *out, struct oc_err *err)
{
    const json_t *picture = json_array_get(s->list, i), *file = json_object_get(picture, "file");
    if (!json_is_object(picture))
        return oc_err_set(err, OC_E_INVALID, "%s/%zu: must be an object with file and detections, is %s", s->path, i,
                          oc_json_kind(picture));
    if (!json_is_string(file) || !json_string_length(file))
        return oc_err_set(err, OC_E_INVALID, "%s/%zu/file: the picture's name in a string is expected, is %s", s->path, i,
                          file ? oc_json_kind(file) : "missing");
    *out = (struct oc_key){.name = json_string_value(file), .from = i};
    return OC_OK;
}

/* The class's name, or "#5" for one that has only a number. */
static enum oc_status class_of(struct oc_objects_reader *r, const struct oc_member_of *o, struct oc_key *out)
{
    const json_t *label = json_object_get(o->json, "label");
    int64_t number = 0;
    if (json_is_string(label)) {
        if (json_string_length(label) > LIM_LABEL_BYTES)
            return oc_err_set(r->err, OC_E_INVALID, "%s/%zu: a label of at most %d bytes is expected", o->list, o->outer, LIM_LABEL_BYTES);
        *out = (struct oc_key){.name = json_string_value(label)};
        return OC_OK;
    }
    enum oc_status st = oc_member_int(o, "class_id", 0, INT32_MAX, &number, r->err);
    char text[24];
    snprintf(text, sizeof text, "#%lld", (long long)number);
    *out = (struct oc_key){.name = st ? NULL : oc_arena_strndup(r->req->arena, text, strlen(text))};
    return st || out->name ? st : oc_err_nomem(r->err, "a class", sizeof text);
}

/* fn for each object of each picture. */
static enum oc_status each(struct oc_objects_reader *r, struct side *s,
                           enum oc_status (*fn)(struct oc_objects_reader *r, const struct side *s, const struct oc_member_of *o))
{
    enum oc_status st = OC_OK;
    s->objects = 0;
    for (size_t i = 0; !st && i < json_array_size(s->list); i++) {
        const char *name;
        const json_t *objects = detections_of(json_array_get(s->list, i), &name);
        if (!json_is_array(objects))
            return oc_err_set(r->err, OC_E_INVALID, "%s/%zu/detections: must be a list, is %s", s->path, i,
                              objects ? oc_json_kind(objects) : "missing");
        for (size_t k = 0; !st && k < json_array_size(objects); k++, s->objects++) {
            struct oc_member_of o = {.json = json_array_get(objects, k), .list = s->path, .inner = name, .outer = i, .index = k};
            st = fn(r, s, &o);
        }
    }
    return st;
}

static enum oc_status add_class(struct oc_objects_reader *r, const struct side *s, const struct oc_member_of *o)
{
    struct oc_key key;
    (void)s;
    enum oc_status st = class_of(r, o, &key);
    return st ? st : oc_numbering_add(&r->classes, &key, r->err);
}

static enum oc_status read_box(const struct oc_member_of *o, struct oc_object *out, struct oc_err *err)
{
    static const char *const keys[] = {"x1", "y1", "x2", "y2"};
    const json_t *box = json_object_get(o->json, "box");
    double v[4] = {0};
    char path[OC_MEMBER_PATH];
    for (size_t i = 0; i < OC_ARRAY_LEN(keys); i++) {
        const json_t *x = json_object_get(box, keys[i]);
        v[i] = json_number_value(x);
        if (json_is_number(x) && v[i] >= -OC_OBJECT_COORDINATE && v[i] <= OC_OBJECT_COORDINATE)
            continue;
        oc_member_path(o, "box", path);
        return oc_err_set(err, OC_E_INVALID, "%s: {\"x1\",\"y1\",\"x2\",\"y2\"} of numbers is expected", path);
    }
    if (v[2] < v[0] || v[3] < v[1]) {
        oc_member_path(o, "box", path);
        return oc_err_set(err, OC_E_INVALID, "%s: x2 and y2 must not be below x1 and y1, are %g %g %g %g", path, v[0], v[1], v[2], v[3]);
    }
    out->x = v[0];
    out->y = v[1];
    out->width = v[2] - v[0];
    out->height = v[3] - v[1];
    out->area = out->width * out->height;
    return OC_OK;
}

static enum oc_status read_object(struct oc_objects_reader *r, const struct side *s, const struct oc_member_of *o)
{
    struct oc_objects_in *in = r->out;
    struct oc_object *out = s->found ? &in->found[in->n_found] : &in->truth[in->n_truth];
    struct oc_key file, class_id;
    *out = (struct oc_object){0};
    enum oc_status st = file_of(s, o->outer, &file, r->err);
    (void)(st || (st = class_of(r, o, &class_id)) || (st = r->masks ? oc_object_mask(r, o, "mask", out) : read_box(o, out, r->err)));
    if (st)
        return st;
    int64_t image = oc_numbering_find(&r->images, &file);
    if (image < 0)
        return oc_err_set(r->err, OC_E_INVALID, "%s/%zu/file: the truth has no picture '%.100s'", s->path, o->outer, file.name);
    out->image = (int)image;
    out->class_id = (int)oc_numbering_find(&r->classes, &class_id);
    if (s->found)
        st = oc_member_f64(o, "score", -OC_OBJECT_SCORE, OC_OBJECT_SCORE, &out->score, r->err);
    else if (!(st = oc_member_f64_maybe(o, "area", 0, OC_OBJECT_AREA, &out->area, r->err)))
        st = oc_object_flags(o, out, r->err);
    in->n_found += !st && s->found;
    in->n_truth += !st && !s->found;
    return st;
}

/* Each picture once; those of the truth are all there are. */
static enum oc_status number_files(struct oc_objects_reader *r, const struct side *s)
{
    const struct oc_key *twice = NULL;
    struct oc_numbering own = {0}, *to = s->found ? &own : &r->images;
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < json_array_size(s->list); i++) {
        struct oc_key key;
        st = file_of(s, i, &key, r->err);
        if (!st)
            st = oc_numbering_add(to, &key, r->err);
    }
    oc_numbering_settle(to, &twice);
    if (!st && twice)
        st = oc_err_set(r->err, OC_E_INVALID, "%s: the picture '%.100s' is there twice", s->path, twice->name);
    oc_numbering_deinit(&own);
    return st;
}

enum oc_status oc_objects_read_list(struct oc_objects_reader *r, const json_t *truth, const json_t *prediction)
{
    struct side t = {.path = "/truth", .list = truth}, f = {.path = "/prediction", .list = prediction, .found = true};
    if (!json_is_array(truth) || !json_is_array(prediction))
        return oc_err_set(r->err, OC_E_INVALID, "%s: must be a list of {\"file\",\"detections\"}%s, is %s",
                          json_is_array(truth) ? f.path : t.path, json_is_array(truth) ? "" : " or COCO's data set",
                          oc_json_kind(json_is_array(truth) ? prediction : truth));
    enum oc_status st = number_files(r, &t);
    (void)(st || (st = number_files(r, &f)) || (st = each(r, &t, add_class)) || (st = each(r, &f, add_class)));
    if (st)
        return st;
    oc_numbering_settle(&r->classes, NULL);
    (void)((st = oc_objects_reserve(r, t.objects, f.objects)) || (st = oc_objects_number(r)) || (st = each(r, &t, read_object)) ||
           (st = each(r, &f, read_object)));
    return st;
}

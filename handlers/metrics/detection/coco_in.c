/*
 * COCO's files. As the reference has it: annotations and results of classes that `categories` does not name are left out, a result of a
 * picture that the truth does not know is a mistake, crowds are true objects of a kind of their own.
 */
#include "handlers/input/json_in.h"
#include "handlers/metrics/detection/readers.h"

static struct oc_member_of item(const json_t *list, const char *path, size_t i)
{
    return (struct oc_member_of){.json = json_array_get(list, i), .list = path, .index = i};
}

static enum oc_status expect_list(const json_t *v, const char *path, struct oc_err *err)
{
    if (json_is_array(v))
        return OC_OK;
    return oc_err_set(err, OC_E_INVALID, "%s: must be a list, is %s", path, v ? oc_json_kind(v) : "missing");
}

/* The ids that `key` of a list's objects has. */
static enum oc_status add_ids(struct oc_objects_reader *r, const json_t *list, const char *path, const char *key, struct oc_numbering *to)
{
    enum oc_status st = expect_list(list, path, r->err);
    for (size_t i = 0; !st && i < json_array_size(list); i++) {
        struct oc_member_of o = item(list, path, i);
        struct oc_key k = {.from = i};
        st = oc_member_key(&o, key, &k, r->err);
        if (!st)
            st = oc_numbering_add(to, &k, r->err);
    }
    return st;
}

/* Ids that are declared, each once; else those that the annotations have. */
static enum oc_status number(struct oc_objects_reader *r, const json_t *truth, const char *list, const char *key, struct oc_numbering *to)
{
    const json_t *declared = json_object_get(truth, list);
    const struct oc_key *twice = NULL;
    char path[64], shown[OC_KEY_SHOWN];
    snprintf(path, sizeof path, "/truth/%s", list);
    if (!declared) {
        enum oc_status st = add_ids(r, json_object_get(truth, "annotations"), "/truth/annotations", key, to);
        oc_numbering_settle(to, NULL);
        return st;
    }
    enum oc_status st = add_ids(r, declared, path, "id", to);
    if (st)
        return st;
    oc_numbering_settle(to, &twice);
    return twice ? oc_err_set(r->err, OC_E_INVALID, "%s: the id %s is there twice", path, oc_key_shown(twice, shown)) : OC_OK;
}

static enum oc_status name_classes(struct oc_objects_reader *r, const json_t *categories)
{
    for (size_t i = 0; i < r->classes.n && categories; i++) {
        const json_t *name = json_object_get(json_array_get(categories, r->classes.keys[i].from), "name");
        if (!name || json_is_null(name))
            continue;
        if (!json_is_string(name) || json_string_length(name) > LIM_LABEL_BYTES)
            return oc_err_set(r->err, OC_E_INVALID, "/truth/categories/%zu/name: must be a string of at most %d bytes",
                              r->classes.keys[i].from, LIM_LABEL_BYTES);
        r->out->classes[i].label = json_string_value(name);
    }
    return OC_OK;
}

/* Picture, class and box of an annotation or a result; *known: false for a class that does not count. */
static enum oc_status read_place(struct oc_objects_reader *r, const struct oc_member_of *o, struct oc_object *out, bool *known)
{
    struct oc_key image = {0}, class_id = {0};
    double box[4] = {0};
    enum oc_status st = oc_member_key(o, "image_id", &image, r->err);
    (void)(st || (st = oc_member_key(o, "category_id", &class_id, r->err)));
    if (st)
        return st;
    int64_t at = oc_numbering_find(&r->images, &image), k = oc_numbering_find(&r->classes, &class_id);
    if (at < 0) {
        char path[OC_MEMBER_PATH], shown[OC_KEY_SHOWN];
        oc_member_path(o, "image_id", path);
        return oc_err_set(r->err, OC_E_INVALID, "%s: the truth has no picture %s", path, oc_key_shown(&image, shown));
    }
    *known = k >= 0;
    out->image = (int)at;
    out->class_id = (int)k;
    if (!*known || r->masks)
        return OC_OK;
    st = oc_member_numbers(o, "bbox", 4, -OC_OBJECT_COORDINATE, OC_OBJECT_COORDINATE, box, r->err);
    if (!st && (box[2] < 0 || box[3] < 0)) {
        char path[OC_MEMBER_PATH];
        oc_member_path(o, "bbox", path);
        return oc_err_set(r->err, OC_E_INVALID, "%s: is [x, y, width, height] with sides of at least 0, here %g and %g", path, box[2],
                          box[3]);
    }
    out->x = box[0];
    out->y = box[1];
    out->width = box[2];
    out->height = box[3];
    out->area = box[2] * box[3];
    return st;
}

static enum oc_status read_annotation(struct oc_objects_reader *r, const struct oc_member_of *o)
{
    struct oc_object *t = &r->out->truth[r->out->n_truth];
    bool known = false;
    *t = (struct oc_object){0};
    enum oc_status st = read_place(r, o, t, &known);
    if (st || !known)
        return st;
    (void)((r->masks && (st = oc_object_mask(r, o, "segmentation", t))) ||
           (st = oc_member_f64_maybe(o, "area", 0, OC_OBJECT_AREA, &t->area, r->err)) || (st = oc_object_flags(o, t, r->err)));
    r->out->n_truth += !st;
    return st;
}

static enum oc_status read_result(struct oc_objects_reader *r, const struct oc_member_of *o)
{
    struct oc_object *f = &r->out->found[r->out->n_found];
    bool known = false;
    *f = (struct oc_object){0};
    enum oc_status st = read_place(r, o, f, &known);
    if (!st && !known)
        r->out->others++;
    if (st || !known)
        return st;
    (void)((r->masks && (st = oc_object_mask(r, o, "segmentation", f))) ||
           (st = oc_member_f64(o, "score", -OC_OBJECT_SCORE, OC_OBJECT_SCORE, &f->score, r->err)));
    r->out->n_found += !st;
    return st;
}

enum oc_status oc_objects_read_coco(struct oc_objects_reader *r, const json_t *truth, const json_t *prediction)
{
    const json_t *annotations = json_object_get(truth, "annotations");
    enum oc_status st = expect_list(annotations, "/truth/annotations", r->err);
    (void)(st || (st = expect_list(prediction, "/prediction", r->err)) || (st = number(r, truth, "images", "image_id", &r->images)) ||
           (st = number(r, truth, "categories", "category_id", &r->classes)) ||
           (st = oc_objects_reserve(r, json_array_size(annotations), json_array_size(prediction))) || (st = oc_objects_number(r)) ||
           (st = name_classes(r, json_object_get(truth, "categories"))));
    for (size_t i = 0; !st && i < json_array_size(annotations); i++) {
        struct oc_member_of o = item(annotations, "/truth/annotations", i);
        st = read_annotation(r, &o);
    }
    for (size_t i = 0; !st && i < json_array_size(prediction); i++) {
        struct oc_member_of o = item(prediction, "/prediction", i);
        st = read_result(r, &o);
    }
    return st;
}

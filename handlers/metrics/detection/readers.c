/* What the readers of both forms share; see readers.h. */
#include "handlers/metrics/detection/readers.h"
#include "handlers/input/json_in.h"
#include "handlers/metrics/rle_in.h"

void oc_objects_deinit(struct oc_objects_in *in)
{
    for (size_t i = 0; i < in->n_masks; i++)
        oc_rle_deinit(&in->masks[i].runs);
    oc_mem_free(in->masks);
    oc_mem_free(in->truth);
    oc_mem_free(in->found);
    oc_mem_free(in->classes);
    *in = (struct oc_objects_in){0};
}

enum oc_status oc_objects_reserve(struct oc_objects_reader *r, size_t truths, size_t found)
{
    struct oc_objects_in *in = r->out;
    if (truths > LIM_METRIC_OBJECTS || found > LIM_METRIC_OBJECTS)
        return oc_err_set(r->err, OC_E_INVALID, "%s: at most %d objects, there are %zu", truths > found ? "/truth" : "/prediction",
                          LIM_METRIC_OBJECTS, truths > found ? truths : found);
    in->truth = oc_mem_array(OC_MEM_OTHER, truths ? truths : 1, sizeof *in->truth);
    in->found = oc_mem_array(OC_MEM_OTHER, found ? found : 1, sizeof *in->found);
    if (r->masks)
        in->masks = oc_mem_array(OC_MEM_OTHER, truths + found + 1, sizeof *in->masks);
    if (in->truth && in->found && (in->masks || !r->masks))
        return OC_OK;
    return oc_err_nomem(r->err, "objects", (truths + found) * sizeof *in->truth);
}

enum oc_status oc_objects_number(struct oc_objects_reader *r)
{
    struct oc_objects_in *in = r->out;
    if (r->classes.n > LIM_LABELS)
        return oc_err_set(r->err, OC_E_INVALID, "/truth: at most %d classes, there are %zu", LIM_LABELS, r->classes.n);
    in->classes = oc_mem_array(OC_MEM_OTHER, r->classes.n ? r->classes.n : 1, sizeof *in->classes);
    if (!in->classes)
        return oc_err_nomem(r->err, "classes", r->classes.n * sizeof *in->classes);
    for (size_t i = 0; i < r->classes.n; i++)
        in->classes[i] = (struct oc_object_class){!r->classes.keys[i].name, r->classes.keys[i].id, r->classes.keys[i].name};
    in->n_classes = (int)r->classes.n;
    in->n_images = (int)r->images.n; /* each came with a JSON value: at most LIM_JSON_VALUES */
    return OC_OK;
}

enum oc_status oc_object_flags(const struct oc_member_of *o, struct oc_object *out, struct oc_err *err)
{
    bool difficult = false;
    enum oc_status st = oc_member_flag(o, "iscrowd", &out->crowd, err);
    (void)(st || (st = oc_member_flag(o, "ignore", &out->ignore, err)) || (st = oc_member_flag(o, "difficult", &difficult, err)));
    out->ignore |= difficult;
    return st;
}

static enum oc_status read_size(struct oc_objects_reader *r, const json_t *mask, const char *path, int *width, int *height)
{
    const json_t *size = json_object_get(mask, "size");
    char name[OC_MEMBER_PATH + 16];
    int64_t side[2] = {0, 0};
    uint64_t most = r->req->service->max_pixels ? r->req->service->max_pixels : LIM_PIXELS;
    if (!json_is_array(size) || json_array_size(size) != 2)
        return oc_err_set(r->err, OC_E_INVALID, "%s/size: must be [height, width]", path);
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s/size/%zu", path, i);
        enum oc_status st = oc_json_get_int(json_array_get(size, i), name, 1, LIM_SIDE, &side[i], r->err);
        if (st)
            return st;
    }
    if ((uint64_t)side[0] * (uint64_t)side[1] > most)
        return oc_err_set(r->err, OC_E_IMAGE_TOO_LARGE, "%s/size: %lld pixels, at most %llu", path, (long long)(side[0] * side[1]),
                          (unsigned long long)most);
    *height = (int)side[0];
    *width = (int)side[1];
    return OC_OK;
}

enum oc_status oc_object_mask(struct oc_objects_reader *r, const struct oc_member_of *o, const char *key, struct oc_object *out)
{
    const json_t *mask = json_object_get(o->json, key);
    struct oc_object_mask *m = &r->out->masks[r->out->n_masks];
    char path[OC_MEMBER_PATH];
    oc_member_path(o, key, path);
    if (json_is_array(mask))
        return oc_err_set(r->err, OC_E_INVALID, "%s: polygons are not read; run lengths, {\"size\",\"counts\"}, are expected", path);
    if (!json_is_object(mask))
        return oc_err_set(r->err, OC_E_INVALID, "%s: must be run lengths, {\"size\",\"counts\"}, is %s", path,
                          mask ? oc_json_kind(mask) : "missing");
    *m = (struct oc_object_mask){0};
    enum oc_status st = read_size(r, mask, path, &m->width, &m->height);
    if (!st)
        st = oc_rle_from_json(json_object_get(mask, "counts"), path, (uint64_t)m->width * (uint64_t)m->height, &m->runs, r->err);
    if (st)
        return st;
    r->out->n_masks++;
    oc_object_mask_measure(m);
    out->mask = m;
    out->area = (double)m->area;
    return OC_OK;
}

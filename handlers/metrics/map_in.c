/* Reading maps; see map_in.h. */
#include "handlers/metrics/map_in.h"
#include "handlers/input/base64.h"
#include "handlers/input/json_in.h"
#include "handlers/metrics/rle_in.h"

enum { EMPTY = UINT16_MAX, PATH = 160 };

enum oc_status oc_map_from_png(const struct oc_request *req, const char *bytes, size_t n, const char *path, struct oc_ids *out,
                               struct oc_err *err)
{
    enum oc_status st = oc_decode_png_ids((const uint8_t *)bytes, n, req->service->max_pixels, out, err);
    return st ? oc_err_prefix(err, st, "%s: ", path) : OC_OK;
}

static enum oc_status from_base64(const struct oc_request *req, const json_t *v, const char *path, struct oc_ids *out, struct oc_err *err)
{
    struct oc_buf png;
    const char *text;
    size_t n;
    oc_buf_init(&png, OC_MEM_BODY, req->service->max_body ? req->service->max_body : LIM_BODY_BYTES);
    enum oc_status st = oc_data_uri(json_string_value(v), json_string_length(v), &text, &n, err);
    if (!st)
        st = oc_base64_decode(text, n, &png, err);
    if (st)
        st = oc_err_prefix(err, st, "%s: ", path);
    else
        st = oc_map_from_png(req, png.data ? png.data : "", png.len, path, out, err);
    oc_buf_deinit(&png);
    return st;
}

/* One run-length mask's members. */
struct mask {
    const json_t *json;
    char path[PATH];
    int64_t class_id;
};

/* "size":[height, width]; the first one gives the map its size, the others must agree. */
static enum oc_status read_size(const struct oc_request *req, const json_t *size, const char *path, struct oc_ids *out, struct oc_err *err)
{
    char name[PATH + 16];
    int64_t side[2];
    uint64_t most = req->service->max_pixels ? req->service->max_pixels : LIM_PIXELS;
    if (!size && out->ids)
        return OC_OK;
    if (!json_is_array(size) || json_array_size(size) != 2)
        return oc_err_set(err, OC_E_INVALID, "%s/size: must be [height, width]", path);
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s/size/%zu", path, i);
        enum oc_status st = oc_json_get_int(json_array_get(size, i), name, 1, LIM_SIDE, &side[i], err);
        if (st)
            return st;
    }
    if (out->ids && (side[0] != out->height || side[1] != out->width))
        return oc_err_set(err, OC_E_INVALID, "%s/size: is [%lld, %lld], the map's is [%d, %d]", path, (long long)side[0],
                          (long long)side[1], out->height, out->width);
    if (out->ids)
        return OC_OK;
    size_t pixels = (size_t)side[0] * (size_t)side[1];
    if (pixels > most)
        return oc_err_set(err, OC_E_IMAGE_TOO_LARGE, "%s/size: %zu pixels, at most %llu", path, pixels, (unsigned long long)most);
    *out = (struct oc_ids){oc_mem_array(OC_MEM_PIXEL, pixels, sizeof(uint16_t)), (int)side[1], (int)side[0]};
    if (!out->ids)
        return oc_err_nomem(err, "a map", pixels * sizeof(uint16_t));
    memset(out->ids, 0xff, pixels * sizeof(uint16_t)); /* EMPTY */
    return OC_OK;
}

static enum oc_status paint(const struct mask *m, struct oc_ids *out, struct oc_err *err)
{
    struct oc_rle runs;
    uint64_t pixels = (uint64_t)out->width * (uint64_t)out->height;
    enum oc_status st = oc_rle_from_json(json_object_get(m->json, "counts"), m->path, pixels, &runs, err);
    if (!st && (st = oc_rle_paint(&runs, out->ids, out->width, out->height, (uint16_t)m->class_id, EMPTY, err)))
        st = oc_err_prefix(err, st, "%s: ", m->path);
    oc_rle_deinit(&runs);
    return st;
}

static enum oc_status add_mask(const struct oc_request *req, const json_t *v, const char *path, struct oc_ids *out, struct oc_err *err)
{
    struct mask m = {.json = v, .class_id = 1};
    char name[PATH + 16];
    snprintf(m.path, sizeof m.path, "%s", path);
    snprintf(name, sizeof name, "%s/class_id", path);
    if (!json_is_object(v))
        return oc_err_set(err, OC_E_INVALID, "%s: must be an object with size, counts and class_id, is %s", path, oc_json_kind(v));
    const json_t *class_id = json_object_get(v, "class_id");
    enum oc_status st = class_id ? oc_json_get_int(class_id, name, 0, EMPTY - 1, &m.class_id, err) : OC_OK;
    if (!st)
        st = read_size(req, json_object_get(v, "size"), path, out, err);
    return st ? st : paint(&m, out, err);
}

static enum oc_status add_list(const struct oc_request *req, const json_t *list, const char *path, struct oc_ids *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < json_array_size(list); i++) {
        char name[PATH];
        snprintf(name, sizeof name, "%s/%zu", path, i);
        st = add_mask(req, json_array_get(list, i), name, out, err);
    }
    if (!st && !out->ids)
        st = oc_err_set(err, OC_E_INVALID, "%s: is empty; at least one mask, or a size, is expected", path);
    return st;
}

static enum oc_status from_segments(const struct oc_request *req, const json_t *v, const char *path, struct oc_ids *out, struct oc_err *err)
{
    char name[PATH];
    const json_t *list = json_object_get(v, "segments"), *size = json_object_get(v, "size");
    enum oc_status st = size ? read_size(req, size, path, out, err) : OC_OK;
    snprintf(name, sizeof name, "%s/segments", path);
    if (!st && !json_is_array(list))
        st = oc_err_set(err, OC_E_INVALID, "%s: must be a list, is %s", name, oc_json_kind(list));
    return st ? st : add_list(req, list, name, out, err);
}

/* What no mask covers. */
static enum oc_status fill_rest(const json_t *v, const char *path, struct oc_ids *out, struct oc_err *err)
{
    const json_t *fill = json_object_get(v, "fill");
    size_t pixels = (size_t)out->width * (size_t)out->height;
    char name[PATH];
    int64_t class_id = 0;
    snprintf(name, sizeof name, "%s/fill", path);
    enum oc_status st = fill ? oc_json_get_int(fill, name, 0, EMPTY - 1, &class_id, err) : OC_OK;
    for (size_t i = 0; !st && i < pixels; i++)
        if (out->ids[i] == EMPTY)
            out->ids[i] = (uint16_t)class_id;
    return st;
}

enum oc_status oc_map_from_json(const struct oc_request *req, const json_t *v, const char *path, struct oc_ids *out, struct oc_err *err)
{
    enum oc_status st;
    char name[PATH];
    *out = (struct oc_ids){0};
    if (json_is_string(v))
        return from_base64(req, v, path, out, err);
    const json_t *data = json_object_get(v, "data");
    if (json_is_string(data)) {
        snprintf(name, sizeof name, "%s/data", path);
        return from_base64(req, data, name, out, err);
    }
    if (json_is_array(v))
        st = add_list(req, v, path, out, err);
    else if (json_object_get(v, "segments"))
        st = from_segments(req, v, path, out, err);
    else if (json_object_get(v, "counts"))
        st = add_mask(req, v, path, out, err);
    else
        st = oc_err_set(err, OC_E_INVALID, "%s: a map is expected: a PNG in base64, COCO masks, or the mask of /v1/segment; is %s", path,
                        v ? oc_json_kind(v) : "absent");
    if (!st)
        st = fill_rest(v, path, out, err);
    if (st)
        oc_ids_deinit(out);
    return st;
}

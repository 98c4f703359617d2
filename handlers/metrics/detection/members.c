/* See members.h. */
#include "handlers/metrics/detection/members.h"
#include "base/limits.h"
#include "handlers/input/json_in.h"
#include "handlers/input/scalar.h"

void oc_member_path(const struct oc_member_of *o, const char *key, char out[OC_MEMBER_PATH])
{
    if (o->inner)
        snprintf(out, OC_MEMBER_PATH, "%s/%zu/%s/%zu%s%s", o->list, o->outer, o->inner, o->index, *key ? "/" : "", key);
    else
        snprintf(out, OC_MEMBER_PATH, "%s/%zu%s%s", o->list, o->index, *key ? "/" : "", key);
}

enum oc_status oc_member_int(const struct oc_member_of *o, const char *key, int64_t min, int64_t max, int64_t *out, struct oc_err *err)
{
    const json_t *v = json_object_get(o->json, key);
    char path[OC_MEMBER_PATH];
    *out = json_integer_value(v);
    if (json_is_integer(v) && *out >= min && *out <= max)
        return OC_OK;
    oc_member_path(o, key, path);
    return oc_json_get_int(v, path, min, max, out, err);
}

enum oc_status oc_member_f64(const struct oc_member_of *o, const char *key, double min, double max, double *out, struct oc_err *err)
{
    const json_t *v = json_object_get(o->json, key);
    char path[OC_MEMBER_PATH];
    double x = json_number_value(v);
    if (json_is_number(v) && x >= min && x <= max) {
        *out = x;
        return OC_OK;
    }
    oc_member_path(o, key, path);
    return oc_json_get_f64(v, path, min, max, out, err);
}

enum oc_status oc_member_key(const struct oc_member_of *o, const char *key, struct oc_key *out, struct oc_err *err)
{
    const json_t *v = json_object_get(o->json, key);
    char path[OC_MEMBER_PATH], shown[OC_SCALAR_SHOWN];
    const struct oc_scalar id = {.json = v};
    out->name = NULL;
    if (oc_scalar_is_int(&id, &out->id))
        return OC_OK;
    out->name = json_string_value(v);
    if (out->name && *out->name && json_string_length(v) <= LIM_LABEL_BYTES)
        return OC_OK;
    oc_member_path(o, key, path);
    return oc_err_set(err, OC_E_INVALID, "%s: must be a whole number, or a name of 1..%d bytes, is %s", path, LIM_LABEL_BYTES,
                      oc_scalar_shown(&id, shown));
}

static bool is_absent(const struct oc_member_of *o, const char *key)
{
    const json_t *v = json_object_get(o->json, key);
    return !v || json_is_null(v);
}

enum oc_status oc_member_f64_maybe(const struct oc_member_of *o, const char *key, double min, double max, double *out, struct oc_err *err)
{
    return is_absent(o, key) ? OC_OK : oc_member_f64(o, key, min, max, out, err);
}

enum oc_status oc_member_flag(const struct oc_member_of *o, const char *key, bool *out, struct oc_err *err)
{
    const json_t *v = json_object_get(o->json, key);
    char path[OC_MEMBER_PATH];
    if (is_absent(o, key))
        return OC_OK;
    if (json_is_boolean(v)) {
        *out = json_is_true(v);
        return OC_OK;
    }
    oc_member_path(o, key, path);
    return oc_json_get_bool(v, path, out, err);
}

enum oc_status oc_member_numbers(const struct oc_member_of *o, const char *key, size_t n, double min, double max, double *out,
                                 struct oc_err *err)
{
    const json_t *list = json_object_get(o->json, key);
    char path[OC_MEMBER_PATH], name[OC_MEMBER_PATH + 32];
    bool good = json_is_array(list) && json_array_size(list) == n;
    for (size_t i = 0; good && i < n; i++) {
        const json_t *v = json_array_get(list, i);
        out[i] = json_number_value(v);
        good = json_is_number(v) && out[i] >= min && out[i] <= max;
    }
    if (good)
        return OC_OK;
    oc_member_path(o, key, path);
    if (!json_is_array(list) || json_array_size(list) != n)
        return oc_err_set(err, OC_E_INVALID, "%s: must be a list of %zu numbers, is %s%s", path, n, list ? oc_json_kind(list) : "missing",
                          json_is_array(list) ? " of another length" : "");
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++) {
        snprintf(name, sizeof name, "%s/%zu", path, i);
        st = oc_json_get_f64(json_array_get(list, i), name, min, max, &out[i], err);
    }
    return st;
}

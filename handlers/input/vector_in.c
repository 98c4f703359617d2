/* See vector_in.h. */
#include "handlers/input/vector_in.h"
#include <float.h>
#include <math.h>
#include "handlers/input/base64.h"
#include "handlers/input/json_in.h"

struct vector {
    const struct oc_inputs *in;
    const char *name;
    float *data; /* in the arena */
    size_t n;
};

static enum oc_status make_room(struct vector *v, size_t n, struct oc_err *err)
{
    if (n < 2 || n > LIM_VECTOR_DIM)
        return oc_err_set(err, OC_E_INVALID, "%s: 2..%d numbers are expected, there are %zu", v->name, LIM_VECTOR_DIM, n);
    v->data = oc_arena_array(v->in->req->arena, n, sizeof *v->data);
    v->n = n;
    return v->data ? OC_OK : oc_err_nomem(err, v->name, n * sizeof *v->data);
}

static enum oc_status from_json(struct vector *v, const json_t *list, struct oc_err *err)
{
    if (!json_is_array(list))
        return oc_err_set(err, OC_E_INVALID, "%s: must be an array of numbers, or base64 of float32, is %s", v->name, oc_json_kind(list));
    enum oc_status st = make_room(v, json_array_size(list), err);
    for (size_t i = 0; !st && i < v->n; i++) {
        char path[96];
        double x = 0;
        snprintf(path, sizeof path, "%s/%zu", v->name, i);
        st = oc_json_get_f64(json_array_get(list, i), path, -(double)FLT_MAX, (double)FLT_MAX, &x, err);
        v->data[i] = (float)x;
    }
    return st;
}

static enum oc_status from_bytes(struct vector *v, const unsigned char *p, size_t bytes, struct oc_err *err)
{
    if (bytes % 4)
        return oc_err_set(err, OC_E_INVALID, "%s: %zu bytes in base64 are no float32 numbers: a multiple of 4 is expected", v->name, bytes);
    enum oc_status st = make_room(v, bytes / 4, err);
    for (size_t i = 0; !st && i < v->n; i++, p += 4) {
        uint32_t bits = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        memcpy(&v->data[i], &bits, 4);
        if (!isfinite(v->data[i]))
            st = oc_err_set(err, OC_E_INVALID, "%s/%zu: must be a finite number", v->name, i);
    }
    return st;
}

static enum oc_status from_base64(struct vector *v, const char *text, struct oc_err *err)
{
    struct oc_buf bytes;
    oc_buf_init(&bytes, OC_MEM_BODY, LIM_VECTOR_DIM * sizeof(float) + 4);
    enum oc_status st = oc_base64_decode(text, strlen(text), &bytes, err);
    if (st == OC_E_BODY_TOO_LARGE)
        st = oc_err_set(err, OC_E_INVALID, "%s: at most %d numbers", v->name, LIM_VECTOR_DIM);
    else if (st == OC_E_INVALID)
        st = oc_err_prefix(err, st, "%s: neither an array of numbers nor base64 of float32: ", v->name);
    if (!st)
        st = from_bytes(v, (const unsigned char *)bytes.data, bytes.len, err);
    if (bytes.data)
        explicit_bzero(bytes.data, bytes.len);
    oc_buf_deinit(&bytes);
    return st;
}

static enum oc_status from_text(struct vector *v, const char *text, struct oc_err *err)
{
    json_t *list = NULL;
    if (text[strspn(text, " \t\r\n")] != '[')
        return from_base64(v, text, err);
    enum oc_status st = oc_json_parse(v->in->req, text, strlen(text), &list, err);
    if (!st)
        st = from_json(v, list, err);
    else if (st == OC_E_JSON)
        st = oc_err_prefix(err, st, "%s: ", v->name);
    json_decref(list);
    return st;
}

static enum oc_status check_length(const struct vector *v, struct oc_err *err)
{
    for (size_t i = 0; i < v->n; i++)
        if (fabsf(v->data[i]) > 0)
            return OC_OK;
    return oc_err_set(err, OC_E_INVALID, "%s: all %zu numbers are zero", v->name, v->n);
}

enum oc_status oc_json_vector(const struct oc_inputs *in, const char *name, const json_t *list, const float **out, size_t *n,
                              struct oc_err *err)
{
    struct vector v = {.in = in, .name = name};
    enum oc_status st = from_json(&v, list, err);
    if (!st)
        st = check_length(&v, err);
    *out = v.data;
    *n = st ? 0 : v.n;
    return st;
}

enum oc_status oc_param_vector(const struct oc_inputs *in, const char *name, const float **out, size_t *n, struct oc_err *err)
{
    struct vector v = {.in = in, .name = name};
    const json_t *json = oc_inputs_member(in, name);
    const char *text = NULL;
    *out = NULL;
    *n = 0;
    if (!oc_param_given(in, name))
        return OC_OK;
    enum oc_status st = OC_OK;
    if (json && !json_is_null(json) && !json_is_string(json))
        st = from_json(&v, json, err);
    else
        st = oc_param_string(in, name, LIM_FIELD_BYTES, &text, err);
    if (!st && text)
        st = from_text(&v, text, err);
    if (!st)
        st = check_length(&v, err);
    *out = v.data;
    *n = st ? 0 : v.n;
    return st;
}

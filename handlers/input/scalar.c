/* See scalar.h. */
#include "handlers/input/scalar.h"
#include <math.h>
#include <string.h>
#include "base/parse.h"

/* The text of a value that is written as text, without blanks around it; NULL for JSON of other kinds. */
static const char *text_of(const struct oc_scalar *v, size_t *n)
{
    const char *s = v->json ? json_string_value(v->json) : v->text;
    *n = v->json ? json_string_length(v->json) : v->len;
    while (s && *n && (*s == ' ' || *s == '\t'))
        s++, --*n;
    while (s && *n && (s[*n - 1] == ' ' || s[*n - 1] == '\t'))
        --*n;
    return s;
}

const char *oc_json_kind(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    default:
        return "null";
    }
}

const char *oc_scalar_shown(const struct oc_scalar *v, char text[OC_SCALAR_SHOWN])
{
    size_t n;
    const char *s = text_of(v, &n);
    if (s) {
        size_t shown = n < OC_SCALAR_SHOWN - 6 ? n : OC_SCALAR_SHOWN - 6, at = 0;
        text[at++] = '\'';
        for (size_t i = 0; i < shown; i++)
            text[at++] = (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7F ? s[i] : '?';
        memcpy(text + at, n > shown ? "...'" : "'", n > shown ? 5 : 2);
    } else if (json_is_integer(v->json)) {
        snprintf(text, OC_SCALAR_SHOWN, "%lld", (long long)json_integer_value(v->json));
    } else if (json_is_real(v->json)) {
        snprintf(text, OC_SCALAR_SHOWN, "%g", json_real_value(v->json));
    } else {
        snprintf(text, OC_SCALAR_SHOWN, "%s",
                 !v->json                 ? "missing"
                 : json_is_true(v->json)  ? "true"
                 : json_is_false(v->json) ? "false"
                                          : oc_json_kind(v->json));
    }
    return text;
}

/* Doubles hold every whole number up to here. */
#define EXACT 9007199254740992.0

static bool whole(double x, int64_t *out)
{
    if (!(fabs(x) <= EXACT) || trunc(x) < x || trunc(x) > x)
        return false;
    *out = (int64_t)x;
    return true;
}

bool oc_scalar_is_int(const struct oc_scalar *v, int64_t *out)
{
    size_t n;
    const char *s = text_of(v, &n);
    double x;
    if (s)
        return oc_parse_i64(s, n, INT64_MIN, INT64_MAX, out) || (oc_parse_f64(s, n, -EXACT, EXACT, &x) && whole(x, out));
    if (json_is_real(v->json))
        return whole(json_real_value(v->json), out);
    *out = json_integer_value(v->json);
    return json_is_integer(v->json);
}

enum oc_status oc_scalar_int(const struct oc_scalar *v, const char *name, int64_t min, int64_t max, int64_t *out, struct oc_err *err)
{
    char shown[OC_SCALAR_SHOWN];
    int64_t x = 0;
    if (!oc_scalar_is_int(v, &x) || x < min || x > max)
        return oc_err_set(err, OC_E_INVALID, "%s: must be a whole number of %lld..%lld, is %s", name, (long long)min, (long long)max,
                          oc_scalar_shown(v, shown));
    *out = x;
    return OC_OK;
}

enum oc_status oc_scalar_f64(const struct oc_scalar *v, const char *name, double min, double max, double *out, struct oc_err *err)
{
    char shown[OC_SCALAR_SHOWN];
    size_t n;
    const char *s = text_of(v, &n);
    double x = json_number_value(v->json);
    bool good = s ? oc_parse_f64(s, n, min, max, &x) : json_is_number(v->json);
    if (!good || !(x >= min && x <= max))
        return oc_err_set(err, OC_E_INVALID, "%s: must be a number of %g..%g, is %s", name, min, max, oc_scalar_shown(v, shown));
    *out = x;
    return OC_OK;
}

enum oc_status oc_scalar_bool(const struct oc_scalar *v, const char *name, bool *out, struct oc_err *err)
{
    char shown[OC_SCALAR_SHOWN];
    size_t n;
    const char *s = text_of(v, &n);
    int64_t number = -1;
    bool yes = json_is_true(v->json);
    if (!json_is_boolean(v->json) && !(s && oc_parse_bool(s, n, &yes))) {
        if (!oc_scalar_is_int(v, &number) || number < 0 || number > 1)
            return oc_err_set(err, OC_E_INVALID, "%s: must be true or false (1, 0, yes, no, on, off), is %s", name,
                              oc_scalar_shown(v, shown));
        yes = number == 1;
    }
    *out = yes;
    return OC_OK;
}

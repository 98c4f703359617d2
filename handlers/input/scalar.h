/*
 * One number, switch or word as clients write it: text of a query or a form, or a JSON value. The only reader of scalars above the wire, so
 * that a value means the same wherever it stands. Understood alike: numbers in strings, whole numbers as 1.0 (NumPy, pandas), switches in
 * the spellings of Python, JavaScript and YAML. Refusals show the name, what is expected and the value.
 */
#ifndef OC_HANDLERS_SCALAR_H
#define OC_HANDLERS_SCALAR_H

#include <jansson.h>
#include "base/err.h"

/* Text (not NUL-terminated), or JSON. Both NULL: absent. Borrowed. */
struct oc_scalar {
    const char *text;
    size_t len;
    const json_t *json;
};

/* All OC_E_INVALID, `name` first; *out is left alone then. */
enum oc_status oc_scalar_f64(const struct oc_scalar *v, const char *name, double min, double max, double *out,
                             struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_scalar_int(const struct oc_scalar *v, const char *name, int64_t min, int64_t max, int64_t *out,
                             struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_scalar_bool(const struct oc_scalar *v, const char *name, bool *out, struct oc_err *err) OC_MUST_CHECK;

/* Whether it is a whole number in any of its spellings, and which. */
bool oc_scalar_is_int(const struct oc_scalar *v, int64_t *out);

/* The value for a message: "1.5", "'abc'", "an object"; what cannot be printed as '?'. Returns text. */
#define OC_SCALAR_SHOWN 64
const char *oc_scalar_shown(const struct oc_scalar *v, char text[OC_SCALAR_SHOWN]);

/* "object", "array", "string", "number", "true or false", "null". */
const char *oc_json_kind(const json_t *v);

#endif

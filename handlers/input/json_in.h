/*
 * JSON from a client, through jansson: bounded before it is parsed, duplicates refused, and getters whose messages name the
 * JSON path, the limit and the value.
 */
#ifndef OC_HANDLERS_JSON_IN_H
#define OC_HANDLERS_JSON_IN_H

#include <jansson.h>
#include "base/err.h"
#include "handlers/handler.h"
#include "handlers/input/scalar.h"

/*
 * Parses one whole document, a byte order mark before it or not. OC_E_JSON with line, column and path, or the limit (LIM_JSON_DEPTH;
 * LIM_JSON_VALUES, or LIM_JSON_VALUES_MOST for a request with many_values or none at all), which is checked before anything is parsed;
 * OC_E_CANCELLED when the request (may be NULL) ends meanwhile; OC_E_NOMEM. The caller owns *out (json_decref).
 */
enum oc_status oc_json_parse(const struct oc_request *req, const char *text, size_t n, json_t **out, struct oc_err *err) OC_MUST_CHECK;

/* Values with their checks; `path` is put before the message ("/options/iou: must be 0..1, is 7"). All OC_E_INVALID. */
enum oc_status oc_json_get_f64(const json_t *v, const char *path, double min, double max, double *out, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_json_get_int(const json_t *v, const char *path, int64_t min, int64_t max, int64_t *out, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_json_get_bool(const json_t *v, const char *path, bool *out, struct oc_err *err) OC_MUST_CHECK;
/* Borrowed from v; NUL-terminated. */
enum oc_status oc_json_get_string(const json_t *v, const char *path, size_t max, const char **out, struct oc_err *err) OC_MUST_CHECK;

#endif

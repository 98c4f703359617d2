/*
 * Reading a model's JSON files member by member: each value is checked as it is read, and a message names its path
 * ("/input/width: must be 1..4096, is 0"). All functions answer OC_E_INVALID for a value that cannot be; an absent member
 * is OC_OK and leaves *out alone unless said otherwise.
 */
#ifndef OC_MODELS_RECIPE_JSON_FIELDS_H
#define OC_MODELS_RECIPE_JSON_FIELDS_H

#include <jansson.h>
#include <stdint.h>
#include "base/err.h"

/* One object being read. */
struct oc_fields {
    json_t *json;     /* borrowed */
    const char *path; /* "" for the top */
    struct oc_err *err;
};

/*
 * A whole file, which must be an object; `what` is its name for messages. Size (LIM_MODEL_JSON) and nesting (LIM_JSON_DEPTH) are
 * bounded before the library recurses. The caller owns one reference. OC_E_JSON, OC_E_INVALID, OC_E_NOMEM.
 */
enum oc_status oc_fields_parse(const char *text, size_t n, const char *what, json_t **out, struct oc_err *err) OC_MUST_CHECK;

/* "PATH/KEY: WHAT" as OC_E_INVALID. */
enum oc_status oc_fields_bad(const struct oc_fields *o, const char *key, const char *what);
/* Refuses members that are not in the list (NULL-terminated): a misspelt one would be ignored otherwise. */
enum oc_status oc_fields_only(const struct oc_fields *o, const char *const *known) OC_MUST_CHECK;
enum oc_status oc_fields_int(const struct oc_fields *o, const char *key, int64_t min, int64_t max, bool *has, int *out) OC_MUST_CHECK;
enum oc_status oc_fields_double(const struct oc_fields *o, const char *key, double min, double max, bool *has, double *out) OC_MUST_CHECK;
enum oc_status oc_fields_float(const struct oc_fields *o, const char *key, double min, double max, bool *has, float *out) OC_MUST_CHECK;
/* *out becomes false when absent. */
enum oc_status oc_fields_bool(const struct oc_fields *o, const char *key, bool *has, bool *out) OC_MUST_CHECK;
/* *out becomes NULL when absent; borrowed from the JSON. */
enum oc_status oc_fields_string(const struct oc_fields *o, const char *key, size_t max, const char **out) OC_MUST_CHECK;
/* Three numbers of -1e6..1e6, or one for all three. */
enum oc_status oc_fields_channels(const struct oc_fields *o, const char *key, bool *has, float out[3]) OC_MUST_CHECK;
/* A word from a list (NULL-terminated); *out its place. */
enum oc_status oc_fields_word(const struct oc_fields *o, const char *key, const char *const *words, bool *has, int *out) OC_MUST_CHECK;
/* The member as an object that is called `path` from then on; out->json is NULL when absent. */
enum oc_status oc_fields_object(const struct oc_fields *o, const char *key, const char *path, struct oc_fields *out) OC_MUST_CHECK;

#endif

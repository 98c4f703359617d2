/*
 * Members of one of many small objects: read without a thought for messages as long as all is well, since there are hundreds of thousands;
 * the path is put together when something is wrong. Private to handlers/metrics/.
 */
#ifndef OC_HANDLERS_MEMBERS_H
#define OC_HANDLERS_MEMBERS_H

#include <jansson.h>
#include "base/err.h"
#include "handlers/metrics/detection/numbering.h"

/* One object: item `index` of `list` ("/truth/annotations"), or of `list` in item `outer` of another when `inner` is set. */
struct oc_member_of {
    const json_t *json;
    const char *list, *inner; /* inner: "detections", or NULL */
    size_t outer, index;
};

/* "/prediction/3/detections/5" and what is put behind it. */
enum { OC_MEMBER_PATH = 160 };
void oc_member_path(const struct oc_member_of *o, const char *key, char out[OC_MEMBER_PATH]);

/* All OC_E_INVALID with the path. A member that is absent or null is an error for the first two, leaves *out alone for the others. */
enum oc_status oc_member_int(const struct oc_member_of *o, const char *key, int64_t min, int64_t max, int64_t *out,
                             struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_member_f64(const struct oc_member_of *o, const char *key, double min, double max, double *out,
                             struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_member_f64_maybe(const struct oc_member_of *o, const char *key, double min, double max, double *out,
                                   struct oc_err *err) OC_MUST_CHECK;
/* An id: a whole number in any spelling ("12" and 12 are the same), else a name. */
enum oc_status oc_member_key(const struct oc_member_of *o, const char *key, struct oc_key *out, struct oc_err *err) OC_MUST_CHECK;
/* A switch, see handlers/input/scalar.h. */
enum oc_status oc_member_flag(const struct oc_member_of *o, const char *key, bool *out, struct oc_err *err) OC_MUST_CHECK;
/* n numbers of min..max in a list. */
enum oc_status oc_member_numbers(const struct oc_member_of *o, const char *key, size_t n, double min, double max, double *out,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

/* Data URIs (RFC 2397), whose base64 part goes to oc_base64_decode. */
#ifndef OC_HANDLERS_BASE64_H
#define OC_HANDLERS_BASE64_H

#include "base/base64.h"

/*
 * Text that is a data URI (blanks before it or not, in any case, any type or none): a picture, whatever else the field might hold. Prose
 * that begins with "data:" is none.
 */
bool oc_is_data_uri(const char *s, size_t n);

/*
 * The base64 part of "data:image/png;base64,...."; text that does not begin with "data:" is returned whole, without the blanks before it.
 * OC_E_INVALID for a data URI that is not base64. *rest points into s.
 */
enum oc_status oc_data_uri(const char *s, size_t n, const char **rest, size_t *rest_n, struct oc_err *err) OC_MUST_CHECK;

#endif

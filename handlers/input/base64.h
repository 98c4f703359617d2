/*
 * Base64 (RFC 4648 sections 4 and 5) and data URIs (RFC 2397). As clients send it: either alphabet, line breaks and blanks between
 * characters (the base64 command and MIME libraries make them), padding or none. Other characters, text after the padding, wrong padding
 * and stray bits at the end are refused.
 */
#ifndef OC_HANDLERS_BASE64_H
#define OC_HANDLERS_BASE64_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the bytes to out. OC_E_INVALID with the place of the first wrong character; OC_E_BODY_TOO_LARGE past out's ceiling; OC_E_NOMEM.
 */
enum oc_status oc_base64_decode(const char *s, size_t n, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

/*
 * The base64 part of "data:image/png;base64,...."; text that does not begin with "data:" is returned whole. OC_E_INVALID for a data
 * URI that is not base64. *rest points into s.
 */
enum oc_status oc_data_uri(const char *s, size_t n, const char **rest, size_t *rest_n, struct oc_err *err) OC_MUST_CHECK;

#endif

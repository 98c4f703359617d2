/*
 * Base64 (RFC 4648 sections 4 and 5) as people send it: either alphabet, line breaks and blanks between characters (the base64
 * command and MIME libraries make them), padding or none. Other characters, text after the padding, wrong padding and stray bits
 * at the end are refused.
 */
#ifndef OC_BASE_BASE64_H
#define OC_BASE_BASE64_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the bytes to out. OC_E_INVALID with the place of the first wrong character; OC_E_BODY_TOO_LARGE past out's ceiling; OC_E_NOMEM.
 */
enum oc_status oc_base64_decode(const char *s, size_t n, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

#endif

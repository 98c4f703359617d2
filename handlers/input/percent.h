/* Percent-encoding (RFC 3986 section 2.1), as request targets and forms write it. Input is what a client sent, byte by byte. */
#ifndef OC_HANDLERS_INPUT_PERCENT_H
#define OC_HANDLERS_INPUT_PERCENT_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Decodes s[0..n-1] into the arena, with a NUL after it that *out_len does not count. plus: '+' becomes a space, as forms write it.
 * OC_E_INVALID when a '%' is not followed by two hexadecimal digits; `what` begins that message.
 */
enum oc_status oc_percent_decode(struct oc_arena *arena, const char *what, const char *s, size_t n, bool plus, const char **out,
                                 size_t *out_len, struct oc_err *err) OC_MUST_CHECK;

#endif

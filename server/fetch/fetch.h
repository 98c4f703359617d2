/* Pictures by URL, when the operator allows it (--url-input): http and https, listed hosts, public addresses, no redirects, limits. */
#ifndef OC_SERVER_FETCH_FETCH_H
#define OC_SERVER_FETCH_FETCH_H

#include "base/buf.h"
#include "base/err.h"
#include "server/config/config.h"

/* Once, before threads, when --url-input has entries. OC_E_INVALID for a malformed entry. */
enum oc_status oc_fetch_setup(const struct oc_strings *allowed, struct oc_err *err) OC_MUST_CHECK;

/*
 * GETs url into *body, whose ceiling holds; arg is the list of allowed hosts (struct oc_strings). Waits, on a worker, at most LIM_FETCH_MS
 * and not past the deadline. OC_E_FORBIDDEN: scheme, host or address is not allowed; OC_E_BODY_TOO_LARGE; OC_E_DEADLINE; OC_E_INVALID: it
 * cannot be had, err says why.
 */
enum oc_status oc_fetch_url(void *arg, const char *url, struct oc_buf *body, int64_t deadline_ns, struct oc_err *err);

#endif

/*
 * Who may ask, by what a browser says of it. A page of another site must neither change anything here nor, by a name that it lets resolve
 * to this machine (DNS rebinding), read anything.
 */
#ifndef OC_SERVER_HTTP_ORIGIN_H
#define OC_SERVER_HTTP_ORIGIN_H

#include "handlers/handler.h"
#include "server/config/config.h"

/* The server listens on loopback addresses alone: 127.0.0.0/8, ::1, localhost. */
bool oc_host_is_loopback(const char *host);

/*
 * The Host header is one that may be used: while listening on loopback addresses alone, those, localhost, the allowed names and,
 * unless there are any, names without a dot, which nobody elsewhere can make point here; on other addresses any, or, where names are
 * allowed, those, localhost and loopback addresses. OC_E_FORBIDDEN.
 */
enum oc_status oc_origin_check_host(const struct oc_config *c, const struct oc_request *req, struct oc_err *err) OC_MUST_CHECK;

/*
 * A request that changes something comes from no other site, unless its origin is allowed: Sec-Fetch-Site where the browser sends it, else
 * Origin against Host. Clients that are no browsers send neither. OC_E_FORBIDDEN.
 */
enum oc_status oc_origin_check_site(const struct oc_config *c, const struct oc_request *req, struct oc_err *err) OC_MUST_CHECK;

/* The request's Origin when pages of it may use the server (--cors-origin), else NULL. */
const char *oc_origin_allowed(const struct oc_config *c, const struct oc_request *req);

#endif

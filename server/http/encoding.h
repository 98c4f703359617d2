/* Bodies that come packed (Content-Encoding: gzip, deflate), unpacked before a handler sees them. */
#ifndef OC_SERVER_HTTP_ENCODING_H
#define OC_SERVER_HTTP_ENCODING_H

#include "server/http/exchange.h"

/*
 * Unpacks the request's body in place, under the body's limit and LIM_INFLATE_RATIO. OC_E_MEDIA names the codings there are, OC_E_INVALID
 * for broken data, OC_E_BODY_TOO_LARGE, OC_E_BUSY (no room for bodies), OC_E_NOMEM. Without Content-Encoding: OC_OK.
 */
enum oc_status oc_exchange_unpack(struct oc_exchange *x) OC_MUST_CHECK;

#endif

/* An answer written to the socket by hand, for where libmicrohttpd takes none: in the middle of a body. */
#ifndef OC_SERVER_HTTP_RAW_H
#define OC_SERVER_HTTP_RAW_H

#include "base/status.h"

/* Sends status line, headers ("connection: close") and problem document; never waits, and what cannot be sent is lost. */
void oc_raw_reply(int fd, enum oc_status status, const char *detail, const char *request_id);

#endif

/*
 * The two places where libmicrohttpd (0.9.75) meets the system's sockets, taken over: it answers what it cannot parse with pages of its
 * own, for which it has no hook, and refuses a length with a blank behind it, which is legal. The dynamic linker finds our send, sendmsg
 * and recv before the C library's; for everything but the daemon's connections they do what those do.
 */
#ifndef OC_SERVER_HTTP_WIRE_H
#define OC_SERVER_HTTP_WIRE_H

#include <stdbool.h>

/* What comes next on a connection of the daemon: a request's head (or nothing of ours). Descriptors past the table's end are left alone. */
enum oc_wire { OC_WIRE_NOT_OURS, OC_WIRE_HEAD, OC_WIRE_BODY };
void oc_wire_expect(int fd, enum oc_wire what);

#endif

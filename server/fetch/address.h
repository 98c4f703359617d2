/* Which addresses are on the public Internet, and which hosts the operator allows pictures to be fetched from. */
#ifndef OC_SERVER_FETCH_ADDRESS_H
#define OC_SERVER_FETCH_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include "base/err.h"
#include "server/config/config.h"

/*
 * False for loopback, private, link-local, shared, documentation, multicast, reserved and transition addresses (IANA special-purpose
 * registries, RFC 6890), IPv4 ones inside IPv6 included; and for anything that is not IPv4 or IPv6.
 */
bool oc_address_is_public(const struct sockaddr *a);

enum oc_allowed { OC_NOT_ALLOWED, OC_ALLOWED_PUBLIC, OC_ALLOWED_PRIVATE };

/*
 * Looks host (lower case) and port up in the list of --url-input: "example.org" (ports 80 and 443), "example.org:8443", "*.example.org"
 * (sub-domains, not the domain), and "private:HOST:PORT", which may resolve to a private address.
 */
enum oc_allowed oc_address_allowed(const struct oc_strings *list, const char *host, int port);
/* Are the entries well formed? OC_E_INVALID names the first that is not. */
enum oc_status oc_address_check_list(const struct oc_strings *list, struct oc_err *err) OC_MUST_CHECK;

#endif

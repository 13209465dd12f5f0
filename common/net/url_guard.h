/* url_guard: SSRF protection, which decides the URLs and addresses that webhooks may be sent to. */
#ifndef TG_NET_URL_GUARD_H
#define TG_NET_URL_GUARD_H

#include "common/runtime/config.h"
#include "common/text/cidr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARDED_HOST 254 /* bytes of a host, with the NUL */
#define GUARDED_URL 2048 /* bytes of a URL */

/* Sets the policy of the process: networks to allow besides public addresses, and whether https is
 * required. The default is public addresses only, with http and https. */
void url_guard_set_policy(const struct cidr *allow, size_t count, bool https_only);
/* The same from webhook_allow and webhook_require_https; each main() calls it after loading the
 * configuration. */
void url_guard_configure(const struct config *c);

/* Whether an address may be connected to. Denies by default; allowed are global unicast addresses
 * without special-purpose ranges and addresses of this machine, and the networks that the operator
 * allows. Metadata addresses of cloud providers are never allowed. */
bool url_guard_address_allowed(const struct addr *a);

struct guarded_url {
	bool tls;
	char host[GUARDED_HOST]; /* lower case; an IPv6 address without its brackets */
	bool literal; /* the host is an IP address, `addr`, which was checked */
	struct addr addr;
	uint16_t port;
};

/* Parses a URL and checks its scheme, host and port. A host has one notation only (a domain name in
 * ASCII, a dotted quad, or an IPv6 address in brackets), so that all parsers agree on it. `url`
 * must be NUL-terminated, `out` may be NULL. Returns NULL when the URL is allowed, otherwise a
 * message to follow the field's name: "must be …". */
const char *url_guard_parse(const char *url, size_t n, struct guarded_url *out);

#endif

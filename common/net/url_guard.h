/* url_guard: which URLs and addresses notifications may be sent to. */
#ifndef TG_NET_URL_GUARD_H
#define TG_NET_URL_GUARD_H

#include "common/runtime/config.h"
#include "common/text/cidr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARDED_HOST 254
#define GUARDED_URL 2048

/* What the operator allows, for the whole process. Before it is called: public addresses only, http
 * and https. */
void url_guard_set_policy(const struct cidr *allow, size_t count, bool https_only);
/* The same from webhook_allow and webhook_require_https: each main calls it with what it loaded. */
void url_guard_configure(const struct config *c);

/* Default deny: global unicast of the Internet, less its special blocks, and what the operator
   opened. Addresses of this machine's interfaces and the metadata addresses of cloud hosts are
   refused, the latter whatever the operator says. */
bool url_guard_address_allowed(const struct addr *a);

struct guarded_url {
	bool tls;
	char host[GUARDED_HOST]; /* lower case; an IPv6 address without its brackets */
	bool literal; /* the host is `addr`, and that was judged */
	struct addr addr;
	uint16_t port;
};

/* One spelling of a host only: a full domain name in ASCII, a dotted quad or an IPv6 address in
   brackets, so that no two parsers read two things into it. `url` is NUL-terminated. NULL when it
   may be saved, else what is wrong, to stand behind a field's name: "must be …". `out` may be NULL.
 */
const char *url_guard_parse(const char *url, size_t n, struct guarded_url *out);

#endif

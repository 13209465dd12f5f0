/* url_guard: which URLs and addresses notifications may be sent to. */
#ifndef TG_NET_URL_GUARD_H
#define TG_NET_URL_GUARD_H

#include "common/text/cidr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGET_HOST 254
#define TARGET_URL 2048

/* What the operator allows, for the whole process; conf_load says it. Nothing said: public
 * addresses only, http and https. */
void target_policy(const struct cidr *allow, size_t count, bool https_only);

/* Default deny: global unicast of the Internet, less its special blocks, and what the operator
   opened. Addresses of this machine's interfaces and the metadata addresses of cloud hosts are
   refused, the latter whatever the operator says. */
bool target_address(const struct addr *a);

struct target {
	bool tls;
	char host[TARGET_HOST]; /* lower case; an IPv6 address without its brackets */
	bool literal; /* the host is `addr`, and that was judged */
	struct addr addr;
	uint16_t port;
};

/* One spelling of a host only: a full domain name in ASCII, a dotted quad or an IPv6 address in
   brackets, so that no two parsers read two things into it. `url` is NUL-terminated. NULL when it
   may be saved, else what is wrong, to stand behind a field's name: "must be …". `out` may be NULL.
 */
const char *target_read(const char *url, size_t n, struct target *out);

#endif

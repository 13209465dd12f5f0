/* cidr: addresses, allowlist ranges, and who is really calling behind proxies. */
#ifndef TG_TEXT_CIDR_H
#define TG_TEXT_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr {
	uint8_t family; /* 4 or 6 */
	uint8_t b[16]; /* network order; the first four bytes for family 4 */
};
struct cidr {
	struct addr net;
	uint8_t bits;
};

#define ADDR_TEXT 46 /* INET6_ADDRSTRLEN */
#define CIDR_TEXT 50

/* inet_pton(3) forms only: no leading zeros, no octal, no zone, no port. ::ffff:a.b.c.d becomes
 * family 4; other v4-in-v6 forms stay 6. */
bool addr_parse(const char *s, size_t n, struct addr *out);
struct sockaddr;
/* AF_INET and AF_INET6 without a scope only; unmapped likewise */
bool addr_of(const struct sockaddr *sa, struct addr *out);
void addr_print(const struct addr *a, char out[ADDR_TEXT]);

/* "address" or "address/bits", bits plain decimal without sign or leading zero. Refused, with a
   sentence for the client in `why` (at least 200 bytes; NUL-terminated; names the entry cut to 60
   bytes, and the correction where there is one: "10.0.0.5/24 has host bits set; use 10.0.0.0/24"):
   host bits, zone ids, IPv4-mapped prefixes (the correction is the IPv4 range), names, ranges,
   netmasks, spaces. A mapped single address is taken as its IPv4 address. */
bool cidr_parse(const char *s, size_t n, struct cidr *out, char *why, size_t why_size);
/* canonical; always with /bits, except full-length ones: the bare address */
void cidr_print(const struct cidr *c, char out[CIDR_TEXT]);
bool cidr_match(const struct cidr *c, const struct addr *a); /* families never match each other */

#define CIDR_MAX 64 /* entries in one list */
/* Comma-separated list; spaces around entries allowed, empty text gives zero entries, an empty
 * entry is refused. Duplicates are dropped. -1 with `why` filled on refusal. */
int cidr_list_parse(const char *s, size_t n, struct cidr out[CIDR_MAX], char *why, size_t why_size);

/* The caller's address: the peer's unless the peer is trusted; then the X-Forwarded-For values,
   joined in order, are walked from the right past trusted hops. A hop may be "a.b.c.d",
   "a.b.c.d:port", an IPv6 address, "[v6]", "[v6]:port". A malformed or empty hop ends the walk: its
   sender, the last good hop, is the client. All hops trusted: the leftmost. `forwarded` is `count`
   strings, one per header received. */
struct addr client_address(const struct addr *peer, const struct cidr *trusted,
	size_t trusted_count, const char *const *forwarded, size_t count);

#endif

/* cidr: IP addresses, CIDR ranges, and the client's address behind trusted proxies. */
#ifndef TG_TEXT_CIDR_H
#define TG_TEXT_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr {
	uint8_t family; /* 4 or 6 */
	uint8_t b[16]; /* network order; the first four bytes for family 4 */
};
/* A range; bits beyond the prefix are zero. */
struct cidr {
	struct addr net;
	uint8_t bits; /* prefix length, 0 to 32 or 128 */
};

#define ADDR_TEXT 46 /* INET6_ADDRSTRLEN */
#define CIDR_TEXT 50

/* Parses the forms of inet_pton(3): no leading zeros, no octal, no zone, no port. ::ffff:a.b.c.d
 * becomes IPv4; other IPv4-in-IPv6 forms stay IPv6. */
bool addr_parse(const char *s, size_t n, struct addr *out);
struct sockaddr;
/* From a socket address; false unless it is AF_INET, or AF_INET6 without a scope. Unmaps likewise.
 */
bool addr_of(const struct sockaddr *sa, struct addr *out);
void addr_print(const struct addr *a, char out[ADDR_TEXT]);

/* Parses "address" or "address/bits", with bits in decimal without sign or leading zero. An
 * IPv4-mapped single address is converted to IPv4. Rejected are host bits, zone ids, IPv4-mapped
 * ranges, host names, address-to-address ranges, netmasks and spaces; then `why` (at least 200
 * bytes) gets a message for the client that quotes at most 60 bytes of the entry, and the
 * correction where there is one: "10.0.0.5/24 has host bits set; use 10.0.0.0/24". */
bool cidr_parse(const char *s, size_t n, struct cidr *out, char *why, size_t why_size);
/* The canonical text: "address/bits", or the address alone for a single one. */
void cidr_print(const struct cidr *c, char out[CIDR_TEXT]);
bool cidr_match(const struct cidr *c, const struct addr *a); /* false for different families */

#define CIDR_MAX 64 /* entries in one list */
/* Parses a comma-separated list; spaces around entries are allowed, duplicates are dropped. Returns
 * the number of entries, 0 for a text without any character, or -1 with a message in `why` (an
 * empty entry is an error). */
int cidr_list_parse(const char *s, size_t n, struct cidr out[CIDR_MAX], char *why, size_t why_size);

/* The client's address: the peer's, unless the peer is a trusted proxy. Then `forwarded`, the value
 * of X-Forwarded-For or NULL, is read from the right, skipping trusted hops. A hop may be
 * "a.b.c.d", "a.b.c.d:port", an IPv6 address, "[v6]" or "[v6]:port". A malformed or empty hop ends
 * the search: the client is the last valid hop, which sent it. When all hops are trusted, the
 * client is the leftmost. */
struct addr client_address(const struct addr *peer, const struct cidr *trusted,
	size_t trusted_count, const char *forwarded);

#endif

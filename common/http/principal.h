/* principal: the authenticated caller of a request, with its rights and limits. */
#ifndef TG_HTTP_PRINCIPAL_H
#define TG_HTTP_PRINCIPAL_H

#include "common/base/uuid.h"
#include "common/runtime/config.h"
#include "common/text/cidr.h"

/* The slug of an organization whose import has not ended begins with this, as no other does: its
 * keys and sessions are unknown until then. */
#define SLUG_INCOMPLETE "~"

enum principal_kind { PRINCIPAL_KEY, PRINCIPAL_USER, PRINCIPAL_ANONYMOUS };
/* Rate limit tiers of API keys (contract section 4); users have TIER_PLUS. */
enum tier { TIER_STANDARD, TIER_PLUS, TIER_UNLIMITED };

/* An authenticated caller. Without pointers, because it is cached in shared memory; texts are
 * offsets into `text`. */
struct principal {
	enum principal_kind kind;
	/* Id of the key or user, of the organization, and of the user's session. An anonymous
	 * visitor's id is derived; it scopes Idempotency-Keys (common/access/anonymous.h). */
	struct uuid id, org, session;
	/* The id under which Idempotency-Keys are stored: that of the first key of a line of
	 * rotated keys, else `id`. */
	struct uuid lineage;
	/* In the cache: the state of the organization's keys and sessions when this was read. */
	uint64_t org_generation;
	unsigned scopes; /* bits of enum scope */
	bool owner; /* user with the role owner; false: a viewer, or no user */
	enum tier tier;
	int64_t created_at; /* ms since 1970, as all times */
	int64_t expires_at, last_used_at; /* ms; 0: none. For a user those of the session */
	/* Offsets of NUL-terminated texts; an empty text means none. */
	uint16_t name; /* for the audit log: the key's name, the user's email address */
	uint16_t org_name, org_slug;
	uint16_t callback_url; /* key only */
	uint16_t checkout_url; /* visitor only: the organization's checkout */
	uint16_t allow_count, text_n; /* entries of allow; bytes used of text */
	struct cidr allow[CIDR_MAX]; /* IP allowlist; no entries: every address is allowed */
	char text[4096];
};

/* Requests per minute of a tier, from the configuration. */
int64_t tier_quota(const struct config *c, enum tier tier);
const char *tier_name(enum tier tier); /* "standard", as in the database */

/* Copies a text into the principal and returns its offset. The first call must be for "" (offset
 * 0). NULL counts as ""; a text that does not fit gives the offset of "". */
uint16_t principal_intern(struct principal *p, const char *s);
/* The tier of that name; TIER_STANDARD for an unknown one. */
enum tier tier_by_name(const char *name);

#endif

/* floor 3 · auth: who is calling: the key, remembered for a moment, and what it may do. */
#ifndef TG_AUTH_H
#define TG_AUTH_H

#include "cidr.h"
#include "id.h"
#include "req.h"

enum tier { TIER_STANDARD, TIER_PLUS, TIER_UNLIMITED };

/* A caller that passed. Flat, so that it can lie in shared memory; the texts are offsets into `text`. */
struct principal {
	struct uuid id, org;
	unsigned scopes;
	enum tier tier;
	int64_t created_at;
	int64_t expires_at, last_used_at; /* 0: none */
	uint16_t name, org_name, org_slug, callback_url; /* offsets; an empty callback means none */
	uint16_t allow_count, text_n;
	struct cidr allow[CIDR_MAX];
	char text[4096];
};

/* Requests per minute of a tier. */
int64_t tier_quota(const struct conf *c, enum tier tier);
const char *tier_name(enum tier tier);

/* The gates, in their order. Each answers OK or how the request ends. */
MUST enum err auth_key(struct req *r);
MUST enum err auth_address(struct req *r);
MUST enum err auth_rate(struct req *r);
MUST enum err auth_scope(struct req *r);

/* After the reply: lastUsedAt, at most once a minute, never waiting for a lock, never failing anything. */
void auth_touch(struct req *r);

extern const struct statement *const auth_statements[]; /* ends with NULL */

#endif

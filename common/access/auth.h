/* auth: who is calling: a key or a signed-in user, remembered for a moment, and what they
 * may do. */
#ifndef TG_ACCESS_AUTH_H
#define TG_ACCESS_AUTH_H

#include "common/text/cidr.h"
#include "common/base/uuid.h"
#include "common/http/request.h"

enum principal_kind { PRINCIPAL_KEY, PRINCIPAL_USER, PRINCIPAL_VISITOR };
enum tier { TIER_STANDARD, TIER_PLUS, TIER_UNLIMITED };

/* A caller that passed. Flat, so that it can lie in shared memory; the texts are offsets into
 * `text`. */
struct principal {
	enum principal_kind kind;
	/* the key's or the user's id; the session is a user's. Of a visitor the id is what retries
	 * are told apart by (common/access/idempotency.c) */
	struct uuid id, org, session;
	unsigned scopes;
	bool owner; /* of a user: may change things */
	enum tier tier;
	int64_t created_at;
	int64_t expires_at, last_used_at; /* 0: none. Of a user: the session's */
	/* Offsets; an empty callback means none. Name of a user: the e-mail address; callback_url
	 * of a visitor: the organization's checkout. */
	uint16_t name, org_name, org_slug, callback_url;
	uint16_t allow_count, text_n;
	struct cidr allow[CIDR_MAX];
	char text[4096];
};

/* Requests per minute of a tier. */
int64_t tier_quota(const struct conf *c, enum tier tier);
const char *tier_name(enum tier tier);

/* The principal's own copy of a text: its offset. */
uint16_t principal_keep(struct principal *p, const char *s);
/* The request counts against its address, which may have `quota` of that kind within `window_ns`.
 * An IPv6 host owns its /64. */
struct quota auth_count_address(struct req *r, const char *kind, int64_t quota, int64_t window_ns);

/* The gates, in their order. Each answers OK or how the request ends. */
MUST enum err auth_key(struct req *r);
MUST enum err auth_forged(struct req *r);
MUST enum err auth_address(struct req *r);
MUST enum err auth_rate(struct req *r);
MUST enum err auth_scope(struct req *r);

/* After the reply: lastUsedAt, at most once a minute, never waiting for a lock, never failing
 * anything. */
void auth_touch(struct req *r);

extern const struct statement *const auth_statements[]; /* ends with NULL */

#endif

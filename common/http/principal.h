/* principal: the caller that a request is made for. */
#ifndef TG_HTTP_PRINCIPAL_H
#define TG_HTTP_PRINCIPAL_H

#include "common/base/uuid.h"
#include "common/runtime/config.h"
#include "common/text/cidr.h"

enum principal_kind { PRINCIPAL_KEY, PRINCIPAL_USER, PRINCIPAL_ANONYMOUS };
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
	/* Offsets of texts, each ended by NUL; an empty text means none. */
	uint16_t name; /* as the audit log shows it: the key's name, the user's e-mail address */
	uint16_t org_name, org_slug;
	uint16_t callback_url; /* of a key */
	uint16_t checkout_url; /* of a visitor: the organization's checkout */
	uint16_t allow_count, text_n;
	struct cidr allow[CIDR_MAX];
	char text[4096];
};

/* Requests per minute of a tier. */
int64_t tier_quota(const struct config *c, enum tier tier);
const char *tier_name(enum tier tier);

/* Copies a text into the principal. Returns its offset; that of the empty text when it does not
 * fit. */
uint16_t principal_intern(struct principal *p, const char *s);
/* The tier of that name; TIER_STANDARD for an unknown one. */
enum tier tier_by_name(const char *name);

#endif

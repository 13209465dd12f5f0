/* anonymous: anybody, without a key: known by the address, and by what the request is
 * about. */
#include "common/access/anonymous.h"

#include "common/crypto/digest.h"

#include <string.h>

#define MINUTE_NS INT64_C(60000000000)

enum err visitor_count(struct req *r, const char *kind, int64_t quota, const char *what)
{
	struct quota q = auth_count_address(r, kind, quota, MINUTE_NS);
	/* what every answer tells is the quota of all requests */
	if (!q.admitted || !r->quota_name) {
		r->quota = q;
		r->quota_name = "address";
	}
	if (q.admitted)
		return OK;
	r->failure.retry_after = q.retry_ns / 1000000000 + 1;
	return fail(r, ERR_RATE, "Wait as many seconds as Retry-After says, then go on.",
		"One address may make %lld %s a minute.", (long long)q.limit, what);
}

struct uuid visitor_name(const struct req *r, const void *what, size_t n, bool secret)
{
	struct uuid id;
	uint8_t hash[32], text[8 + 17 + 64] = "visitor";
	if (!secret) {
		text[8] = r->client.family;
		/* an IPv6 host owns its /64 */
		memcpy(text + 9, r->client.b, r->client.family == 4 ? 4 : 8);
	}
	memcpy(text + 25, what, n < 64 ? n : 64);
	hmac_sha256(r->node->conf->pepper, sizeof r->node->conf->pepper, text, sizeof text, hash);
	memcpy(id.b, hash, sizeof id.b);
	return id;
}

enum err visitor_ask(
	struct req *r, const struct statement *st, const struct params *p, struct rows *rows)
{
	enum err err = req_sql(r, st, p, rows);
	return err == ERR_LOST ? req_sql(r, st, p, rows) : err;
}

enum err visitor_find(struct req *r)
{
	static struct principal visitor; /* one request at a time in a process */
	if (r->route->scope != SCOPE_VISITOR)
		return OK;
	visitor = (struct principal){.kind = PRINCIPAL_VISITOR};
	(void)principal_keep(&visitor, "");
	visitor.name = principal_keep(&visitor, "visitor");
	r->who = &visitor;
	return r->route->whose(r, &visitor);
}

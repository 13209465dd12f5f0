/* anonymous: the principal of requests to public routes, which need no key. */
#include "common/access/anonymous.h"

#include "common/crypto/digest.h"
#include "common/http/principal.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

struct uuid anonymous_id(const struct req *r, const void *what, size_t n, bool secret)
{
	struct uuid id;
	uint8_t hash[32], text[8 + 17 + 64] = "visitor";
	if (!secret) {
		text[8] = r->http.client.family;
		/* an IPv6 client can use any address of its /64 */
		memcpy(text + 9, r->http.client.b, r->http.client.family == 4 ? 4 : 8);
	}
	_Static_assert(sizeof text >= 25 + 64, "the layout: label, family, address, what");
	memcpy(text + 25, what, MIN(n, 64));
	hmac_sha256(r->app->conf->pepper, sizeof r->app->conf->pepper, text, sizeof text, hash);
	memcpy(id.b, hash, sizeof id.b);
	return id;
}

enum err anonymous_query(
	struct req *r, const struct statement *st, const struct params *p, struct rows *rows)
{
	enum err err = req_sql(r, st, p, rows);
	if (err == ERR_LOST)
		return req_sql(r, st, p, rows);
	return err;
}

enum err anonymous_identify(struct req *r)
{
	if (r->route->scope != SCOPE_PUBLIC)
		return OK;
	struct principal *visitor = arena_alloc(r->arena, sizeof *visitor);
	visitor->kind = PRINCIPAL_ANONYMOUS;
	(void)principal_intern(visitor, "");
	visitor->name = principal_intern(visitor, "visitor");
	r->who = visitor;
	assert(r->route->resolve_tenant); /* routes_fault has checked it */
	return r->route->resolve_tenant(r, visitor);
}

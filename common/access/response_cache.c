/* response_cache: a cache of GET responses in shared memory, invalidated when the organization's
 * data changes. */
#include "common/access/response_cache.h"

#include "common/http/principal.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"

#include <string.h>

/* The invalidation scope of the organization, from the random half of its id. Responses to visitors
 * have a scope of their own, which sales do not invalidate. */
static uint64_t scope_for(const struct req *r, bool visitor)
{
	uint64_t scope;
	memcpy(&scope, r->who->org.b + 8, sizeof scope);
	return (visitor ? ~scope : scope) | 1;
}

static uint64_t scope_of(const struct req *r)
{
	return scope_for(r, r->who->kind == PRINCIPAL_ANONYMOUS);
}

/* Whether this request's response can be cached. Only with shared memory: otherwise other programs
 * of this node could not invalidate it. */
static bool is_cacheable(const struct req *r)
{
	return shm_shared(r->app->shm) && (r->route->flags & ROUTE_CACHEABLE) &&
		r->http.method == METHOD_GET && r->who && r->app->conf->answer_cache_ms > 0 &&
		(!r->prefer.strict || (r->route->flags & ROUTE_PAGE));
}

/* The cache key: a hash of everything the response depends on. HTML pages do not depend on the
 * query and Accept. */
static void name_question(const struct req *r, uint8_t name[32])
{
	bool page = r->route->flags & ROUTE_PAGE;
	const char *accept = page ? NULL : req_header(r, "HTTP_ACCEPT", NULL);
	char *text = arena_printf(r->arena, "................%s?%s\n%s", r->http.raw_path,
		r->http.raw_query && !page ? r->http.raw_query : "", text_or(accept, ""));
	size_t n = strlen(text);
	memcpy(text, r->who->org.b, sizeof r->who->org.b);
	sha256(text, n, name);
}

bool response_cache_find(struct req *r)
{
	uint8_t kept[SHM_ANSWER_MAX]; /* head_n, the header lines, the body */
	uint32_t head_n;
	struct shm_room room = {kept, sizeof kept, 0};
	if (!is_cacheable(r)) /* which also means that there is a principal */
		return false;
	const struct shm_key key = {SHM_CACHE_RESPONSES, scope_of(r), r->cache.name};
	r->cache.generation = shm_generation(r->app->shm, scope_of(r));
	name_question(r, r->cache.name);
	if (req_prefers(r, "HTTP_CACHE_CONTROL", "no-cache"))
		return false;
	if (!shm_get(r->app->shm, &key, &room, clock_mono_ns()) || room.n < sizeof head_n)
		return false;
	memcpy(&head_n, kept, sizeof head_n);
	if (head_n > room.n - sizeof head_n)
		return false;
	buf_put(r->response.head, (char *)kept + sizeof head_n, head_n);
	buf_put(r->response.body, (char *)kept + sizeof head_n + head_n,
		room.n - sizeof head_n - head_n);
	r->response.status = 200;
	return true;
}

void response_cache_store(struct req *r)
{
	uint8_t kept[SHM_ANSWER_MAX];
	const struct buf *head = r->response.head, *body = r->response.body;
	uint32_t head_n = (uint32_t)head->n;
	size_t n = sizeof head_n + head->n + body->n;
	if (!is_cacheable(r) || r->response.status != 200 || r->response.begun || r->ignored.n ||
		head->full || body->full || n > sizeof kept)
		return;
	memcpy(kept, &head_n, sizeof head_n);
	if (head->n)
		memcpy(kept + sizeof head_n, head->p, head->n);
	memcpy(kept + sizeof head_n + head->n, body->p, body->n);
	const struct shm_key key = {SHM_CACHE_RESPONSES, scope_of(r), r->cache.name};
	shm_put(r->app->shm, &key, (struct span){kept, n}, r->cache.generation,
		clock_mono_ns() + r->app->conf->answer_cache_ms * 1000000);
}

void response_cache_invalidate(struct req *r)
{
	if (r->who)
		shm_invalidate(r->app->shm, scope_for(r, false));
	if (r->who && !(r->route->flags & ROUTE_INVENTORY))
		shm_invalidate(r->app->shm, scope_for(r, true));
}

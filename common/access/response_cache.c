/* response_cache: a cache of GET responses in shared memory, invalidated by changes of what they
 * show. */
#include "common/access/response_cache.h"

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/http/gzip.h"
#include "common/http/principal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

/* What is changed separately. */
enum part {
	PART_ALL, /* by the administrator's commands */
	PART_ORG, /* of one organization: everything that is none of the others, */
	PART_LISTS, /* any event, */
	PART_COUNTS, /* what was sold and is held of any event, */
	PART_EVENT, /* one event, */
	PART_EVENT_COUNTS /* what was sold and is held of it */
};
_Static_assert(PART_EVENT_COUNTS + 1 == CACHE_PARTS, "req.cache has a place for each");
#define BIT(part) (1U << (part))

/* What is kept: this, the header lines and the body. */
struct kept {
	uint64_t event; /* the event that the response shows; 0: any */
	uint64_t at_once, aged; /* sums of the generations of parts, see below */
	int64_t since; /* when its data was going to be read, ns of clock_mono_ns() */
	int64_t until; /* it is not valid from then on, ms since 1970; 0: no such time */
	uint32_t head_n;
	uint8_t at_once_parts; /* changes of these invalidate it, */
	uint8_t aged_parts; /* and of these when it is older than answer_cache */
	uint8_t unused[2]; /* so that all bytes are defined */
};

/* The random half of an id. */
static uint64_t half_of(const struct uuid *id)
{
	uint64_t half;
	memcpy(&half, id->b + 8, sizeof half);
	return half ? half : 1;
}

/* The invalidation scope of a part. */
static uint64_t scope_of(const struct req *r, enum part part, uint64_t event)
{
	uint64_t of = part < PART_EVENT ? half_of(&r->who->org) : event;
	uint64_t scope = (of ^ (of >> 32)) + (uint64_t)part * UINT64_C(0x9e3779b97f4a7c15);
	if (part == PART_ALL)
		return 0;
	return scope ? scope : 1;
}

/* The sum of the current generations of parts. */
static uint64_t sum_now(const struct req *r, unsigned parts, uint64_t event)
{
	uint64_t sum = 0;
	for (enum part part = 0; part < CACHE_PARTS; part++)
		if (parts & BIT(part))
			sum += shm_generation(r->app->shm, scope_of(r, part, event));
	return sum;
}

/* The sum of those that read_parts has read. *settled: nobody was changing the parts. */
static uint64_t sum_before(const struct req *r, unsigned parts, bool *settled)
{
	uint64_t sum = 0;
	for (enum part part = 0; part < CACHE_PARTS; part++)
		if (parts & BIT(part)) {
			sum += r->cache.generation[part];
			*settled = *settled && r->cache.settled[part];
		}
	return sum;
}

/* ---- which event a response will show, before it is made ---- */

#define HINTS 1024 /* of two names in one place the last one is known */

static struct hint {
	uint64_t name, event;
} hints[HINTS];

static struct hint *hint_of(const struct req *r)
{
	uint64_t name;
	memcpy(&name, r->cache.name, sizeof name);
	struct hint *h = &hints[name % HINTS];
	if (h->name != name)
		*h = (struct hint){name, 0};
	return h;
}

static void read_part(struct req *r, enum part part)
{
	r->cache.settled[part] = true;
	r->cache.generation[part] = shm_snapshot(
		r->app->shm, scope_of(r, part, r->cache.event), &r->cache.settled[part]);
}

static void read_parts(struct req *r)
{
	r->cache.since = clock_mono_ns();
	r->cache.event = hint_of(r)->event;
	for (enum part part = 0; part < (r->cache.event ? CACHE_PARTS : PART_EVENT); part++)
		read_part(r, part);
}

/* The response shows another event than expected. Its parts are read now, and stand for those
 * before the database was read if no event has changed since; false: one may have. */
static bool read_event(struct req *r, uint64_t event)
{
	bool settled = true;
	hint_of(r)->event = r->cache.event = event;
	if (!event)
		return true;
	read_part(r, PART_EVENT);
	read_part(r, PART_EVENT_COUNTS);
	const unsigned any = BIT(PART_LISTS) | BIT(PART_COUNTS);
	return sum_before(r, any, &settled) == sum_now(r, any, 0) && settled;
}

/* ---- responses ---- */

/* Whether this request's response can be cached. Only with shared memory: otherwise other programs
 * of this node could not invalidate it. */
static bool is_cacheable(const struct req *r)
{
	return shm_shared(r->app->shm) && (r->route->flags & ROUTE_CACHEABLE) &&
		r->http.method == METHOD_GET && r->who && r->app->conf->answer_cache_ms > 0 &&
		(!r->prefer.strict || (r->route->flags & ROUTE_PAGE));
}

/* Whether the response is compressed here, once for all visitors, and not by the web server for
 * each of them. Responses to keys may contain secrets and what the client has sent. */
static bool wants_gzip(const struct req *r)
{
	return r->route->scope == SCOPE_PUBLIC && gzip_accepted(r);
}

/* The cache key: a hash of everything the response depends on. HTML pages depend on the language,
 * and on no more of the query; lists depend on Accept, which may ask for CSV. */
static void name_question(struct req *r, uint8_t name[32])
{
	bool page = r->route->flags & ROUTE_PAGE;
	const char *accept =
		r->route->flags & ROUTE_LIST ? req_header(r, "HTTP_ACCEPT", NULL) : NULL;
	const char *query = text_or(r->http.raw_query, "");
	if (page) {
		enum language l = req_language(r);
		query = arena_printf(
			r->arena, "%s%s", r->language.named ? "lang=" : "", language_tag(l));
	}
	char *text = arena_printf(r->arena, "................%" PRIx64 " %d %s?%s\n%s",
		r->app->edition, wants_gzip(r), r->http.raw_path, query, text_or(accept, ""));
	size_t n = strlen(text);
	memcpy(text, r->who->org.b, sizeof r->who->org.b);
	sha256(text, n, name);
}

/* Whether a kept response is still valid. */
static bool is_valid(const struct req *r, const struct kept *k, int64_t now)
{
	if (k->until && r->now >= k->until)
		return false;
	if (sum_now(r, k->at_once_parts, k->event) != k->at_once)
		return false;
	return !k->aged_parts || now - k->since < r->app->conf->answer_cache_ms * 1000000 ||
		sum_now(r, k->aged_parts, k->event) == k->aged;
}

static bool find_in(struct req *r, enum shm_cache cache, int64_t now)
{
	uint8_t bytes[SHM_ANSWER_MAX];
	struct kept k;
	struct shm_room room = {bytes, sizeof bytes, 0};
	const struct shm_key key = {cache, 0, r->cache.name};
	if (!shm_get(r->app->shm, &key, &room, now) || room.n < sizeof k)
		return false;
	memcpy(&k, bytes, sizeof k);
	if (k.head_n > room.n - sizeof k || !is_valid(r, &k, now))
		return false;
	buf_put(r->response.head, (char *)bytes + sizeof k, k.head_n);
	buf_put(r->response.body, (char *)bytes + sizeof k + k.head_n,
		room.n - sizeof k - k.head_n);
	r->response.status = 200;
	return true;
}

bool response_cache_find(struct req *r)
{
	int64_t now = clock_mono_ns();
	if (!is_cacheable(r)) /* which also means that there is a principal */
		return false;
	name_question(r, r->cache.name);
	if (!req_prefers(r, "HTTP_CACHE_CONTROL", "no-cache") &&
		(find_in(r, SHM_CACHE_SMALL, now) || find_in(r, SHM_CACHE_LARGE, now)))
		return true;
	read_parts(r);
	return false;
}

/* How long a response may be kept, in ms: `settled`, nobody was changing what it shows. */
static int64_t life_of(const struct req *r, bool settled)
{
	const struct config *conf = r->app->conf;
	int64_t life = conf->answer_cache_ms;
	if (settled && r->shown.events == 1 && !r->shown.brief)
		life = MAX(life, conf->single_node_cache_ms);
	return life;
}

/* Which changes invalidate the response. */
static void set_parts(const struct req *r, struct kept *k)
{
	unsigned counts = BIT(k->event ? PART_EVENT_COUNTS : PART_COUNTS);
	k->at_once_parts = BIT(PART_ALL);
	if (r->shown.global)
		return;
	k->at_once_parts |= BIT(PART_ORG) | BIT(k->event ? PART_EVENT : PART_LISTS);
	if (r->shown.counts_left_out)
		return;
	if (r->who->kind == PRINCIPAL_ANONYMOUS)
		k->aged_parts = counts;
	else
		k->at_once_parts |= counts;
}

void response_cache_store(struct req *r)
{
	uint8_t bytes[SHM_ANSWER_MAX];
	const struct buf *head = r->response.head, *body = r->response.body;
	struct kept k = {.since = r->cache.since, .until = r->shown.until};
	bool settled = true;
	if (!is_cacheable(r) || r->response.status != 200 || r->response.begun || r->ignored.n)
		return;
	if (wants_gzip(r))
		gzip_response(r);
	size_t n = sizeof k + head->n + body->n;
	if (head->full || body->full || n > sizeof bytes)
		return;
	k.head_n = (uint32_t)head->n;
	k.event = r->shown.events == 1 ? half_of(&r->shown.event) : 0;
	if (k.event != r->cache.event && !read_event(r, k.event))
		return;
	set_parts(r, &k);
	k.at_once = sum_before(r, k.at_once_parts, &settled);
	k.aged = sum_before(r, k.aged_parts, &settled);
	memcpy(bytes, &k, sizeof k);
	if (head->n)
		memcpy(bytes + sizeof k, head->p, head->n);
	memcpy(bytes + sizeof k + head->n, body->p, body->n);
	const struct shm_key key = {
		n <= SHM_SMALL_MAX ? SHM_CACHE_SMALL : SHM_CACHE_LARGE, 0, r->cache.name};
	shm_put(r->app->shm, &key, (struct span){bytes, n}, shm_generation(r->app->shm, 0),
		k.since + life_of(r, settled) * 1000000);
}

/* ---- changes ---- */

typedef void change_step(struct shm *s, uint64_t scope);

/* Calls the step for everything that the request changes, one event last: see read_event. */
static void each_part(struct req *r, change_step *step)
{
	static const enum part sales[] = {PART_COUNTS, PART_EVENT_COUNTS},
			       changes[] = {PART_LISTS, PART_EVENT};
	const enum part *parts = r->route->flags & ROUTE_INVENTORY ? sales : changes;
	if (r->shown.events != 1)
		step(r->app->shm, scope_of(r, PART_ORG, 0));
	for (size_t i = 0; i < 2 && r->shown.events == 1; i++)
		step(r->app->shm, scope_of(r, parts[i], half_of(&r->shown.event)));
}

void response_cache_change_begin(struct req *r)
{
	r->cache.file = shm_reattach_now(r->app->shm);
	if (r->who)
		each_part(r, shm_change_begin);
}

void response_cache_change_end(struct req *r)
{
	bool same = shm_reattach_now(r->app->shm) == r->cache.file;
	if (r->who)
		each_part(r, same ? shm_change_end : shm_invalidate);
}

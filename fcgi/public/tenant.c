/* tenant: finds the organization that a public request is about. */
#include "fcgi/public/tenant.h"

#include "common/access/rate_limit.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/http/response.h"
#include "common/text/validate.h"
#include "fcgi/public/visitor_limit.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#define SLUG_MAX_ORG 120

static const struct statement by_slug = {"visit_by_slug",
	"SELECT id AS org, checkout_url AS checkout"
	" FROM organizations"
	" WHERE slug = :slug",
	SQL_READ | SQL_GLOBAL};
static const struct statement by_hold = {
	"visit_by_hold",
	"SELECT h.org_id AS org, o.checkout_url AS checkout"
	" FROM holds h"
	" JOIN organizations o ON o.id = h.org_id"
	" WHERE h.id = :id",
	SQL_READ | SQL_GLOBAL,
};

char *absolute_url(const struct req *r, const char *fmt, ...)
{
	const struct config *c = r->app->conf;
	va_list ap;
	va_start(ap, fmt);
	char *path = arena_vprintf(r->arena, fmt, ap);
	va_end(ap);
	return arena_printf(
		r->arena, "%s%s%s", c ? c->public_url : "", c ? c->base_path : "", path);
}

char *page_url(struct req *r, const char *url)
{
	enum language l = req_language(r);
	return arena_printf(
		r->arena, r->language.named ? "%s?lang=%s" : "%s", url, language_tag(l));
}

static void cache_control(struct req *r, const char *vary)
{
	response_header(
		r, "Cache-Control", "public, max-age=0, s-maxage=2, stale-while-revalidate=10");
	response_header(r, "Vary", "%s", vary);
}

void public_cache_control(struct req *r)
{
	cache_control(r, "Accept-Encoding");
}

void page_cache_control(struct req *r)
{
	cache_control(r, "Accept-Encoding, Accept-Language");
}

/* Sets the principal's organization from the row of a statement, if there is one. */
static enum err tenant_find(struct req *r, const struct statement *st, const struct params *p,
	struct principal *visitor)
{
	struct rows rows;
	assert(visitor == r->who);
	enum err err = anonymous_query(r, st, p, &rows);
	if (err || rows.n == 0)
		return err;
	visitor->org = rows_get(&rows, 0, "org").id;
	visitor->checkout_url = principal_intern(visitor, rows_text(&rows, 0, "checkout"));
	return OK;
}

static enum err find_id(
	struct req *r, const struct statement *st, struct uuid id, struct principal *visitor)
{
	struct params p;
	req_params(r, &p, NULL);
	params_set(&p, "id", val_uuid(id));
	return tenant_find(r, st, &p, visitor);
}

/* The result is cached like API keys, because in a rush all visitors ask for the same
 * organization. */
enum err tenant_by_slug(struct req *r, const char *slug, struct principal *visitor)
{
	struct params p;
	struct shm *shm = r->app->shm;
	uint8_t name[32];
	size_t n = strlen(slug);
	int64_t now = clock_mono_ns(), keep = r->app->conf->key_cache_ms;
	if (n > SLUG_MAX_ORG || !validate_slug(slug, n))
		return OK;
	char *text = arena_printf(r->arena, "visitors of %s", slug);
	sha256(text, strlen(text), name);
	uint64_t generation = shm_generation(shm, 0);
	const struct shm_key key = {SHM_CACHE_KEYS, 0, name};
	struct shm_room room = {visitor, sizeof *visitor, 0};
	if (keep > 0 && shm_get(shm, &key, &room, now))
		return OK;
	req_params(r, &p, NULL);
	params_set(&p, "slug", val_text(slug));
	enum err err = tenant_find(r, &by_slug, &p, visitor);
	uint8_t none[sizeof visitor->org.b] = {0};
	if (!err && keep > 0 && memcmp(visitor->org.b, none, sizeof none) != 0)
		shm_put(shm, &key,
			(struct span){visitor, offsetof(struct principal, text) + visitor->text_n},
			generation, now + keep * 1000000);
	return err;
}

enum err tenant_of_slug(struct req *r, struct principal *visitor)
{
	return tenant_by_slug(r, r->args[0], visitor);
}

struct json_object *body_string(struct req *r, const char *name)
{
	char why[JSON_WHY];
	struct json_object *value;
	if (!req_json(r, why) || !json_object_is_type(r->json, json_type_object) ||
		!json_object_object_get_ex(r->json, name, &value) ||
		!json_object_is_type(value, json_type_string))
		return NULL;
	return value;
}

static bool body_id(struct req *r, const char *name, struct uuid *id)
{
	struct json_object *value = body_string(r, name);
	return value &&
		uuid_parse(json_object_get_string(value), (size_t)json_object_get_string_len(value),
			id);
}

/* The Idempotency-Key of a new hold is scoped by the client's address: two visitors may send the
 * same key, and neither may get the other's hold. */
enum err tenant_of_event(struct req *r, struct principal *visitor)
{
	struct uuid id;
	enum err err = rate_limit_anonymous(r, "hold", r->app->conf->public_holds, "new holds");
	if (err || !body_id(r, "eventId", &id))
		return err;
	visitor->id = anonymous_id(r, id.b, sizeof id.b, false);
	return visitor_limit_read(r, id, visitor);
}

/* Only holds of the public page, which have random ids: the ids of box office holds are not
 * secret. */
enum err tenant_of_hold(struct req *r, struct principal *visitor)
{
	struct uuid id;
	if (uuid_parse(r->args[0], strlen(r->args[0]), &id) && uuid_is_random(&id))
		return find_id(r, &by_hold, id, visitor);
	return OK;
}

/* The Idempotency-Key of an order is scoped by the hold, whose id is the buyer's secret, because a
 * retry may come from another address. */
enum err tenant_of_order(struct req *r, struct principal *visitor)
{
	struct uuid id;
	if (!body_id(r, "holdId", &id) || !uuid_is_random(&id))
		return OK;
	visitor->id = anonymous_id(r, id.b, sizeof id.b, true);
	return find_id(r, &by_hold, id, visitor);
}

const struct module tenant_module = {.statements = (const struct statement *const[]){
					     &by_slug,
					     &by_hold,
					     NULL,
				     }};

/* org: organizations, as the administrator makes them. */
#include "cli.h"

#include "fcgi/slug.h"
#include "clock.h"
#include "jsonstrict.h"

#include <string.h>

static const struct statement org_insert = {"cli_org_insert",
	"INSERT INTO organizations (id, name, slug, created_at, updated_at) VALUES (:org, :name, :slug, :now, :now)", SQL_WRITE};
static const struct statement org_all = {"cli_org_all",
	"SELECT o.id, o.name, o.slug, o.created_at, (SELECT COUNT(*) FROM api_keys k WHERE k.org_id = o.id AND k.revoked_at IS NULL"
	" AND (k.expires_at IS NULL OR k.expires_at > :now)) AS keys_active FROM organizations o ORDER BY o.slug", SQL_READ | SQL_GLOBAL};

const struct option_row org_create_options[] = {
	{"name", "N", REQUIRED, "Its name, 1 to 200 characters."},
	{"slug", "S", 0, "How it is called in commands and links: a-z, 0-9 and -; otherwise made from the name."},
	{NULL, NULL, 0, NULL},
};

static bool
slug_valid(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 120 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && s[0] != '-' && s[n - 1] != '-';
}

static enum err
insert(struct cli *c, void *ctx)
{
	struct params *p = ctx;
	enum err err = sql_run(c->db, c->arena, &org_insert, p, NULL);

	return err == OK ? audit(c, params_get(p, "org").id, "org.create", params_get(p, "org").id) : err;
}

static void
org_json(struct cli *c, const char *id, const char *name, const char *slug, int64_t created)
{
	write_object(&c->json, NULL);
	write_text(&c->json, "id", id);
	write_text(&c->json, "name", name);
	write_text(&c->json, "slug", slug);
	write_time(&c->json, "createdAt", created);
}

int
org_create(struct cli *c)
{
	const char *name = option(c, "name"), *slug = option(c, "slug");
	struct uuid id = uuid_make();
	int64_t now = clock_now();
	size_t characters = 0;
	struct params p;
	enum err err;

	if (!utf8_valid(name, strlen(name), &characters) || characters < 1 || characters > 200)
		return refuse("the name must be 1 to 200 characters of UTF-8 text");
	if (!slug)
		slug = slug_make(c->arena, name, "");
	if (!slug_valid(slug))
		return refuse("the slug \"%.120s\" will not do: 1 to 120 of a-z, 0-9 and -, without - at its ends; give one with --slug", slug);
	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(id));
	params_set(&p, "name", val_text(name));
	params_set(&p, "slug", val_text(slug));
	params_set(&p, "now", val_time(now));
	if ((err = transact(c, insert, &p)) == ERR_DUPLICATE)
		return refuse("there is an organization with the slug %s already; choose another with --slug", slug);
	if (err != OK)
		return refuse_db(c, err, "creating the organization");
	if (c->as_json) {
		org_json(c, uuid_text(c->arena, id), name, slug, now);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out, "Created the organization %s (%s), id %s.\nNext: ticketgate key create --org %s --name NAME --scopes events:read,events:write\n",
			name, slug, uuid_text(c->arena, id), slug);
	}
	return DONE;
}

int
org_list(struct cli *c)
{
	struct params p;
	struct rows r = {0};
	enum err err;

	params_init(&p, c->arena);
	params_set(&p, "now", val_time(clock_now()));
	if ((err = sql_run(c->db, c->arena, &org_all, &p, &r)) != OK)
		return refuse_db(c, err, "listing the organizations");
	const char **cells = arena_array(c->arena, (r.n + 1) * 5, sizeof *cells);
	const char *const head[] = {"SLUG", "NAME", "KEYS", "CREATED", "ID"};
	memcpy(cells, head, sizeof head);
	if (c->as_json)
		write_array(&c->json, NULL);
	for (size_t i = 0; i < r.n; i++) {
		const char *id = uuid_text(c->arena, rows_get(&r, i, "id").id);
		if (c->as_json) {
			org_json(c, id, rows_text(&r, i, "name"), rows_text(&r, i, "slug"), rows_int(&r, i, "created_at"));
			write_int(&c->json, "keysActive", rows_int(&r, i, "keys_active"));
			write_end_object(&c->json);
		}
		const char *const row[] = {rows_text(&r, i, "slug"), rows_text(&r, i, "name"), arena_printf(c->arena, "%lld", (long long)rows_int(&r, i, "keys_active")),
			time_text(c->arena, rows_get(&r, i, "created_at")), id};
		memcpy(cells + (i + 1) * 5, row, sizeof row);
	}
	if (c->as_json)
		write_end_array(&c->json);
	else if (r.n == 0)
		buf_puts(&c->out, "No organizations yet. Make one: ticketgate org create --name NAME\n");
	else
		table_print(&c->out, cells, r.n + 1, 5);
	return DONE;
}

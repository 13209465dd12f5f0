/* org: the `ticketgate org` commands, which create, list and change organizations. */
#include "cli/core/cli.h"

#include "common/access/epoch.h"
#include "common/http/principal.h"
#include "common/ticketing/slug.h"
#include "common/base/clock.h"
#include "common/schema/money.h"
#include "common/text/currency.h"
#include "common/text/unicode.h"
#include "common/text/json_check.h"
#include "common/text/validate.h"

#include <stdio.h>
#include <string.h>

static const struct statement org_insert = {"cli_org_insert",
	"INSERT INTO organizations (id, name, slug, created_at, updated_at)"
	" VALUES (:org, :name, :slug, :now, :now)",
	SQL_WRITE};
static const struct statement org_lock = {"cli_org_lock",
	"SELECT name, slug, fee_basis_points AS points, fee_fixed AS fixed,"
	" fee_currency AS currency, checkout_url AS checkout, ticket_names AS names"
	" FROM organizations"
	" WHERE id = :org"
	" FOR UPDATE",
	SQL_READ};
static const struct statement org_update = {"cli_org_update",
	"UPDATE organizations"
	" SET name = :name, fee_basis_points = :points, fee_fixed = :fixed,"
	" fee_currency = :currency, checkout_url = :checkout, ticket_names = :names,"
	" updated_at = :now"
	" WHERE id = :org",
	SQL_WRITE};
static const struct statement org_all = {"cli_org_all",
	"SELECT o.id, o.name, o.slug, o.created_at,"
	" (SELECT COUNT(*) FROM api_keys k WHERE k.org_id = o.id AND k.revoked_at IS NULL"
	" AND (k.expires_at IS NULL OR k.expires_at > :now)) AS keys_active,"
	" EXISTS (SELECT 1 FROM write_epochs e"
	" WHERE e.org_id = o.id AND e.mark = " EPOCH_SUSPENDED ") AS suspended"
	" FROM organizations o"
	" ORDER BY o.slug",
	SQL_READ | SQL_GLOBAL};

const struct option_row org_create_options[] = {
	{"name", "N", REQUIRED, "Organization name, 1 to 200 characters."},
	{"slug", "S", 0,
		"Identifier in commands and URLs: a-z, 0-9 and - (default: derived from the "
		"name)."},
	{NULL, NULL, 0, NULL},
};

#define ORG_COLUMNS 6 /* of `org list` */
#define FEE_MAX INT64_C(1000000000) /* whole units */
#define URL_MAX_LENGTH 2048

const struct option_row org_set_options[] = {
	{"name", "N", 0, "Organization name, 1 to 200 characters."},
	{"fee-percent", "P", 0,
		"Fee per ticket in percent of its price, 0 to 100, up to two decimals."},
	{"fee-fixed", "F", 0,
		"Fixed fee per paid ticket in units of --fee-currency, added to --fee-percent."},
	{"fee-currency", "C", 0,
		"Currency of --fee-fixed, such as PHP; events in other currencies have no fixed "
		"fee (default: as before, PHP at first)."},
	{"checkout-url", "U", 0, "Checkout URL; an empty value removes it."},
	{"ticket-names", "on|off", 0,
		"Whether holders may change the names on their tickets (default: off)."},
	{NULL, NULL, 0, NULL},
};

/* The column's charset and length; the limits of the API's slugs are the same. */
static bool slug_valid(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 120 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
		s[0] != '-' && s[n - 1] != '-';
}

/* Inserts the organization and its audit row; runs inside transact(). */
static enum err org_insert_row(struct cli *c, void *ctx)
{
	struct params *p = ctx;
	enum err err = sql_run(c->db, c->arena, &org_insert, p, NULL);

	if (err == OK)
		return audit(c, params_get(p, "org").id, "org.create", params_get(p, "org").id);
	return err;
}

static void org_json(
	struct cli *c, const char *id, const char *name, const char *slug, int64_t created)
{
	write_object(&c->json, NULL);
	write_text(&c->json, "id", id);
	write_text(&c->json, "name", name);
	write_text(&c->json, "slug", slug);
	write_time(&c->json, "createdAt", created);
}

int org_create(struct cli *c)
{
	const char *name = option(c, "name"), *slug = option(c, "slug");
	struct uuid id = uuid_make();
	int64_t now = clock_now();
	size_t characters = 0;
	struct params p;
	enum err err;

	if (!utf8_valid(name, strlen(name), &characters) || text_is_blank(name) || characters > 200)
		return refuse("--name must be 1 to 200 characters of UTF-8 text");
	if (!slug)
		slug = slug_make(c->arena, name, "");
	if (!slug_valid(slug))
		return refuse("invalid slug \"%.120s\": it must be 1 to 120 of a-z, 0-9 and -, "
			      "with no leading or trailing -; set one with --slug",
			slug);
	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(id));
	params_set(&p, "name", val_text(name));
	params_set(&p, "slug", val_text(slug));
	params_set(&p, "now", val_time(now));
	if ((err = transact(c, org_insert_row, &p)) == ERR_DUPLICATE)
		return refuse("an organization with the slug %s already exists; choose another "
			      "with --slug",
			slug);
	if (err != OK)
		return reject_db(c, err, "creating the organization");
	if (c->as_json) {
		org_json(c, uuid_text(c->arena, id), name, slug, now);
		write_end_object(&c->json);
	} else {
		buf_printf(&c->out,
			"Created organization %s (%s), id %s.\nNext: ticketgate user create --org "
			"%s --email ADDRESS --role owner\nThe owner signs in to the dashboard, "
			"creates events and API keys there.\n",
			name, slug, uuid_text(c->arena, id), slug);
	}
	return DONE;
}

/* Unsigned decimal digits with at most one point. validate_decimal() alone would also accept signs
 * and exponents. */
static bool decimal(const char *s)
{
	size_t n = strspn(s, "0123456789"), m = 0;

	if (n > 0 && s[n] == '.')
		n += 1 + (m = strspn(s + n + 1, "0123456789"));
	return s[0] >= '0' && s[0] <= '9' && s[n] == '\0' && (m > 0 || !strchr(s, '.'));
}

/* Parses the fee options into :points, :sent and :currency; returns DONE or REFUSED. */
static int set_fees(struct cli *c, struct params *p)
{
	const char *percent = option(c, "fee-percent"), *fixed = option(c, "fee-fixed"),
		   *currency = option(c, "fee-currency");
	struct val sent = {.type = VAL_MONEY};
	int64_t n;

	if (percent &&
		(!decimal(percent) || !validate_decimal(percent, 2, &n) || n < 0 || n > 10000))
		return refuse("--fee-percent must be a number from 0 to 100 with at most two "
			      "decimals, such as 3.5");
	if (percent)
		params_set(p, "points", val_int(n));
	if (fixed &&
		(!decimal(fixed) || !validate_decimal(fixed, MONEY_DECIMALS, &sent.i) ||
			sent.i > FEE_MAX * power_of_ten(MONEY_DECIMALS)))
		return refuse("--fee-fixed must be an amount of 0 or more in whole currency units "
			      "with at most the decimals of the currency, such as 15 or 12.50");
	if (fixed)
		params_set(p, "fixed", sent);
	if (currency && !currency_find(currency))
		return refuse("--fee-currency must be an ISO 4217 currency code such as PHP");
	if (currency)
		params_set(p, "currency", val_text(currency));
	return DONE;
}

/* Parses --ticket-names into :names; returns DONE or REFUSED. */
static int set_names(struct cli *c, struct params *p)
{
	const char *names = option(c, "ticket-names");

	if (!names)
		return DONE;
	bool on = strcmp(names, "on") == 0;
	if (!on && strcmp(names, "off") != 0)
		return refuse("--ticket-names must be on or off");
	params_set(p, "names", val_int(on));
	return DONE;
}

/* Parses --name and --checkout-url into :name and :checkout; returns DONE or REFUSED. */
static int set_texts(struct cli *c, struct params *p)
{
	const char *name = option(c, "name"), *url = option(c, "checkout-url");
	size_t characters = 0;

	if (name &&
		(!utf8_valid(name, strlen(name), &characters) || text_is_blank(name) ||
			characters > 200))
		return refuse("--name must be 1 to 200 characters of UTF-8 text");
	if (name)
		params_set(p, "name", val_text(name));
	const char *fault = url ? url_encoding_fault(c->arena, url) : NULL;
	if (fault)
		return refuse("--checkout-url %s", fault);
	if (url && *url && (strlen(url) > URL_MAX_LENGTH || !validate_url(url, strlen(url))))
		return refuse(
			"--checkout-url must be an http or https URL of at most %d characters",
			URL_MAX_LENGTH);
	if (url)
		params_set(p, "checkout", val_text(text_filled(url)));
	return DONE;
}

struct setting {
	struct params asked, p; /* values from the options; the complete row to store */
};

/* The fixed fee as stored in the organization's fee currency: the new one, or the old one as an
 * amount of the new currency. ERR_VALIDATION: it has more decimals than the currency. */
static enum err convert_fee(struct setting *s, const struct rows *before)
{
	const char *currency = params_text(&s->p, "currency");
	struct val fixed = params_get(&s->asked, "fixed");
	int missing = MONEY_DECIMALS - currency_scale(rows_text(before, 0, "currency"));

	if (fixed.type != VAL_MONEY)
		fixed = (struct val){.type = VAL_MONEY,
			.i = rows_int(before, 0, "fixed") * power_of_ten(missing)};
	params_set(&s->p, "fixed", money_stored(fixed, currency));
	return val_is_set(params_get(&s->p, "fixed")) ? OK : ERR_VALIDATION;
}

/* Reads and locks the row, overlays the options and stores it; runs inside transact(). */
static enum err org_change(struct cli *c, void *ctx)
{
	struct setting *s = ctx;
	struct uuid org = params_get(&s->asked, "org").id;
	struct rows r = {0};
	enum err err = sql_run(c->db, c->arena, &org_lock, &s->asked, &r);

	if (err != OK || r.n == 0) {
		if (err != OK)
			return err;
		return ERR_NOT_FOUND;
	}
	params_init(&s->p, c->arena);
	params_from_row(&s->p, &r, 0);
	for (size_t i = 0; i < s->asked.n; i++)
		params_set(&s->p, s->asked.list[i].name, s->asked.list[i].v);
	if ((err = convert_fee(s, &r)) != OK ||
		(err = sql_run(c->db, c->arena, &org_update, &s->p, NULL)) != OK)
		return err;
	return audit(c, org, "org.update", org);
}

/* A number as JSON prints it. */
static char *decimal_text(struct arena *a, int64_t n, int decimals)
{
	struct buf out;
	struct json j;

	buf_init(&out, 64);
	write_start(&j, &out);
	write_decimal(&j, NULL, n, decimals);
	char *text = arena_dup(a, out.p, out.n);
	buf_free(&out);
	return text;
}

static void setting_print(struct cli *c, struct params *p)
{
	int64_t points = params_get(p, "points").i, fixed = params_get(p, "fixed").i;
	bool names = params_get(p, "names").i;
	const char *checkout = params_text(p, "checkout"), *currency = params_text(p, "currency");

	if (c->as_json) {
		write_object(&c->json, NULL);
		write_text(&c->json, "id", uuid_text(c->arena, params_get(p, "org").id));
		write_text(&c->json, "name", params_text(p, "name"));
		write_text(&c->json, "slug", params_text(p, "slug"));
		write_decimal(&c->json, "feePercent", points, 2);
		write_currency(&c->json, currency);
		write_money(&c->json, "feeFixed", fixed);
		write_text(&c->json, "feeCurrency", currency);
		write_text(&c->json, "checkoutUrl", checkout);
		write_bool(&c->json, "ticketNames", names);
		write_end_object(&c->json);
		return;
	}
	buf_printf(&c->out,
		"%s (%s): fee %s %% plus %s %s per ticket; checkout: %s; holders change names on "
		"tickets: %s.\n",
		params_text(p, "name"), params_text(p, "slug"), decimal_text(c->arena, points, 2),
		currency, decimal_text(c->arena, fixed, currency_scale(currency)),
		text_or(checkout, "none"), names ? "yes" : "no");
}

int org_set(struct cli *c)
{
	struct setting s;
	struct uuid org;
	enum err err;

	params_init(&s.asked, c->arena);
	if (set_fees(c, &s.asked) != DONE || set_texts(c, &s.asked) != DONE ||
		set_names(c, &s.asked) != DONE)
		return REFUSED;
	if (s.asked.n == 0)
		return usage("missing option: --name, --fee-percent, --fee-fixed, --fee-currency, "
			     "--checkout-url or --ticket-names");
	if ((err = org_find(c, c->argument, &org)) == OK) {
		params_set(&s.asked, "org", val_uuid(org));
		params_set(&s.asked, "now", val_time(clock_now()));
		err = transact(c, org_change, &s);
	}
	if (err == ERR_NOT_FOUND)
		return refuse(
			"organization %s does not exist; run `ticketgate org list` to list all",
			c->argument);
	if (err == ERR_VALIDATION)
		return refuse("the fixed fee must have %s in %s; set another with --fee-fixed",
			money_decimals_text(currency_decimals(params_text(&s.p, "currency"))),
			params_text(&s.p, "currency"));
	if (err != OK)
		return reject_db(c, err, "changing the organization");
	setting_print(c, &s.p);
	return DONE;
}

static const char *state_text(const struct rows *r, size_t i)
{
	if (strncmp(rows_text(r, i, "slug"), SLUG_INCOMPLETE, strlen(SLUG_INCOMPLETE)) == 0)
		return "incomplete import";
	return rows_int(r, i, "suspended") ? "suspended" : "active";
}

int org_list(struct cli *c)
{
	struct params p;
	struct rows r = {0};
	enum err err;

	params_init(&p, c->arena);
	params_set(&p, "now", val_time(clock_now()));
	if ((err = sql_run(c->db, c->arena, &org_all, &p, &r)) != OK)
		return reject_db(c, err, "listing the organizations");
	const char **cells = arena_array(c->arena, (r.n + 1) * ORG_COLUMNS, sizeof *cells);
	const char *const head[] = {"SLUG", "NAME", "KEYS", "STATE", "CREATED", "ID"};
	memcpy(cells, head, sizeof head);
	if (c->as_json)
		write_array(&c->json, NULL);
	for (size_t i = 0; i < r.n; i++) {
		const char *id = uuid_text(c->arena, rows_get(&r, i, "id").id);
		if (c->as_json) {
			org_json(c, id, rows_text(&r, i, "name"), rows_text(&r, i, "slug"),
				rows_int(&r, i, "created_at"));
			write_int(&c->json, "keysActive", rows_int(&r, i, "keys_active"));
			write_text(&c->json, "state", state_text(&r, i));
			write_end_object(&c->json);
		}
		const char *const row[] = {rows_text(&r, i, "slug"), rows_text(&r, i, "name"),
			arena_printf(c->arena, "%lld", (long long)rows_int(&r, i, "keys_active")),
			state_text(&r, i), time_text(c->arena, rows_get(&r, i, "created_at")), id};
		memcpy(cells + (i + 1) * ORG_COLUMNS, row, sizeof row);
	}
	if (c->as_json)
		write_end_array(&c->json);
	else if (r.n == 0)
		buf_puts(&c->out,
			"No organizations. Create one with: ticketgate org create --name NAME\n");
	else
		table_print(&c->out, cells, r.n + 1, ORG_COLUMNS);
	return DONE;
}

/* command: `ticketgate demo load`, which loads an organization with ten events and a venue
 * directory. */
#include "cli/core/cli.h"

#include "common/base/clock.h"
#include "common/ticketing/event_columns.h"
#include "cli/demo/catalogue.h"
#include "cli/demo/sales.h"
#include "common/ticketing/inventory.h"
#include "common/ticketing/slug.h"
#include "common/db/migrate.h"
#include "cli/venue/command.h"

#include <string.h>

static const struct statement org_insert = {"demo_org_insert",
	"INSERT INTO organizations (id, name, slug, created_at, updated_at)"
	" VALUES (:org, :name, :slug, :now, :now)",
	SQL_WRITE};
static const struct statement event_seen = {"demo_event_seen",
	"SELECT id"
	" FROM events"
	" WHERE org_id = :org AND slug = :slug",
	SQL_READ};
static const struct statement venue_of = {"demo_venue_of",
	"SELECT id"
	" FROM venues"
	" WHERE external_id = :external",
	SQL_READ | SQL_GLOBAL};
static const struct statement event_insert = {"demo_event_insert",
	"INSERT INTO events (id, org_id, slug, status, name, date_time, end_date_time,"
	" description, venue_id, type, journey_type, visibility, gallery_urls,"
	" absorb_fees, timezone, currency, event_capacity, published_at, created_at, updated_at)"
	" VALUES (:event, :org, :slug, :status, :name, :starts, :ends, :description,"
	" :venue, :type, :journey, :visibility, '[]',"
	" :absorb, 'Asia/Manila', 'PHP', :capacity, :published, :now, :now)",
	SQL_WRITE};
static const struct statement stock_cap = {"demo_stock_cap",
	"UPDATE ticket_types t"
	" JOIN events e ON e.id = t.event_id"
	" SET t.capped = e.event_capacity IS NOT NULL"
	" WHERE e.org_id = :org",
	SQL_WRITE};
static const struct statement stock_count = {"demo_stock_count",
	"INSERT IGNORE INTO event_stock (event_id, org_id, capacity, low_floor, taken, sold_out)"
	" SELECT e.id, e.org_id, e.event_capacity, IF(e.event_capacity IS NULL, "
	"0, " STOCK_LOW_FLOOR(
		"e.id") "),"
			" COALESCE((SELECT SUM(t.sold + t.held) FROM ticket_types t"
			" WHERE t.event_id = e.id),"
			" 0),"
			" COALESCE((SELECT " EVENT_SOLD_OUT(EVENT_LEAST,
				EVENT_TAKEN) " FROM ticket_types t WHERE t.event_id = e.id), 0)"
					     " FROM events e"
					     " WHERE e.org_id = :org",
	SQL_WRITE};
static const struct statement word_insert = {"demo_word_insert",
	"INSERT IGNORE INTO event_words (org_id, word, event_id)"
	" SELECT :org, w.word, :event"
	" FROM JSON_TABLE(:words, '$[*]' COLUMNS (word VARCHAR(40) PATH '$')) w",
	SQL_WRITE};
static const struct statement ticket_insert = {"demo_ticket_insert",
	"INSERT INTO ticket_types (id, org_id, event_id, name, description, price,"
	" quantity, published, max_per_order, low_inventory_threshold, position,"
	" created_at, updated_at)"
	" VALUES (:id, :org, :event, :name, :description, :price, :quantity, :published,"
	" :most, :low, :position, :now, :now)",
	SQL_WRITE};
static const struct statement counter_add = {"demo_counter_add",
	"INSERT INTO counters (org_id, name, n)"
	" VALUES (:org, :name, 1)"
	" ON DUPLICATE KEY UPDATE n = n + 1",
	SQL_WRITE};

/* The state of one load; counters restart when the transaction is retried. */
struct demo {
	struct json_object *file; /* events.json */
	struct venue_load venues;
	struct uuid org;
	int64_t now;
	bool org_made; /* the organization is new: past sales are spread over DEMO_SALES_MS */
	size_t events, tickets; /* added by this run */
};

static bool bool_of(struct json_object *o, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(o, name, &v) && json_object_get_boolean(v);
}

/* Unix ms of "HH:MM" in `days` days in Manila (UTC+8, no daylight saving time). */
static int64_t starts_at(int64_t now, int64_t days, const char *hhmm)
{
	const int64_t day = 86400000, zone = 8 * 3600000;
	int64_t midnight = (now + zone) / day * day - zone;

	return midnight + days * day + ((hhmm[0] - '0') * 10 + (hhmm[1] - '0')) * 3600000 +
		((hhmm[3] - '0') * 10 + (hhmm[4] - '0')) * 60000;
}

/* Adds the event's name to the word index that event search uses. */
static enum err words_put(struct cli *c, struct params *p, const char *name)
{
	params_set(p, "words", val_text(search_words_json(c->arena, name)));
	return sql_run(c->db, c->arena, &word_insert, p, NULL);
}

static enum err tickets_put(
	struct cli *c, struct demo *d, struct uuid event, struct json_object *list)
{
	enum err err = OK;

	for (size_t i = 0; i < json_object_array_length(list) && err == OK; i++) {
		struct json_object *t = json_object_array_get_idx(list, i);
		int64_t quantity = demo_int(t, "quantity", 0);
		struct params p;
		params_init(&p, c->arena);
		params_set(&p, "id", val_uuid(uuid_make()));
		params_set(&p, "org", val_uuid(d->org));
		params_set(&p, "event", val_uuid(event));
		params_set(&p, "name", val_text(demo_text(t, "name")));
		params_set(&p, "description", val_text(demo_text(t, "description")));
		params_set(&p, "price", val_int(demo_int(t, "price", 0)));
		params_set(&p, "quantity", val_int(quantity));
		params_set(&p, "published", val_bool(bool_of(t, "published")));
		params_set(&p, "most", val_int(demo_int(t, "maxPerOrder", 10)));
		params_set(&p, "low", val_int((quantity + 9) / 10));
		params_set(&p, "position", val_int((int64_t)i));
		params_set(&p, "now", val_time(d->now));
		if ((err = sql_run(c->db, c->arena, &ticket_insert, &p, NULL)) == OK)
			err = demo_sell(
				c, &p, demo_int(t, "sold", 0), d->org_made ? DEMO_SALES_MS : 0);
		d->tickets++;
	}
	return err;
}

static enum err venue_find(struct cli *c, const char *external, struct val *out)
{
	struct rows r = {0};
	struct params p;
	enum err err;

	params_init(&p, c->arena);
	params_set(&p, "external", val_text(external));
	err = sql_run(c->db, c->arena, &venue_of, &p, &r);
	*out = err == OK && r.n > 0 ? rows_get(&r, 0, "id") : val_null();
	return err;
}

/* Sets the event's columns from its object in events.json. */
static void event_params(struct params *p, const struct demo *d, struct json_object *e)
{
	const char *status = demo_text(e, "status"), *at = demo_text(e, "time");
	int64_t days = demo_int(e, "days", 1),
		starts = starts_at(d->now, days, at && strlen(at) == 5 ? at : "20:00");

	params_set(p, "name", val_text(demo_text(e, "name")));
	params_set(p, "status", val_text(status));
	params_set(p, "starts", val_time(starts));
	params_set(p, "ends", val_time(starts + demo_int(e, "hours", 3) * 3600000));
	params_set(p, "description", val_text(demo_text(e, "description")));
	params_set(p, "type", val_text(demo_text(e, "type")));
	params_set(p, "journey", val_text(demo_text(e, "journeyType")));
	params_set(p, "visibility", val_text(demo_text(e, "visibility")));
	params_set(p, "absorb", val_bool(bool_of(e, "absorbFees")));
	params_set(p, "capacity",
		demo_int(e, "eventCapacity", 0) ? val_int(demo_int(e, "eventCapacity", 0))
						: val_null());
	params_set(p, "published",
		status && strcmp(status, "PUBLISHED") == 0 ? val_time(d->now) : val_null());
}

/* Inserts one event with all that belongs to it, unless an event with its slug exists. */
static enum err event_put(struct cli *c, struct demo *d, struct json_object *e)
{
	struct json_object *tickets = NULL;
	struct uuid event = uuid_make();
	struct rows r = {0};
	struct params p;
	struct val venue;
	enum err err;

	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(d->org));
	params_set(&p, "slug", val_text(demo_text(e, "slug")));
	if ((err = sql_run(c->db, c->arena, &event_seen, &p, &r)) != OK || r.n > 0)
		return err;
	if ((err = venue_find(c, demo_text(e, "venue"), &venue)) != OK)
		return err;
	params_set(&p, "event", val_uuid(event));
	params_set(&p, "venue", venue);
	params_set(&p, "now", val_time(d->now));
	event_params(&p, d, e);
	if ((err = sql_run(c->db, c->arena, &event_insert, &p, NULL)) != OK)
		return err;
	if ((err = words_put(c, &p, demo_text(e, "name"))) != OK)
		return err;
	if (json_object_object_get_ex(e, "tickets", &tickets) &&
		(err = tickets_put(c, d, event, tickets)) != OK)
		return err;
	if ((err = demo_catalogue_put(c, &p, e)) != OK)
		return err;
	params_set(
		&p, "name", val_text(arena_printf(c->arena, "events:%s", demo_text(e, "status"))));
	if ((err = sql_run(c->db, c->arena, &counter_add, &p, NULL)) != OK)
		return err;
	d->events++;
	return audit(c, d->org, "event.create", event);
}

/* Finds or creates the demo organization; sets d->org. */
static enum err org_put(struct cli *c, struct demo *d)
{
	struct json_object *org;
	struct params p;
	enum err err;

	if (!json_object_object_get_ex(d->file, "organization", &org))
		return ERR_VALIDATION;
	if ((err = org_find(c, demo_text(org, "slug"), &d->org)) != ERR_NOT_FOUND)
		return err;
	d->org = uuid_make();
	d->org_made = true;
	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(d->org));
	params_set(&p, "name", val_text(demo_text(org, "name")));
	params_set(&p, "slug", val_text(demo_text(org, "slug")));
	params_set(&p, "now", val_time(d->now));
	if ((err = sql_run(c->db, c->arena, &org_insert, &p, NULL)) != OK)
		return err;
	return audit(c, d->org, "org.create", d->org);
}

static enum err load_all(struct cli *c, struct demo *d)
{
	struct json_object *events;
	struct params p;
	enum err err;

	d->events = d->tickets = 0;
	d->org_made = false;
	d->now = clock_now();
	progress("Loading venues ...");
	if ((err = venue_import_load(c, &d->venues)) != OK || (err = org_put(c, d)) != OK)
		return err;
	progress("Loading events ...");
	if (!json_object_object_get_ex(d->file, "events", &events))
		return ERR_VALIDATION;
	for (size_t i = 0; i < json_object_array_length(events) && err == OK; i++)
		err = event_put(c, d, json_object_array_get_idx(events, i));
	params_init(&p, c->arena);
	params_set(&p, "org", val_uuid(d->org));
	if (err == OK && (err = sql_run(c->db, c->arena, &stock_cap, &p, NULL)) == OK)
		err = sql_run(c->db, c->arena, &stock_count, &p, NULL);
	return err;
}

static enum err load(struct cli *c, void *ctx)
{
	enum err err = load_all(c, ctx);

	/* a concurrent load inserted first: the retry finds its rows */
	if (err == ERR_DUPLICATE)
		return ERR_RETRY;
	return err;
}

static void demo_report(struct cli *c, const struct demo *d)
{
	if (!c->as_json) {
		buf_printf(&c->out,
			"Loaded the organization demo: %zu venues read (%zu new, %zu changed), %zu "
			"events and %zu ticket types added.\n",
			d->venues.read, d->venues.added, d->venues.changed, d->events, d->tickets);
		return;
	}
	write_object(&c->json, NULL);
	write_text(&c->json, "organizationId", uuid_text(c->arena, d->org));
	write_text(&c->json, "organization", "demo");
	write_bool(&c->json, "organizationAdded", d->org_made);
	write_int(&c->json, "venues", (int64_t)d->venues.read);
	write_int(&c->json, "venuesAdded", (int64_t)d->venues.added);
	write_int(&c->json, "venuesChanged", (int64_t)d->venues.changed);
	write_int(&c->json, "eventsAdded", (int64_t)d->events);
	write_int(&c->json, "ticketTypesAdded", (int64_t)d->tickets);
	write_end_object(&c->json);
}

int demo_load(struct cli *c)
{
	struct demo d = {0};
	const char *folder = data_find("sql"), *text;
	char why[JSON_WHY];
	size_t n = 0;
	enum err err;

	if (!folder)
		return refuse("directory sql with the demo data not found; reinstall, or run "
			      "ticketgate from its build directory");
	folder = arena_strdup(c->arena, folder);
	d.venues.path = arena_printf(c->arena, "%s/demo/venues.csv", folder);
	if (!(d.venues.text = file_text(c->arena, d.venues.path, &d.venues.n)))
		return REFUSED;
	text = file_text(c->arena, arena_printf(c->arena, "%s/demo/events.json", folder), &n);
	if (!text)
		return REFUSED;
	if (!(d.file = json_read(text, n, SIZE_MAX, why)))
		return refuse("%s/demo/events.json: %s", folder, why);
	err = transact(c, load, &d);
	progress(NULL);
	json_object_put(d.file);
	if (err == ERR_VALIDATION)
		return refuse("%s",
			d.venues.why[0] ? d.venues.why
					: "demo/events.json has unexpected contents");
	if (err != OK)
		return reject_db(c, err, "loading the demo");
	demo_report(c, &d);
	return DONE;
}

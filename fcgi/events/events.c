/* events: the routes by which organizers create, change and list events. */
#include "fcgi/events/events.h"

#include "common/ticketing/inventory.h"
#include "common/ticketing/event_children.h"
#include "common/ticketing/webhook_endpoint.h"
#include "common/ticketing/event_columns.h"
#include "fcgi/events/event_rules.h"
#include "fcgi/events/lists.h"
#include "common/ticketing/slug.h"
#include "common/ticketing/ticket.h"
#include "common/ticketing/venue.h"
#include "common/http/response.h"
#include "common/schema/money.h"
#include "common/text/validate.h"

#include <assert.h>
#include <string.h>

static const struct statement event_lock = {"event_lock",
	"SELECT " EVENT_COLUMNS " FROM events e"
	" WHERE e.id = :id AND e.org_id = :org"
	" FOR UPDATE",
	SQL_READ};
static const struct statement event_insert = {
	"event_insert",
	"INSERT INTO events (id, org_id, slug, name, date_time, end_date_time,"
	" description, venue_id, type, journey_type, visibility, image_url, gallery_urls,"
	" absorb_fees, timezone, currency, event_capacity, callback_url, created_at, updated_at)"
	" VALUES (:id, :org, :slug, :name, :dateTime, :endDateTime, :description,"
	" :venueId, :type, :journeyType, :visibility, :imageUrl, :galleryUrls,"
	" :absorbFees, :timezone, :currency, :eventCapacity, :callbackUrl, :now, :now)",
	SQL_WRITE,
};
/* FORCE INDEX: for an organization with few events the optimizer would use another index, lock all
 * its events, and cause deadlocks. */
static const struct statement event_update = {
	"event_update",
	"UPDATE events FORCE INDEX (PRIMARY)"
	" SET slug = :slug, name = :name, date_time = :dateTime,"
	" end_date_time = :endDateTime, description = :description, venue_id = :venueId,"
	" type = :type,"
	" journey_type = :journeyType, visibility = :visibility, image_url = :imageUrl, "
	"gallery_urls = :galleryUrls, absorb_fees = :absorbFees, timezone = :timezone,"
	" currency = :currency, event_capacity = :eventCapacity, callback_url = :callbackUrl, "
	"version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org",
	SQL_WRITE,
};
/* The guard: a draft without sales, holds, or refunded sales (kept). */
static const struct statement event_remove = {
	"event_remove",
	"DELETE e"
	" FROM events e FORCE INDEX (PRIMARY)"
	" WHERE e.id = :id AND e.org_id = :org AND e.status = 'DRAFT'"
	" AND NOT EXISTS (SELECT 1 FROM ticket_types t"
	" WHERE t.event_id = e.id AND (t.sold + t.held > 0 OR t.kept))",
	SQL_WRITE,
};
static const struct statement event_move = {
	"event_move",
	/* assignments run left to right: the second reads the new status */
	"UPDATE events FORCE INDEX (PRIMARY)"
	" SET status = :to,"
	" published_at = CASE status WHEN 'PUBLISHED' THEN :now WHEN 'DRAFT' THEN NULL ELSE "
	"published_at END,"
	" version = version + 1, updated_at = :now"
	" WHERE id = :id AND org_id = :org AND status = :from",
	SQL_WRITE,
};
static const struct statement words_add = {
	"event_words_add",
	"INSERT IGNORE INTO event_words (org_id, word, event_id)"
	" SELECT :org, w.word, :id"
	" FROM JSON_TABLE(:words, '$[*]' COLUMNS (word VARCHAR(40) PATH '$')) w",
	SQL_WRITE,
};
static const struct statement words_drop = {"event_words_drop",
	"DELETE w"
	" FROM event_words w FORCE INDEX (event_word_event)"
	" WHERE w.event_id = :id AND w.org_id = :org",
	SQL_WRITE};
static const struct statement count_one = {
	"event_count_one",
	"INSERT INTO counters (org_id, name, n)"
	" VALUES (:org, :counter, :by)"
	" ON DUPLICATE KEY UPDATE n = n +"
	" VALUES(n)",
	SQL_WRITE,
};
/* Two counters in one statement, locked in the order of the rows. */
static const struct statement count_move = {
	"event_count_move",
	"INSERT INTO counters (org_id, name, n)"
	" VALUES (:org, :first, :byFirst), (:org, :second, :bySecond)"
	" ON DUPLICATE KEY UPDATE n = n +"
	" VALUES(n)",
	SQL_WRITE,
};
static const struct statement stock_insert = {
	"event_stock_insert",
	"INSERT INTO event_stock (event_id, org_id, capacity)"
	" VALUES (:id, :org, :eventCapacity)",
	SQL_WRITE,
};
/* Runs before stock_count: from then on every sale also updates event_stock, and earlier sales are
 * counted by stock_count. Without a capacity, low_notified depends on each type alone. */
static const struct statement stock_cap = {"event_stock_cap",
	"UPDATE ticket_types"
	" SET capped = :capped,"
	" low_notified = low_notified AND (:capped OR quantity < sold + held + " TICKET_THRESHOLD
	")"
	" WHERE event_id = :id AND org_id = :org",
	SQL_WRITE};
static const struct statement stock_count = {
	"event_stock_count",
	"UPDATE event_stock"
	" SET capacity = :eventCapacity,"
	" taken = (SELECT COALESCE(SUM(t.sold + t.held), 0) FROM ticket_types t"
	" WHERE t.event_id = :id)"
	" WHERE event_id = :id AND org_id = :org",
	SQL_WRITE,
};
static const struct statement *const event_statements[] = {
	&stock_insert,
	&stock_cap,
	&stock_count,
	&event_exists,
	&event_lock_parent,
	&event_get,
	&event_get_by_slug,
	&event_shown,
	&event_by_slug,
	&event_lock,
	&event_insert,
	&event_update,
	&event_remove,
	&event_move,
	&words_add,
	&words_drop,
	&count_one,
	&count_move,
	&ticket_insert,
	&ticket_renumber,
	NULL,
};

/* On a duplicate slug: one that the client sent is rejected, one derived from the name gets a
 * suffix. */
static enum err event_clash(struct req *r, struct params *p, int attempt)
{
	const char *wanted = params_text(&r->input, "slug");
	if (strcmp(db_duplicate_key(r->db), "event_slug") != 0)
		return ERR_INTERNAL;
	if (wanted || attempt > 20)
		return fail(r, ERR_CONFLICT,
			"Choose another slug, or omit it to derive one from the name.",
			"The slug '%s' is in use by another event.", params_text(p, "slug"));
	const char *slug = slug_make(r->arena, params_text(p, "name"), "event");
	params_set(p, "slug",
		val_text(strcmp(text_or(params_text(p, "visibility"), ""), "PRIVATE") == 0
				? slug_unguessable(r->arena, slug)
				: slug_alternative(r->arena, slug, attempt)));
	return OK;
}

/* Creates the inline ticket types. */
static enum err add_tickets(struct req *r, const struct params *p)
{
	struct val tickets = params_get(p, "tickets");
	bool placed = false;
	struct params one;
	assert(tickets.type != VAL_LIST || tickets.count <= TICKETS_PER_EVENT);
	for (size_t i = 0; tickets.type == VAL_LIST && i < tickets.count; i++) {
		req_params(r, &one, &tickets.items[i]);
		params_set(&one, "id", val_uuid(uuid_make()));
		params_set(&one, "eventId", params_get(p, "id"));
		params_set(&one, "price",
			money_stored(params_get(&one, "price"), params_text(p, "currency")));
		if (params_get(&one, "position").type == VAL_INT)
			placed = true;
		else
			params_set(&one, "position", val_int((int64_t)i));
		enum err err = req_sql(r, &ticket_insert, &one, NULL);
		if (err)
			return err;
	}
	if (!placed)
		return OK;
	params_set(&one, "bias", val_int(0));
	/* any sent positions become 0, 1, 2… */
	return req_sql(r, &ticket_renumber, &one, NULL);
}

/* Adds the words of the name to the search index of event lists. */
static enum err index_words(struct req *r, const struct params *p)
{
	struct params words;
	req_params(r, &words, NULL);
	params_set(&words, "id", params_get(p, "id"));
	params_set(&words, "words", val_text(search_words_json(r->arena, params_text(p, "name"))));
	return req_sql(r, &words_add, &words, NULL);
}

/* Adds `by` to the counter of drafts, for creation and deletion. */
static enum err event_count_event(struct req *r, int64_t by)
{
	struct params p;
	req_params(r, &p, NULL);
	assert(by == 1 || by == -1);
	params_set(&p, "counter", val_text("events:DRAFT"));
	params_set(&p, "by", val_int(by));
	return req_sql(r, &count_one, &p, NULL);
}

/* Starts, changes or ends the event's own capacity. */
static enum err cap_stock(struct req *r, const struct params *p)
{
	struct params cap;
	req_params(r, &cap, NULL);
	params_set(&cap, "id", params_get(p, "id"));
	params_set(&cap, "eventCapacity", params_get(p, "eventCapacity"));
	params_set(&cap, "capped", val_bool(params_get(p, "eventCapacity").type == VAL_INT));
	enum err err = req_sql(r, &stock_cap, &cap, NULL);
	if (err)
		return err;
	return req_sql(r, &stock_count, &cap, NULL);
}

/* Creates, changes or deletes the webhook endpoint when callbackUrl changes. */
static enum err point(struct req *r, const struct rows *before, const struct params *after)
{
	struct val was = before ? rows_get(before, 0, "callbackUrl") : val_null();
	const char *url = after ? params_text(after, "callbackUrl") : NULL;
	if (after && before ? !crud_changed(before, after, "callbackUrl")
			    : !url && !val_is_set(was))
		return OK;
	struct endpoint e = endpoint_for_source(r, ENDPOINT_EVENT, r->audit.subject);
	enum err err = endpoint_set_url(&e, url);
	r->secret = e.secret[0] ? arena_strdup(r->arena, e.secret) : NULL;
	return err;
}

/* resource_hooks.after_write. The counter is updated last, because all writers of an organization
 * share its row. */
static enum err event_stored(struct req *r, const struct rows *before, const struct params *after)
{
	enum err err = point(r, before, after);
	if (!after) {
		if (err)
			return err;
		return event_count_event(r, -1);
	}
	if (!before) {
		if (!err)
			err = index_words(r, after);
		if (!err)
			err = req_sql(r, &stock_insert, after, NULL);
		if (!err)
			err = add_tickets(r, after);
		if (err)
			return err;
		return event_count_event(r, 1);
	}
	if (err)
		return err;
	if (crud_changed(before, after, "eventCapacity")) {
		err = cap_stock(r, after);
		if (!err)
			err = inventory_announce_low(r, params_get(after, "id").id, NULL);
		if (!err)
			err = inventory_announce(r, params_get(after, "id").id);
	}
	if (err || !crud_changed(before, after, "name"))
		return err;
	err = req_sql(r, &words_drop, after, NULL);
	if (err)
		return err;
	return index_words(r, after);
}

/* transition.after_transition: moves the event between the counters of its old and new status. */
static enum err event_moved(struct req *r, const struct rows *before, const struct transition *t)
{
	struct params p;
	const char *left = rows_text(before, 0, "status");
	assert(strcmp(left, t->to) != 0);
	/* rows are always locked in alphabetical order, to avoid deadlocks */
	bool in_order = strcmp(left, t->to) < 0;
	req_params(r, &p, NULL);
	params_set(&p, "first",
		val_text(arena_printf(r->arena, "events:%s", in_order ? left : t->to)));
	params_set(&p, "second",
		val_text(arena_printf(r->arena, "events:%s", in_order ? t->to : left)));
	params_set(&p, "byFirst", val_int(in_order ? -1 : 1));
	params_set(&p, "bySecond", val_int(in_order ? 1 : -1));
	enum err err = req_sql(r, &count_move, &p, NULL);
	if (err || strcmp(t->to, "PUBLISHED") != 0)
		return err;
	return inventory_announce(r, rows_get(before, 0, "id").id);
}

enum err event_flag_child(struct req *r, const struct statement *flag, const struct rows *before,
	const struct params *after)
{
	struct params p;
	if (before && after)
		return OK;
	assert(db_in_transaction(r->db)); /* the event is locked */
	req_params(r, &p, NULL);
	params_set(&p, "eventId",
		before ? rows_get(before, 0, "eventId") : params_get(after, "eventId"));
	return req_sql(r, flag, &p, NULL);
}

/* resource_hooks.embed: the webhook secret, if this request created it, and the venue. */
static enum err event_embed(
	struct req *r, struct json *j, const struct rows *row, const struct rows *children)
{
	(void)children;
	write_text(j, "webhookSecret", r->secret);
	if (!val_is_set(rows_get(row, 0, "venue_id"))) {
		write_null(j, "venue");
		return OK;
	}
	write_object(j, "venue");
	fields_print(j, venue_fields, row, 0, "venue_");
	write_end_object(j);
	return OK;
}

/* Computes soldOut and ticketsSold from the ticket types, which single events include. */
static void event_derive(struct req *r, struct rows *row, const struct rows *children)
{
	int64_t sold;
	bool sold_out = event_sold_out(&children[0], rows_get(row, 0, "eventCapacity"), &sold);
	rows_add(row, r->arena, "soldOut", val_bool(sold_out));
	rows_add(row, r->arena, "ticketsSold", val_int(sold));
}

static const struct child event_children[] = {
	{"tickets", &ticket, NULL}, /* must be first for event_derive */
	{"performers", &performer, "hasPerformers"},
	{"schedules", &schedule, "hasSchedules"},
	{"brands", &brand, "hasBrands"},
	{0},
};

static const struct resource event_resource = {
	.title = "Event",
	.name = "event",
	.event_id = "id",
	.fields = event_fields,
	.name_of = event_slug,
	.sql.get = &event_get,
	.sql.get_by_name = &event_get_by_slug,
	.sql.by_name = &event_by_slug,
	.sql.lock = &event_lock,
	.sql.insert = &event_insert,
	.sql.update = &event_update,
	.sql.remove = &event_remove,
	.hooks.check = event_check,
	.hooks.after_write = event_stored,
	.hooks.on_duplicate_key = event_clash,
	.hooks.can_delete = event_removable,
	.hooks.refresh = event_refresh,
	.hooks.compute = event_derive,
	.hooks.embed = event_embed,
	.list = &event_list,
	.children = event_children,
};

static const struct transition publish = {"publish", (const char *const[]){"DRAFT", NULL},
	"PUBLISHED", &event_move, NULL, event_moved};
static const struct transition unpublish = {"unpublish", (const char *const[]){"PUBLISHED", NULL},
	"DRAFT", &event_move, NULL, event_moved};
static const struct transition archive = {"archive",
	(const char *const[]){"DRAFT", "PUBLISHED", NULL}, "ARCHIVED", &event_move, NULL,
	event_moved};
static const struct transition restore = {"restore", (const char *const[]){"ARCHIVED", NULL},
	"DRAFT", &event_move, NULL, event_moved};

#define EVENT_ONE "/events/{idOrSlug}"
#define EVENT_READ SCOPE_EVENTS_READ, ROUTE_READ | ROUTE_CACHEABLE
#define EVENT_WRITE SCOPE_EVENTS_WRITE, ROUTE_TX

static const struct route event_routes[] = {
	{METHOD_GET, "/events", EVENT_READ | ROUTE_LIST, "event.list", crud_list, &event_resource,
		.query = event_filters, .doc = "Lists events."},
	{METHOD_POST, "/events", EVENT_WRITE | ROUTE_CREATES, "event.create", crud_create,
		&event_resource, .body = event_fields, .body_mode = FIELD_CREATE,
		.doc = "Creates a draft event, optionally with ticket types."},
	{METHOD_GET, EVENT_ONE, EVENT_READ, "event.get", crud_get, &event_resource,
		.doc = "Returns an event with its ticket types, performers, schedule, brands and "
		       "venue."},
	{METHOD_PATCH, EVENT_ONE, EVENT_WRITE, "event.update", crud_patch, &event_resource,
		.body = event_fields, .body_mode = FIELD_PATCH,
		.doc = "Updates an event. Fields that are not sent keep their values."},
	{METHOD_DELETE, EVENT_ONE, EVENT_WRITE, "event.delete", crud_delete, &event_resource,
		.doc = "Deletes a draft event without sales or holds."},
	{METHOD_POST, EVENT_ONE "/publish", EVENT_WRITE, "event.publish", crud_transition,
		&event_resource, &publish, .doc = "Publishes a draft event."},
	{METHOD_POST, EVENT_ONE "/unpublish", EVENT_WRITE, "event.unpublish", crud_transition,
		&event_resource, &unpublish, .doc = "Unpublishes an event, which becomes a draft."},
	{METHOD_POST, EVENT_ONE "/archive", EVENT_WRITE, "event.archive", crud_transition,
		&event_resource, &archive, .doc = "Archives an event."},
	{METHOD_POST, EVENT_ONE "/restore", EVENT_WRITE, "event.restore", crud_transition,
		&event_resource, &restore, .doc = "Restores an archived event as a draft."},
	{0},
};

static const struct resource venue_shape = {
	.title = "Venue", .name = "venue", .fields = venue_fields, .sql.get = &venue_get};

const struct module events_module = {
	.routes = event_routes,
	.statements = event_statements,
	.resources =
		(const struct resource *const[]){
			&event_resource,
			&ticket,
			&venue_shape,
			NULL,
		},
};

const struct module event_lists_module = {.statements = event_list_statements};

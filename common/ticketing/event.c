/* event: what an organizer puts on, as everything that refers to events needs it. */
#include "common/ticketing/event.h"

#include "common/ticketing/event_children.h"
#include "common/ticketing/event_columns.h"
#include "common/ticketing/slug.h"
#include "common/ticketing/ticket.h"
#include "common/ticketing/venue.h"
#include "common/text/validate.h"

const char *const event_types[] = {"PAID", "FREE", NULL};
const char *const event_journeys[] = {"STANDARD", "RSVP", "PRESELLING", NULL};
const char *const event_visibilities[] = {"PUBLIC", "PRIVATE", NULL};
static const char *const event_statuses[] = {"DRAFT", "PUBLISHED", "ARCHIVED", NULL};

const struct field event_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Identifies the event."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .doc = "What the event is called."},
	{"dateTime", FIELD_TIME, FIELD_RW | FIELD_REQUIRED,
		.doc = "When it starts: ISO 8601 with Z or an offset."},
	{"endDateTime", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,
		.doc = "When it ends; after dateTime."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 20000,
		.doc = "What a visitor should know."},
	{"venueId", FIELD_UUID, FIELD_RW | FIELD_NULLABLE,
		.doc = "Where it is: a venue of the directory."},
	{"type", FIELD_CHOICE, FIELD_RW, .choices = event_types, .default_value = "PAID",
		.doc = "FREE: every ticket price is 0."},
	{"journeyType", FIELD_CHOICE, FIELD_RW, .choices = event_journeys,
		.default_value = "STANDARD", .doc = "How people come to their tickets."},
	{"visibility", FIELD_CHOICE, FIELD_RW, .choices = event_visibilities,
		.default_value = "PUBLIC", .doc = "PRIVATE: only by its link."},
	{"imageUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048,
		.doc = "The picture shown first."},
	{"galleryUrls", FIELD_URLS, FIELD_RW, .max = 20, .default_value = "[]",
		.doc = "More pictures."},
	{"absorbFees", FIELD_BOOL, FIELD_RW, .default_value = "true",
		.doc = "false: the buyer pays the organization's fee on top."},
	{"timezone", FIELD_ZONE, FIELD_RW, .default_value = "Asia/Manila",
		.doc = "IANA time zone that people at the event read their clocks in."},
	{"currency", FIELD_CURRENCY, FIELD_RW, .default_value = "PHP",
		.doc = "ISO 4217; fixed once something is sold."},
	{"eventCapacity", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 1, 10000000,
		.doc = "Caps the sum over all ticket types."},
	{"callbackUrl", FIELD_WEBHOOK, FIELD_RW | FIELD_NULLABLE, .max = 2048,
		.doc = "Gets this event's notifications; among the webhooks it stands with "
		       "the source EVENT."},
	{"slug", FIELD_SLUG, FIELD_RW, .max = SLUG_MAX,
		.doc = "The event's name in URLs, unique in the organization; made from the "
		       "name unless sent."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = event_statuses,
		.doc = "Changed by publish, unpublish, archive and restore."},
	{"soldOut", FIELD_BOOL, FIELD_OUT,
		.doc = "Nothing that is on offer is left, or eventCapacity is used up."},
	{"ticketsSold", FIELD_INT, FIELD_OUT, .doc = "Over all ticket types."},
	{"publishedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "When it was last published."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "When it was made."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "When an organizer last changed it."},
	{"organizationId", FIELD_UUID, FIELD_OUT, .doc = "Whose it is."},
	{"webhookSecret", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE,
		.doc = "The secret of callbackUrl: shown by the call that first sets it, null "
		       "ever after. POST /webhooks/{id}/rotate-secret makes another."},
	{"tickets", FIELD_LIST, FIELD_CREATE | FIELD_OUT | FIELD_EMBEDDED, .max = TICKETS_PER_EVENT,
		.default_value = "[]", .sub = ticket_fields,
		.doc = "Its ticket types. On create they are made with it; a single event "
		       "shows them, a list does not."},
	{"performers", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = performer_fields, .doc = "Who is on; a single event shows them."},
	{"schedules", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = schedule_fields, .doc = "Its programme; a single event shows it."},
	{"brands", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = brand_fields,
		.doc = "Whose names stand on the poster; a single event shows them."},
	{"venue", FIELD_OBJECT, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE, .sub = venue_fields,
		.doc = "The venue of venueId; a single event shows it, a list does not."},
	{0},
};

const struct statement event_exists = {"event_exists",
	"SELECT id"
	" FROM events"
	" WHERE id = :id AND org_id = :org",
	SQL_READ};
const struct statement event_lock_parent = {"event_claim",
	"SELECT id"
	" FROM events"
	" WHERE id = :id AND org_id = :org"
	" FOR UPDATE",
	SQL_READ};
const struct statement event_get = {
	"event_get",
	"SELECT " EVENT_OWN ", " EVENT_HAS ", " EVENT_VENUE " FROM events e"
	" LEFT"
	" JOIN venues v ON v.id = e.venue_id"
	" WHERE e.id = :id AND e.org_id = :org",
	SQL_READ,
};
const struct statement event_shown = {"event_shown",
	"SELECT " EVENT_COLUMNS " FROM events e WHERE e.id = :id AND e.org_id = :org", SQL_READ};
const struct statement event_by_slug = {"event_by_slug",
	"SELECT id"
	" FROM events"
	" WHERE org_id = :org AND slug = :name",
	SQL_READ};

bool event_sold_out(const struct rows *sale, struct val capacity, int64_t *sold)
{
	int64_t held = 0;
	bool on_offer = false, some_left = false;
	*sold = 0;
	for (size_t i = 0; i < sale->n; i++) {
		*sold += rows_int(sale, i, "sold");
		held += rows_int(sale, i, "held");
		on_offer = on_offer || rows_int(sale, i, "published");
		some_left = some_left ||
			(rows_int(sale, i, "published") && !rows_int(sale, i, "soldOut"));
	}
	return (on_offer && !some_left) ||
		(sale->n && capacity.type == VAL_INT && capacity.i <= *sold + held);
}

/* In lists: who is sold out only because of what is held may not be, when holds are over. The few
 * of them are looked at one by one. */
enum err event_refresh(struct req *r, struct rows *rows)
{
	enum err err = OK;
	for (size_t i = 0; i < rows->n && !err; i++) {
		struct params p;
		struct rows sale;
		int64_t sold;
		if (!rows_int(rows, i, "soldOut") ||
			rows_int(rows, i, "taken") <= rows_int(rows, i, "ticketsSold"))
			continue;
		req_params(r, &p, NULL);
		params_set(&p, "eventId", rows_get(rows, i, "id"));
		err = req_sql(r, ticket.sql.by_parent, &p, &sale);
		if (!err)
			err = resource_refresh(r, &ticket, &sale);
		if (!err)
			rows_set(rows, i, "soldOut",
				val_bool(event_sold_out(
					&sale, rows_get(rows, i, "eventCapacity"), &sold)));
	}
	return err;
}

const char *event_slug(struct arena *a, const char *s, size_t n)
{
	(void)a;
	if (validate_slug(s, n))
		return s;
	return NULL;
}

const struct resource event = {
	.title = "Event",
	.name = "event",
	.fields = event_fields,
	.sql.exists = &event_exists,
	.sql.lock_parent = &event_lock_parent,
	.sql.by_name = &event_by_slug,
	.name_of = event_slug,
	.hooks.refresh = event_refresh,
};

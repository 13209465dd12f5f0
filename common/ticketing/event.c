/* event: the fields, statements and the resource of events that all programs share. */
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
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_RW | FIELD_REQUIRED, 1, 200, .doc = "Display name."},
	{"dateTime", FIELD_TIME, FIELD_RW | FIELD_REQUIRED,
		.doc = "Start time: ISO 8601 with Z or an offset."},
	{"endDateTime", FIELD_TIME, FIELD_RW | FIELD_NULLABLE,
		.doc = "End time; must be after dateTime."},
	{"description", FIELD_TEXT, FIELD_RW | FIELD_NULLABLE, 0, 20000,
		.doc = "Description for visitors."},
	{"venueId", FIELD_UUID, FIELD_RW | FIELD_NULLABLE,
		.doc = "Venue id, from the venue directory."},
	{"type", FIELD_CHOICE, FIELD_RW, .choices = event_types, .default_value = "PAID",
		.doc = "Event type; FREE: every ticket price must be 0."},
	{"journeyType", FIELD_CHOICE, FIELD_RW, .choices = event_journeys,
		.default_value = "STANDARD", .doc = "Checkout flow."},
	{"visibility", FIELD_CHOICE, FIELD_RW, .choices = event_visibilities,
		.default_value = "PUBLIC",
		.doc = "Visibility; PRIVATE: only reachable by its link."},
	{"imageUrl", FIELD_URL, FIELD_RW | FIELD_NULLABLE, .max = 2048, .doc = "Main image."},
	{"galleryUrls", FIELD_URLS, FIELD_RW, .max = 20, .default_value = "[]",
		.doc = "Additional images."},
	{"absorbFees", FIELD_BOOL, FIELD_RW, .default_value = "true",
		.doc = "Whether the organizer absorbs fees; false: the organization's fee is added "
		       "to the buyer's total."},
	{"timezone", FIELD_ZONE, FIELD_RW, .default_value = "Asia/Manila",
		.doc = "IANA time zone of the event."},
	{"currency", FIELD_CURRENCY, FIELD_RW, .default_value = "PHP",
		.doc = "ISO 4217 currency code; fixed after the first sale."},
	{"eventCapacity", FIELD_INT, FIELD_RW | FIELD_NULLABLE, 1, 10000000,
		.doc = "Maximum number of tickets over all ticket types."},
	{"callbackUrl", FIELD_WEBHOOK, FIELD_RW | FIELD_NULLABLE, .max = 2048,
		.doc = "URL that receives this event's webhook events; listed among the webhooks "
		       "with source EVENT."},
	{"slug", FIELD_SLUG, FIELD_RW, .max = SLUG_MAX,
		.doc = "URL slug, unique in the organization. By default it is derived from the "
		       "name, "
		       "for a PRIVATE event with 16 random characters."},
	{"status", FIELD_CHOICE, FIELD_OUT, .choices = event_statuses,
		.doc = "Status, changed by publish, unpublish, archive and restore."},
	{"soldOut", FIELD_BOOL, FIELD_OUT,
		.doc = "Whether no published ticket type has tickets left, or eventCapacity is "
		       "used up."},
	{"ticketsSold", FIELD_INT, FIELD_OUT,
		.doc = "Number of tickets sold over all ticket types."},
	{"publishedAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Time of the last publication."},
	{"createdAt", FIELD_TIME, FIELD_OUT, .doc = "Creation time."},
	{"updatedAt", FIELD_TIME, FIELD_OUT, .doc = "Time of the organizer's last change."},
	{"organizationId", FIELD_UUID, FIELD_OUT, .doc = "Owning organization id."},
	{"webhookSecret", FIELD_TEXT, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE,
		.doc = "Webhook secret of callbackUrl, returned by the request that first sets "
		       "callbackUrl; null afterwards. POST /webhooks/{id}/rotate-secret creates a "
		       "new one."},
	{"tickets", FIELD_LIST, FIELD_CREATE | FIELD_OUT | FIELD_EMBEDDED, .max = TICKETS_PER_EVENT,
		.default_value = "[]", .sub = ticket_fields,
		.doc = "Ticket types. On create, they are created with the event. Included in "
		       "single events, not in lists."},
	{"performers", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = performer_fields, .doc = "Performers; included in single events."},
	{"schedules", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = schedule_fields, .doc = "Schedule; included in single events."},
	{"brands", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = brand_fields, .doc = "Sponsors and brands; included in single events."},
	{"venue", FIELD_OBJECT, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE, .sub = venue_fields,
		.doc = "Venue of venueId; included in single events, not in lists."},
	{0},
};

const struct statement event_exists = {"event_exists",
	"SELECT id"
	" FROM events"
	" WHERE id = :id AND org_id = :org",
	SQL_READ};
/* Named event_claim in --describe. */
const struct statement event_lock_parent = {"event_claim",
	"UPDATE events"
	" SET turn = turn + 1"
	" WHERE id = :id AND org_id = :org",
	SQL_READ};
#define EVENT_WITH_VENUE                                                     \
	"SELECT " EVENT_OWN ", " EVENT_HAS ", " EVENT_VENUE " FROM events e" \
	" LEFT"                                                              \
	" JOIN venues v ON v.id = e.venue_id"
const struct statement event_get = {
	"event_get",
	EVENT_WITH_VENUE " WHERE e.id = :id AND e.org_id = :org",
	SQL_READ,
};
const struct statement event_get_by_slug = {
	"event_get_by_slug",
	EVENT_WITH_VENUE " WHERE e.org_id = :org AND e.slug = :name",
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
		some_left =
			some_left || (rows_int(sale, i, "published") && !ticket_sold_out(sale, i));
	}
	return (on_offer && !some_left) ||
		(sale->n && capacity.type == VAL_INT && capacity.i <= *sold + held);
}

/* Only events that are sold out because of held tickets need a closer look. */
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
		if (err)
			return err;
		ticket_inherit(&sale, rows, i);
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

/* event: a published event with its current availability, as visitors see it. */
#include "fcgi/public/event.h"

#include "common/ticketing/event_children.h"
#include "common/http/etag.h"
#include "common/ticketing/event_columns.h"
#include "common/ticketing/availability.h"
#include "common/ticketing/ticket.h"
#include "common/ticketing/venue.h"
#include "fcgi/public/tenant.h"
#include "common/http/response.h"
#include "common/text/validate.h"
#include "common/text/timezone.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

static const char *const states[] = {"ON_SALE", "NOT_YET", "SOLD_OUT", "CLOSED", "OVER", NULL};
static const char *const checkouts[] = {"FREE", "EXTERNAL", "NONE", NULL};

static const struct field public_event_organization_fields[] = {
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Name of the organizer."},
	{"slug", FIELD_SLUG, FIELD_OUT, .doc = "URL slug of the organization."},
	{0},
};
static const struct field sale_fields[] = {
	{"state", FIELD_CHOICE, FIELD_OUT, .choices = states,
		.doc = "Sale state. ON_SALE: tickets are available. NOT_YET: sales have not "
		       "started. SOLD_OUT: no tickets are left. CLOSED: sales have ended. OVER: "
		       "the event has ended."},
	{"opensAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "With NOT_YET: start of sales of the first ticket type, if known."},
	{"closesAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE,
		.doc = "End of sales of the last available ticket type; null if any has no end."},
	{0},
};
static const struct field ticket_shown_fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Ticket type id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Display name."},
	{"description", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE, .doc = "Description for buyers."},
	{"price", FIELD_MONEY, FIELD_OUT, .doc = "Price in whole currency units."},
	{"fee", FIELD_MONEY, FIELD_OUT, .doc = "Fee charged to the buyer for one ticket."},
	{"state", FIELD_CHOICE, FIELD_OUT, .choices = states,
		.doc = "Sale state of this ticket type, as the event's sale.state."},
	{"remaining", FIELD_INT, FIELD_OUT,
		.doc = "Number of tickets that can be bought: 0 when sold out, though fewer than "
		       "minPerOrder may be left. Expired holds count as available."},
	{"minPerOrder", FIELD_INT, FIELD_OUT, .doc = "Minimum number per order."},
	{"maxPerOrder", FIELD_INT, FIELD_OUT,
		.doc = "Maximum number per order, at most remaining."},
	{"salesStart", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "Start of sales."},
	{"salesEnd", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "End of sales."},
	{0},
};
static const struct field link_fields[] = {
	{"page", FIELD_TEXT, FIELD_OUT,
		.doc = "URL of the event page; a path if the server has no public URL."},
	{"calendar", FIELD_TEXT, FIELD_OUT, .doc = "URL of the iCalendar file."},
	{0},
};
static const struct field fields[] = {
	{"id", FIELD_UUID, FIELD_OUT, .doc = "Event id."},
	{"name", FIELD_TEXT, FIELD_OUT, .doc = "Display name."},
	{"slug", FIELD_SLUG, FIELD_OUT, .doc = "URL slug."},
	{"description", FIELD_TEXT, FIELD_OUT | FIELD_NULLABLE,
		.doc = "Description for visitors: text with blank lines between paragraphs."},
	{"type", FIELD_CHOICE, FIELD_OUT, .choices = event_types,
		.doc = "Event type; FREE: every ticket price is 0."},
	{"journeyType", FIELD_CHOICE, FIELD_OUT, .choices = event_journeys,
		.doc = "Checkout flow."},
	{"visibility", FIELD_CHOICE, FIELD_OUT, .choices = event_visibilities,
		.doc = "Visibility; PRIVATE: only reachable by its link."},
	{"imageUrl", FIELD_URL, FIELD_OUT | FIELD_NULLABLE, .max = 2048, .doc = "Main image."},
	{"galleryUrls", FIELD_URLS, FIELD_OUT, .max = 20, .doc = "Additional images."},
	{"startsAt", FIELD_TIME, FIELD_OUT, .doc = "Start time."},
	{"endsAt", FIELD_TIME, FIELD_OUT | FIELD_NULLABLE, .doc = "End time."},
	{"timezone", FIELD_ZONE, FIELD_OUT, .doc = "IANA time zone of the event."},
	{"currency", FIELD_CURRENCY, FIELD_OUT, .doc = "Currency of all prices."},
	{"organization", FIELD_OBJECT, FIELD_OUT, .sub = public_event_organization_fields,
		.doc = "Organizer."},
	{"sale", FIELD_OBJECT, FIELD_OUT, .sub = sale_fields, .doc = "Availability of tickets."},
	{"checkout", FIELD_CHOICE, FIELD_OUT, .choices = checkouts,
		.doc = "Checkout for paid tickets. FREE: there are none. EXTERNAL: at the hold's "
		       "checkoutUrl. NONE: paid tickets are not sold online. A hold whose total is "
		       "0 is always completed by POST /public/v1/orders."},
	{"links", FIELD_OBJECT, FIELD_OUT, .sub = link_fields, .doc = "Links to the event."},
	{"tickets", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = TICKETS_PER_EVENT,
		.sub = ticket_shown_fields, .doc = "Published ticket types."},
	{"performers", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = performer_fields, .doc = "Performers."},
	{"schedules", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = schedule_fields, .doc = "Schedule."},
	{"brands", FIELD_LIST, FIELD_OUT | FIELD_EMBEDDED, .max = PER_EVENT_MAX,
		.sub = brand_fields, .doc = "Sponsors and brands."},
	{"venue", FIELD_OBJECT, FIELD_OUT | FIELD_EMBEDDED | FIELD_NULLABLE, .sub = venue_fields,
		.doc = "Venue."},
	{0},
};

/* places: what the event's own capacity leaves; NULL: any number. */
static const struct statement public_event_row = {
	"showing_read",
	"SELECT e.id, e.name, e.slug, e.description, e.type,"
	" e.journey_type AS journeyType, e.visibility, e.image_url AS imageUrl,"
	" e.gallery_urls AS galleryUrls,"
	" e.date_time AS startsAt, e.end_date_time AS endsAt, e.timezone, e.currency,"
	" e.absorb_fees AS absorbFees, e.published_at AS publishedAt,"
	" e.updated_at AS updatedAt, e.version,"
	" o.name AS `organization.name`, o.slug AS `organization.slug`,"
	" o.checkout_url AS checkoutUrl, o.fee_basis_points AS basisPoints,"
	" " FEE_FIXED " AS feeFixed,"
	" " TICKET_PLACES " AS places,"
	" " EVENT_HAS ", " EVENT_VENUE " FROM events e"
	" JOIN organizations o ON o.id = e.org_id"
	" LEFT"
	" JOIN event_stock s ON s.event_id = e.id AND e.event_capacity IS NOT NULL"
	" LEFT"
	" JOIN venues v ON v.id = e.venue_id"
	" WHERE e.org_id = :org AND e.slug = :slug AND e.status = 'PUBLISHED'",
	SQL_READ,
};
/* fee, state and remaining are placeholders, which set_ticket_state fills in; places is set by
 * places_of_event. */
static const struct statement tickets = {
	"showing_tickets",
	"SELECT t.id, t.name, t.description, t.price, 0 AS fee, '' AS state, 0 AS remaining,"
	" t.min_per_order AS minPerOrder, t.max_per_order AS maxPerOrder,"
	" t.sales_start_at AS salesStart, t.sales_end_at AS salesEnd,"
	" t.event_id AS eventId, t.quantity, t.sold, t.held, t.marked_sold_out AS marked,"
	" NULL AS places"
	" FROM ticket_types t"
	" WHERE t.org_id = :org AND t.event_id = :eventId AND t.published"
	" ORDER BY t.position, t.id",
	SQL_READ,
};

/* resource_hooks.inherit. */
static void places_of_event(struct rows *types, const struct rows *events, size_t row)
{
	for (size_t i = 0; i < types->n; i++)
		rows_set(types, i, "places", rows_get(events, row, "places"));
}

static const struct resource ticket_shown = {.title = "Ticket",
	.name = "publicTicket",
	.fields = ticket_shown_fields,
	.parent_param = "eventId",
	.sql.by_parent = &tickets,
	.hooks.inherit = places_of_event,
	.hooks.refresh = ticket_refresh};

static const struct child children[] = {
	[SHOWING_TICKETS] = {"tickets", &ticket_shown, NULL},
	[SHOWING_PERFORMERS] = {"performers", &performer, "hasPerformers"},
	[SHOWING_SCHEDULES] = {"schedules", &schedule, "hasSchedules"},
	[SHOWING_BRANDS] = {"brands", &brand, "hasBrands"},
	{0},
};

const struct resource public_event = {
	.title = "Event", .name = "publicEvent", .fields = fields, .children = children};

/* The response shows whether a time has come. Whether it has. */
static bool has_come(struct req *r, int64_t ms)
{
	if (ms > r->now)
		req_until(r, ms);
	return ms <= r->now;
}

/* The states of all ticket types, from which the state of the event is derived. */
struct sale {
	bool there[5]; /* by state: some ticket type is in it */
	bool open_end; /* some available type has no end of sales */
	bool priced; /* some type is not free */
	int64_t opens, closes; /* ms; 0: unknown */
	bool over; /* the event has ended */
};
/* Indexes of states[]. The event's state is the first of them that any type is in. */
enum { ON_SALE, NOT_YET, SOLD_OUT, CLOSED, OVER };

/* The state of one ticket type. */
static int state_of(struct req *r, const struct rows *t, size_t i, bool over)
{
	struct val start = rows_get(t, i, "salesStart"), end = rows_get(t, i, "salesEnd");
	if (over)
		return OVER;
	if (end.type == VAL_TIME && has_come(r, end.i))
		return CLOSED;
	if (ticket_sold_out(t, i))
		return SOLD_OUT;
	if (start.type == VAL_TIME && !has_come(r, start.i))
		return NOT_YET;
	return ON_SALE;
}

static void sale_note_state(struct sale *sale, int state, struct val start, struct val end)
{
	sale->there[state] = true;
	if (state == NOT_YET && (!sale->opens || start.i < sale->opens))
		sale->opens = start.i;
	if (state != ON_SALE && state != CLOSED)
		return;
	sale->open_end = sale->open_end || end.type != VAL_TIME;
	if (end.type == VAL_TIME && end.i > sale->closes)
		sale->closes = end.i;
}

/* Sets state, remaining, maxPerOrder and fee of one ticket type. */
static void set_ticket_state(struct req *r, struct rows *t, size_t i,
	const struct availability *offer, struct sale *sale)
{
	int64_t price = rows_int(t, i, "price"), most = rows_int(t, i, "maxPerOrder");
	int state = state_of(r, t, i, sale->over);
	/* what cannot be bought is not shown as left */
	int64_t left = state == SOLD_OUT ? 0 : ticket_left(t, i);
	rows_set(t, i, "state", val_text(states[state]));
	rows_set(t, i, "remaining", val_int(left));
	rows_set(t, i, "maxPerOrder", val_int(MIN(most, left)));
	rows_set(t, i, "fee", val_int(availability_unit_fee(price, offer)));
	sale->priced = sale->priced || price > 0;
	assert(left >= 0);
	sale_note_state(sale, state, rows_get(t, i, "salesStart"), rows_get(t, i, "salesEnd"));
}

int64_t public_event_ends_at(const struct rows *row)
{
	struct val end = rows_get(row, 0, "endsAt");
	if (end.type == VAL_TIME)
		return end.i;
	return rows_int(row, 0, "startsAt") + PUBLIC_EVENT_LASTS_MS;
}

static void public_event_set_states(struct req *r, struct public_event *s)
{
	struct rows *e = &s->event;
	struct sale sale = {0};
	struct availability offer = {.currency = rows_text(e, 0, "currency"),
		.absorb_fees = rows_int(e, 0, "absorbFees"),
		.basis_points = rows_int(e, 0, "basisPoints"),
		.fixed = rows_int(e, 0, "feeFixed")};
	struct rows *types = &s->inner.rows[SHOWING_TICKETS];
	bool over = has_come(r, public_event_ends_at(e));
	sale.over = over;
	for (size_t i = 0; i < types->n; i++)
		set_ticket_state(r, types, i, &offer, &sale);
	int state = over ? OVER : NOT_YET; /* without published types: not yet */
	for (int k = OVER; k >= 0; k--)
		if (!over && sale.there[k] && (k < OVER))
			state = k;
	rows_add(e, r->arena, "sale.state", val_text(states[state]));
	rows_add(e, r->arena, "sale.opensAt",
		state == NOT_YET && sale.opens ? val_time(sale.opens) : val_null());
	rows_add(e, r->arena, "sale.closesAt",
		(state == ON_SALE || state == CLOSED) && sale.closes && !sale.open_end
			? val_time(sale.closes)
			: val_null());
	const char *checkout = rows_text(e, 0, "checkoutUrl") ? "EXTERNAL" : "NONE";
	rows_add(e, r->arena, "checkout", val_text(sale.priced ? checkout : "FREE"));
}

static enum err event_not_found(struct req *r)
{
	return fail(r, ERR_NOT_FOUND,
		"The event may not be published yet, may have been removed, or the address has a "
		"typo.",
		"Event not found: %s/%s", r->args[0], r->args[1]);
}

enum err public_event_read(struct req *r, struct public_event *s)
{
	struct params p;
	const char *slug = r->args[1];
	*s = (struct public_event){0};
	if (strlen(slug) > 120 || !validate_slug(slug, strlen(slug)))
		return event_not_found(r);
	req_params(r, &p, NULL);
	params_set(&p, "slug", val_text(slug));
	enum err err = req_sql(r, &public_event_row, &p, &s->event);
	if (!err && s->event.n == 0)
		return event_not_found(r);
	if (!err)
		req_event(r, rows_get(&s->event, 0, "id").id);
	if (!err)
		err = children_fetch(r, &public_event, &s->event, true, &s->inner);
	if (err)
		return err;
	public_event_set_states(r, s);
	s->zone = timezone_label(rows_text(&s->event, 0, "timezone"));
	s->currency = rows_text(&s->event, 0, "currency");
	s->hidden = strcmp(rows_text(&s->event, 0, "visibility"), "PRIVATE") == 0;
	s->url = absolute_url(r, "/e/%s/%s", rows_text(&s->event, 0, "organization.slug"), slug);
	rows_add(&s->event, r->arena, "links.page", val_text(s->url));
	rows_add(&s->event, r->arena, "links.calendar",
		val_text(arena_printf(r->arena, "%s/calendar.ics", s->url)));
	return OK;
}

static enum err public_event_get(struct req *r)
{
	struct public_event s;
	enum err err = public_event_read(r, &s);
	if (err)
		return err;
	struct json *j = response_begin(r, 200);
	write_object(j, NULL);
	fields_print(j, fields, &s.event, 0, "");
	children_print(j, &public_event, &s.event, 0, &s.inner);
	if (val_is_set(rows_get(&s.event, 0, "venue_id"))) {
		write_object(j, "venue");
		fields_print(j, venue_fields, &s.event, 0, "venue_");
		write_end_object(j);
	} else {
		write_null(j, "venue");
	}
	write_end_object(j);
	response_end(r);
	public_cache_control(r);
	etag_add(r, rows_int(&s.event, 0, "version"));
	return OK;
}

static const struct route public_event_routes[] = {
	{METHOD_GET, "/events/{orgSlug}/{eventSlug}", SCOPE_PUBLIC, ROUTE_READ | ROUTE_CACHEABLE,
		"public.event.get", public_event_get, &public_event,
		.resolve_tenant = tenant_of_slug,
		.doc = "Returns a published event with its current availability."},
	{0},
};

const struct module public_event_module = {
	.routes = public_event_routes,
	.mount = MOUNT_PUBLIC,
	.statements =
		(const struct statement *const[]){
			&public_event_row,
			&tickets,
			NULL,
		},
	.resources =
		(const struct resource *const[]){
			&public_event,
			NULL,
		},
};

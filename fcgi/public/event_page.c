/* event_page: the HTML page of an event, and its iCalendar file. */
#include "fcgi/public/event_page.h"

#include "fcgi/public/calendar.h"
#include "fcgi/public/page_elements.h"
#include "fcgi/public/page_error.h"
#include "fcgi/public/page_head.h"
#include "fcgi/public/structured_data.h"
#include "fcgi/public/tenant.h"
#include "fcgi/public/formats.h"
#include "common/text/html.h"
#include "common/http/etag.h"
#include "common/http/response.h"
#include "common/text/timezone.h"

#include <string.h>

static bool text_is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* ---- header ---- */

static void begin_fact(struct html *h, const char *name)
{
	html_open(h, "div");
	html_leaf(h, "dt", NULL, name);
	html_open(h, "dd");
}

static void end_fact(struct html *h)
{
	html_close(h);
	html_close(h);
}

#define MANY_TYPES 4 /* more ticket types than these push the rest of a narrow page far down */

/* Links to the sections behind a long list of tickets; on wide pages they stand beside it. */
static void links_past_tickets(struct html *h, const struct public_event *s)
{
	const char *about = rows_text(&s->event, 0, "description");
	if (s->inner.rows[SHOWING_TICKETS].n <= MANY_TYPES)
		return;
	if (about && about[strspn(about, " \t\r\n")])
		page_anchor(h, "past-tickets", "#about", "About");
	if (s->inner.rows[SHOWING_SCHEDULES].n)
		page_anchor(h, "past-tickets", "#schedule", "Schedule");
	if (s->inner.rows[SHOWING_PERFORMERS].n)
		page_anchor(h, "past-tickets", "#performers", "Line-up");
	if (val_is_set(rows_get(&s->event, 0, "venue_id")))
		page_anchor(h, "past-tickets", "#venue", "Venue");
}

/* The organizer's name. From private events no link leads to the organizer's page, which may not
 * exist. */
static void organizer_link(struct req *r, struct html *h, const struct public_event *s)
{
	const char *name = rows_text(&s->event, 0, "organization.name"),
		   *slug = rows_text(&s->event, 0, "organization.slug");
	if (s->hidden) {
		page_own_words(h, "p", "organizer", name);
		return;
	}
	html_open(h, "p");
	html_attr(h, "class", "organizer");
	html_attr(h, "dir", "auto");
	page_anchor(h, NULL, absolute_url(r, "/e/%s", slug), name);
	html_close(h);
}

/* Image, name, time, venue, and the calendar link while the event is to come. */
static void hero(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *e = &s->event;
	int64_t starts = rows_int(e, 0, "startsAt");
	const char *place = venue_text(r->arena, e, 0);
	html_open(h, "header");
	html_attr(h, "class", "hero");
	page_picture(h, "cover", rows_text(e, 0, "imageUrl"), "");
	organizer_link(r, h, s);
	page_own_words(h, "h1", NULL, rows_text(e, 0, "name"));
	html_open(h, "dl");
	html_attr(h, "class", "facts");
	begin_fact(h, "When");
	page_time(
		h, s->zone, starts, span_text(r->arena, s->zone, starts, rows_get(e, 0, "endsAt")));
	html_text(h, " ");
	html_leaf(h, "span", "zone", s->zone);
	end_fact(h);
	if (place) {
		begin_fact(h, "Where");
		html_text(h, place);
		end_fact(h);
	}
	html_close(h);
	html_open(h, "p");
	html_attr(h, "class", "actions");
	if (!text_is(rows_text(e, 0, "sale.state"), "OVER"))
		page_anchor(h, "button quiet", arena_printf(r->arena, "%s/calendar.ics", s->url),
			"Add to calendar");
	links_past_tickets(h, s);
	html_close(h);
	html_close(h);
}

/* ---- tickets ---- */

/* The notice above the tickets; NULL while they are on sale. The same texts are in
 * htdocs/event/page.js, which updates the notice. */
static const char *state_text(struct req *r, const struct public_event *s)
{
	const char *state = rows_text(&s->event, 0, "sale.state");
	struct val opens = rows_get(&s->event, 0, "sale.opensAt");
	if (text_is(state, "NOT_YET") && opens.type == VAL_TIME)
		return arena_printf(r->arena, "Tickets go on sale on %s (%s).",
			day_text(r->arena, s->zone, opens.i), s->zone);
	if (text_is(state, "NOT_YET"))
		return "Tickets are not on sale yet.";
	if (text_is(state, "SOLD_OUT"))
		return "Sold out. Unclaimed tickets may be released soon.";
	if (text_is(state, "CLOSED"))
		return "Ticket sales have ended.";
	if (text_is(state, "OVER"))
		return "This event is over.";
	return NULL;
}

static void notice(struct html *h, const char *state, const char *text)
{
	if (!text)
		return;
	html_open(h, "p");
	html_attr(h, "class", "notice");
	html_attr(h, "data-state", state);
	html_text(h, text);
	html_close(h);
}

/* The state of one ticket type, as in htdocs/event/ticket-picker.js. */
static const char *left_text(struct req *r, const struct public_event *s, size_t i)
{
	const struct rows *t = &s->inner.rows[SHOWING_TICKETS];
	const char *state = rows_text(t, i, "state");
	if (text_is(state, "ON_SALE"))
		return arena_printf(
			r->arena, "%s left", count_text(r->arena, rows_int(t, i, "remaining")));
	if (text_is(state, "NOT_YET"))
		return arena_printf(r->arena, "On sale from %s",
			day_text(r->arena, s->zone, rows_int(t, i, "salesStart")));
	if (text_is(state, "SOLD_OUT"))
		return "Sold out";
	if (text_is(state, "CLOSED"))
		return "Sales have ended";
	return "The event is over";
}

static void ticket_line(struct req *r, struct html *h, const struct public_event *s, size_t i)
{
	const struct rows *t = &s->inner.rows[SHOWING_TICKETS];
	struct uuid ticket = rows_get(t, i, "id").id;
	char id[UUID_TEXT + 1];
	const char *about = rows_text(t, i, "description"),
		   *price = price_text(r->arena, s->currency, rows_int(t, i, "price"));
	int64_t fee = rows_int(t, i, "fee");
	uuid_print(&ticket, id);
	html_open(h, "li");
	html_attr(h, "class", "ticket");
	html_attr(h, "data-ticket", id);
	html_attr(h, "data-state", rows_text(t, i, "state"));
	page_own_words(h, "h3", NULL, rows_text(t, i, "name"));
	if (about && *about)
		page_own_words(h, "p", "about", about);
	html_leaf(h, "p", "price",
		fee ? arena_printf(r->arena, "%s + %s fee", price,
			      price_text(r->arena, s->currency, fee))
		    : price);
	html_leaf(h, "p", "left", left_text(r, s, i));
	html_close(h);
}

/* The ticket list, which htdocs/event/page.js replaces by a form; the data attributes are its
 * input. */
static void tickets(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *e = &s->event;
	const char *checkout = rows_text(e, 0, "checkout");
	html_open(h, "section");
	html_attr(h, "id", "tickets");
	html_attr(h, "aria-labelledby", "tickets-title");
	html_attr(h, "data-api",
		arena_printf(r->arena, "%s%s", r->app->conf->base_path, MOUNT_PUBLIC));
	html_attr(h, "data-event",
		arena_printf(r->arena, "%s/%s", rows_text(e, 0, "organization.slug"),
			rows_text(e, 0, "slug")));
	html_attr(h, "data-checkout", checkout);
	html_open(h, "h2");
	html_attr(h, "id", "tickets-title");
	html_text(h, "Tickets");
	html_close(h);
	html_open(h, "ul");
	html_attr(h, "class", "tickets");
	for (size_t i = 0; i < s->inner.rows[SHOWING_TICKETS].n; i++)
		ticket_line(r, h, s, i);
	if (s->inner.rows[SHOWING_TICKETS].n == 0)
		html_leaf(h, "li", "none", "No tickets have been published yet.");
	html_close(h);
	html_open(h, "noscript");
	html_leaf(h, "p", "notice",
		arena_printf(r->arena,
			"Selecting tickets on this page requires JavaScript. Without it, contact "
			"%s to get tickets.",
			rows_text(e, 0, "organization.name")));
	html_close(h);
	html_close(h);
}

/* ---- sections ---- */

static void about(struct html *h, const struct public_event *s)
{
	const char *text = rows_text(&s->event, 0, "description");
	if (!text || !text[strspn(text, " \t\r\n")])
		return;
	page_section(h, "about", "About");
	html_paragraphs(h, text);
	html_close(h);
}

/* The additional images, from the JSON array of their URLs. */
static void gallery(struct html *h, const struct public_event *s)
{
	char why[JSON_WHY];
	const char *text = rows_text(&s->event, 0, "galleryUrls");
	struct json_object *list =
		text ? json_read(text, strlen(text), JSON_VALUES_MAX, why) : NULL;
	size_t n = list && json_object_is_type(list, json_type_array)
		? json_object_array_length(list)
		: 0;
	if (n)
		page_section(h, "gallery", "Pictures");
	for (size_t i = 0; i < n; i++)
		page_picture(
			h, NULL, json_object_get_string(json_object_array_get_idx(list, i)), "");
	if (n)
		html_close(h);
	if (list)
		json_object_put(list);
}

static void schedule_of(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *p = &s->inner.rows[SHOWING_SCHEDULES];
	if (!p->n)
		return;
	page_section(h, "schedule", "Schedule");
	html_open(h, "ol");
	for (size_t i = 0; i < p->n; i++) {
		int64_t starts = rows_int(p, i, "startsAt");
		const char *text = rows_text(p, i, "description");
		html_open(h, "li");
		page_time(h, s->zone, starts,
			span_text(r->arena, s->zone, starts, rows_get(p, i, "endsAt")));
		page_own_words(h, "h3", NULL, rows_text(p, i, "title"));
		if (rows_text(p, i, "stage"))
			page_own_words(h, "p", "stage", rows_text(p, i, "stage"));
		if (text)
			html_paragraphs(h, text);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

static void performers(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *p = &s->inner.rows[SHOWING_PERFORMERS];
	if (!p->n)
		return;
	page_section(h, "performers", "Line-up");
	html_open(h, "ul");
	for (size_t i = 0; i < p->n; i++) {
		const char *role = rows_text(p, i, "role"), *bio = rows_text(p, i, "bio");
		html_open(h, "li");
		page_picture(h, NULL, rows_text(p, i, "imageUrl"), "");
		page_own_words(h, "h3", NULL, rows_text(p, i, "name"));
		if (role && !text_is(role, "OTHER"))
			html_leaf(h, "p", "role", title_case_word(r->arena, role));
		if (bio)
			html_paragraphs(h, bio);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

/* Name and address, and a link to OpenStreetMap if the coordinates are known. */
static void venue_of(struct req *r, struct html *h, const struct public_event *s)
{
	static const char *const lines[] = {"venue_address", "venue_city", "venue_region"};
	const struct rows *e = &s->event;
	struct val latitude = rows_get(e, 0, "venue_latitude"),
		   longitude = rows_get(e, 0, "venue_longitude");
	if (!val_is_set(rows_get(e, 0, "venue_id")))
		return;
	page_section(h, "venue", "Venue");
	page_own_words(h, "p", "name", rows_text(e, 0, "venue_name"));
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (rows_text(e, 0, lines[i]))
			page_own_words(h, "p", NULL, rows_text(e, 0, lines[i]));
	if (latitude.type == VAL_TEXT && longitude.type == VAL_TEXT) {
		html_open(h, "p");
		page_anchor(h, NULL,
			arena_printf(r->arena,
				"https://www.openstreetmap.org/?mlat=%s&mlon=%s#map=17/%s/%s",
				latitude.s, longitude.s, latitude.s, longitude.s),
			"Open the map");
		html_close(h);
	}
	html_close(h);
}

static void brands(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *b = &s->inner.rows[SHOWING_BRANDS];
	if (!b->n)
		return;
	page_section(h, "brands", "Partners");
	html_open(h, "ul");
	for (size_t i = 0; i < b->n; i++) {
		const char *site = rows_text(b, i, "websiteUrl"), *name = rows_text(b, i, "name");
		html_open(h, "li");
		page_picture(h, NULL, rows_text(b, i, "logoUrl"), "");
		if (site)
			page_anchor(h, NULL, site, name);
		else
			page_own_words(h, "span", NULL, name);
		html_text(h, " ");
		html_leaf(h, "span", "role", title_case_word(r->arena, rows_text(b, i, "role")));
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

/* ---- the page ---- */

#define BLURB 200 /* characters of the description in link previews */

/* The text of link previews: the description, or time and place without one. */
static char *blurb(struct req *r, const struct public_event *s)
{
	const struct rows *e = &s->event;
	const char *text = rows_text(e, 0, "description");
	char *when = span_text(
		     r->arena, s->zone, rows_int(e, 0, "startsAt"), rows_get(e, 0, "endsAt")),
	     *where = venue_text(r->arena, e, 0);
	if (text && text[strspn(text, " \t\r\n")])
		return shorten_text(r->arena, text, BLURB);
	return shorten_text(r->arena,
		arena_printf(r->arena, "%s%s%s", when, where ? ", " : "", text_or(where, "")),
		BLURB);
}

/* Two scripts: the first requests the tickets before all modules of the second are there. Those
 * that the second imports, directly or not, are requested at once instead of one level of imports
 * after the other. */
static void scripts(struct req *r, struct html *h)
{
	static const char *const programs[] = {"/event/first-read.js", "/event/page.js"},
				 *const modules[] = {
					 "/dashboard/api.js",
					 "/dashboard/dom.js",
					 "/dashboard/format.js",
					 "/currencies.js",
					 "/event/date-format.js",
					 "/event/public-api.js",
					 "/event/stepper.js",
					 "/event/ticket-picker.js",
				 };
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		html_open(h, "script");
		html_attr(h, "type", "module");
		html_link(h, "src", page_asset(r, programs[i]));
		html_close(h);
	}
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
		page_head_link(h, "modulepreload", page_asset(r, modules[i]));
}

static void head(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *e = &s->event;
	struct page_meta m = {.url = s->url,
		.name = rows_text(e, 0, "name"),
		.organizer = rows_text(e, 0, "organization.name"),
		.description = blurb(r, s),
		.image = rows_text(e, 0, "imageUrl"),
		.hidden = s->hidden};
	m.title = arena_printf(r->arena, "%s \xc2\xb7 %s", m.name, m.organizer);
	page_head_begin(r, h, &m);
	scripts(r, h);
	if (!s->hidden)
		structured_data_write(r, h, s);
	html_close(h);
}

/* The page is complete without JavaScript; htdocs/event/page.js adds selection and checkout. */
static enum err page(struct req *r)
{
	struct public_event s;
	struct html h;
	enum err err = public_event_read(r, &s);
	if (err)
		return err;
	r->response.status = 200;
	head(r, &h, &s);
	page_begin_body(&h);
	page_anchor(&h, "skip", "#tickets", "Skip to tickets");
	hero(r, &h, &s);
	html_open(&h, "main");
	notice(&h, rows_text(&s.event, 0, "sale.state"), state_text(r, &s));
	tickets(r, &h, &s);
	about(&h, &s);
	gallery(&h, &s);
	schedule_of(r, &h, &s);
	performers(r, &h, &s);
	venue_of(r, &h, &s);
	brands(r, &h, &s);
	html_close(&h);
	page_footer(&h,
		arena_printf(
			r->arena, "Tickets by %s", rows_text(&s.event, 0, "organization.name")));
	html_close_all(&h);
	public_cache_control(r);
	etag_add(r, rows_int(&s.event, 0, "version"));
	return OK;
}

static enum err calendar(struct req *r)
{
	struct public_event s;
	enum err err = public_event_read(r, &s);
	if (err)
		return err;
	r->response.status = 200;
	calendar_write(r, &s);
	if (s.hidden)
		response_header(r, "X-Robots-Tag", "noindex, nofollow");
	public_cache_control(r);
	etag_add(r, rows_int(&s.event, 0, "version"));
	return OK;
}

static const struct route page_routes[] = {
	{METHOD_GET, "/{orgSlug}/{eventSlug}", PAGE_ROUTE, "page.event", page, &public_event,
		.resolve_tenant = tenant_of_slug,
		.doc = "Returns the HTML page of a published event."},
	{METHOD_GET, "/{orgSlug}/{eventSlug}/calendar.ics", PAGE_ROUTE, "page.calendar", calendar,
		&public_event, .resolve_tenant = tenant_of_slug,
		.doc = "Returns a published event as an iCalendar file."},
	{0},
};

const struct module event_page_module = {
	.routes = page_routes, .mount = MOUNT_PAGES, .error_page = page_error};

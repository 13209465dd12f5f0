/* event_page: the HTML page of an event, and its iCalendar file. */
#include "fcgi/public/event_page.h"

#include "fcgi/public/calendar.h"
#include "fcgi/public/event_sections.h"
#include "fcgi/public/page_elements.h"
#include "fcgi/public/page_error.h"
#include "fcgi/public/page_head.h"
#include "fcgi/public/structured_data.h"
#include "fcgi/public/tenant.h"
#include "common/messages/formats.h"
#include "common/text/html.h"
#include "common/http/etag.h"
#include "common/http/response.h"
#include "common/text/timezone.h"
#include "common/ticketing/mail_queue.h"

#include <string.h>

static bool text_is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* ---- header ---- */

#define MANY_TYPES 4 /* more ticket types than these push the rest of a narrow page far down */

/* Links to the sections behind a long list of tickets; on wide pages they stand beside it. */
static void links_past_tickets(struct req *r, struct html *h, const struct public_event *s)
{
	const char *about = rows_text(&s->event, 0, "description");
	if (s->inner.rows[SHOWING_TICKETS].n <= MANY_TYPES)
		return;
	if (about && about[strspn(about, " \t\r\n")])
		page_anchor(h, "past-tickets", "#about", page_message(r, MSG_ABOUT));
	if (s->inner.rows[SHOWING_SCHEDULES].n)
		page_anchor(h, "past-tickets", "#schedule", page_message(r, MSG_SCHEDULE));
	if (s->inner.rows[SHOWING_PERFORMERS].n)
		page_anchor(h, "past-tickets", "#performers", page_message(r, MSG_LINE_UP));
	if (val_is_set(rows_get(&s->event, 0, "venue_id")))
		page_anchor(h, "past-tickets", "#venue", page_message(r, MSG_VENUE));
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
	page_anchor(h, NULL, page_url(r, absolute_url(r, "/e/%s", slug)), name);
	html_close(h);
}

/* Image, name, time, venue, and the calendar link while the event is to come. */
static void hero(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *e = &s->event;
	html_open(h, "header");
	html_attr(h, "class", "hero");
	page_picture(h, "cover", rows_text(e, 0, "imageUrl"), "");
	organizer_link(r, h, s);
	page_own_words(h, "h1", NULL, rows_text(e, 0, "name"));
	html_open(h, "dl");
	html_attr(h, "class", "facts");
	page_when_and_where(r, h, e, s->zone);
	html_close(h);
	html_open(h, "p");
	html_attr(h, "class", "actions");
	if (!text_is(rows_text(e, 0, "sale.state"), "OVER"))
		page_anchor(h, "button quiet", arena_printf(r->arena, "%s/calendar.ics", s->url),
			page_message(r, MSG_ADD_TO_CALENDAR));
	links_past_tickets(r, h, s);
	html_close(h);
	html_close(h);
}

/* ---- tickets ---- */

/* The notice above the tickets; NULL while they are on sale, or where the empty list says why
 * there are none. htdocs/event/page.js updates it. */
static const char *state_text(struct req *r, const struct public_event *s)
{
	const char *state = rows_text(&s->event, 0, "sale.state");
	struct val opens = rows_get(&s->event, 0, "sale.opensAt");
	enum language l = req_language(r);
	if (s->inner.rows[SHOWING_TICKETS].n == 0)
		return NULL;
	if (text_is(state, "NOT_YET") && opens.type == VAL_TIME)
		return message_text(r->arena, l, MSG_SALE_OPENS, "when",
			day_text(r->arena, l, s->zone, opens.i), "zone", s->zone, NULL);
	if (text_is(state, "NOT_YET"))
		return message(l, MSG_SALE_NOT_YET);
	if (text_is(state, "SOLD_OUT"))
		return message(l, MSG_SALE_SOLD_OUT);
	if (text_is(state, "CLOSED"))
		return message(l, MSG_SALE_CLOSED);
	if (text_is(state, "OVER"))
		return message(l, MSG_SALE_OVER);
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
	enum language l = req_language(r);
	if (text_is(state, "ON_SALE"))
		return message_text(r->arena, l, MSG_TYPE_LEFT, "count",
			count_text(r->arena, rows_int(t, i, "remaining")), NULL);
	if (text_is(state, "NOT_YET"))
		return message_text(r->arena, l, MSG_TYPE_FROM, "when",
			day_text(r->arena, l, s->zone, rows_int(t, i, "salesStart")), NULL);
	if (text_is(state, "SOLD_OUT"))
		return message(l, MSG_TYPE_SOLD_OUT);
	if (text_is(state, "CLOSED"))
		return message(l, MSG_TYPE_CLOSED);
	return message(l, MSG_TYPE_OVER);
}

/* The price of one ticket type, with the buyer's fee if there is one. */
static const char *ticket_price(struct req *r, const struct public_event *s, size_t i)
{
	const struct rows *t = &s->inner.rows[SHOWING_TICKETS];
	enum language l = req_language(r);
	const char *price = price_text(r->arena, l, s->currency, rows_int(t, i, "price"));
	int64_t fee = rows_int(t, i, "fee");
	if (!fee)
		return price;
	return message_text(r->arena, l, MSG_PRICE_WITH_FEE, "price", price, "fee",
		price_text(r->arena, l, s->currency, fee), NULL);
}

static void ticket_line(struct req *r, struct html *h, const struct public_event *s, size_t i)
{
	const struct rows *t = &s->inner.rows[SHOWING_TICKETS];
	struct uuid ticket = rows_get(t, i, "id").id;
	char id[UUID_TEXT + 1];
	const char *about = rows_text(t, i, "description");
	uuid_print(&ticket, id);
	html_open(h, "li");
	html_attr(h, "class", "ticket");
	html_attr(h, "data-ticket", id);
	html_attr(h, "data-state", rows_text(t, i, "state"));
	page_own_words(h, "h3", NULL, rows_text(t, i, "name"));
	if (about && *about)
		page_own_words(h, "p", "about", about);
	html_leaf(h, "p", "price", ticket_price(r, s, i));
	html_leaf(h, "p", "left", left_text(r, s, i));
	html_close(h);
}

static void no_script(struct req *r, struct html *h, const struct rows *e)
{
	html_open(h, "noscript");
	html_leaf(h, "p", "notice",
		message_text(r->arena, req_language(r), MSG_NEEDS_SCRIPT, "organizer",
			rows_text(e, 0, "organization.name"), NULL));
	html_close(h);
}

/* The ticket list, which htdocs/event/page.js replaces by a form; the data attributes are its
 * input. */
static void tickets(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *e = &s->event;
	const char *checkout = rows_text(e, 0, "checkout"), *state = rows_text(e, 0, "sale.state");
	html_open(h, "section");
	html_attr(h, "id", "tickets");
	html_attr(h, "aria-labelledby", "tickets-title");
	html_attr(h, "data-api",
		arena_printf(r->arena, "%s%s", r->app->conf->base_path, MOUNT_PUBLIC));
	html_attr(h, "data-event",
		arena_printf(r->arena, "%s/%s", rows_text(e, 0, "organization.slug"),
			rows_text(e, 0, "slug")));
	html_attr(h, "data-checkout", checkout);
	if (mail_is_on(r))
		html_flag(h, "data-mail"); /* the links of orders can be sent again */
	html_open(h, "h2");
	html_attr(h, "id", "tickets-title");
	html_text(h, page_message(r, MSG_TICKETS));
	html_close(h);
	if (text_is(state, "ON_SALE"))
		no_script(r, h, e);
	html_open(h, "ul");
	html_attr(h, "class", "tickets");
	for (size_t i = 0; i < s->inner.rows[SHOWING_TICKETS].n; i++)
		ticket_line(r, h, s, i);
	if (s->inner.rows[SHOWING_TICKETS].n == 0)
		html_leaf(h, "li", "none",
			page_message(
				r, text_is(state, "OVER") ? MSG_SALE_OVER : MSG_NO_TICKETS_YET));
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
	char *when = span_text(r->arena, req_language(r), s->zone, rows_int(e, 0, "startsAt"),
		     rows_get(e, 0, "endsAt")),
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
					 "/event/language.js",
					 "/event/public-api.js",
					 "/event/stepper.js",
					 "/event/ticket-picker.js",
				 };
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		page_head_script(r, h, programs[i]);
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
		page_head_link(h, "modulepreload", page_asset(r, modules[i]));
	page_head_link(h, "modulepreload",
		page_asset(r,
			arena_printf(
				r->arena, "/event/messages-%s.js", language_tag(req_language(r)))));
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
	page_anchor(&h, "skip", "#tickets", page_message(r, MSG_SKIP_TO_TICKETS));
	hero(r, &h, &s);
	html_open(&h, "main");
	notice(&h, rows_text(&s.event, 0, "sale.state"), state_text(r, &s));
	tickets(r, &h, &s);
	event_sections_write(r, &h, &s);
	html_close(&h);
	page_footer(r, &h,
		message_text(r->arena, req_language(r), MSG_TICKETS_BY, "organizer",
			rows_text(&s.event, 0, "organization.name"), NULL));
	html_close_all(&h);
	page_cache_control(r);
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
	.routes = page_routes, .mount = MOUNT_PAGES, .error_page = page_error, .slugs = true};

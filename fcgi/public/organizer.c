/* organizer: the page of an organization with its public events, their calendar and their feed. */
#include "fcgi/public/organizer.h"

#include "fcgi/public/calendar.h"
#include "fcgi/public/event.h"
#include "fcgi/public/feed.h"
#include "common/messages/formats.h"
#include "fcgi/public/page_elements.h"
#include "fcgi/public/page_error.h"
#include "fcgi/public/page_head.h"
#include "fcgi/public/tenant.h"
#include "common/http/etag.h"
#include "common/http/response.h"
#include "common/text/timezone.h"
#include "common/ticketing/event_columns.h"

#include <assert.h>
#include <string.h>
#include <sys/param.h>

#define PUBLIC_EVENTS "org_id = :org AND status = 'PUBLISHED' AND visibility = 'PUBLIC'"

/* Two walks, each along an index: events that start after :since, and earlier ones that have a
 * later end. Without an event the organization is one row whose id is null. */
static const struct statement upcoming = {
	"organizer_events",
	"SELECT o.name AS `organization.name`, o.slug AS `organization.slug`,"
	" e.id, e.name, e.slug, LEFT(e.description, 1000) AS description,"
	" e.image_url AS imageUrl, e.date_time AS startsAt, e.end_date_time AS endsAt,"
	" e.timezone, e.published_at AS publishedAt, e.updated_at AS updatedAt, e.version,"
	" '' AS url,"
	" " EVENT_VENUE " FROM organizations o"
	" LEFT"
	" JOIN ("
	"(SELECT id"
	" FROM events FORCE INDEX (event_status_date)"
	" WHERE " PUBLIC_EVENTS " AND date_time > :since"
	" AND (end_date_time IS NULL OR end_date_time > :now)"
	" ORDER BY date_time, id"
	" LIMIT :most)"
	" UNION ALL"
	" (SELECT id"
	" FROM events FORCE INDEX (event_status_end)"
	" WHERE " PUBLIC_EVENTS " AND date_time <= :since AND end_date_time > :now"
	" LIMIT :most)"
	") AS l ON TRUE"
	" LEFT"
	" JOIN events e ON e.id = l.id"
	" LEFT"
	" JOIN venues v ON v.id = e.venue_id"
	" WHERE o.id = :org"
	" AND EXISTS (SELECT 1 FROM events WHERE " PUBLIC_EVENTS ")"
	" ORDER BY e.date_time, e.id"
	" LIMIT :most",
	SQL_READ,
};

static enum err organizer_not_found(struct req *r)
{
	return fail(r, ERR_NOT_FOUND,
		"The organizer may not have published an event yet, or the address has a typo.",
		"Organizer not found: %s", r->args[0]);
}

enum err organizer_read(struct req *r, struct organizer *o)
{
	struct params p;
	*o = (struct organizer){0};
	req_params(r, &p, NULL);
	params_set(&p, "since", val_time(r->now - PUBLIC_EVENT_LASTS_MS));
	params_set(&p, "most", val_int(ORGANIZER_EVENTS + 1));
	enum err err = req_sql(r, &upcoming, &p, &o->events);
	if (!err && o->events.n == 0)
		return organizer_not_found(r);
	if (err)
		return err;
	o->name = rows_text(&o->events, 0, "organization.name");
	o->slug = rows_text(&o->events, 0, "organization.slug");
	o->url = absolute_url(r, "/e/%s", o->slug);
	if (!val_is_set(rows_get(&o->events, 0, "id")))
		o->events.n = 0;
	o->more = o->events.n > ORGANIZER_EVENTS;
	o->events.n = MIN(o->events.n, ORGANIZER_EVENTS);
	for (size_t i = 0; i < o->events.n; i++)
		rows_set(&o->events, i, "url",
			val_text(arena_printf(
				r->arena, "%s/%s", o->url, rows_text(&o->events, i, "slug"))));
	return OK;
}

/* ---- the page ---- */

/* One event of the list: all of it is one link. */
static void card(struct req *r, struct html *h, const struct organizer *o, size_t i)
{
	const struct rows *e = &o->events;
	const char *zone = timezone_label(rows_text(e, i, "timezone")),
		   *place = venue_text(r->arena, e, i);
	int64_t starts = rows_int(e, i, "startsAt");
	html_open(h, "li");
	html_open(h, "a");
	html_link(h, "href", page_url(r, rows_text(e, i, "url")));
	page_picture(h, NULL, rows_text(e, i, "imageUrl"), "");
	html_open(h, "span");
	html_attr(h, "class", "words");
	page_own_words(h, "strong", NULL, rows_text(e, i, "name"));
	html_open(h, "span");
	page_time(h, zone, starts,
		span_text(r->arena, req_language(r), zone, starts, rows_get(e, i, "endsAt")));
	html_text(h, " ");
	html_leaf(h, "span", "zone", zone);
	html_close(h);
	if (place)
		page_own_words(h, "span", "place", place);
	html_close(h);
	html_close(h);
	html_close(h);
}

static void event_list(struct req *r, struct html *h, const struct organizer *o)
{
	page_section(h, "upcoming", page_message(r, MSG_UPCOMING_EVENTS));
	if (o->events.n == 0) {
		html_leaf(h, "p", "none", page_message(r, MSG_NO_UPCOMING_EVENTS));
	} else {
		html_open(h, "ol");
		for (size_t i = 0; i < o->events.n; i++)
			card(r, h, o, i);
		html_close(h);
	}
	if (o->more)
		html_leaf(h, "p", "none",
			message_text(r->arena, req_language(r), MSG_NEXT_EVENTS, "count",
				count_text(r->arena, ORGANIZER_EVENTS), NULL));
	html_close(h);
}

/* A link to another form of the page, for programs that look for one (RFC 4287, RFC 5545). */
static void alternate(
	struct req *r, struct html *h, const struct organizer *o, const char *const names[3])
{
	html_open(h, "link");
	html_attr(h, "rel", "alternate");
	html_attr(h, "type", names[0]);
	html_attr(h, "title", names[1]);
	html_link(h, "href", arena_printf(r->arena, "%s/%s", o->url, names[2]));
	html_close(h);
}

static void organizer_head(struct req *r, struct html *h, const struct organizer *o)
{
	const char *title = page_message(r, MSG_UPCOMING_EVENTS),
		   *const feed[] = {"application/atom+xml", title, "feed.xml"},
		   *const calendar[] = {"text/calendar", title, "calendar.ics"};
	struct page_meta m = {.title = o->name,
		.url = o->url,
		.name = o->name,
		.organizer = o->name,
		.description = message_text(r->arena, req_language(r), MSG_UPCOMING_EVENTS_OF,
			"organizer", o->name, NULL)};
	page_head_begin(r, h, &m);
	alternate(r, h, o, feed);
	alternate(r, h, o, calendar);
	page_head_script(r, h, "/event/language.js");
	html_close(h);
}

static void organizer_page_write(struct req *r, const struct organizer *o)
{
	struct html h;
	organizer_head(r, &h, o);
	page_begin_body(&h);
	html_open(&h, "header");
	html_attr(&h, "class", "hero");
	page_own_words(&h, "h1", NULL, o->name);
	html_open(&h, "p");
	html_attr(&h, "class", "actions");
	page_anchor(&h, "button quiet", arena_printf(r->arena, "%s/calendar.ics", o->url),
		page_message(r, MSG_ADD_TO_CALENDAR));
	page_anchor(&h, "button quiet", arena_printf(r->arena, "%s/feed.xml", o->url),
		page_message(r, MSG_ATOM_FEED));
	html_close(&h);
	html_close(&h);
	html_open(&h, "main");
	event_list(r, &h, o);
	html_close(&h);
	page_footer(r, &h,
		message_text(
			r->arena, req_language(r), MSG_TICKETS_BY, "organizer", o->name, NULL));
	html_close_all(&h);
}

/* Responds with one of the forms of the page; `write` writes the body and its own headers, `cache`
 * those for caches. */
static enum err write_as(struct req *r, void (*write)(struct req *r, const struct organizer *o),
	void (*cache)(struct req *r))
{
	struct organizer o;
	enum err err = organizer_read(r, &o);
	if (err)
		return err;
	r->response.status = 200;
	write(r, &o);
	cache(r);
	etag_add(r, 1);
	return OK;
}

static enum err organizer_page(struct req *r)
{
	return write_as(r, organizer_page_write, page_cache_control);
}

static enum err organizer_calendar(struct req *r)
{
	return write_as(r, organizer_calendar_write, public_cache_control);
}

static enum err organizer_feed(struct req *r)
{
	return write_as(r, organizer_feed_write, public_cache_control);
}

static const struct route organizer_routes[] = {
	{METHOD_GET, "/{orgSlug}", PAGE_ROUTE, "page.organizer", organizer_page, &public_event,
		.resolve_tenant = tenant_of_slug,
		.doc = "Returns the HTML page of an organizer with its upcoming public events."},
	{METHOD_GET, "/{orgSlug}/calendar.ics", PAGE_ROUTE, "page.organizer.calendar",
		organizer_calendar, &public_event, .resolve_tenant = tenant_of_slug,
		.doc = "Returns an organizer's upcoming public events as an iCalendar file."},
	{METHOD_GET, "/{orgSlug}/feed.xml", PAGE_ROUTE, "page.organizer.feed", organizer_feed,
		&public_event, .resolve_tenant = tenant_of_slug,
		.doc = "Returns an organizer's upcoming public events as an Atom feed."},
	{0},
};

const struct module organizer_module = {
	.routes = organizer_routes,
	.mount = MOUNT_PAGES,
	.error_page = page_error,
	.slugs = true,
	.statements =
		(const struct statement *const[]){
			&upcoming,
			NULL,
		},
};

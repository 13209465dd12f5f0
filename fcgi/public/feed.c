/* feed: writes an organizer's events as an Atom feed (RFC 4287). */
#include "fcgi/public/feed.h"

#include "common/messages/formats.h"
#include "common/base/clock.h"
#include "common/http/principal.h"
#include "common/http/response.h"
#include "common/text/html.h"
#include "common/text/timezone.h"

#include <string.h>
#include <sys/param.h>

#define SUMMARY 500 /* characters of a description */

/* A time (ms) in UTC as an element (section 3.3). */
static void feed_time(struct html *h, const char *element, int64_t ms)
{
	char text[TIME_TEXT + 1];
	time_print(ms, text);
	html_leaf(h, element, NULL, text);
}

/* The id of an organization or event as an element (RFC 9562 section 4, urn:uuid). */
static void feed_id(struct req *r, struct html *h, const struct uuid *id)
{
	char text[UUID_TEXT + 1];
	uuid_print(id, text);
	html_leaf(h, "id", NULL, arena_printf(r->arena, "urn:uuid:%s", text));
}

static void feed_link(struct html *h, const char *rel, const char *type, const char *url)
{
	html_open(h, "link");
	html_attr(h, "rel", rel);
	html_attr(h, "type", type);
	html_link(h, "href", url);
	html_close(h);
}

/* "Sat 5 December 2026, 19:00, Araneta Coliseum, Quezon City" and the description, if there is
 * one. */
static const char *summary(struct req *r, const struct rows *e, size_t i)
{
	const char *text = rows_text(e, i, "description"), *place = venue_text(r->arena, e, i),
		   *zone = timezone_label(rows_text(e, i, "timezone"));
	const char *when = span_text(
		r->arena, LANGUAGE_EN, zone, rows_int(e, i, "startsAt"), rows_get(e, i, "endsAt"));
	if (place)
		when = arena_printf(r->arena, "%s, %s", when, place);
	if (!text || !text[strspn(text, " \t\r\n")])
		return when;
	return arena_printf(r->arena, "%s. %s", when, shorten_text(r->arena, text, SUMMARY));
}

static void entry(struct req *r, struct html *h, const struct organizer *o, size_t i)
{
	const struct rows *e = &o->events;
	struct uuid id = rows_get(e, i, "id").id;
	html_open(h, "entry");
	feed_id(r, h, &id);
	html_leaf(h, "title", NULL, rows_text(e, i, "name"));
	feed_link(h, "alternate", "text/html", rows_text(e, i, "url"));
	feed_time(h, "published", rows_int(e, i, "publishedAt"));
	feed_time(h, "updated", rows_int(e, i, "updatedAt"));
	html_leaf(h, "summary", NULL, summary(r, e, i));
	html_close(h);
}

/* `updated` is the last change of an event, so that the feed changes only when they do; without
 * events, the start of this day (UTC). */
static int64_t feed_updated(const struct req *r, const struct rows *e)
{
	int64_t at = 0, day = INT64_C(24) * 3600 * 1000;
	for (size_t i = 0; i < e->n; i++)
		at = MAX(at, rows_int(e, i, "updatedAt"));
	return at ? at : r->now - r->now % day;
}

void organizer_feed_write(struct req *r, const struct organizer *o)
{
	struct html h;
	html_start_xml(&h, r->response.body);
	html_open(&h, "feed");
	html_attr(&h, "xmlns", "http://www.w3.org/2005/Atom");
	feed_id(r, &h, &r->who->org);
	html_leaf(&h, "title", NULL, o->name);
	feed_link(
		&h, "self", "application/atom+xml", arena_printf(r->arena, "%s/feed.xml", o->url));
	feed_link(&h, "alternate", "text/html", o->url);
	feed_time(&h, "updated", feed_updated(r, &o->events));
	html_open(&h, "author");
	html_leaf(&h, "name", NULL, o->name);
	html_close(&h);
	for (size_t i = 0; i < o->events.n; i++)
		entry(r, &h, o, i);
	html_close_all(&h);
	response_header(r, "Content-Type", "application/atom+xml; charset=utf-8");
}

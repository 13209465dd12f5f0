/* calendar: writes an event, or those of an organizer, as an iCalendar file. */
#include "fcgi/public/calendar.h"

#include "fcgi/public/formats.h"
#include "common/text/icalendar.h"
#include "common/http/response.h"

#include <string.h>

/* The text of a coordinate; NULL when it is unset. */
static const char *degrees(const struct rows *e, size_t i, const char *name)
{
	struct val v = rows_get(e, i, name);
	if (v.type == VAL_TEXT)
		return v.s;
	return NULL;
}

/* Writes one VEVENT (RFC 5545 section 3.6.1). All values are stored ones, so that an unchanged
 * event gives the same file and ETag: DTSTAMP is the organizer's last change. `url` is left out
 * unless it is absolute. */
static void vevent(struct req *r, const struct rows *e, size_t i, const char *url)
{
	struct buf *out = r->response.body;
	struct val end = rows_get(e, i, "endsAt");
	struct uuid id = rows_get(e, i, "id").id;
	char uid[UUID_TEXT + 1];
	const char *latitude = degrees(e, i, "venue_latitude"),
		   *longitude = degrees(e, i, "venue_longitude");
	uuid_print(&id, uid);
	ics_line(out, "BEGIN", "VEVENT");
	ics_line(out, "UID", uid);
	ics_time(out, "DTSTAMP", rows_int(e, i, "updatedAt"));
	ics_line(out, "SEQUENCE",
		arena_printf(r->arena, "%lld", (long long)rows_int(e, i, "version")));
	ics_time(out, "DTSTART", rows_int(e, i, "startsAt"));
	if (end.type == VAL_TIME)
		ics_time(out, "DTEND", end.i);
	ics_text(out, "SUMMARY", rows_text(e, i, "name"));
	ics_text(out, "LOCATION", venue_text(r->arena, e, i));
	if (latitude && longitude)
		ics_line(out, "GEO", arena_printf(r->arena, "%s;%s", latitude, longitude));
	ics_text(out, "DESCRIPTION", rows_text(e, i, "description"));
	if (*url != '/')
		ics_line(out, "URL", url);
	ics_line(out, "STATUS", "CONFIRMED");
	ics_line(out, "END", "VEVENT");
}

static void calendar_begin(struct req *r, const char *slug)
{
	struct buf *out = r->response.body;
	ics_line(out, "BEGIN", "VCALENDAR");
	ics_line(out, "VERSION", "2.0");
	ics_line(out, "PRODID", "-//ticketgate//event page//EN");
	response_header(r, "Content-Type", "text/calendar; charset=utf-8");
	response_header(r, "Content-Disposition", "attachment; filename=\"%s.ics\"", slug);
}

void calendar_write(struct req *r, const struct public_event *s)
{
	calendar_begin(r, rows_text(&s->event, 0, "slug"));
	vevent(r, &s->event, 0, s->url);
	ics_line(r->response.body, "END", "VCALENDAR");
}

/* With a name, and how often to look again (RFC 7986 sections 5.1 and 5.7), for calendars that
 * subscribe to it; X-WR-CALNAME is what older ones read. */
void organizer_calendar_write(struct req *r, const struct organizer *o)
{
	struct buf *out = r->response.body;
	calendar_begin(r, o->slug);
	ics_text(out, "NAME", o->name);
	ics_text(out, "X-WR-CALNAME", o->name);
	ics_line(out, "REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
	for (size_t i = 0; i < o->events.n; i++)
		vevent(r, &o->events, i, rows_text(&o->events, i, "url"));
	ics_line(out, "END", "VCALENDAR");
}

/* calendar: writes an event as an iCalendar file. */
#include "fcgi/public/page_head.h"
#include "fcgi/public/event_page.h"
#include "common/text/icalendar.h"
#include "common/http/response.h"

#include <string.h>

/* The text of a coordinate; NULL when it is unset. */
static const char *degrees(const struct rows *e, const char *name)
{
	struct val v = rows_get(e, 0, name);
	if (v.type == VAL_TEXT)
		return v.s;
	return NULL;
}

/* Writes one VEVENT (RFC 5545 section 3.6.1). All values are stored ones, so that an unchanged
 * event gives the same file and ETag: DTSTAMP is the organizer's last change. */
void calendar_write(struct req *r, const struct public_event *s)
{
	const struct rows *e = &s->event;
	struct buf *out = r->response.body;
	struct val end = rows_get(e, 0, "endsAt");
	struct uuid id = rows_get(e, 0, "id").id;
	char uid[UUID_TEXT + 1];
	const char *latitude = degrees(e, "venue_latitude"),
		   *longitude = degrees(e, "venue_longitude");
	uuid_print(&id, uid);
	r->response.status = 200;
	ics_line(out, "BEGIN", "VCALENDAR");
	ics_line(out, "VERSION", "2.0");
	ics_line(out, "PRODID", "-//ticketgate//event page//EN");
	ics_line(out, "BEGIN", "VEVENT");
	ics_line(out, "UID", uid);
	ics_time(out, "DTSTAMP", rows_int(e, 0, "updatedAt"));
	ics_line(out, "SEQUENCE",
		arena_printf(r->arena, "%lld", (long long)rows_int(e, 0, "version")));
	ics_time(out, "DTSTART", rows_int(e, 0, "startsAt"));
	if (end.type == VAL_TIME)
		ics_time(out, "DTEND", end.i);
	ics_text(out, "SUMMARY", rows_text(e, 0, "name"));
	ics_text(out, "LOCATION", venue_text(r, s));
	if (latitude && longitude)
		ics_line(out, "GEO", arena_printf(r->arena, "%s;%s", latitude, longitude));
	ics_text(out, "DESCRIPTION", rows_text(e, 0, "description"));
	if (*s->url != '/')
		ics_line(out, "URL", s->url);
	ics_line(out, "STATUS", "CONFIRMED");
	ics_line(out, "END", "VEVENT");
	ics_line(out, "END", "VCALENDAR");
	response_header(r, "Content-Type", "text/calendar; charset=utf-8");
	response_header(r, "Content-Disposition", "attachment; filename=\"%s.ics\"",
		rows_text(e, 0, "slug"));
}

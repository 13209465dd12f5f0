/* calendar: writes an event, or those of an organizer, as an iCalendar file. */
#include "fcgi/public/calendar.h"

#include "common/text/icalendar.h"
#include "common/http/response.h"
#include "common/ticketing/event_calendar.h"

#include <string.h>

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
	event_calendar_write(r->response.body, r->arena, &s->event, 0, s->url);
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
		event_calendar_write(out, r->arena, &o->events, i, rows_text(&o->events, i, "url"));
	ics_line(out, "END", "VCALENDAR");
}

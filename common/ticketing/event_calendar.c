/* event_calendar: writes an event as an entry of an iCalendar file. */
#include "common/ticketing/event_calendar.h"

#include "common/messages/formats.h"
#include "common/text/icalendar.h"

/* The text of a coordinate; NULL when it is unset. */
static const char *degrees(const struct rows *e, size_t i, const char *name)
{
	struct val v = rows_get(e, i, name);
	if (v.type == VAL_TEXT)
		return v.s;
	return NULL;
}

void event_calendar_write(
	struct buf *out, struct arena *a, const struct rows *e, size_t i, const char *url)
{
	struct val end = rows_get(e, i, "endsAt");
	struct uuid id = rows_get(e, i, "id").id;
	char uid[UUID_TEXT + 1];
	const char *latitude = degrees(e, i, "venue_latitude"),
		   *longitude = degrees(e, i, "venue_longitude");
	uuid_print(&id, uid);
	ics_line(out, "BEGIN", "VEVENT");
	ics_line(out, "UID", uid);
	ics_time(out, "DTSTAMP", rows_int(e, i, "updatedAt"));
	ics_line(out, "SEQUENCE", arena_printf(a, "%lld", (long long)rows_int(e, i, "version")));
	ics_time(out, "DTSTART", rows_int(e, i, "startsAt"));
	if (end.type == VAL_TIME)
		ics_time(out, "DTEND", end.i);
	ics_text(out, "SUMMARY", rows_text(e, i, "name"));
	ics_text(out, "LOCATION", venue_text(a, e, i));
	if (latitude && longitude)
		ics_line(out, "GEO", arena_printf(a, "%s;%s", latitude, longitude));
	ics_text(out, "DESCRIPTION", rows_text(e, i, "description"));
	if (*url != '/')
		ics_line(out, "URL", url);
	ics_line(out, "STATUS", "CONFIRMED");
	ics_line(out, "END", "VEVENT");
}

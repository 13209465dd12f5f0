/* event_calendar: writes an event as an entry of an iCalendar file. */
#ifndef TG_TICKETING_EVENT_CALENDAR_H
#define TG_TICKETING_EVENT_CALENDAR_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/value.h"

/* Appends the VEVENT (RFC 5545 section 3.6.1) of a row with the columns id, name, description,
 * startsAt, endsAt, updatedAt, version and EVENT_VENUE. All values are stored ones, so that an
 * unchanged event gives the same file and ETag: DTSTAMP is the organizer's last change. `url` is
 * left out unless it is absolute. */
void event_calendar_write(
	struct buf *out, struct arena *a, const struct rows *e, size_t i, const char *url);

#endif

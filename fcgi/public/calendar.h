/* calendar: writes an event, or those of an organizer, as an iCalendar file. */
#ifndef TG_PUBLIC_CALENDAR_H
#define TG_PUBLIC_CALENDAR_H

#include "fcgi/public/event.h"
#include "fcgi/public/organizer.h"

/* They write the body and its headers, except caching and status. */
void calendar_write(struct req *r, const struct public_event *s);
void organizer_calendar_write(struct req *r, const struct organizer *o);

#endif

/* event_page: an event's page, its iCalendar file, and what people read when there is none. */
#ifndef TG_PUBLIC_EVENT_PAGE_H
#define TG_PUBLIC_EVENT_PAGE_H

#include "fcgi/public/event.h"

extern const struct module event_page_module;

/* The event as an iCalendar file, as the reply: calendar.c. */
void calendar_write(struct req *r, const struct public_event *s);

#endif

/* event_page: the HTML page of an event, its iCalendar file, and the error pages. */
#ifndef TG_PUBLIC_EVENT_PAGE_H
#define TG_PUBLIC_EVENT_PAGE_H

#include "fcgi/public/event.h"

extern const struct module event_page_module;

/* Responds with the event as an iCalendar file; in calendar.c. */
void calendar_write(struct req *r, const struct public_event *s);

#endif

/* event_page: the HTML page of an event, and its iCalendar file. */
#ifndef TG_PUBLIC_EVENT_PAGE_H
#define TG_PUBLIC_EVENT_PAGE_H

#include "fcgi/public/event.h"

extern const struct module event_page_module;

#endif

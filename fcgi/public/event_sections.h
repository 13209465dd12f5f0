/* event_sections: the sections of the event page below the tickets. */
#ifndef TG_PUBLIC_EVENT_SECTIONS_H
#define TG_PUBLIC_EVENT_SECTIONS_H

#include "common/text/html.h"
#include "fcgi/public/event.h"

/* Writes description, pictures, schedule, line-up, venue and partners, as far as there are any. */
void event_sections_write(struct req *r, struct html *h, const struct public_event *s);

#endif

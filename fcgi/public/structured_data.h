/* structured_data: an event for search engines, as JSON-LD. */
#ifndef TG_PUBLIC_STRUCTURED_DATA_H
#define TG_PUBLIC_STRUCTURED_DATA_H

#include "fcgi/public/event.h"
#include "common/text/html.h"

/* Adds a <script> with the event as JSON-LD (https://schema.org/Event), with the properties that
 * search engines require. */
void structured_data_write(struct req *r, struct html *h, const struct public_event *s);

#endif

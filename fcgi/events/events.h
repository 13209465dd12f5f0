/* events: what an organizer puts on. */
#ifndef TG_EVENTS_EVENTS_H
#define TG_EVENTS_EVENTS_H

#include "common/api/server.h"

extern const struct resource event;
/* each ends with NULL */
extern const char *const event_types[], *const event_journeys[], *const event_visibilities[];
/* one event with what it sold, without what is embedded: :id, :org */
extern const struct statement event_shown;
extern const struct module events_module;
extern const struct module event_lists_module; /* the statements of its lists */

#endif

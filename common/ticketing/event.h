/* event: what an organizer puts on, as everything that refers to events needs it. */
#ifndef TG_TICKETING_EVENT_H
#define TG_TICKETING_EVENT_H

#include "common/api/module.h"

/* Each ends with NULL. */
extern const char *const event_types[], *const event_journeys[], *const event_visibilities[];

extern const struct field event_fields[];
/* The parent of other resources; found by id or slug. events.fcgi serves it with more. */
extern const struct resource event;

/* The id alone, when there is such an event: :id, :org. */
extern const struct statement event_exists;
/* The same, FOR UPDATE. */
extern const struct statement event_lock_parent;
/* Column "id" by :name, a slug; :org. */
extern const struct statement event_by_slug;
/* One event with its venue, without what is sold: :id, :org. */
extern const struct statement event_get;
/* One event with what it sold, without what is embedded: :id, :org. */
extern const struct statement event_shown;

/* resource.name_of: the slug itself when `s` can be one, else NULL. */
const char *event_slug(struct arena *a, const char *s, size_t n);

/* What EVENT_COLUMNS computes in SQL, from the rows of the event's ticket types: is it sold out?
 * `sold` gets the sum of tickets sold. `capacity` is the event's, or null. */
bool event_sold_out(const struct rows *tickets, struct val capacity, int64_t *sold);

/* resource_hooks.refresh: an event of a list that is sold out only because of held tickets may not
 * be, when those holds have expired; the few of them are looked at one by one. */
NODISCARD enum err event_refresh(struct req *r, struct rows *rows);

#endif

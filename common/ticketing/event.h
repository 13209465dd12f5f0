/* event: the fields, statements and the resource of events that all programs share. */
#ifndef TG_TICKETING_EVENT_H
#define TG_TICKETING_EVENT_H

#include "common/api/module.h"

/* The choices of type, journeyType and visibility; each list ends with NULL. */
extern const char *const event_types[], *const event_journeys[], *const event_visibilities[];

extern const struct field event_fields[];
/* The event as parent of other resources, found by id or slug. The program events has a resource of
 * its own with all statements and hooks. */
extern const struct resource event;

/* Column "id", if the event exists: :id, :org. */
extern const struct statement event_exists;
/* The same, FOR UPDATE. */
extern const struct statement event_lock_parent;
/* Column "id" by :name, a slug; :org. */
extern const struct statement event_by_slug;
/* One event with its venue, without sold counts: :id, :org. */
extern const struct statement event_get;
/* The same by :name, a slug. */
extern const struct statement event_get_by_slug;
/* One event with sold counts, without nested rows: :id, :org. */
extern const struct statement event_shown;

/* resource.name_of: `s` itself when it has the form of a slug, else NULL. */
const char *event_slug(struct arena *a, const char *s, size_t n);

/* Whether an event is sold out, computed from the rows of its ticket types as EVENT_COLUMNS does in
 * SQL. `capacity` is the event's, or null; `sold` gets the number of sold tickets. */
bool event_sold_out(const struct rows *tickets, struct val capacity, int64_t *sold);

/* resource_hooks.refresh for lists: recomputes soldOut for events that are sold out only because of
 * held tickets, as those holds may have expired. They are few, so each is queried alone. */
NODISCARD enum err event_refresh(struct req *r, struct rows *rows);

#endif

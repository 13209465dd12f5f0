/* event: what visitors may see of an event, and what they can have of it right now. */
#ifndef TG_PUBLIC_EVENT_H
#define TG_PUBLIC_EVENT_H

#include "common/api/children.h"
#include "common/api/module.h"

enum { SHOWING_TICKETS, SHOWING_PERFORMERS, SHOWING_SCHEDULES, SHOWING_BRANDS };

/* A published event. Columns as the fields of the JSON are called; `inner` are the rows of the
 * kinds above, the ticket types only those that are published. */
struct public_event {
	struct rows event;
	struct children inner;
	const char *zone /* that times are shown in */, *currency;
	const char *url; /* the page's; a path when public_url is not set */
	bool hidden; /* PRIVATE: not for search engines */
};

/* The one that the path names. 404 for what is not published, not there, or another organization's.
 */
NODISCARD enum err public_event_read(struct req *r, struct public_event *s);

/* When the event of a row with startsAt and endsAt is over: some hours after it starts when nobody
 * said. */
int64_t public_event_ends_at(const struct rows *row);

extern const struct resource public_event;
extern const struct module public_event_module;

#endif

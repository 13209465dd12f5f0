/* event: a published event with its current availability, as visitors see it. */
#ifndef TG_PUBLIC_EVENT_H
#define TG_PUBLIC_EVENT_H

#include "common/api/children.h"
#include "common/api/module.h"

/* The kinds of children, as indexes of public_event.inner.rows. */
enum { SHOWING_TICKETS, SHOWING_PERFORMERS, SHOWING_SCHEDULES, SHOWING_BRANDS };

/* A published event, in the request's arena. Columns are named like the fields of the JSON; `inner`
 * has the children, of ticket types only the published ones. */
struct public_event {
	struct rows event;
	struct children inner;
	const char *zone; /* IANA time zone in which times are shown */
	const char *currency;
	const char *url; /* of the page; a path when public_url is not set */
	bool hidden; /* PRIVATE: must not be indexed by search engines */
};

/* Reads the event that the path names. ERR_NOT_FOUND when it does not exist, is not published, or
 * belongs to another organization. */
NODISCARD enum err public_event_read(struct req *r, struct public_event *s);

#define PUBLIC_EVENT_LASTS_MS                                              \
	(INT64_C(12) * 3600 * 1000) /* duration of an event without an end \
	                             */
/* The end time (ms) of an event from its columns startsAt and endsAt; twelve hours after the start
 * when endsAt is null. */
int64_t public_event_ends_at(const struct rows *row);

extern const struct resource public_event;
extern const struct module public_event_module;

#endif

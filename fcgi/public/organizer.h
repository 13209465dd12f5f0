/* organizer: an organization's public events that are not over yet. */
#ifndef TG_PUBLIC_ORGANIZER_H
#define TG_PUBLIC_ORGANIZER_H

#include "common/api/module.h"

#define ORGANIZER_EVENTS 100 /* most events of a page, calendar or feed */

/* The events in the order of their start, in the request's arena. */
struct organizer {
	/* A row per event: columns of the API's names, EVENT_VENUE, `url` (of the event's page; a
	 * path when public_url is not set), and the organization's `organization.name` and
	 * `organization.slug`. Descriptions are cut at 1,000 characters. */
	struct rows events;
	const char *name, *slug;
	const char *url; /* of the organizer's page; a path when public_url is not set */
	bool more; /* there are more events than ORGANIZER_EVENTS */
};

/* Reads the organization that the path names. ERR_NOT_FOUND when it does not exist or has never
 * published an event for everybody. */
NODISCARD enum err organizer_read(struct req *r, struct organizer *o);

extern const struct module organizer_module;

#endif

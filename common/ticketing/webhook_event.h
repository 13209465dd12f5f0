/* webhook_event: the table of webhook events: names, payloads, samples and descriptions. */
#ifndef TG_TICKETING_WEBHOOK_EVENT_H
#define TG_TICKETING_WEBHOOK_EVENT_H

#include "common/api/module.h"

/* A new event is a name and a row here, a value in the SET of webhook_endpoints.events (a
 * migration), and its label in the dashboard; the API's lists, samples, --describe and the OpenAPI
 * document follow. tests/lint/webhook_events.py holds the four against each other. */
enum webhook_event {
	WEBHOOK_ORDER_COMPLETED,
	WEBHOOK_ORDER_REFUNDED,
	WEBHOOK_EVENT_SOLD_OUT,
	WEBHOOK_INVENTORY_LOW,
	WEBHOOK_TICKET_CHECKED_IN,
	WEBHOOK_EVENTS /* how many there are */
};
extern const char *const webhook_event_names[WEBHOOK_EVENTS + 1]; /* ends with NULL */

/* The value of one field of an invented resource, by its name. Ids are generated; times are days
 * from now. Fields that are not listed are null. */
struct sample {
	const char *name;
	enum val_type type;
	int64_t i; /* VAL_INT: the value; VAL_TIME: days from now */
	const char *s; /* VAL_TEXT */
};

/* One event. */
struct webhook_event_row {
	const struct resource *payload; /* the resource in `data` of the body */
	const struct sample *sample; /* of a test delivery */
	const struct sample *changes; /* what this event changes of it; NULL: nothing */
	/* The same for one row of its first kind of children; NULL: it has none. */
	const struct sample *child, *child_changes;
	/* One row of the member that the payload's hooks.embed writes, a list; NULL: none. */
	const char *embedded;
	const struct sample *embedded_row;
	const char *doc; /* when the event is sent; a sentence */
};
extern const struct webhook_event_row webhook_events[WEBHOOK_EVENTS]; /* by enum webhook_event */

/* The event of that name; WEBHOOK_EVENTS when there is none. */
enum webhook_event webhook_event_find(const char *name);
/* module.describe: the table, as "webhookEvents". */
void webhook_events_describe(struct json *j);

#endif

/* scope: API key scopes as bits, names and labels (contract section 3). */
#ifndef TG_SCHEMA_SCOPE_H
#define TG_SCHEMA_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of the members of the SET column api_keys.scopes, so that both have the same
 * bits. */
enum scope {
	SCOPE_EVENTS_READ = 1,
	SCOPE_EVENTS_WRITE = 2,
	SCOPE_TICKETS_READ = 4,
	SCOPE_TICKETS_WRITE = 8,
	SCOPE_ORDERS_READ = 16,
	SCOPE_WEBHOOKS_MANAGE = 32,
	SCOPE_BOXOFFICE_SELL = 64,
	SCOPE_DOOR_SCAN = 128,
};
/* SCOPE_READS is what the role viewer has; SCOPE_EVENTS are those that imply orders:read. */
#define SCOPE_ALL 255u
#define SCOPE_READS (SCOPE_EVENTS_READ | SCOPE_TICKETS_READ | SCOPE_ORDERS_READ)
#define SCOPE_EVENTS (SCOPE_EVENTS_READ | SCOPE_EVENTS_WRITE)

struct scope_row {
	enum scope bit;
	const char *name; /* "events:read" */
	const char *label; /* "Read Events" */
	const char *doc; /* one sentence, shown in the dashboard and in the OpenAPI document */
};
extern const struct scope_row scope_rows[]; /* ends with a NULL name */
extern const char *const scope_names[]; /* the same names; ends with NULL */

/* The name of a scope; "" when it is none of the table's. Routes that either of two scopes opens
 * have both bits: their first and second name. */
const char *scope_name(unsigned scope);
const char *scope_second_name(unsigned scope); /* "" when there is no second */

/* Parses comma-separated scope names of n bytes, with optional spaces around names, into bits.
 * Returns false for unknown names, empty entries and an empty list, and then writes to `why` (at
 * least 300 bytes) a message that names the faulty entry and lists the allowed scopes. Any event
 * scope implies orders:read. */
bool scopes_parse(const char *s, size_t n, unsigned *out, char *why, size_t why_size);

#define SCOPES_TEXT 128
/* Writes the names separated by commas, in the table's order: "events:read,orders:read". */
void scopes_print(unsigned scopes, char out[SCOPES_TEXT]);

#endif

/* scope: what a key may do, as bits, names and labels. */
#ifndef TG_SCHEMA_SCOPE_H
#define TG_SCHEMA_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

/* The bits stand in the order of the SET column api_keys.scopes. */
enum scope {
	SCOPE_EVENTS_READ = 1,
	SCOPE_EVENTS_WRITE = 2,
	SCOPE_TICKETS_READ = 4,
	SCOPE_TICKETS_WRITE = 8,
	SCOPE_ORDERS_READ = 16,
	SCOPE_WEBHOOKS_MANAGE = 32,
	SCOPE_BOXOFFICE_SELL = 64,
};
#define SCOPE_ALL 127u
#define SCOPE_READS (SCOPE_EVENTS_READ | SCOPE_TICKETS_READ | SCOPE_ORDERS_READ)
#define SCOPE_EVENTS (SCOPE_EVENTS_READ | SCOPE_EVENTS_WRITE)

struct scope_row {
	enum scope bit;
	const char *name; /* "events:read" */
	const char *label; /* "Read Events" */
	const char *doc;
};
extern const struct scope_row scope_rows[]; /* ends with a NULL name */
extern const char *const scope_names[]; /* the same names; ends with NULL */

const char *scope_name(enum scope bit); /* "" for what is no single scope */

/* Comma-separated names as a client or administrator writes them; spaces around names allowed.
   Unknown names, empty entries and an empty list are refused, with a sentence in `why` (at least
   300 bytes) that names the culprit and lists what is allowed. Any event scope brings orders:read.
 */
bool scopes_parse(const char *s, size_t n, unsigned *out, char *why, size_t why_size);

#define SCOPES_TEXT 128
/* "events:read,orders:read", in the table's order */
void scopes_print(unsigned scopes, char out[SCOPES_TEXT]);

#endif

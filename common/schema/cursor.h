/* cursor: which slice of a list is wanted, and where the next one starts. */
#ifndef TG_SCHEMA_CURSOR_H
#define TG_SCHEMA_CURSOR_H

#include "common/schema/field.h"

struct statement;

/* One way to order a list. The statement takes :key and :keyId (where to start, exclusive), :skip
 * and :take. */
struct sort_order {
	const char *name; /* as in ?sort=, and the column that holds the key */
	enum field_type type; /* FIELD_TIME, FIELD_TEXT or FIELD_INT */
	const struct statement *up, *down;
};

struct page_request {
	int64_t page, take;
	const struct sort_order *order;
	bool down;
	bool by_cursor;
	/* exclusive start: the first and last imaginable values when not by cursor */
	struct val key;
	struct uuid id;
};

extern const struct field cursor_page_fields[]; /* page, take, sort, cursor */

/* From the query values that cursor_page_fields let through. `orders` ends with a NULL name; the
 * first is the default, downwards when `down`. Problems are added. */
void cursor_page_read(const struct params *query, const struct sort_order *orders, bool down,
	struct page_request *out, struct problems *problems);

/* The cursor behind a row: base64url of a version byte, order, direction, page number, key and id.
 * In the arena. */
char *cursor_make(struct arena *a, const struct page_request *p, const struct sort_order *orders,
	struct val key, struct uuid id);

#endif

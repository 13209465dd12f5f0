/* cursor: pagination of lists by page number and by cursor. */
#ifndef TG_SCHEMA_CURSOR_H
#define TG_SCHEMA_CURSOR_H

#include "common/schema/field.h"

struct statement;

/* One sort order of a list. Its statements take :key and :keyId (the position to start after),
 * :skip and :take (row counts). Rows with equal keys are ordered by id, so the order is total and a
 * cursor is exact. */
struct sort_order {
	const char *name; /* as in ?sort=, and the column that holds the key */
	enum field_type type; /* FIELD_TIME, FIELD_TEXT or FIELD_INT */
	const struct statement *up, *down; /* ascending and descending */
};

/* The page that a request asks for. */
struct page_request {
	int64_t page, take; /* page number from 1; rows per page, 1 to 100 */
	const struct sort_order *order;
	/* Start after this key and id. Without a cursor: the lowest possible values, or the highest
	 * when descending. */
	bool down; /* descending */
	bool by_cursor;
	struct val key;
	struct uuid id;
};

extern const struct field cursor_page_fields[]; /* page, take, sort, cursor */

/* Fills `out` from the query values that were read by cursor_page_fields. `orders` ends with a NULL
 * name; the first is the default, descending when `down`. Invalid values are added to `problems`;
 * `out` must not be used then. */
void cursor_page_read(const struct params *query, const struct sort_order *orders, bool down,
	struct page_request *out, struct problems *problems);

/* The cursor that starts after the row with this key and id: base64url of a version byte, sort
 * order, direction, key type, page number, id and key, in the arena. It is opaque to clients but
 * not secret or signed: cursor_page_read checks each part. */
char *cursor_make(struct arena *a, const struct page_request *p, const struct sort_order *orders,
	struct val key, struct uuid id);

#endif

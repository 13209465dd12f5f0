/* children: reads and prints child rows nested in their parents, such as the tickets of events. */
#ifndef TG_API_CHILDREN_H
#define TG_API_CHILDREN_H

#include "common/api/crud.h"

#define CHILDREN_MAX 8 /* most kinds of children of one resource */

/* The children of some parents, as fetched: one entry for each row of the resource's `children`. */
struct children {
	struct rows rows[CHILDREN_MAX];
	size_t at[CHILDREN_MAX]; /* the first row not yet returned by children_next */
	bool there[CHILDREN_MAX]; /* shown here: a list omits kinds without by_parents */
};

/* The parameter :parents: a JSON array of the ids of n rows in hex, ["0190…", …]. */
char *children_ids_json(struct arena *a, const struct rows *parents, size_t n);
/* Fetches the children of the parents by one statement for each kind. `single`: there is one
 * parent, and the kinds that lists omit are fetched as well. Rows are in the request's arena. */
NODISCARD enum err children_fetch(struct req *r, const struct resource *of,
	const struct rows *parents, bool single, struct children *e);
/* Writes one array for each kind into the open object of a parent. Must be called for the parents
 * in order. */
void children_print(struct json *j, const struct resource *of, const struct rows *parents,
	size_t row, struct children *e);
/* Iterates over the children of one parent: sets `row` to the next row of this kind, or returns
 * false. Parents must be visited in the order of their rows. */
bool children_next(struct children *e, size_t kind, struct val parent, size_t *row);

#endif

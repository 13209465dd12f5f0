/* children: the rows that are shown inside other rows. */
#ifndef TG_API_CHILDREN_H
#define TG_API_CHILDREN_H

#include "common/api/crud.h"

#define CHILDREN_MAX 8 /* kinds of children of one resource */

/* The children of some parents, as fetched. */
struct children {
	struct rows rows[CHILDREN_MAX];
	size_t at[CHILDREN_MAX]; /* the first row that no parent has taken yet */
	bool there[CHILDREN_MAX];
};

/* The children of the parents, one statement a kind. `single`: of one parent, and those
 * that lists do not show as well. */
NODISCARD enum err children_fetch(struct req *r, const struct resource *of,
	const struct rows *parents, bool single, struct children *e);
/* The members of one parent, parents in order. */
void children_print(struct json *j, const struct resource *of, const struct rows *parents,
	size_t row, struct children *e);
/* One child after the other of the parent: is there another of kind `kind`? Its row comes back. */
bool children_next(struct children *e, size_t kind, struct val parent, size_t *row);

#endif

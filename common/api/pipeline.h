/* pipeline: the order of checks, in one list. */
#ifndef TG_API_PIPELINE_H
#define TG_API_PIPELINE_H

#include "common/http/request.h"

struct gate {
	const char *name;
	NODISCARD enum err (*check)(struct req *r);
};
extern const struct gate gates[]; /* ends with a NULL name */

/* All gates in order. A gate that answered by itself (OPTIONS) ends the walk: the reply has a
 * status then. */
NODISCARD enum err gates_pass(struct req *r);

/* The body and the query, read by the route's tables into r->in, r->asked and r->page. Run inside
   the transaction of an idempotent request, so that a refusal is remembered, too. */
NODISCARD enum err gate_input(struct req *r);

#endif

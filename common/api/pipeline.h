/* pipeline: the checks that a request passes before its handler, in one ordered list. */
#ifndef TG_API_PIPELINE_H
#define TG_API_PIPELINE_H

#include "common/http/request.h"

/* One check. It returns OK, or the error that ends the request. */
struct gate {
	const char *name; /* for --describe */
	NODISCARD enum err (*check)(struct req *r);
};
extern const struct gate gates[]; /* ends with a NULL name */

/* Runs all gates in order until one fails or responds by itself (OPTIONS), which sets
 * r->response.status. */
NODISCARD enum err gates_pass(struct req *r);

/* Reads the body and the query by the route's tables into r->input, r->filters and r->page. It runs
 * inside the transaction of an idempotent request, so that a validation error is stored under the
 * key, too. Handlers that also report problems of their own (crud_create, crud_patch) are called
 * with r->problems non-empty. */
NODISCARD enum err gate_input(struct req *r);

#endif

/* cors: lets pages of other origins call the public API (WHATWG Fetch, section 3.2). */
#ifndef TG_HTTP_CORS_H
#define TG_HTTP_CORS_H

#include "common/http/request.h"

/* Appends the response's CORS header lines: for requests to the public API, from any origin or from
 * those of the configuration's public_origins (Vary then names Origin), and never with credentials.
 * The other APIs have no CORS: their callers are servers, or the dashboard on the same origin. */
void cors_headers(const struct req *r, struct buf *out);

#endif

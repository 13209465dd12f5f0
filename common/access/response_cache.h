/* response_cache: answers to GET, remembered on this node until somebody changes the
 * organization, for a moment at most. */
#ifndef TG_ACCESS_RESPONSE_CACHE_H
#define TG_ACCESS_RESPONSE_CACHE_H

#include "common/http/request.h"

/* Has the very same question of the same organization been answered since its last change? Then the
   reply is that answer. Otherwise it prepares response_cache_store, so it must be called before
   anything is read from the database. */
bool response_cache_find(struct req *r);
/* The reply as it stands, when it is one to keep: of a route that says ROUTE_CACHEABLE, whole, 200,
 * and short enough. */
void response_cache_store(struct req *r);
/* After every transaction that may have written, before its reply goes out: whoever asks now gets
 * the new state. */
void response_cache_invalidate(struct req *r);

#endif

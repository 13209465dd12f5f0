/* response_cache: a cache of GET responses in shared memory, invalidated by changes of what they
 * show. */
#ifndef TG_ACCESS_RESPONSE_CACHE_H
#define TG_ACCESS_RESPONSE_CACHE_H

#include "common/http/request.h"

/* Handlers and common/api/crud.c say in r->shown what a response shows and what a request changes.
 * A response that shows one event is invalidated by changes of that event, all others by changes of
 * any event; both by changes of other data of the organization. Sales and holds (ROUTE_INVENTORY)
 * change numbers only: they leave responses without numbers, and those of visitors until these are
 * older than answer_cache. A request that does not say what it changes invalidates all responses of
 * the organization.
 *
 * A response expires after answer_cache. One that shows one event and does not change by itself
 * (r->shown.brief, r->shown.until) is kept for single_node_cache, provided that nobody was changing
 * what it shows when it was read. So a process that is killed between COMMIT and
 * response_cache_change_end leaves no response that is outdated for longer than answer_cache.
 *
 * Responses to visitors who accept it are compressed before they are stored, once for all. */

/* Looks the request up. True: the response is the cached one. A request with Cache-Control:
 * no-cache is never answered from the cache, but its response is stored: a visitor who has just
 * bought sends it, because sales leave the responses of visitors cached (RFC 9111 section 5.2.1.4).
 * False: r->cache is prepared for response_cache_store, so it must be called before the database is
 * read. */
bool response_cache_find(struct req *r);
/* Stores the response, if it can be cached: a complete 200 of a ROUTE_CACHEABLE route, without
 * ignored fields, and small enough. */
void response_cache_store(struct req *r);
/* Invalidate what the request changes, on this node: call the first before COMMIT, and the second
 * after it, before the response is sent, so that clients read their own writes. The second is left
 * out when the outcome of COMMIT is unknown. */
void response_cache_change_begin(struct req *r);
void response_cache_change_end(struct req *r);

#endif

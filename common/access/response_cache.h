/* response_cache: a cache of GET responses in shared memory, invalidated when the organization's
 * data changes. */
#ifndef TG_ACCESS_RESPONSE_CACHE_H
#define TG_ACCESS_RESPONSE_CACHE_H

#include "common/http/request.h"

/* Looks the request up. True: the response is the cached one, made after the organization's last
 * change. A request with Cache-Control: no-cache is never answered from the cache, but its response
 * is stored: a visitor who has just bought sends it, because sales leave the responses of visitors
 * cached (RFC 9111 section 5.2.1.4). False: r->cache is prepared for response_cache_store, so it
 * must be called before the database is read. */
bool response_cache_find(struct req *r);
/* Stores the response, if it can be cached: a complete 200 of a ROUTE_CACHEABLE route, without
 * ignored fields, and small enough. It expires after the configured answer_cache_ms. */
void response_cache_store(struct req *r);
/* Invalidates the organization's entries on this node. Must be called after every transaction that
 * may have written, before its response is sent, so that clients read their own writes. A
 * ROUTE_INVENTORY route leaves the entries of visitors, which expire by themselves. */
void response_cache_invalidate(struct req *r);

#endif

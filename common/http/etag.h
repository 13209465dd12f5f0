/* etag: entity tags and the conditional requests that use them. */
#ifndef TG_HTTP_ETAG_H
#define TG_HTTP_ETAG_H

#include "common/http/request.h"

/* Adds the ETag, a strong validator (RFC 9110 section 8.8.3): "v<version>.<hash of the body>". */
void etag_add(struct req *r, int64_t version);
/* Appends a coding to the ETag, before the closing quote. */
#define ETAG_GZIP "-gzip"
void etag_append(struct req *r, const char *coding);
/* Turns the 200 of a GET into 304 when If-None-Match lists its ETag, with or without a coding. */
void etag_not_modified(struct req *r);
/* ERR_PRECONDITION when If-Match was sent and lists no ETag of this version. Only the version is
 * compared, not the hash: a sale changes the representation but does not make an edit stale. A tag
 * that a proxy weakened (W/"…") or suffixed ("…-gzip") still names its version. */
NODISCARD enum err etag_check_if_match(struct req *r, int64_t version);

#endif

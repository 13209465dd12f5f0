/* gzip: responses with the content coding gzip (RFC 9110 section 8.4.1.3). */
#ifndef TG_HTTP_GZIP_H
#define TG_HTTP_GZIP_H

#include "common/http/request.h"

/* Whether the client's Accept-Encoding names gzip (RFC 9110 section 12.5.3). */
bool gzip_accepted(const struct req *r);
/* Compresses the body of a complete response when that makes it smaller, and appends -gzip to its
 * ETag, as Apache's mod_deflate does: the representation is another one (RFC 9110 section 8.8.3.3).
 */
void gzip_response(struct req *r);

#endif

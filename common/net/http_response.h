/* http_response: what is kept of a webhook receiver's response. */
#ifndef TG_NET_HTTP_RESPONSE_H
#define TG_NET_HTTP_RESPONSE_H

#include "common/net/http_client.h"

/* Takes a line of the head, the status line or a header with its line end; sets rest_s. The head of
 * a later response (after a 1xx) replaces that of an earlier one. */
void http_response_header(struct http_request *p, const char *line, size_t n);
/* Takes a piece of the body and keeps what belongs to its first HTTP_BODY_KEPT bytes. */
void http_response_body(struct http_request *p, const char *bytes, size_t n);
/* Sets status and error at the end. False: the status is not that of a final response, and the
 * caller sets the error. */
NODISCARD bool http_response_status(struct http_request *p, long status);

#endif

/* response: builds the response and writes it to the connection. */
#ifndef TG_HTTP_RESPONSE_H
#define TG_HTTP_RESPONSE_H

#include "common/http/request.h"

/* Begins a success response: writes {"data": and returns the writer of the body, to which the
 * caller writes one value with a NULL name. Then response_end must be called. */
struct json *response_begin(struct req *r, int status);
void response_end(struct req *r);
/* The resource inside the envelope of a finished single-resource response: `n` bytes of JSON, until
 * the response changes. */
const char *response_data(const struct req *r, size_t *n);

/* Adds a header line; the value is formatted as by printf. A value with control characters is
 * dropped, so that no header can be injected. */
void response_header(struct req *r, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The value of the header of that name, which ends before CR LF; ignores case. NULL when the
 * response has none. */
const char *response_find_header(const struct req *r, const char *name);

/* Writes the line "Ignored-Fields: a, b" if any field was ignored. Bytes that are not visible ASCII
 * are written as '?'; at most 1,000 bytes. */
void response_ignored_fields(const struct req *r, struct buf *out);

/* Discards the response, so that a retried transaction can build it again. */
void response_reset(struct req *r);

/* Replaces the response by the error envelope of `err`, from r->failure, r->problems and the
 * error's row; on mounts with an error_page by an HTML page. */
void response_error(struct req *r, enum err err);

/* Sends the response in one write, unless it was streamed. False: the peer has closed the
 * connection. */
bool response_send(struct req *r);

/* Streams a body of unknown length: sends the head with status 200, then response_stream_write
 * sends the pieces. False: the peer has closed the connection. After this no error response is
 * possible, only response_stream_abort. */
bool response_stream_begin(struct req *r, const char *type);
bool response_stream_write(struct req *r, const void *p, size_t n);
/* Ends a streamed response as incomplete (struct conn, abandon). */
void response_stream_abort(struct req *r);

#endif

/* response: what goes back: envelope, headers, one write. */
#ifndef TG_HTTP_RESPONSE_H
#define TG_HTTP_RESPONSE_H

#include "common/http/request.h"

/* Opens {"data": and gives the writer, which stands where the value belongs (write with a NULL
 * name). */
struct json *response_begin(struct req *r, int status);
void response_end(struct req *r);
/* The resource inside the envelope of a finished single-resource response: `n` bytes of JSON, until
 * the response changes. */
const char *response_data(const struct req *r, size_t *n);

/* A header line. The value must be clean of control characters (callers print numbers, ids and
 * base64 only); others are dropped. */
void response_header(struct req *r, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether this reply has that header already. */
bool response_has_header(const struct req *r, const char *name);

/* The line "Ignored-Fields: a, b" when there is something to name: visible ASCII, the rest as '?',
 * at most 1 KiB. */
void response_ignored_fields(const struct req *r, struct buf *out);

/* Throws away what was answered so far: a transaction that runs again answers anew. */
void response_reset(struct req *r);

/* The error envelope for `err`, from r->failure, r->problems and the error's row. */
void response_error(struct req *r, enum err err);

/* Strong validator of the representation in the reply's body: "v<version>.<hash>". */
void response_etag(struct req *r, int64_t version);
/* Turns the 200 of a GET whose If-None-Match knows its ETag into 304. */
void response_not_modified(struct req *r);
/* ERR_PRECONDITION when If-Match was sent and names another version. An edit is stale when the
   resource was edited since, not when tickets were sold since: only the version before the dot is
   compared. */
NODISCARD enum err response_check_if_match(struct req *r, int64_t version);

/* Everything in one write. False: the peer is gone. Nothing more when response_stream_begin was
 * called. */
bool response_send(struct req *r);

/* A body of unknown length, written as it comes: the head with status 200 now, then
 * response_stream_write. False: the peer is gone. From here on no error can be answered. */
bool response_stream_begin(struct req *r, const char *type);
bool response_stream_write(struct req *r, const void *p, size_t n);
/* The body stays incomplete, and the peer is to know it. */
void response_stream_abort(struct req *r);

#endif

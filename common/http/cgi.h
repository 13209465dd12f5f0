/* cgi: serves one plain CGI request from the environment and standard input. */
#ifndef TG_HTTP_CGI_H
#define TG_HTTP_CGI_H

#include "common/http/fastcgi.h"

/* Limits that CGI and FastCGI share, in bytes. */
#define DRAIN_MAX (2L * 1024 * 1024) /* read and discarded of a body that the handler left */
#define REPLY_BEFORE_BODY 32768 /* before a longer response is sent, the body is drained */
#define UNTIL_EOF (-1L) /* body length unknown: read to the end of the stream */

/* The value of CONTENT_LENGTH in bytes; UNTIL_EOF when `text` is NULL or not a number. */
long cgi_content_length(const char *text);

/* Serves one request by plain CGI (RFC 3875) and returns the exit status: 1 when the response was
 * aborted, else 0. */
int cgi_serve(const struct fastcgi_app *t);

#endif

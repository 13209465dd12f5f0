/* cgi: one request from the environment and standard input. */
#ifndef TG_HTTP_CGI_H
#define TG_HTTP_CGI_H

#include "common/http/fastcgi.h"

/* What both ways of serving keep to. */
#define DRAIN_MAX (2L * 1024 * 1024) /* of a body that nobody read */
#define REPLY_BEFORE_BODY 32768 /* a longer reply reads the body first */
#define UNTIL_EOF (-1L)

/* What CONTENT_LENGTH says; UNTIL_EOF when it says nothing sensible. */
long cgi_content_length(const char *text);

/* Plain CGI (RFC 3875): the exit status. */
int cgi_serve(const struct fastcgi_app *t);

#endif

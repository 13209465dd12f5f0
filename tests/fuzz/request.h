/* request: a request to any program, and what must hold of its response. */
#ifndef TG_TESTS_FUZZ_REQUEST_H
#define TG_TESTS_FUZZ_REQUEST_H

#include "common/http/request.h"
#include "tests/fuzz/fuzz.h"

#define REQUEST_MAX ((size_t)64 * 1024) /* bytes of an input */
#define REQUESTS_MAX 4 /* what follows is not read */
#define REQUEST_NEXT "\n\f\n"

/* The routes of all programs under the configuration file `conf`, which is not copied. */
struct app *request_app(const char *conf);

/* Passes the requests to their programs and demands well-formed CGI responses in bounded memory. A
 * request is a line "METHOD target", header lines "Name: value", an empty line, and the body.
 * REQUEST_NEXT begins another one, which waits beside the first: sales then share a transaction.
 * `kept`: bytes that may stay allocated, of all inputs. *unavailable: a response was 503. The
 * configuration should limit nothing, so that every input is answered as if it were the first.
 * Returns how many requests there were. */
size_t request_answer(
	struct app *app, const uint8_t *data, size_t size, size_t kept, bool *unavailable);

#endif

/* request: a request to any program, and what must hold of its response. */
#ifndef TG_TESTS_FUZZ_REQUEST_H
#define TG_TESTS_FUZZ_REQUEST_H

#include "common/http/request.h"
#include "tests/fuzz/fuzz.h"

#define REQUEST_MAX ((size_t)64 * 1024) /* bytes of an input */

/* The routes of all programs under the configuration file `conf`, which is not copied. */
struct app *request_app(const char *conf);

/* Passes the request to its program and demands a well-formed CGI response in bounded memory. The
 * input is a line "METHOD target", header lines "Name: value", an empty line, and the body. `kept`:
 * bytes that may stay allocated, of all requests. Returns the status. The configuration should
 * limit nothing, so that every input is answered as if it were the first. */
int request_answer(struct app *app, const uint8_t *data, size_t size, size_t kept);

#endif

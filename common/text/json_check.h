/* json_check: is this text JSON exactly as RFC 8259 says? */
#ifndef TG_TEXT_JSON_CHECK_H
#define TG_TEXT_JSON_CHECK_H

#include "common/base/utf8.h"

#include <stdbool.h>
#include <stddef.h>

/* What is wrong and where, for the error message ("… at byte 17"). */
struct json_fault {
	/* a constant, lower case, e.g. "duplicate key", "lone surrogate in string" */
	const char *what;
	size_t at; /* byte offset */
};

#define JSON_DEPTH 32 /* nested arrays and objects allowed; 33 is refused */

/* One value with white space around it, nothing after; strings in valid shortest-form UTF-8 (RFC
   3629) without raw control characters; \u surrogates only in pairs; numbers by the grammar (no
   "1.", ".5", "+1", "01", NaN); no key twice in one object (compared after unescaping); no byte
   order mark. `\u0000` is allowed in values (fields refuse it), not in keys (json-c would cut the
   key there). Recursion-free or bounded by JSON_DEPTH. Linear time but for duplicate keys (n log
   n). */
bool json_check(const char *p, size_t n, struct json_fault *fault);

#endif

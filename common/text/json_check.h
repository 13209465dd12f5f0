/* json_check: a strict JSON validator (RFC 8259). */
#ifndef TG_TEXT_JSON_CHECK_H
#define TG_TEXT_JSON_CHECK_H

#include "common/base/utf8.h"

#include <stdbool.h>
#include <stddef.h>

/* What is wrong, and where, for the error message ("duplicate key at byte 17"). */
struct json_fault {
	/* a constant, lower case, e.g. "duplicate key", "lone surrogate in string" */
	const char *what;
	size_t at; /* byte offset */
	bool too_many; /* the text has more values than the caller allows, and may be valid */
};

/* Most values of a text, for json_check: scalars, arrays, objects and keys count alike. A parser
 * takes up to 800 bytes for the three of "{},", so a bound in bytes does not bound its memory. */
#define JSON_VALUES_MAX ((size_t)20000)

#define JSON_DEPTH 32 /* maximum nesting of arrays and objects */

/* Whether the n bytes are exactly one JSON value, of at most `values` values in all. Stricter than
 * most parsers:
 * - strings are valid UTF-8 (RFC 3629) without raw control characters,
 * - \u surrogates come in pairs only,
 * - numbers follow the grammar (no "1.", ".5", "+1", "01", NaN),
 * - no key occurs twice in an object (compared after unescaping),
 * - there is no byte order mark,
 * - `\u0000` is not allowed in keys, which json-c would cut there; fields reject it in values.
 *
 * Not recursive. Linear time, but n log n in the number of an object's keys. Allocates memory only
 * for more than 64 open keys. *fault, unless NULL, is filled on failure. */
bool json_check(const char *p, size_t n, size_t values, struct json_fault *fault);

#endif

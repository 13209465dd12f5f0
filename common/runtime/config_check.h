/* config_check: is this text a value for that key? For common/runtime/config.c only. */
#ifndef TG_RUNTIME_CONFIG_CHECK_H
#define TG_RUNTIME_CONFIG_CHECK_H

#include "common/runtime/config.h"

/* False with a sentence in `why` (which key, what is allowed; never the value of a secret). Numbers
 * and durations go to `out`, when not NULL. */
bool config_check(
	const struct config_key *k, const char *value, int64_t *out, char *why, size_t why_size);

/* The key that `name` looks like a slip of, or NULL. */
const char *config_nearest(const char *name);

#endif

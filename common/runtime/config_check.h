/* config_check: validates configuration values; for common/runtime/config.c only. */
#ifndef TG_RUNTIME_CONFIG_CHECK_H
#define TG_RUNTIME_CONFIG_CHECK_H

#include "common/runtime/config.h"

/* Whether the text is valid for the key. If not, `why` gets a message with the key and what is
 * allowed, but not the value, which may be a secret. *out, unless NULL, gets a number, or ms of a
 * duration. */
bool config_check(
	const struct config_key *k, const char *value, int64_t *out, char *why, size_t why_size);

/* The key that `name` is probably a typo of, or NULL. */
const char *config_nearest(const char *name);

#endif

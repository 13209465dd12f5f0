/* api_key_validate: validates the input of a new API key. */
#ifndef TG_TICKETING_API_KEY_VALIDATE_H
#define TG_TICKETING_API_KEY_VALIDATE_H

#include "common/text/cidr.h"
#include "common/ticketing/api_key_store.h"

/* Sets k->why (formatted) and k->field (may be NULL) and returns `err`. */
enum err key_store_reject(struct key_store *k, enum err err, const char *field, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

/* Validates the input and sets :name, :description, :scopes, :callback, :tier, :expires and the
 * ranges of the allowlist. ERR_VALIDATION at the first problem, with k->why and k->field set. */
NODISCARD enum err key_store_validate(struct key_store *k, const struct key_input *in,
	struct params *p, struct cidr ranges[CIDR_MAX], int *range_count);

#endif

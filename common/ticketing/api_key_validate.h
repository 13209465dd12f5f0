/* api_key_validate: judging what people write when they make an API key. */
#ifndef TG_TICKETING_API_KEY_VALIDATE_H
#define TG_TICKETING_API_KEY_VALIDATE_H

#include "common/text/cidr.h"
#include "common/ticketing/api_key_store.h"

/* Says the sentence in k->why and the input it is about (or NULL) in k->field; returns `err`. */
enum err key_store_reject(struct key_store *k, enum err err, const char *field, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

/* Fills :name, :description, :scopes, :callback, :tier, :expires and the ranges of the allowlist.
 * Stops at the first thing wrong. */
NODISCARD enum err key_store_validate(struct key_store *k, const struct key_input *in,
	struct params *p, struct cidr ranges[CIDR_MAX], int *range_count);

#endif

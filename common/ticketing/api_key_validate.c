/* api_key_validate: validates the input of a new API key. */
#include "common/ticketing/api_key_validate.h"

#include "common/base/clock.h"
#include "common/base/uuid.h"
#include "common/text/unicode.h"
#include "common/text/json_check.h"
#include "common/schema/scope.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err key_store_reject(
	struct key_store *k, enum err err, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(k->why, sizeof k->why, fmt, ap);
	va_end(ap);
	k->field = field;
	return err;
}

/* Checks encoding, length in characters, and for control characters; white space is kept. */
static enum err check_text(
	struct key_store *k, const char *field, const char *s, size_t least, size_t most)
{
	size_t n = strlen(s), characters = 0;

	if (!utf8_valid(s, n, &characters))
		return key_store_reject(k, ERR_VALIDATION, field, "%s must be valid UTF-8", field);
	if (characters < least || (least && text_is_blank(s)))
		return key_store_reject(k, ERR_VALIDATION, field, "%s should not be empty", field);
	if (characters > most)
		return key_store_reject(k, ERR_VALIDATION, field,
			"%s must be shorter than or equal to %zu characters", field, most);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 127)
			return key_store_reject(k, ERR_VALIDATION, field,
				"%s must not contain control characters or line breaks", field);
	return OK;
}

static enum err check_url(struct key_store *k, const char *field, const char *s)
{
	const char *wrong = url_guard_parse(s, strlen(s), NULL);

	if (strlen(s) > GUARDED_URL)
		return key_store_reject(k, ERR_VALIDATION, field,
			"%s must be shorter than or equal to %d characters", field, GUARDED_URL);
	if (wrong)
		return key_store_reject(k, ERR_VALIDATION, field, "%s %s", field, wrong);
	return OK;
}

static enum err check_expires(struct key_store *k, const char *s, int64_t now, struct val *out)
{
	int64_t t;

	if (!time_parse(s, strlen(s), &t))
		return key_store_reject(k, ERR_VALIDATION, "expiresAt",
			"expiresAt must be a valid ISO 8601 date string, e.g. "
			"2030-01-31T00:00:00Z");
	if (t <= now)
		return key_store_reject(
			k, ERR_VALIDATION, "expiresAt", "expiresAt must be in the future");
	*out = val_time(t);
	return OK;
}

static bool given(const char *s)
{
	return s && *s;
}

/* The texts of `in` must outlive `p`. */
enum err key_store_validate(struct key_store *k, const struct key_input *in, struct params *p,
	struct cidr ranges[CIDR_MAX], int *range_count)
{
	const char *tier = text_or(text_filled(in->tier), "standard"),
		   *scopes = text_or(in->scopes, "");
	char why[300], text[SCOPES_TEXT];
	struct val expires = val_null();
	unsigned bits = 0;
	enum err err;

	if ((err = check_text(k, "name", text_or(in->name, ""), 1, 120)) != OK)
		return err;
	if (given(in->description) &&
		(err = check_text(k, "description", in->description, 0, 500)) != OK)
		return err;
	if (!scopes_parse(scopes, strlen(scopes), &bits, why, sizeof why))
		return key_store_reject(k, ERR_VALIDATION, "scopes", "%s", why);
	*range_count = in->allow
		? cidr_list_parse(in->allow, strlen(in->allow), ranges, why, sizeof why)
		: 0;
	if (*range_count < 0)
		return key_store_reject(k, ERR_VALIDATION, "ipAllowlist", "ipAllowlist: %s", why);
	if (given(in->callback) && (err = check_url(k, "callbackUrl", in->callback)) != OK)
		return err;
	if (given(in->expires) &&
		(err = check_expires(k, in->expires, clock_now(), &expires)) != OK)
		return err;
	if (strcmp(tier, "standard") != 0 && strcmp(tier, "plus") != 0 &&
		strcmp(tier, "unlimited") != 0)
		return key_store_reject(k, ERR_VALIDATION, "tier",
			"tier must be one of the following values: standard, plus, unlimited");
	assert(*range_count <= CIDR_MAX);
	scopes_print(bits, text);
	params_set(p, "name", val_text(in->name));
	params_set(p, "description", val_text(text_filled(in->description)));
	params_set(p, "scopes", val_text(arena_strdup(k->arena, text)));
	params_set(p, "callback", val_text(text_filled(in->callback)));
	params_set(p, "tier", val_text(tier));
	params_set(p, "expires", expires);
	return OK;
}

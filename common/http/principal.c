/* principal: the caller that a request is made for. */
#include "common/http/principal.h"

#include <string.h>

static const char *const tier_names[] = {
	[TIER_STANDARD] = "standard", [TIER_PLUS] = "plus", [TIER_UNLIMITED] = "unlimited"};

const char *tier_name(enum tier tier)
{
	return tier_names[tier];
}

enum tier tier_by_name(const char *name)
{
	for (unsigned t = 0; name && t < sizeof tier_names / sizeof *tier_names; t++)
		if (strcmp(name, tier_names[t]) == 0)
			return t;
	return TIER_STANDARD;
}

/* "unlimited" is a number no client reaches, so that the rate headers always say something a client
 * can compute with. */
int64_t tier_quota(const struct config *c, enum tier tier)
{
	if (tier == TIER_UNLIMITED)
		return INT64_C(1000000000);
	if (tier == TIER_PLUS)
		return c->rate_plus;
	return c->rate_standard;
}

uint16_t principal_intern(struct principal *p, const char *s)
{
	size_t n = strlen(s ? s : "") + 1;
	uint16_t at = p->text_n;
	if (n > sizeof p->text - at)
		/* the first text is empty: never happens with what the columns can hold */
		return 0;
	memcpy(p->text + at, s ? s : "", n);
	p->text_n = (uint16_t)(at + n);
	return at;
}

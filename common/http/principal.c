/* principal: the authenticated caller of a request, with its rights and limits. */
#include "common/http/principal.h"

#include "common/base/text.h"

#include <assert.h>
#include <string.h>

static const char *const tier_names[] = {
	[TIER_STANDARD] = "standard", [TIER_PLUS] = "plus", [TIER_UNLIMITED] = "unlimited"};

const char *tier_name(enum tier tier)
{
	assert((unsigned)tier < sizeof tier_names / sizeof *tier_names);
	return tier_names[tier];
}

enum tier tier_by_name(const char *name)
{
	for (unsigned t = 0; name && t < sizeof tier_names / sizeof *tier_names; t++)
		if (strcmp(name, tier_names[t]) == 0)
			return t;
	return TIER_STANDARD;
}

/* "unlimited" is a number that no client reaches, so that the rate limit headers are always
 * numbers. */
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
	size_t n = strlen(text_or(s, "")) + 1;
	uint16_t at = p->text_n;
	assert(at <= sizeof p->text);
	if (n > sizeof p->text - at)
		/* offset of "": cannot happen, the columns are narrower in sum */
		return 0;
	memcpy(p->text + at, text_or(s, ""), n);
	p->text_n = (uint16_t)(at + n);
	return at;
}

/* formats: times, prices and counts as text for pages. */
#include "fcgi/public/formats.h"

#include "common/text/timezone.h"

#include <assert.h>
#include <string.h>

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"};
static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

char *day_text(struct arena *a, const char *zone, int64_t ms)
{
	struct civil c;
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	return arena_printf(a, "%s %d %s %d, %02d:%02d", days[civil_weekday(&c)], c.day,
		months[(c.month + 11) % 12], c.year, c.hour, c.minute);
}

char *clock_text(struct arena *a, const char *zone, int64_t ms)
{
	struct civil c;
	int ahead;
	timezone_civil(zone, ms, &c, &ahead);
	return arena_printf(a, "%02d:%02d", c.hour, c.minute);
}

char *span_text(struct arena *a, const char *zone, int64_t from, struct val until)
{
	struct civil c, d;
	int ahead;
	char *begin = day_text(a, zone, from);
	if (until.type != VAL_TIME)
		return begin;
	timezone_civil(zone, from, &c, &ahead);
	timezone_civil(zone, until.i, &d, &ahead);
	bool same = c.year == d.year && c.month == d.month && c.day == d.day;
	return arena_printf(a, "%s \xe2\x80\x93 %s", begin,
		same ? clock_text(a, zone, until.i) : day_text(a, zone, until.i));
}

/* The signs of well-known currencies; others are shown by their code. */
static const struct {
	const char *code, *sign;
} signs[] = {
	{"PHP", "\xe2\x82\xb1"},
	{"USD", "$"},
	{"EUR", "\xe2\x82\xac"},
	{"GBP", "\xc2\xa3"},
	{"JPY", "\xc2\xa5"},
	{"KRW", "\xe2\x82\xa9"},
	{"INR", "\xe2\x82\xb9"},
	{"VND", "\xe2\x82\xab"},
	{"THB", "\xe0\xb8\xbf"},
	{"SGD", "S$"},
	{"HKD", "HK$"},
	{"AUD", "A$"},
	{"CAD", "CA$"},
	{"NZD", "NZ$"},
};

/* Currencies without a minor unit in use: decimals are shown only if they are not zero. */
static bool has_no_decimals(const char *currency)
{
	static const char *const codes[] = {
		"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF", NULL};
	for (const char *const *s = codes; *s; s++)
		if (strcmp(*s, currency) == 0)
			return true;
	return false;
}

char *count_text(struct arena *a, int64_t whole)
{
	assert(whole >= 0);
	char *digits = arena_printf(a, "%lld", (long long)whole),
	     *out = arena_alloc(a, 2 * strlen(digits) + 1), *to = out;
	for (size_t left = strlen(digits); left; left--) {
		*to++ = *digits++;
		if (left > 1 && left % 3 == 1)
			*to++ = ',';
	}
	return out;
}

char *price_text(struct arena *a, const char *currency, int64_t minor)
{
	const char *sign = arena_printf(a, "%s\xc2\xa0", currency);
	if (minor == 0)
		return arena_strdup(a, "Free");
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strcmp(signs[i].code, currency) == 0)
			sign = signs[i].sign;
	char *whole = count_text(a, minor / 100);
	if (minor % 100 == 0 && has_no_decimals(currency))
		return arena_printf(a, "%s%s", sign, whole);
	return arena_printf(a, "%s%s.%02d", sign, whole, (int)(minor % 100));
}

char *amount_text(struct arena *a, int64_t minor)
{
	return arena_printf(a, "%lld.%02d", (long long)(minor / 100), (int)(minor % 100));
}

char *title_case_word(struct arena *a, const char *constant)
{
	char *s = arena_strdup(a, text_or(constant, ""));
	for (char *c = s; *c; c++) {
		if (c != s && *c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
		if (*c == '_')
			*c = ' ';
	}
	return s;
}

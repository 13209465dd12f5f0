/* fuzz_time: a time read, printed and read again is the same time; any number prints as
 * text that reads. */
#include "tests/fuzz/fuzz.h"

#include "common/base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

static void check_round_trip(int64_t t)
{
	char text[TIME_TEXT + 1];
	struct civil c;
	int64_t again;

	time_print(t, text);
	demand(strlen(text) == TIME_TEXT);
	demand(time_parse(text, TIME_TEXT, &again) && again == t);
	civil_from_time(t, &c);
	demand(time_from_civil(&c) == t);
	demand(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 && c.hour >= 0 &&
		c.hour <= 23);
	demand(c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59 && c.ms >= 0 &&
		c.ms <= 999);
}

/* The first 8 bytes as a number: the days and months of any time at all must fit together. */
static void check_any_number(const uint8_t *data)
{
	char text[TIME_TEXT + 1];
	int64_t t, again;
	struct civil c;

	memcpy(&t, data, sizeof t);
	time_print(t, text);
	demand(time_parse(text, TIME_TEXT, &again));
	demand(again == (MIN(MAX(t, TIME_MIN), TIME_MAX)));
	/* The whole second below the very first times has no number. */
	if (t < INT64_MIN + 1000)
		return;
	civil_from_time(t, &c);
	demand(time_from_civil(&c) == t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t t = 42;

	if (time_parse((const char *)data, size, &t)) {
		demand(t >= TIME_MIN && t <= TIME_MAX);
		demand(size >= 17 && size <= 35);
		check_round_trip(t);
	} else {
		demand(t == 42);
	}
	if (size >= 8)
		check_any_number(data);
	return 0;
}

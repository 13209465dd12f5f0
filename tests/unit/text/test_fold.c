/* test_fold: letters without case, accents and compatibility forms. */
#include "common/text/fold.h"

#include "tests/unit/cases.h"

#include <string.h>

/* The text as folded: '.' for what is silent, '|' for a gap. */
static const char *folded(const char *text)
{
	static char out[400];
	size_t n = 0;
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		int32_t c[FOLD_MAX];
		size_t count;
		enum fold_class class = fold_next(&s, c, &count);
		assert_true((class == FOLD_WORD) == (count > 0) && count <= FOLD_MAX);
		if (class != FOLD_WORD)
			out[n++] = class == FOLD_GAP ? '|' : '.';
		for (size_t i = 0; i < count; i++)
			n += fold_put(c[i], out + n);
		assert_true(n < sizeof out - 4 * FOLD_MAX);
	}
	out[n] = '\0';
	return out;
}

static void letters(void **state)
{
	static const char *const rows[][2] = {
		{"Caf\xc3\xa9", "cafe"},
		{"Cafe\xcc\x81", "cafe."},
		{"Stra\xc3\x9f"
		 "e",
			"strasse"},
		{"\xc3\x86gir \xc3\x98st", "aegir|ost"},
		{"\xc5\x81\xc3\xb3"
		 "d\xc5\xba",
			"lodz"},
		{"Nh\xe1\xba\xa1"
		 "c Vi\xe1\xbb\x87t \xc4\x90\xc3\xaam",
			"nhac|viet|dem"},
		{"O\xe2\x80\x99Hara", "o.hara"},
		{"Rock\xe2\x80\x94Pop", "rock|pop"},
		{"\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\x91", "ab1"}, /* full-width AB1 */
		{"a\xc2\xad"
		 "b\xe2\x80\x8b"
		 "c",
			"a.b|c"}, /* soft hyphen, zero-width space */
		{"a\xe2\x80\x8c"
		 "b\xe2\x80\x8d"
		 "c\xe2\x81\xa0"
		 "d",
			"a.b.c.d"}, /* joiners */
		{"\xc2\xa0", "|"},
		{"\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1",
			"\xce\xb1\xce\xb8\xce\xb7\xce\xbd\xce\xb1"},
		{"\xff", "|"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(folded(rows[i][0]), rows[i][1]);
}

/* The longest folding there is fits. */
static void longest(void **state)
{
	(void)state;
	assert_true(strlen(folded("\xef\xb7\xba")) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(letters), cmocka_unit_test(longest)};
	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}

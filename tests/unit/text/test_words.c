/* test_words: texts as the words that search compares. */
#include "common/text/words.h"

#include "tests/unit/cases.h"

static char *joined(struct arena *a, const char *text, enum word_parts how)
{
	const char *words[20];
	size_t n = words_split(a, text, how, words, 20);
	char *out = arena_strdup(a, "");

	for (size_t i = 0; i < n; i++)
		out = arena_list(a, out, " ", words[i]);
	return out;
}

static void lines(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct cases c;

	(void)state;
	for (cases_open(&c, "words.txt"); cases_next(&c); arena_reset(a)) {
		const char *got = joined(a, c.field[1], WORDS_BOTH);
		if (strcmp(got, c.field[0]) != 0)
			case_fail(&c, "\"%s\" gives \"%s\"", c.field[1], got);
	}
	assert_string_equal(joined(a, "Rock’n’Roll Café", WORDS_SPLIT), "rock n roll cafe");
	assert_string_equal(joined(a, "Rock’n’Roll Café", WORDS_JOINED), "rocknroll cafe");
	assert_string_equal(joined(a, "東京ドーム", WORDS_JOINED), "東京ト\u3099ーム");
	assert_string_equal(joined(a, " ’ \xff … ", WORDS_BOTH), "");
	arena_free(a);
}

/* Long words are cut, and the longest folding there is (U+FDFA) fits at their end. */
static void longest(void **state)
{
	struct arena *a = arena_new(1 << 20);
	const char *words[2];
	char text[200];

	(void)state;
	memset(text, 'x', WORD_MAX - 1);
	strcpy(text + WORD_MAX - 1, "\xef\xb7\xba'y");
	assert_int_equal(words_split(a, text, WORDS_JOINED, words, 1), 1);
	assert_int_equal(strncmp(words[0], text, WORD_MAX - 1), 0);
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = 0;
	assert_int_equal(words_split(a, text, WORDS_SPLIT, words, 2), 1);
	assert_int_equal(strlen(words[0]), WORD_MAX);
	assert_int_equal(words_split(a, "a b c", WORDS_SPLIT, words, 2), 3);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(longest)};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}

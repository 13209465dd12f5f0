/* test_messages: the catalogue is complete in every language, and visitors get theirs. */
#include "common/messages/messages.h"

#include "tests/unit/cases.h"

/* Takes the next placeholder of a message; 0 at its end. A brace that is no placeholder fails. */
static size_t next_placeholder(const char **s, const char **name)
{
	*s += strcspn(*s, "{}");
	if (!**s)
		return 0;
	assert_int_equal(**s, '{');
	*name = *s + 1;
	size_t n = strspn(*name, "abcdefghijklmnopqrstuvwxyz");
	assert_true(n > 0 && (*name)[n] == '}');
	*s = *name + n + 1;
	return n;
}

static bool has_placeholder(const char *s, const char *wanted, size_t length)
{
	const char *name;

	for (size_t n; (n = next_placeholder(&s, &name));)
		if (n == length && memcmp(name, wanted, n) == 0)
			return true;
	return false;
}

/* Whether all placeholders of one message are in another. */
static bool covers(const char *other, const char *s)
{
	const char *name;

	for (size_t n; (n = next_placeholder(&s, &name));)
		if (!has_placeholder(other, name, n))
			return false;
	return true;
}

/* Each language has every message, with the placeholders that English has. */
static void complete(void **state)
{
	(void)state;
	for (unsigned l = 0; l < LANGUAGES; l++)
		for (unsigned id = 0; id < MESSAGES; id++) {
			const char *text = message(l, id), *english = message(LANGUAGE_EN, id);

			if (!text || !*text)
				fail_msg("%s: message %u after \"%s\" is missing", language_tag(l),
					id, text_or(message(l, id ? id - 1 : 0), ""));
			if (!covers(text, english) || !covers(english, text))
				fail_msg("%s: placeholders of \"%s\" differ from those of \"%s\"",
					language_tag(l), text, english);
			if (*text == ' ' || text[strlen(text) - 1] == ' ')
				fail_msg("%s: a blank around \"%s\"", language_tag(l), text);
		}
}

/* Both messages of a pair have the number, so that a language may use one for more than 1. */
static void counts(void **state)
{
	static const enum message_id pairs[] = {
		MSG_SECONDS_ONE, MSG_MINUTES_ONE, MSG_TICKET_COUNT_ONE, MSG_ERROR_RETRY_IN_ONE};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		for (unsigned l = 0; l < LANGUAGES; l++) {
			assert_true(has_placeholder(message(l, pairs[i]), "count", 5));
			assert_true(has_placeholder(message(l, pairs[i] + 1), "count", 5));
		}
	assert_int_equal(message_for_count(MSG_SECONDS_ONE, 0), MSG_SECONDS_OTHER);
	assert_int_equal(message_for_count(MSG_SECONDS_ONE, 1), MSG_SECONDS_ONE);
	assert_int_equal(message_for_count(MSG_SECONDS_ONE, 21), MSG_SECONDS_OTHER);
	assert_int_equal(message_for_count(MSG_SECONDS_ONE, -1), MSG_SECONDS_OTHER);
}

static void chosen(void **state)
{
	static const struct {
		const char *accept, *chosen, *tag;
	} rows[] = {
		{NULL, NULL, "en"},
		{"", "", "en"},
		{"fil", NULL, "fil"},
		{"FIL-ph", NULL, "fil"},
		{"tl-PH,tl;q=0.9", NULL, "fil"},
		{"fil-PH,fil;q=0.9,en-US;q=0.8,en;q=0.7", NULL, "fil"},
		{"en-PH,en;q=0.9,fil;q=0.8", NULL, "en"},
		{"de,fil;q=0.1", NULL, "fil"},
		{"de, fr;q=0.5", NULL, "en"},
		{"*", NULL, "en"},
		{"*, fil;q=0.5", NULL, "fil"},
		{"en;q=0.5, fil;q=0.5", NULL, "en"}, /* as good: the first of them */
		{"fil;q=0.5,en;q=0.5", NULL, "fil"},
		{"en ; q=0.5 ,\tfil\t;\tq=0.501", NULL, "fil"},
		{"en;q=0,fil;q=0.001", NULL, "fil"},
		{"fil;q=0", NULL, "en"},
		{"fil;q=0.000, de", NULL, "en"},
		{"en;q=0.9,fil;q=1.000", NULL, "fil"},
		{"en;q=0.1,fil;q=1.001", NULL, "en"}, /* malformed weights: not acceptable */
		{"en;q=0.1,fil;q=2", NULL, "en"},
		{"en;q=0.1,fil;q=", NULL, "en"},
		{"en;q=0.1,fil;q=.9", NULL, "en"},
		{"en;q=0.1,fil;q=09", NULL, "en"},
		{"en;q=0.1,fil;q=0.9999", NULL, "en"},
		{"en;q=0.1,fil;q=0.9x", NULL, "en"},
		{"en;q=0.1,fil;r=0.9", NULL, "en"},
		{"en;q=0.1,fil;q=0.", NULL, "en"},
		{"en;q=0.1,fil;Q=0.2", NULL, "fil"},
		{"filipino,fi,e,english,en-", NULL, "en"},
		{"filipino", NULL, "en"},
		{",,;q=1,fil", NULL, "fil"},
		{"fil", "en", "en"},
		{"en", "fil", "fil"},
		{"en", "FIL", "fil"},
		{"fil", "de", "fil"},
		{"fil", "", "fil"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *tag = language_tag(language_from(rows[i].accept, rows[i].chosen));

		if (strcmp(tag, rows[i].tag) != 0)
			fail_msg("%s, chosen %s: %s, not %s", text_or(rows[i].accept, "nothing"),
				text_or(rows[i].chosen, "nothing"), tag, rows[i].tag);
	}
	assert_true(language_known("fil-PH") && !language_known("de") && !language_known(NULL));
	assert_string_equal(language_name(LANGUAGE_FIL), "Filipino");
}

static void placeholders(void **state)
{
	static const struct message_value values[] = {
		{"name", "<b>\"O'Hara\" & {when}\r\nBcc: x"}, {"when", NULL}, {NULL, NULL}};
	struct arena *a = arena_new(1 << 16);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	message_expand(&out, "{name} <i> {when}{name", values, MESSAGE_TEXT);
	assert_string_equal(out.p, "<b>\"O'Hara\" & {when}  Bcc: x <i> {name");
	buf_clear(&out);
	message_expand(&out, "a & {name}", values, MESSAGE_HTML);
	assert_string_equal(out.p, "a &amp; &lt;b&gt;&quot;O&#39;Hara&quot; &amp; {when}\nBcc: x");
	buf_free(&out);
	assert_string_equal(message_text(a, LANGUAGE_EN, MSG_TICKETS_BY, "organizer", "{x}", NULL),
		"Tickets by {x}");
	assert_string_equal(message_text(a, LANGUAGE_EN, MSG_FREE, NULL), "Free");
	assert_string_equal(message_text(a, LANGUAGE_FIL,
				    message_for_count(MSG_TICKET_COUNT_ONE, 5), "count", "5", NULL),
		"5 na ticket");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(complete), cmocka_unit_test(counts),
		cmocka_unit_test(chosen), cmocka_unit_test(placeholders)};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}

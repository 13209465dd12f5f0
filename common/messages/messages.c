/* messages: the sentences that visitors read, in each language; see doc/languages.md. */
#include "common/messages/messages.h"

#include "common/base/text.h"
#include "common/text/html.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#define VALUES_MAX 8 /* placeholders of one message */
#define EXPANDED_MAX 1048576 /* bytes of a message with its values */

/* A language is one file with its table, and one row here. */
static const struct {
	const char *tag, *name;
	const char *alias; /* another tag that visitors send for it; NULL: none */
	const char *const *messages;
} languages[LANGUAGES] = {
	[LANGUAGE_EN] = {"en", "English", NULL, messages_en},
	[LANGUAGE_FIL] = {"fil", "Filipino", "tl", messages_fil},
};

const char *message(enum language l, enum message_id id)
{
	assert((unsigned)l < LANGUAGES && (unsigned)id < MESSAGES);
	return languages[l].messages[id];
}

enum message_id message_for_count(enum message_id one, int64_t n)
{
	return n == 1 ? one : one + 1;
}

const char *language_tag(enum language l)
{
	assert((unsigned)l < LANGUAGES);
	return languages[l].tag;
}

const char *language_name(enum language l)
{
	assert((unsigned)l < LANGUAGES);
	return languages[l].name;
}

/* ---- which language ---- */

/* Whether the first n bytes of a range are the tag, or the tag and more subtags: "fil-PH" is
 * Filipino, "filx" is not. */
static bool range_is(const char *range, size_t n, const char *tag)
{
	size_t k = tag ? strlen(tag) : 0;
	return k && n >= k && strncasecmp(range, tag, k) == 0 && (n == k || range[k] == '-');
}

/* The language of a range; LANGUAGES when there is no catalogue for it. */
static enum language language_of(const char *range, size_t n)
{
	for (size_t l = 0; l < LANGUAGES; l++)
		if (range_is(range, n, languages[l].tag) || range_is(range, n, languages[l].alias))
			return (enum language)l;
	return LANGUAGES;
}

/* A weight (RFC 9110 section 12.4.2) in thousandths, from the n bytes of the parameters of a
 * range; 1000 without one, 0 when it is malformed. */
static int weight(const char *s, size_t n)
{
	const char *end = s + n;
	int sum = 0, unit = 1000;
	while (s < end && strchr("; \t", *s))
		s++;
	if (s == end)
		return 1000;
	if (end - s < 3 || (*s != 'q' && *s != 'Q') || s[1] != '=')
		return 0;
	s += 2;
	if (*s != '0' && *s != '1')
		return 0;
	sum = (*s++ - '0') * unit;
	if (s < end && *s == '.')
		for (s++; s < end && unit > 1 && *s >= '0' && *s <= '9'; s++)
			sum += (*s - '0') * (unit /= 10);
	while (s < end && strchr(" \t", *s))
		s++;
	return s == end && sum <= 1000 ? sum : 0;
}

bool language_known(const char *chosen)
{
	return chosen && language_of(chosen, strlen(chosen)) != LANGUAGES;
}

enum language language_from(const char *accept_language, const char *chosen)
{
	enum language best = 0;
	int most = 0;
	if (language_known(chosen))
		return language_of(chosen, strlen(chosen));
	for (const char *s = text_or(accept_language, ""); *(s += strspn(s, ", \t"));) {
		size_t n = strcspn(s, ","), range = strcspn(s, ",; \t");
		enum language l = language_of(s, range);
		int q = weight(s + range, n - range);
		if (l != LANGUAGES && q > most) {
			best = l;
			most = q;
		}
		s += n;
	}
	return best;
}

/* ---- placeholders ---- */

static void put_escaped(struct buf *out, const char *s, size_t n, enum message_context context)
{
	switch (context) {
	case MESSAGE_HTML:
		html_escape(out, s, n);
		break;
	case MESSAGE_TEXT:
		for (size_t i = 0; i < n; i++)
			buf_putc(out, (unsigned char)s[i] < ' ' || s[i] == 0x7f ? ' ' : s[i]);
		break;
	}
}

static const char *value_of(const struct message_value *values, const char *name, size_t n)
{
	for (; values->name; values++)
		if (strlen(values->name) == n && memcmp(values->name, name, n) == 0)
			return text_or(values->value, "");
	return NULL;
}

void message_expand(struct buf *out, const char *text, const struct message_value *values,
	enum message_context context)
{
	while (*text) {
		size_t n = strcspn(text, "{");
		put_escaped(out, text, n, context);
		text += n;
		size_t end = strcspn(text, "}");
		if (!text[end]) {
			put_escaped(out, text, end, context);
			return;
		}
		const char *value = value_of(values, text + 1, end - 1);
		assert(value); /* the caller has forgotten a placeholder */
		if (value)
			put_escaped(out, value, strlen(value), context);
		else
			put_escaped(out, text, end + 1, context);
		text += end + 1;
	}
}

char *message_text(struct arena *a, enum language l, enum message_id id, ...)
{
	struct message_value values[VALUES_MAX + 1] = {{0}};
	/* static, because an arena that reaches its ceiling leaves this function by longjmp */
	static struct buf out = {.max = EXPANDED_MAX};
	const char *name;
	va_list ap;
	va_start(ap, id);
	for (size_t i = 0; i < VALUES_MAX && (name = va_arg(ap, const char *)); i++)
		values[i] = (struct message_value){name, va_arg(ap, const char *)};
	va_end(ap);
	buf_clear(&out);
	message_expand(&out, message(l, id), values, MESSAGE_TEXT);
	assert(!out.full);
	return arena_dup(a, text_or(out.p, ""), out.n);
}

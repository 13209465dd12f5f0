/* mime: writes the header fields and parts of a message (RFC 5322, 2045 to 2047, 2387, 2392). */
#include "cron/mail_send/mime.h"

#include "common/base/clock.h"
#include "common/base/utf8.h"
#include "common/text/timezone.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/param.h>

#define PLAIN_MAX 60 /* characters of a field's text that need no folding */
#define WORD_BYTES 45 /* of an encoded word: 60 characters of base64, 72 in all (at most 75) */
#define QP_LINE 75 /* characters of a line of quoted-printable before its soft line break */
#define BASE64_LINE 57 /* bytes of a line of base64: 76 characters */

/* ---- texts ---- */

/* Whether the character of k bytes ends a line or controls something: C0, DEL, C1, U+2028, U+2029.
 */
static bool is_control(const unsigned char *p, size_t k)
{
	if (k == 1)
		return *p < 0x20 || *p == 0x7f;
	if (k == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return k == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
}

/* The text on one line: controls and bytes that are not UTF-8 become spaces. */
static struct span one_line(struct arena *a, struct span text)
{
	char *out = arena_alloc(a, text.n + 1);
	const unsigned char *p = text.p;
	size_t n = 0;

	for (size_t at = 0, k; at < text.n; at += k) {
		k = utf8_length(p + at, text.n - at);
		if (k == 0 || is_control(p + at, k)) {
			k = MAX(k, 1);
			out[n++] = ' ';
			continue;
		}
		memcpy(out + n, p + at, k);
		n += k;
	}
	while (n && out[n - 1] == ' ')
		n--;
	return (struct span){out, n};
}

/* Whether it may stand in a header as it is: short ASCII that does not look like an encoded word.
 */
static bool is_plain(struct span text)
{
	const char *p = text.p;

	if (text.n > PLAIN_MAX || (text.n && *p == ' '))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)p[i] >= 0x7f ||
			(p[i] == '=' && i + 1 < text.n && p[i + 1] == '?'))
			return false;
	return true;
}

static void base64(struct buf *out, const unsigned char *p, size_t n)
{
	unsigned char text[BASE64_LINE / 3 * 4 + 1];

	assert(n <= BASE64_LINE);
	buf_put(out, text, (size_t)EVP_EncodeBlock(text, p, (int)n));
}

/* Encoded words (RFC 2047), each on a line of its own and of whole characters. */
static void encoded_words(struct buf *out, struct span text)
{
	const unsigned char *p = text.p;

	for (size_t at = 0, n; at < text.n; at += n) {
		n = 0;
		while (at + n < text.n) {
			size_t k = utf8_length(p + at + n, text.n - at - n);
			if (n + k > WORD_BYTES)
				break;
			n += k;
		}
		if (at > 0)
			buf_puts(out, "\r\n ");
		buf_puts(out, "=?UTF-8?B?");
		base64(out, p + at, n);
		buf_puts(out, "?=");
	}
}

void mime_text_field(struct buf *out, struct arena *a, const char *name, const char *text)
{
	struct span line = one_line(a, (struct span){text, strlen(text)});

	buf_printf(out, "%s: ", name);
	if (is_plain(line))
		buf_put(out, line.p, line.n);
	else
		encoded_words(out, line);
	buf_puts(out, "\r\n");
}

static void quoted_string(struct buf *out, struct span text)
{
	const char *p = text.p;

	buf_putc(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (p[i] == '"' || p[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, p[i]);
	}
	buf_putc(out, '"');
}

void mime_mailbox_field(struct buf *out, struct arena *a, const char *name, struct span display,
	const char *address)
{
	struct span line = one_line(a, display);

	buf_printf(out, "%s: ", name);
	if (line.n && is_plain(line))
		quoted_string(out, line);
	else if (line.n)
		encoded_words(out, line);
	/* on a line of its own, because both may be long */
	buf_printf(out, "%s<%s>\r\n", line.n ? "\r\n " : "", address);
}

void mime_date_field(struct buf *out, int64_t ms)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c;

	civil_from_time(ms, &c);
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[civil_weekday(&c)],
		c.day, months[(c.month + 11) % 12], c.year, c.hour, c.minute, c.second);
}

/* ---- bodies ---- */

/* Characters that stand for themselves; spaces do within a line. */
static bool is_literal(unsigned char c, bool last)
{
	if (c == ' ' || c == '\t')
		return !last;
	return c > ' ' && c < 0x7f && c != '=';
}

void mime_quoted_printable(struct buf *out, const char *p, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		bool literal = is_literal(c, i + 1 == n || p[i + 1] == '\n');
		size_t width = literal ? 1 : 3;
		if (c == '\n') {
			buf_puts(out, "\r\n");
			column = 0;
			continue;
		}
		if (column + width > QP_LINE) {
			buf_puts(out, "=\r\n");
			column = 0;
		}
		if (literal)
			buf_putc(out, (char)c);
		else
			buf_printf(out, "=%02X", c);
		column += width;
	}
	if (column)
		buf_puts(out, "\r\n");
}

void mime_base64(struct buf *out, const void *p, size_t n)
{
	for (size_t at = 0; at < n; at += BASE64_LINE) {
		base64(out, (const unsigned char *)p + at, MIN(n - at, BASE64_LINE));
		buf_puts(out, "\r\n");
	}
}

/* html: writes HTML or XML: closes the elements that it opened and escapes every text. */
#include "common/text/html.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* The replacement of a character, NULL when it is written as is. */
static const char *reference(unsigned char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
		return NULL;
	default:
		if (c < 0x20 || c == 0x7f)
			return "\xef\xbf\xbd";
		return NULL;
	}
}

/* Is s[0] the last byte of U+FFFE or U+FFFF, which XML does not allow (XML 1.0, section 2.2)? */
static bool ends_nonchar(const char *s, size_t before)
{
	return (unsigned char)*s >= 0xbe && before >= 2 && memcmp(s - 2, "\xef\xbf", 2) == 0;
}

void html_escape(struct buf *out, const char *s, size_t n)
{
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		const char *instead = reference((unsigned char)s[i]);
		if (!instead && ends_nonchar(s + i, i - from))
			instead = "\xbd";
		if (!instead)
			continue;
		buf_put(out, s + from, i - from);
		if (s[i] != '\r') /* CR LF and CR become LF */
			buf_puts(out, instead);
		else if (i + 1 == n || s[i + 1] != '\n')
			buf_putc(out, '\n');
		from = i + 1;
	}
	buf_put(out, s + from, n - from);
}

/* Void elements (HTML Living Standard, 13.1.2), as far as they are used. */
static bool is_void(const char *element)
{
	static const char *const names[] = {"br", "img", "input", "link", "meta", NULL};
	for (const char *const *s = names; *s; s++)
		if (strcmp(*s, element) == 0)
			return true;
	return false;
}

/* Ends the start tag that attributes were added to. */
static void end_tag(struct html *h)
{
	if (h->in_tag)
		buf_putc(h->out, '>');
	h->in_tag = false;
}

void html_start(struct html *h, struct buf *out)
{
	*h = (struct html){.out = out};
	buf_puts(out, "<!doctype html>\n");
}

void html_start_xml(struct html *h, struct buf *out)
{
	*h = (struct html){.out = out, .xml = true};
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
}

void html_open(struct html *h, const char *element)
{
	end_tag(h);
	if (h->n == HTML_DEPTH) { /* a caller's bug: an error is better than a broken page */
		h->out->full = true;
		return;
	}
	h->open[h->n++] = element;
	buf_putc(h->out, '<');
	buf_puts(h->out, element);
	h->in_tag = true;
}

void html_attr(struct html *h, const char *name, const char *value)
{
	if (!value || !h->in_tag)
		return;
	buf_putc(h->out, ' ');
	buf_puts(h->out, name);
	buf_puts(h->out, "=\"");
	html_escape(h->out, value, strlen(value));
	buf_putc(h->out, '"');
}

void html_flag(struct html *h, const char *name)
{
	buf_putc(h->out, ' ');
	buf_puts(h->out, name);
}

void html_link(struct html *h, const char *name, const char *url)
{
	bool path = url && (*url == '#' || *url == '?' || (*url == '/' && url[1] != '/'));
	if (path ||
		(url &&
			(strncasecmp(url, "https://", 8) == 0 ||
				strncasecmp(url, "http://", 7) == 0)))
		html_attr(h, name, url);
}

void html_close(struct html *h)
{
	bool empty = h->xml && h->in_tag;
	if (h->n && empty)
		buf_putc(h->out, '/');
	end_tag(h);
	if (!h->n)
		return;
	assert(h->n <= HTML_DEPTH);
	const char *element = h->open[--h->n];
	if (empty || (!h->xml && is_void(element)))
		return;
	buf_puts(h->out, "</");
	buf_puts(h->out, element);
	buf_putc(h->out, '>');
}

void html_close_all(struct html *h)
{
	while (h->n)
		html_close(h);
	buf_putc(h->out, '\n');
}

void html_text(struct html *h, const char *s)
{
	end_tag(h);
	if (s)
		html_escape(h->out, s, strlen(s));
}

void html_leaf(struct html *h, const char *element, const char *classes, const char *text)
{
	html_open(h, element);
	html_attr(h, "class", classes);
	html_text(h, text);
	html_close(h);
}

/* The number of spaces and line ends at s; *lines gets the number of line ends. */
static size_t blank(const char *s, size_t *lines)
{
	size_t n = strspn(s, " \t\r\n");
	*lines = 0;
	for (size_t i = 0; i < n; i++)
		*lines += s[i] == '\n' || (s[i] == '\r' && s[i + 1] != '\n');
	return n;
}

void html_paragraphs(struct html *h, const char *s)
{
	size_t lines;
	bool inside = false;
	for (s += blank(s, &lines); *s; s += blank(s, &lines)) {
		if (inside && lines > 1)
			html_close(h);
		if (!inside || lines > 1) {
			html_open(h, "p");
			html_attr(h, "dir", "auto");
		} else {
			html_open(h, "br");
			html_close(h);
		}
		inside = true;
		size_t n = strcspn(s, "\r\n");
		end_tag(h);
		html_escape(h->out, s, n);
		s += n;
	}
	if (inside)
		html_close(h);
}

void html_json(struct html *h, const char *json, size_t n)
{
	size_t from = 0;
	end_tag(h);
	for (size_t i = 0; i < n; i++) {
		/* U+2028 and U+2029 end a line in JavaScript before ES2019 */
		bool separator = i + 2 < n && memcmp(json + i, "\xe2\x80", 2) == 0 &&
			(json[i + 2] == '\xa8' || json[i + 2] == '\xa9');
		if (!separator && !strchr("<>&", json[i]))
			continue;
		buf_put(h->out, json + from, i - from);
		if (separator)
			buf_puts(h->out, json[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
		else
			buf_printf(h->out, "\\u%04x", (unsigned)json[i]);
		i += separator ? 2 : 0;
		from = i + 1;
	}
	buf_put(h->out, json + from, n - from);
}

/* html: writing HTML: elements are opened and closed here, and every text passes the one
 * function that escapes. */
#ifndef TG_TEXT_HTML_H
#define TG_TEXT_HTML_H

#include "common/base/buf.h"

#define HTML_DEPTH 32

/* Names of elements and attributes are constants of the program; values and texts may hold
 * anything. */
struct html {
	struct buf *out;
	const char *open[HTML_DEPTH];
	size_t n;
	bool in_tag; /* attributes may still come */
};

void html_start(struct html *h, struct buf *out); /* with the doctype */
void html_open(struct html *h, const char *element);
/* of the element opened last; NULL: nothing is written */
void html_attr(struct html *h, const char *name, const char *value);
/* an attribute without a value */
void html_flag(struct html *h, const char *name);
/* A URL as a value: http, https or a path. Others, such as javascript:, are not written. */
void html_link(struct html *h, const char *name, const char *url);
/* the element opened last; what can have no content gets no end tag */
void html_close(struct html *h);
void html_close_all(struct html *h);

void html_text(struct html *h, const char *s); /* NULL: nothing */
/* opened, filled, closed; classes may be NULL */
void html_leaf(struct html *h, const char *element, const char *classes, const char *text);
/* Text with blank lines between paragraphs: a <p> each, a <br> where a line ends. */
void html_paragraphs(struct html *h, const char *s);
/* JSON as the content of a <script>: the characters that HTML could take for markup become \u
 * escapes, which JSON reads as the same text. */
void html_json(struct html *h, const char *json, size_t n);

/* < > & " ' become references; control characters, which HTML does not allow, become U+FFFD. For
 * text and for attributes alike. */
void html_escape(struct buf *out, const char *s, size_t n);

#endif

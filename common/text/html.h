/* html: writes HTML or XML: closes the elements that it opened and escapes every text. */
#ifndef TG_TEXT_HTML_H
#define TG_TEXT_HTML_H

#include "common/base/buf.h"

#define HTML_DEPTH 32 /* open elements; one more sets out->full */

/* Names of elements and attributes are constants of the program and not escaped; values and texts
 * may contain anything. */
struct html {
	struct buf *out;
	const char *open[HTML_DEPTH]; /* names of the open elements, outermost first */
	size_t n; /* open elements */
	bool in_tag; /* the start tag is not closed yet: attributes may be added */
	bool xml; /* empty elements end with "/>"; no element is void */
};

void html_start(struct html *h, struct buf *out); /* writes the doctype */
void html_start_xml(struct html *h, struct buf *out); /* writes the XML declaration */
void html_open(struct html *h, const char *element);
/* Adds an attribute to the element just opened; a NULL value writes nothing. */
void html_attr(struct html *h, const char *name, const char *value);
/* Adds an attribute without a value. */
void html_flag(struct html *h, const char *name);
/* Adds a URL attribute if the URL is http, https, an absolute path, a query or a fragment. Others,
 * such as javascript:, are left out. */
void html_link(struct html *h, const char *name, const char *url);
/* Closes the innermost element; void elements get no end tag. */
void html_close(struct html *h);
void html_close_all(struct html *h);

void html_text(struct html *h, const char *s); /* NULL: nothing */
/* An element with text only; classes may be NULL. */
void html_leaf(struct html *h, const char *element, const char *classes, const char *text);
/* Plain text as HTML: a <p> per paragraph (separated by blank lines), a <br> per line end. Each
 * paragraph has the direction of its script. */
void html_paragraphs(struct html *h, const char *s);
/* JSON as the content of a <script>: characters that HTML could take for markup become \u escapes,
 * which are equivalent in JSON. */
void html_json(struct html *h, const char *json, size_t n);

/* Escapes n bytes of text or of an attribute's value: < > & " ' become character references,
 * control characters and noncharacters that HTML or XML do not allow become U+FFFD. */
void html_escape(struct buf *out, const char *s, size_t n);

#endif

/* page_head: the head of event pages: metadata for browsers, search engines and link previews. */
#ifndef TG_PUBLIC_PAGE_HEAD_H
#define TG_PUBLIC_PAGE_HEAD_H

#include "fcgi/public/event.h"
#include "common/text/html.h"

/* Starts a page in the response's body: the doctype, the open <html>, and the whole <head>. `s`
 * NULL: an error page with this `title`. */
void page_head_write(
	struct req *r, struct html *h, const struct public_event *s, const char *title);
/* Adds the response headers of every page, including error pages: content type, CSP, referrer
 * policy. */
void page_head_headers(struct req *r);

/* The venue on one line, in the arena: "Araneta Coliseum, Aurora Boulevard, Quezon City"; NULL when
 * the event has no venue. */
char *venue_text(struct req *r, const struct public_event *s);

#endif

/* page_head: what an event's page says to those who do not look at it: browsers, search engines,
 * previews of links. */
#ifndef TG_PUBLIC_PAGE_HEAD_H
#define TG_PUBLIC_PAGE_HEAD_H

#include "fcgi/public/event.h"
#include "common/text/html.h"

/* The doctype, <html> opened, and the whole <head>. `s` NULL: a page that says that something is
 * wrong, called `title`. */
void page_head_write(
	struct req *r, struct html *h, const struct public_event *s, const char *title);
/* The headers of every page, error or not. */
void page_head_headers(struct req *r);

/* "Araneta Coliseum, Aurora Boulevard, Quezon City"; NULL when the event has no venue. */
char *venue_text(struct req *r, const struct public_event *s);

#endif

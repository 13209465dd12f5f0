/* page_head: the head of pages: metadata for browsers, search engines and link previews. */
#ifndef TG_PUBLIC_PAGE_HEAD_H
#define TG_PUBLIC_PAGE_HEAD_H

#include "common/api/module.h"
#include "common/text/html.h"

/* Scope and flags of the routes of pages and of their calendars and feeds. */
#define PAGE_ROUTE SCOPE_PUBLIC, ROUTE_READ | ROUTE_CACHEABLE | ROUTE_PAGE

/* What the head of a page says. Texts may be NULL where it is said. */
struct page_meta {
	const char *title; /* of the browser's tab */
	const char *url; /* of the page; a path when public_url is not set; NULL: an error page */
	const char *name, *organizer; /* of link previews, as the next two */
	const char *description; /* NULL: none */
	const char *image; /* URL; NULL: none */
	bool hidden; /* must not be indexed by search engines */
	bool secret; /* its address is a credential: no other site gets to know it */
};

/* Starts a page: the response headers (content type, content security policy, referrer policy), in
 * the body the doctype, the open <html> and the open <head> with all that every page has. */
void page_head_begin(struct req *r, struct html *h, const struct page_meta *m);
/* Adds a module script to the head. */
void page_head_script(struct req *r, struct html *h, const char *path);
/* Adds a <link> to the head. */
void page_head_link(struct html *h, const char *rel, const char *url);

/* The path of a static file of the suite, in the arena. */
char *page_asset(const struct req *r, const char *path);

#endif

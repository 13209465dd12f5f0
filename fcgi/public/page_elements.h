/* page_elements: elements that several pages are made of. */
#ifndef TG_PUBLIC_PAGE_ELEMENTS_H
#define TG_PUBLIC_PAGE_ELEMENTS_H

#include "common/http/request.h"
#include "common/text/html.h"

#include <stdint.h>

/* A sentence in the language of the page. */
const char *page_message(struct req *r, enum message_id id);

/* `classes` may be NULL everywhere. */

/* Opens a section, with a heading unless `title` is NULL. `name` is its class, and its id for links
 * to it. */
void page_section(struct html *h, const char *name, const char *title);
/* An image; only https URLs, because the page's content security policy blocks others. */
void page_picture(struct html *h, const char *classes, const char *url, const char *alt);
/* An element with a text of the organizer's, which may be written from right to left. */
void page_own_words(struct html *h, const char *element, const char *classes, const char *text);
/* A link; external ones do not give the target access to this page. */
void page_anchor(struct html *h, const char *classes, const char *url, const char *text);
/* Open and close a name with its value in a <dl class="facts">. */
void page_begin_fact(struct html *h, const char *name);
void page_end_fact(struct html *h);
/* A time (ms) as <time>, shown as `text`. */
void page_time(struct html *h, const char *zone, int64_t at, const char *text);

/* When and where an event is, as facts: its row has startsAt, endsAt and columns EVENT_VENUE. */
void page_when_and_where(struct req *r, struct html *h, const struct rows *event, const char *zone);

/* The URL of the map of a row with columns EVENT_VENUE, in the arena: at the venue's coordinates,
 * or a search for its name and address where they are not known; NULL without a venue. */
const char *page_map_url(const struct req *r, const struct rows *row);

void page_begin_body(struct html *h);
/* With links to the page in each of the other languages. */
void page_footer(struct req *r, struct html *h, const char *text);

#endif

/* page_elements: elements that several pages are made of. */
#ifndef TG_PUBLIC_PAGE_ELEMENTS_H
#define TG_PUBLIC_PAGE_ELEMENTS_H

#include "common/text/html.h"

#include <stdint.h>

/* `classes` may be NULL everywhere. */

/* Opens a section, with a heading unless `title` is NULL. */
void page_section(struct html *h, const char *classes, const char *title);
/* An image; only https URLs, because the page's content security policy blocks others. */
void page_picture(struct html *h, const char *classes, const char *url, const char *alt);
/* An element with a text of the organizer's, which may be written from right to left. */
void page_own_words(struct html *h, const char *element, const char *classes, const char *text);
/* A link; external ones do not give the target access to this page. */
void page_anchor(struct html *h, const char *classes, const char *url, const char *text);
/* A time (ms) as <time>, shown as `text`. */
void page_time(struct html *h, const char *zone, int64_t at, const char *text);

void page_begin_body(struct html *h);
void page_footer(struct html *h, const char *text);

#endif

/* page_elements: elements that several pages are made of. */
#include "fcgi/public/page_elements.h"

#include "common/text/timezone.h"

#include <strings.h>

void page_section(struct html *h, const char *classes, const char *title)
{
	html_open(h, "section");
	html_attr(h, "class", classes);
	if (title)
		html_leaf(h, "h2", NULL, title);
}

void page_picture(struct html *h, const char *classes, const char *url, const char *alt)
{
	if (!url || strncasecmp(url, "https://", 8) != 0)
		return;
	html_open(h, "img");
	html_attr(h, "class", classes);
	html_link(h, "src", url);
	html_attr(h, "alt", alt);
	html_close(h);
}

void page_own_words(struct html *h, const char *element, const char *classes, const char *text)
{
	html_open(h, element);
	html_attr(h, "class", classes);
	html_attr(h, "dir", "auto");
	html_text(h, text);
	html_close(h);
}

void page_anchor(struct html *h, const char *classes, const char *url, const char *text)
{
	html_open(h, "a");
	html_attr(h, "class", classes);
	html_link(h, "href", url);
	if (url && *url == 'h')
		html_attr(h, "rel", "noopener noreferrer");
	html_text(h, text);
	html_close(h);
}

void page_time(struct html *h, const char *zone, int64_t at, const char *text)
{
	char machine[ZONE_TEXT + 1];
	timezone_print(zone, at, machine);
	html_open(h, "time");
	html_attr(h, "datetime", machine);
	html_text(h, text);
	html_close(h);
}

void page_begin_body(struct html *h)
{
	html_open(h, "body");
	html_attr(h, "class", "event-page");
}

void page_footer(struct html *h, const char *text)
{
	html_open(h, "footer");
	html_leaf(h, "p", NULL, text);
	html_close(h);
}

/* page_elements: elements that several pages are made of. */
#include "fcgi/public/page_elements.h"

#include "common/messages/formats.h"
#include "common/text/timezone.h"

#include <string.h>
#include <strings.h>

const char *page_message(struct req *r, enum message_id id)
{
	return message(req_language(r), id);
}

void page_section(struct html *h, const char *name, const char *title)
{
	html_open(h, "section");
	html_attr(h, "id", name);
	html_attr(h, "class", name);
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

void page_begin_fact(struct html *h, const char *name)
{
	html_open(h, "div");
	html_leaf(h, "dt", NULL, name);
	html_open(h, "dd");
}

void page_end_fact(struct html *h)
{
	html_close(h);
	html_close(h);
}

void page_when_and_where(struct req *r, struct html *h, const struct rows *event, const char *zone)
{
	int64_t starts = rows_int(event, 0, "startsAt");
	const char *place = venue_text(r->arena, event, 0);
	page_begin_fact(h, page_message(r, MSG_WHEN));
	page_time(h, zone, starts,
		span_text(r->arena, req_language(r), zone, starts, rows_get(event, 0, "endsAt")));
	html_text(h, " ");
	html_leaf(h, "span", "zone", zone);
	page_end_fact(h);
	if (!place)
		return;
	page_begin_fact(h, page_message(r, MSG_WHERE));
	html_text(h, place);
	page_end_fact(h);
}

/* The text as a value in the query of a URL (RFC 3986, section 2). */
static const char *query_value(struct arena *a, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~",
			  digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(a, 3 * strlen(s) + 1), *to = out;
	for (; *s; s++)
		if (strchr(plain, *s)) {
			*to++ = *s;
		} else {
			*to++ = '%';
			*to++ = digits[(unsigned char)*s >> 4];
			*to++ = digits[*s & 15];
		}
	*to = '\0';
	return out;
}

const char *page_map_url(const struct req *r, const struct rows *row)
{
	struct val latitude = rows_get(row, 0, "venue_latitude"),
		   longitude = rows_get(row, 0, "venue_longitude");
	if (latitude.type == VAL_TEXT && longitude.type == VAL_TEXT)
		return arena_printf(r->arena,
			"https://www.openstreetmap.org/?mlat=%s&mlon=%s#map=17/%s/%s", latitude.s,
			longitude.s, latitude.s, longitude.s);
	const char *place = venue_text(r->arena, row, 0);
	return place ? arena_printf(r->arena, "https://www.openstreetmap.org/search?query=%s",
			       query_value(r->arena, place))
		     : NULL;
}

void page_begin_body(struct html *h)
{
	html_open(h, "body");
	html_attr(h, "class", "event-page");
}

/* A link to the page in one language, by the language's own name; htdocs/event/language.js
 * remembers which one was followed. */
static void language_link(struct req *r, struct html *h, enum language l)
{
	const char *tag = language_tag(l);
	html_open(h, "a");
	html_link(h, "href", arena_printf(r->arena, "?lang=%s", tag));
	html_attr(h, "lang", tag);
	html_attr(h, "hreflang", tag);
	html_attr(h, "aria-current", l == req_language(r) ? "true" : NULL);
	html_text(h, language_name(l));
	html_close(h);
}

void page_footer(struct req *r, struct html *h, const char *text)
{
	html_open(h, "footer");
	html_leaf(h, "p", NULL, text);
	html_open(h, "nav");
	html_attr(h, "class", "languages");
	html_attr(h, "aria-label", page_message(r, MSG_LANGUAGE));
	for (enum language l = 0; l < LANGUAGES; l++)
		language_link(r, h, l);
	html_close(h);
	html_close(h);
}

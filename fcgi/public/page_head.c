/* page_head: the head of event pages: metadata for browsers, search engines and link previews. */
#include "fcgi/public/page_head.h"

#include "fcgi/public/tenant.h"
#include "fcgi/public/formats.h"
#include "common/http/response.h"
#include "common/base/utf8.h"
#include "common/text/timezone.h"

#include <string.h>
#include <sys/param.h>

#define BLURB 200 /* characters of the description in link previews */
#define LEARNED 5000 /* characters of the description in the schema.org data */

/* Scripts and styles only from this host, images from any https host, no inline code. */
#define POLICY                                                                             \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; " \
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';" \
	" require-trusted-types-for 'script'; trusted-types 'none'"

void page_head_headers(struct req *r)
{
	response_header(r, "Content-Type", "text/html; charset=utf-8");
	response_header(r, "Content-Security-Policy", POLICY);
	response_header(r, "Referrer-Policy", "same-origin");
}

/* The modules that page.js needs to begin, imported directly or not: requested at once instead of
 * one level of imports after the other. */
static const char *const modules[] = {
	"/dashboard/api.js",
	"/dashboard/dom.js",
	"/dashboard/format.js",
	"/currencies.js",
	"/event/date-format.js",
	"/event/public-api.js",
	"/event/stepper.js",
	"/event/ticket-picker.js",
};

/* The path of a static file of the suite. */
static char *asset(const struct req *r, const char *path)
{
	return arena_printf(r->arena, "%s%s", r->app->conf ? r->app->conf->base_path : "", path);
}

/* The first `most` characters of a text on one line, cut between words if possible, with an
 * ellipsis if anything was cut. */
static char *shorten(struct arena *a, const char *s, size_t most)
{
	char *out = arena_alloc(a, strlen(s) + 4), *to = out, *word = NULL;
	size_t n = 0;
	for (size_t left = strlen(s), k; left && n < most; s += k, left -= k, n++) {
		k = utf8_length((const unsigned char *)s, left);
		k = MAX(k, 1);
		if ((unsigned char)*s > ' ') {
			memcpy(to, s, k);
			to += k;
		} else if (to != out && to[-1] != ' ') {
			word = to;
			*to++ = ' ';
		}
	}
	while (to != out && to[-1] == ' ')
		to--;
	if (!*(s + strspn(s, " \t\r\n"))) {
		*to = 0;
		return out;
	}
	to = word && word > out + most / 2 ? word : to;
	memcpy(to, "\xe2\x80\xa6", 4);
	return out;
}

char *venue_text(struct req *r, const struct public_event *s)
{
	static const char *const parts[] = {"venue_name", "venue_address", "venue_city"};
	char *out = NULL;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *part = rows_text(&s->event, 0, parts[i]);
		if (part && *part)
			out = arena_list(r->arena, out, ", ", part);
	}
	return out;
}

/* The text of link previews: the description, or time and place without one. */
static char *blurb(struct req *r, const struct public_event *s)
{
	const char *text = rows_text(&s->event, 0, "description");
	char *when = span_text(r->arena, s->zone, rows_int(&s->event, 0, "startsAt"),
		     rows_get(&s->event, 0, "endsAt")),
	     *where = venue_text(r, s);
	if (text && text[strspn(text, " \t\r\n")])
		return shorten(r->arena, text, BLURB);
	return shorten(r->arena,
		arena_printf(r->arena, "%s%s%s", when, where ? ", " : "", text_or(where, "")),
		BLURB);
}

static void meta(struct html *h, const char *kind, const char *name, const char *content)
{
	if (!content)
		return;
	html_open(h, "meta");
	html_attr(h, kind, name);
	html_attr(h, "content", content);
	html_close(h);
}

static void link_to(struct html *h, const char *rel, const char *url)
{
	html_open(h, "link");
	html_attr(h, "rel", rel);
	html_link(h, "href", url);
	html_close(h);
}

/* Open Graph metadata (https://ogp.me/) and the Twitter card. URLs are included only if they are
 * absolute. */
static void preview(struct html *h, const struct public_event *s, const char *words)
{
	const struct rows *e = &s->event;
	const char *image = rows_text(e, 0, "imageUrl");
	meta(h, "name", "description", words);
	if (*s->url != '/') {
		link_to(h, "canonical", s->url);
		meta(h, "property", "og:url", s->url);
	}
	meta(h, "property", "og:type", "website");
	meta(h, "property", "og:site_name", rows_text(e, 0, "organization.name"));
	meta(h, "property", "og:title", rows_text(e, 0, "name"));
	meta(h, "property", "og:description", words);
	meta(h, "property", "og:image", image);
	meta(h, "name", "twitter:card", image ? "summary_large_image" : "summary");
}

/* The venue as schema.org/Place, with an address and, if known, coordinates. */
static void ld_place(struct json *j, const struct rows *e)
{
	struct val latitude = rows_get(e, 0, "venue_latitude"),
		   longitude = rows_get(e, 0, "venue_longitude");
	write_object(j, "location");
	write_text(j, "@type", "Place");
	write_text(j, "name", rows_text(e, 0, "venue_name"));
	write_object(j, "address");
	write_text(j, "@type", "PostalAddress");
	static const char *const parts[][2] = {{"streetAddress", "venue_address"},
		{"addressLocality", "venue_city"}, {"addressRegion", "venue_region"},
		{"postalCode", "venue_postalCode"}, {"addressCountry", "venue_country"}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (rows_text(e, 0, parts[i][1]))
			write_text(j, parts[i][0], rows_text(e, 0, parts[i][1]));
	write_end_object(j);
	if (latitude.type == VAL_TEXT && longitude.type == VAL_TEXT) {
		write_object(j, "geo");
		write_text(j, "@type", "GeoCoordinates");
		write_raw(j, "latitude", latitude.s, latitude.n);
		write_raw(j, "longitude", longitude.s, longitude.n);
		write_end_object(j);
	}
	write_end_object(j);
}

/* Search engines require a location: without a venue it is the organizer's, still unknown. */
static void ld_organizer_place(struct json *j, const struct rows *e)
{
	write_object(j, "location");
	write_text(j, "@type", "Place");
	write_text(j, "name", rows_text(e, 0, "organization.name"));
	write_text(j, "address", "To be announced");
	write_end_object(j);
}

static void ld_time(struct json *j, const char *name, const char *zone, struct val v)
{
	char text[ZONE_TEXT + 1];
	if (v.type != VAL_TIME)
		return;
	timezone_print(zone, v.i, text);
	write_text(j, name, text);
}

/* The schema.org value of a sale state. */
static const char *availability(const char *state)
{
	if (strcmp(state, "ON_SALE") == 0)
		return "https://schema.org/InStock";
	if (strcmp(state, "NOT_YET") == 0)
		return "https://schema.org/PreOrder";
	if (strcmp(state, "SOLD_OUT") == 0)
		return "https://schema.org/SoldOut";
	return "https://schema.org/OutOfStock";
}

/* One offer for each ticket type; the price includes the buyer's fee. */
static void ld_offers(struct req *r, struct json *j, const struct public_event *s)
{
	const struct rows *t = &s->inner.rows[SHOWING_TICKETS];
	write_array(j, "offers");
	for (size_t i = 0; i < t->n; i++) {
		struct val start = rows_get(t, i, "salesStart");
		write_object(j, NULL);
		write_text(j, "@type", "Offer");
		write_text(j, "name", rows_text(t, i, "name"));
		write_text(j, "price",
			amount_text(r->arena, s->currency,
				rows_int(t, i, "price") + rows_int(t, i, "fee")));
		write_text(j, "priceCurrency", s->currency);
		write_text(j, "availability", availability(rows_text(t, i, "state")));
		ld_time(j, "validFrom", s->zone,
			start.type == VAL_TIME ? start : rows_get(&s->event, 0, "publishedAt"));
		ld_time(j, "validThrough", s->zone, rows_get(t, i, "salesEnd"));
		if (*s->url != '/')
			write_text(j, "url", s->url);
		write_end_object(j);
	}
	write_end_array(j);
}

static void ld_people(struct json *j, const struct public_event *s)
{
	const struct rows *p = &s->inner.rows[SHOWING_PERFORMERS];
	if (p->n)
		write_array(j, "performer");
	for (size_t i = 0; i < p->n; i++) {
		write_object(j, NULL);
		write_text(j, "@type", "PerformingGroup");
		write_text(j, "name", rows_text(p, i, "name"));
		write_end_object(j);
	}
	if (p->n)
		write_end_array(j);
	write_object(j, "organizer");
	write_text(j, "@type", "Organization");
	write_text(j, "name", rows_text(&s->event, 0, "organization.name"));
	write_end_object(j);
}

/* Structured data as JSON-LD (https://schema.org/Event), with the properties that search engines
 * require. */
static void structured_data(struct req *r, struct html *h, const struct public_event *s)
{
	/* static, because an arena that reaches its ceiling leaves this function by longjmp */
	static struct buf out = {.max = 1 << 20};
	struct json j;
	const struct rows *e = &s->event;
	const char *description = rows_text(e, 0, "description");
	buf_clear(&out);
	write_start(&j, &out);
	write_object(&j, NULL);
	write_text(&j, "@context", "https://schema.org");
	write_text(&j, "@type", "Event");
	write_text(&j, "name", rows_text(e, 0, "name"));
	ld_time(&j, "startDate", s->zone, rows_get(e, 0, "startsAt"));
	ld_time(&j, "endDate", s->zone, rows_get(e, 0, "endsAt"));
	write_text(&j, "eventStatus", "https://schema.org/EventScheduled");
	if (val_is_set(rows_get(e, 0, "venue_id"))) {
		write_text(
			&j, "eventAttendanceMode", "https://schema.org/OfflineEventAttendanceMode");
		ld_place(&j, e);
	} else {
		ld_organizer_place(&j, e);
	}
	if (rows_text(e, 0, "imageUrl"))
		write_text(&j, "image", rows_text(e, 0, "imageUrl"));
	if (description && *description)
		write_text(&j, "description", shorten(r->arena, description, LEARNED));
	if (*s->url != '/')
		write_text(&j, "url", s->url);
	ld_offers(r, &j, s);
	ld_people(&j, s);
	write_end_object(&j);
	h->out->full = h->out->full || out.full;
	html_open(h, "script");
	html_attr(h, "type", "application/ld+json");
	html_json(h, out.p, out.n);
	html_close(h);
}

static void script(struct req *r, struct html *h, const char *path)
{
	html_open(h, "script");
	html_attr(h, "type", "module");
	html_link(h, "src", asset(r, path));
	html_close(h);
}

/* Two scripts: the first requests the tickets before all modules of the second are there. */
static void scripts(struct req *r, struct html *h)
{
	script(r, h, "/event/first-read.js");
	script(r, h, "/event/page.js");
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
		link_to(h, "modulepreload", asset(r, modules[i]));
}

void page_head_write(struct req *r, struct html *h, const struct public_event *s, const char *title)
{
	html_start(h, r->response.body);
	html_open(h, "html");
	html_attr(h, "lang", "en");
	html_open(h, "head");
	html_open(h, "meta");
	html_attr(h, "charset", "utf-8");
	html_close(h);
	meta(h, "name", "viewport", "width=device-width, initial-scale=1");
	meta(h, "name", "color-scheme", "light dark");
	html_leaf(h, "title", NULL,
		s ? arena_printf(r->arena, "%s \xc2\xb7 %s", rows_text(&s->event, 0, "name"),
			    rows_text(&s->event, 0, "organization.name"))
		  : title);
	if (!s || s->hidden)
		meta(h, "name", "robots", "noindex, nofollow");
	if (s)
		preview(h, s, blurb(r, s));
	link_to(h, "icon", asset(r, "/icon.svg"));
	link_to(h, "stylesheet", asset(r, "/style.css"));
	link_to(h, "stylesheet", asset(r, "/event/page.css"));
	if (s)
		scripts(r, h);
	if (s && !s->hidden)
		structured_data(r, h, s);
	html_close(h);
	if (s && s->hidden)
		response_header(r, "X-Robots-Tag", "noindex, nofollow");
}

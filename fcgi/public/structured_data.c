/* structured_data: an event for search engines, as JSON-LD. */
#include "fcgi/public/structured_data.h"

#include "common/messages/formats.h"
#include "common/text/json_writer.h"
#include "common/text/timezone.h"

#include <string.h>

#define LEARNED 5000 /* characters of the description */

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
static void ld_organizer_place(struct req *r, struct json *j, const struct rows *e)
{
	write_object(j, "location");
	write_text(j, "@type", "Place");
	write_text(j, "name", rows_text(e, 0, "organization.name"));
	write_text(j, "address", message(req_language(r), MSG_TO_BE_ANNOUNCED));
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

void structured_data_write(struct req *r, struct html *h, const struct public_event *s)
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
		ld_organizer_place(r, &j, e);
	}
	if (rows_text(e, 0, "imageUrl"))
		write_text(&j, "image", rows_text(e, 0, "imageUrl"));
	if (description && *description)
		write_text(&j, "description", shorten_text(r->arena, description, LEARNED));
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

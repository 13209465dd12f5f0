/* event_sections: the sections of the event page below the tickets. */
#include "fcgi/public/event_sections.h"

#include "common/messages/formats.h"
#include "common/text/json_writer.h"
#include "fcgi/public/page_elements.h"

#include <string.h>

static void about(struct req *r, struct html *h, const struct public_event *s)
{
	const char *text = rows_text(&s->event, 0, "description");
	if (!text || !text[strspn(text, " \t\r\n")])
		return;
	page_section(h, "about", page_message(r, MSG_ABOUT));
	html_paragraphs(h, text);
	html_close(h);
}

/* The additional images, from the JSON array of their URLs. */
static void gallery(struct req *r, struct html *h, const struct public_event *s)
{
	char why[JSON_WHY];
	const char *text = rows_text(&s->event, 0, "galleryUrls");
	struct json_object *list =
		text ? json_read(text, strlen(text), JSON_VALUES_MAX, why) : NULL;
	size_t n = list && json_object_is_type(list, json_type_array)
		? json_object_array_length(list)
		: 0;
	if (n)
		page_section(h, "gallery", page_message(r, MSG_PICTURES));
	for (size_t i = 0; i < n; i++)
		page_picture(
			h, NULL, json_object_get_string(json_object_array_get_idx(list, i)), "");
	if (n)
		html_close(h);
	if (list)
		json_object_put(list);
}

static void schedule_of(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *p = &s->inner.rows[SHOWING_SCHEDULES];
	if (!p->n)
		return;
	page_section(h, "schedule", page_message(r, MSG_SCHEDULE));
	html_open(h, "ol");
	for (size_t i = 0; i < p->n; i++) {
		int64_t starts = rows_int(p, i, "startsAt");
		const char *text = rows_text(p, i, "description");
		html_open(h, "li");
		page_time(h, s->zone, starts,
			span_text(r->arena, req_language(r), s->zone, starts,
				rows_get(p, i, "endsAt")));
		page_own_words(h, "h3", NULL, rows_text(p, i, "title"));
		if (rows_text(p, i, "stage"))
			page_own_words(h, "p", "stage", rows_text(p, i, "stage"));
		if (text)
			html_paragraphs(h, text);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

/* What a performer or brand is, by the API's constant. */
static const char *role_text(struct req *r, const char *role)
{
	static const struct {
		const char *role;
		enum message_id text;
	} roles[] = {
		{"HEADLINER", MSG_ROLE_HEADLINER},
		{"SUPPORT", MSG_ROLE_SUPPORT},
		{"HOST", MSG_ROLE_HOST},
		{"SPEAKER", MSG_ROLE_SPEAKER},
		{"PRESENTER", MSG_ROLE_PRESENTER},
		{"ORGANIZER", MSG_ROLE_ORGANIZER},
		{"SPONSOR", MSG_ROLE_SPONSOR},
		{"PARTNER", MSG_ROLE_PARTNER},
		{"MEDIA", MSG_ROLE_MEDIA},
	};
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(role, roles[i].role) == 0)
			return page_message(r, roles[i].text);
	return role;
}

static void performers(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *p = &s->inner.rows[SHOWING_PERFORMERS];
	if (!p->n)
		return;
	page_section(h, "performers", page_message(r, MSG_LINE_UP));
	html_open(h, "ul");
	for (size_t i = 0; i < p->n; i++) {
		const char *role = rows_text(p, i, "role"), *bio = rows_text(p, i, "bio");
		html_open(h, "li");
		page_picture(h, NULL, rows_text(p, i, "imageUrl"), "");
		page_own_words(h, "h3", NULL, rows_text(p, i, "name"));
		if (role && strcmp(role, "OTHER") != 0)
			html_leaf(h, "p", "role", role_text(r, role));
		if (bio)
			html_paragraphs(h, bio);
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

/* Name and address, and a link to OpenStreetMap. */
static void venue_of(struct req *r, struct html *h, const struct public_event *s)
{
	static const char *const lines[] = {"venue_address", "venue_city", "venue_region"};
	const struct rows *e = &s->event;
	if (!val_is_set(rows_get(e, 0, "venue_id")))
		return;
	page_section(h, "venue", page_message(r, MSG_VENUE));
	page_own_words(h, "p", "name", rows_text(e, 0, "venue_name"));
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (rows_text(e, 0, lines[i]))
			page_own_words(h, "p", NULL, rows_text(e, 0, lines[i]));
	const char *map = page_map_url(r, e);
	if (map) {
		html_open(h, "p");
		page_anchor(h, NULL, map, page_message(r, MSG_OPEN_MAP));
		html_close(h);
	}
	html_close(h);
}

static void brands(struct req *r, struct html *h, const struct public_event *s)
{
	const struct rows *b = &s->inner.rows[SHOWING_BRANDS];
	if (!b->n)
		return;
	page_section(h, "brands", page_message(r, MSG_PARTNERS));
	html_open(h, "ul");
	for (size_t i = 0; i < b->n; i++) {
		const char *site = rows_text(b, i, "websiteUrl"), *name = rows_text(b, i, "name");
		html_open(h, "li");
		page_picture(h, NULL, rows_text(b, i, "logoUrl"), "");
		if (site)
			page_anchor(h, NULL, site, name);
		else
			page_own_words(h, "span", NULL, name);
		html_text(h, " ");
		html_leaf(h, "span", "role", role_text(r, rows_text(b, i, "role")));
		html_close(h);
	}
	html_close(h);
	html_close(h);
}

void event_sections_write(struct req *r, struct html *h, const struct public_event *s)
{
	about(r, h, s);
	gallery(r, h, s);
	schedule_of(r, h, s);
	performers(r, h, s);
	venue_of(r, h, s);
	brands(r, h, s);
}

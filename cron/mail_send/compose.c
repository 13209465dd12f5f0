/* compose: reads what a message is about, and makes its text. */
#include "cron/mail_send/words.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/messages/formats.h"
#include "common/text/icalendar.h"
#include "common/text/validate.h"
#include "common/ticketing/event_calendar.h"
#include "common/ticketing/event_columns.h"

#include <stdlib.h>
#include <string.h>

#define CALENDAR_MAX ((size_t)256 << 10)

static const struct statement about_order = {
	"mail_about_order",
	"SELECT o.reference, o.buyer_name AS buyer, o.currency, o.total,"
	" o.refunded_total AS refundedTotal, e.id, e.name, e.slug, e.description,"
	" e.date_time AS startsAt, e.end_date_time AS endsAt, e.timezone,"
	" e.updated_at AS updatedAt, e.version, g.name AS organizer, g.slug AS orgSlug,"
	" m.language, " EVENT_VENUE " FROM mail_messages m"
	" STRAIGHT_JOIN orders o ON o.id = m.order_id AND o.org_id = :org"
	" STRAIGHT_JOIN events e ON e.id = o.event_id"
	" STRAIGHT_JOIN organizations g ON g.id = o.org_id"
	" LEFT JOIN venues v ON v.id = e.venue_id"
	" WHERE m.id = :id AND m.org_id = :org",
	SQL_READ,
};
static const struct statement about_user = {
	"mail_about_user",
	"SELECT g.name AS organizer, m.language"
	" FROM mail_messages m"
	" JOIN organizations g ON g.id = m.org_id"
	" WHERE m.id = :id AND m.org_id = :org",
	SQL_READ,
};
const struct statement *const mail_compose_statements[] = {
	&about_order,
	&about_user,
	NULL,
};

/* The absolute URL of a path below base_path; NULL when there is no public_url. */
static char *link_to(struct mail *m, const char *path)
{
	const struct config *c = m->s.conf;

	if (!*c->public_url)
		return NULL;
	return arena_printf(m->s.arena, "%s%s%s", c->public_url, c->base_path, path);
}

static bool is_about_user(const struct mail_job *j)
{
	return strcmp(j->kind, "INVITATION") == 0 || strcmp(j->kind, "PASSWORD_RESET") == 0;
}

static void init_letter(struct letter *l, size_t max)
{
	buf_init(&l->text, max);
	buf_init(&l->html, max);
	buf_init(&l->calendar, CALENDAR_MAX);
}

static void free_letter(struct letter *l)
{
	for (size_t i = 0; i < l->n_pictures; i++)
		buf_free(&l->pictures[i]);
	if (l->text.p)
		explicit_bzero(l->text.p, l->text.n);
	if (l->html.p)
		explicit_bzero(l->html.p, l->html.n);
	buf_free(&l->text);
	buf_free(&l->html);
	buf_free(&l->calendar);
}

static void write_calendar(struct mail *m, struct letter *l, const struct rows *row)
{
	struct buf *out = &l->calendar;
	const char *path = arena_printf(
		m->s.arena, "/e/%s/%s", rows_text(row, 0, "orgSlug"), rows_text(row, 0, "slug"));

	ics_line(out, "BEGIN", "VCALENDAR");
	ics_line(out, "VERSION", "2.0");
	ics_line(out, "PRODID", "-//ticketgate//mail//EN");
	event_calendar_write(out, m->s.arena, row, 0, text_or(link_to(m, path), "/"));
	ics_line(out, "END", "VCALENDAR");
}

static enum err read_about(struct mail *m, struct mail_job *j, struct about *about)
{
	struct params p;
	bool user = is_about_user(j);

	arena_reset(m->s.arena);
	params_init(&p, m->s.arena);
	params_set(&p, "id", val_uuid(j->id));
	params_set(&p, "org", val_uuid(j->tenant->org));
	enum err err = db_ready(m->s.db);
	if (!err)
		err = sql_run(
			m->s.db, m->s.arena, user ? &about_user : &about_order, &p, &about->row);
	if (!err && about->row.n == 0)
		return ERR_NOT_FOUND;
	if (err)
		return err;
	about->language = language_from(NULL, rows_text(&about->row, 0, "language"));
	if (user)
		return OK;
	about->order.reference = rows_text(&about->row, 0, "reference");
	return issued_order_read(m->s.db, m->s.arena, &j->tenant->org, &j->order, &about->order);
}

/* The text of a message about an order. */
static void write_order(struct mail *m, struct mail_job *j, struct about *about, struct letter *l)
{
	char token[ORDER_TOKEN_TEXT + 1];

	order_token_print(m->s.conf->ticket_key, &j->order, token);
	about->url = link_to(m, arena_printf(m->s.arena, "/o/%s", token));
	words_order(about, l);
	if (about->valid > 0)
		write_calendar(m, l, &about->row);
}

enum err mail_compose(struct mail *m, struct mail_job *j)
{
	struct about about = {.kind = j->kind, .arena = m->s.arena, .key = m->s.conf->ticket_key};
	struct letter l = {.id = j->id,
		.date = clock_now(),
		.from_name = m->from_name,
		.from = m->from,
		.to = j->recipient,
		.to_name = ""};
	enum err err = read_about(m, j, &about);

	if (err)
		return err;
	if (email_fault(m->s.arena, j->recipient, strlen(j->recipient))) {
		mail_result(j, MAIL_FAILED, 0, "the recipient is not an email address");
		return OK;
	}
	l.language = language_tag(about.language);
	init_letter(&l, MESSAGE_MAX / 4);
	if (is_about_user(j)) {
		about.url = j->path ? link_to(m, j->path) : NULL;
		words_user(&about, &l);
	} else {
		write_order(m, j, &about, &l);
	}
	letter_write(&j->text, m->s.arena, &l);
	if (j->text.full || l.text.full || l.html.full || l.calendar.full) {
		log_msg(LOG_ERROR, "a message is larger than %zu bytes", MESSAGE_MAX);
		err = ERR_INTERNAL;
	}
	free_letter(&l);
	return err;
}

/* mail-send: sends queued mail; started by cron every minute, it runs until the next one starts. */
#include "cron/mail_send/main.h"

#include "cron/mail_send/mail.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/ticketing/issued_ticket.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FLYING_POLL_MS 50 /* while something is being handed over */

static const struct statement sender_insert = {
	"mail_sender_present",
	SENDER_PRESENT("mail_senders"),
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement seen = {
	"mail_sender_seen",
	SENDER_SEEN("mail_senders"),
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement *const sender_statements[] = {
	&sender_insert,
	&seen,
	NULL,
};
static const struct statement *const *const all_statements[] = {sender_statements,
	mail_queue_statements, mail_compose_statements, issued_ticket_statements, NULL};

/* ---- handing over ---- */

static void add_finished(struct mail *m, struct mail_job *j)
{
	j->next = m->finished;
	m->finished = j;
}

static void ended(struct mail *m, struct mail_job *j)
{
	struct mail_job **at = &m->flying;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	assert(m->n_flying > 0 && j->tenant->flying > 0);
	m->n_flying--;
	j->tenant->flying--;
	add_finished(m, j);
}

/* Makes the message, unless it has a result already. What cannot be made fails alone; without the
 * database it is taken again. */
static enum err make_message(struct mail *m, struct mail_job *j)
{
	enum err err = j->done ? OK : mail_compose(m, j);

	if (err == ERR_NOT_FOUND) {
		mail_result(j, MAIL_CANCELLED, 0, "what it is about does not exist any more");
		return OK;
	}
	if (err == ERR_INTERNAL)
		mail_result(j, MAIL_RETRY, 0, "the message could not be made; see the log");
	else if (err)
		mail_result(j, MAIL_GIVEN_BACK, 0, "");
	return err;
}

static enum err send_job(struct mail *m, struct mail_job *j)
{
	enum err err = make_message(m, j);

	if (j->done || !handover_start(m, j)) {
		add_finished(m, j);
		return err;
	}
	j->next = m->flying;
	m->flying = j;
	m->n_flying++;
	j->tenant->flying++;
	return OK;
}

/* ---- one turn ---- */

static bool may_take(void *ctx, const void *item)
{
	const struct mail *m = ctx;
	const struct mail_tenant *t = item;

	return t->due && t->flying < TENANT_FLYING_MAX && m->n_flying < FLYING_MAX &&
		m->paced_ns <= clock_mono_ns();
}

static bool take_from(void *ctx, void *item)
{
	struct mail *m = ctx;
	struct mail_job *j;

	if (!sender_succeeded(&m->s, mail_lease(m, item, &j)))
		return false;
	return j && sender_succeeded(&m->s, send_job(m, j));
}

/* So that results are stored in between. */
static bool taken_enough(void *ctx)
{
	return ((struct mail *)ctx)->finished != NULL;
}

static void store_when_due(struct mail *m)
{
	if (m->finished && clock_mono_ns() >= m->store_ns &&
		!sender_succeeded(&m->s, mail_store(m)))
		m->store_ns = clock_mono_ns() + ns_of_ms(DATABASE_RETRY_MS);
}

static bool any_due(const struct mail *m)
{
	for (size_t i = 0; i < m->turns.n; i++)
		if (((const struct mail_tenant *)m->turns.list[i])->due)
			return true;
	return false;
}

static bool mail_take(struct sender *s)
{
	struct mail *m = mail_of(s);
	const struct turn_visitor v = {may_take, take_from, taken_enough, m};

	sender_scan_when_due(s, mail_scan);
	/* while results cannot be stored, the database is away or full */
	if (!m->finished)
		turns_visit(&m->turns, &v);
	return m->finished && !s->trouble;
}

static void mail_turn(struct sender *s, bool busy)
{
	struct mail *m = mail_of(s);
	int ms = POLL_MS;

	if (busy || (s->once && !any_due(m)))
		ms = 0;
	if (!busy && m->n_flying > 0)
		ms = FLYING_POLL_MS;
	handover_wait(m, ms, ended);
	store_when_due(m);
}

static bool mail_idle(const struct sender *s)
{
	const struct mail *m = (const struct mail *)s;

	return !any_due(m) && m->n_flying == 0 && !m->finished;
}

static size_t mail_in_flight(const struct sender *s)
{
	return ((const struct mail *)s)->n_flying;
}

static bool mail_finish(struct sender *s)
{
	struct mail *m = mail_of(s);
	int64_t end = clock_mono_ns() + ns_of_ms(BUDGET_MS + 2000);

	while (m->n_flying > 0 && clock_mono_ns() < end) {
		handover_wait(m, FLYING_POLL_MS, ended);
		store_when_due(m);
	}
	for (int i = 0; m->finished && i < 20; i++) {
		s->trouble = false;
		store_when_due(m);
		if (m->finished)
			handover_wait(m, DATABASE_RETRY_MS / 2, ended);
	}
	return !m->finished && m->n_flying == 0;
}

/* ---- start and end ---- */

static enum sender_begin mail_begin(struct sender *s)
{
	struct mail *m = mail_of(s);
	struct span address;

	m->turns.size = sizeof(struct mail_tenant);
	m->route = mail_url_parse(s->conf->mail_url, &m->host);
	if (m->route == MAIL_OFF && !*s->conf->mail_from) {
		log_msg(LOG_DEBUG, "mail_url is not set: no mail is sent");
		return SENDER_NOTHING;
	}
	if (m->route == MAIL_OFF || !mail_from_parse(s->conf->mail_from, &m->from_name, &address)) {
		log_msg(LOG_ERROR, "set both mail_url and mail_from in %s", s->conf->path);
		return SENDER_BROKEN;
	}
	m->from = oom_check(strndup(address.p, address.n));
	if (m->route != MAIL_SENDMAIL && !smtp_begin())
		return SENDER_BROKEN;
	return SENDER_READY;
}

static void list_free(struct mail_job *list)
{
	while (list) {
		struct mail_job *next = list->next;
		handover_abort(list);
		mail_job_free(list);
		list = next;
	}
}

static void mail_free(struct sender *s)
{
	struct mail *m = mail_of(s);

	list_free(m->flying);
	list_free(m->finished);
	turns_free(&m->turns);
	free(m->from);
}

static const struct sender_job mail_job = {
	.name = "mail-send",
	.section = "mail",
	.size = sizeof(struct mail),
	.usage = {SENDER_SYNOPSIS,
		"Sends queued mail. Run it every minute from cron: * * * * * mail-send --conf FILE",
		sender_options},
	.statements = all_statements,
	.present = &sender_insert,
	.seen = &seen,
	.begin = mail_begin,
	.take = mail_take,
	.turn = mail_turn,
	.idle = mail_idle,
	.in_flight = mail_in_flight,
	.finish = mail_finish,
	.free = mail_free,
};

int mail_main(int argc, char **argv)
{
	return sender_main(&mail_job, argc, argv);
}

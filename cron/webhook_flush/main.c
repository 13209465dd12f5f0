/* webhook-flush: sends queued webhooks; started by cron every minute, it runs until the next one
 * starts. */
#include "cron/webhook_flush/flush.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <sys/param.h>
#include <sys/resource.h>

#define SETTLE_AT 64 /* results stored together, or after SETTLE_MS */

static const struct statement sender_insert = {
	"sender_present",
	SENDER_PRESENT("webhook_senders"),
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement seen = {
	"sender_seen",
	SENDER_SEEN("webhook_senders"),
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement *const sender_statements[] = {
	&sender_insert,
	&seen,
	NULL,
};
static const struct statement *const *const all_statements[] = {sender_statements,
	fanout_statements, handover_statements, dequeue_statements, bodies_statements,
	results_statements, epoch_writer_statements, NULL};

/* Fans out a batch of the outbox; returns whether there may be more. While there is something to
 * send, it takes half of the time: deliveries do not wait for a burst of other organizations'
 * events. */
static bool poll_outbox(struct flush *f)
{
	bool any = false, more = false;
	bool sending = f->flying > 0 || f->queued > 0;
	int64_t from = clock_mono_ns();

	if (from < f->look_ns && (sending || !f->behind))
		return false;
	if (sender_succeeded(&f->s, fanout_waiting(f, &any)) && any)
		sender_succeeded(&f->s, fanout(f, &more));
	f->behind = more;
	int64_t now = clock_mono_ns(), rest = ns_of_ms(f->s.trouble ? DATABASE_RETRY_MS : POLL_MS);
	f->look_ns = now + (more ? now - from : rest);
	return more;
}

static void settle_when_due(struct flush *f, bool now)
{
	if (f->n_finished >= SETTLE_AT ||
		(f->n_finished > 0 &&
			(now || clock_mono_ns() - f->finished_ns > ns_of_ms(SETTLE_MS)))) {
		if (!sender_succeeded(&f->s, settle(f)))
			/* try again later */
			f->finished_ns = clock_mono_ns() + ns_of_ms(DATABASE_RETRY_MS);
	}
}

/* Takes work from outbox and queue; returns whether there may be more. */
static bool flush_take(struct sender *s)
{
	struct flush *f = flush_of(s);
	bool any = false;

	sender_scan_when_due(
		s, due_scan); /* first: new deliveries do not overtake those that wait */
	bool more = poll_outbox(f);
	if (!sender_succeeded(s, claim(f, &any)))
		any = false;
	return more || any;
}

/* How long the next wait may take, in ms. */
static int poll_timeout(const struct flush *f, bool busy)
{
	if (busy || f->n_finished >= SETTLE_AT ||
		(f->flying == 0 && (f->n_finished > 0 || f->s.once)))
		return 0;
	if (f->n_finished > 0)
		return SETTLE_MS;
	if (f->flying > 0)
		return 50;
	return POLL_MS;
}

static void flush_turn(struct sender *s, bool busy)
{
	struct flush *f = flush_of(s);

	assert(f->flying <= FLYING_MAX && f->slow_count <= f->flying);
	send_queued(f, false);
	http_client_wait(f->http_client, poll_timeout(f, busy));
	send_harvest(f);
	settle_when_due(f, f->flying == 0);
}

static bool flush_idle(const struct sender *s)
{
	const struct flush *f = (const struct flush *)s;

	return !f->behind && f->flying == 0 && f->queued == 0 && f->n_finished == 0 &&
		!dequeue_wanted(f, clock_now());
}

static size_t flush_in_flight(const struct sender *s)
{
	return ((const struct flush *)s)->flying;
}

/* Gives queued jobs back, waits for transfers in flight and stores their results. */
static bool flush_finish(struct sender *s)
{
	struct flush *f = flush_of(s);
	int64_t end = clock_mono_ns() + ns_of_ms(BUDGET_MS + 2000);

	send_queued(f, true);
	while (f->flying > 0 && clock_mono_ns() < end) {
		http_client_wait(f->http_client, 100);
		send_harvest(f);
		settle_when_due(f, false);
	}
	s->trouble = false;
	for (int i = 0; f->n_finished > 0 && i < 20; i++) {
		s->trouble = false;
		settle_when_due(f, true);
		if (f->n_finished > 0)
			http_client_wait(f->http_client, DATABASE_RETRY_MS / 2);
	}
	return f->n_finished == 0;
}

/* ---- start and end ---- */

/* Raises the limit of open files, which may be lower than the number of transfers needs. */
static void raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < 4 * FLYING_MAX) {
		l.rlim_cur = MIN(l.rlim_max, 4 * FLYING_MAX);
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static enum sender_begin flush_begin(struct sender *s)
{
	struct flush *f = flush_of(s);

	url_guard_configure(s->conf);
	raise_file_limit();
	f->turns.size = sizeof(struct tenant);
	f->http_client = http_client_new(s->conf, FLYING_MAX);
	if (!f->http_client)
		log_msg(LOG_ERROR, "cannot initialize libcurl; reinstall it");
	return f->http_client ? SENDER_READY : SENDER_BROKEN;
}

static void flush_free(struct sender *s)
{
	struct flush *f = flush_of(s);

	http_client_free(f->http_client);
	receivers_free(f);
}

static const struct sender_job flush_job = {
	.name = "webhook-flush",
	.section = "flush",
	.size = sizeof(struct flush),
	.usage = {SENDER_SYNOPSIS,
		"Sends queued webhooks. Run it every minute from cron: * * * * * webhook-flush "
		"--conf FILE",
		sender_options},
	.statements = all_statements,
	.present = &sender_insert,
	.seen = &seen,
	.begin = flush_begin,
	.take = flush_take,
	.turn = flush_turn,
	.idle = flush_idle,
	.in_flight = flush_in_flight,
	.finish = flush_finish,
	.free = flush_free,
};

int flush_main(int argc, char **argv)
{
	return sender_main(&flush_job, argc, argv);
}

/* cron: checks that cron runs webhook-flush and `ticketgate sweep`, which fail silently otherwise.
 */
#include "cli/doctor/findings.h"

#include "common/base/clock.h"
#include "cli/maintenance/webhooks.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/param.h>

#define SWEEP_LATE_MS 300000 /* five starts of cron */
#define ANSWERS_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define NOTHING "x'00000000000000000000000000000000'"

static const struct statement active = {"doctor_webhooks",
	"SELECT COUNT(*) AS n"
	" FROM webhook_endpoints"
	" WHERE status = 'ACTIVE' AND deleted_at IS NULL",
	SQL_READ | SQL_GLOBAL | SQL_QUIET};
#define LATE_ORDERS(mark)                                         \
	" EXISTS (SELECT 1 FROM orders o FORCE INDEX (order_org)" \
	" WHERE o.org_id = g.id AND o.id > COALESCE(" mark ", " NOTHING ") AND o.id <= :before)"
/* The slugs of the organizations whose orders are not behind a mark yet. */
#define LATE_ORGS(marks, mark, column)                                  \
	", (SELECT GROUP_CONCAT(g.slug ORDER BY g.slug SEPARATOR ', ')" \
	" FROM organizations g LEFT JOIN " marks " WHERE" LATE_ORDERS(mark) ") AS " column
#define FIRST_HOLD(status, column) \
	", (SELECT MIN(expires_at) FROM holds WHERE status = '" status "') AS " column
#define ACTIVE_HOLD FIRST_HOLD("ACTIVE", "hold")
#define ENDED_HOLDS                      \
	FIRST_HOLD("EXPIRED", "expired") \
	FIRST_HOLD("RELEASED", "released") FIRST_HOLD("USED", "used")
#define COUNTERS "order_tallies t ON t.org_id = g.id AND t.event_id = " NOTHING
#define UNCOUNTED LATE_ORGS(COUNTERS, "t.mark", "uncounted")
#define UNSUMMED LATE_ORGS("sales_marks m ON m.org_id = g.id", "m.orders_mark", "unsummed")
#define UNINDEXED LATE_ORGS("order_word_marks w ON w.org_id = g.id", "w.mark", "unindexed")
/* Each subquery reads one index entry (per organization); :before allows for sweeps in progress. */
static const struct statement unswept = {
	"doctor_unswept",
	"SELECT (SELECT MIN(created_at) FROM idempotency) AS answer,"
	" (SELECT MIN(expires_at) FROM sessions) AS session,"
	" EXISTS (SELECT 1 FROM webhook_deliveries WHERE id < :oldest) AS deliveries" ACTIVE_HOLD
		ENDED_HOLDS UNCOUNTED UNSUMMED UNINDEXED,
	SQL_READ | SQL_GLOBAL | SQL_QUIET,
};

/* The canonical path in the arena, for a line to be copied; `otherwise` when it cannot be resolved.
 */
static const char *canonical_path(struct arena *a, const char *path, const char *otherwise)
{
	char *real = path ? realpath(path, NULL) : NULL;
	const char *out = real ? arena_strdup(a, real) : otherwise;

	free(real);
	return out;
}

const char *doctor_cron_line(struct doctor *d, const char *program, const char *more)
{
	struct arena *a = d->c->arena;

	return arena_printf(a,
		"Add to the crontab of the programs' user (crontab -e), and read the mail that "
		"cron sends: * * * * * TG_CONF=%s %s%s",
		canonical_path(a, d->c->conf->path, d->c->conf->path), program, more);
}

static void check_webhooks(struct doctor *d)
{
	struct arena *a = d->c->arena;
	struct webhook_state s = {.now = 0};
	struct rows r = {0};
	enum err err = webhook_state_read(d->c, &s);

	if (err == OK)
		err = sql_run(d->c->db, a, &active, NULL, &r);
	if (err != OK) {
		found(d, FINDING_FAIL, "webhooks sent",
			"Run `ticketgate migrate`, then run doctor again.", "check failed: %s",
			db_error(d->c->db));
		return;
	}
	long long n = rows_int(&r, 0, "n"), waiting = s.waiting;
	const char *last = s.senders.n
		? arena_printf(a, "since %s", time_text(a, rows_get(&s.senders, 0, "seenAt")))
		: "yet";
	const char *fix = s.nobody
		? doctor_cron_line(d,
			  canonical_path(a, doctor_program_path(a, "flush"), "webhook-flush"), "")
		: NULL;
	if (s.nobody && (n > 0 || waiting > 0))
		found(d, s.late && n > 0 ? FINDING_FAIL : FINDING_WARN, "webhooks sent", fix,
			"%lld active webhooks, %lld deliveries queued, and no sender has run %s", n,
			waiting, last);
	else if (s.late)
		found(d, FINDING_WARN, "webhooks sent",
			"Run `ticketgate webhook status` to see which endpoints delay them.",
			"%lld deliveries queued, some overdue", waiting);
	else
		found(d, FINDING_OK, "webhooks sent", NULL,
			"%lld active webhooks, %lld deliveries queued%s", n, waiting,
			s.nobody ? "" : ", a sender is running");
}

/* What the sweep has left undone, the most urgent first; NULL: nothing. */
static const char *left_undone(struct doctor *d, const struct rows *r)
{
	const int64_t now = clock_now(),
		      history = d->c->conf->hold_history_days * INT64_C(24) * 3600 * 1000;
	const struct {
		const char *column;
		int64_t kept; /* ms */
		const char *what;
	} late[] = {
		{"hold", 0, "an expired hold still counts as held, since"},
		{"answer", ANSWERS_KEPT_MS,
			"responses for Idempotency-Keys are kept longer than 24 hours, since"},
		{"session", 0, "expired sessions are not deleted, since"},
		{"expired", history, "expired holds are kept past hold_history_days, since"},
		{"released", history, "released holds are kept past hold_history_days, since"},
		{"used", history, "holds of orders are kept past hold_history_days, since"},
	};
	static const struct {
		const char *column, *what;
	} behind[] = {
		{"uncounted",
			"order lists become slow: orders older than five minutes are not "
			"counted yet"},
		{"unsummed",
			"statistics become slow: orders older than five minutes are not in "
			"the sums of sales yet"},
		{"unindexed",
			"searches by name become slow: buyers of orders older than five "
			"minutes are not indexed yet"},
	};
	for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
		if (rows_text(r, 0, behind[i].column))
			return arena_printf(d->c->arena, "%s (%.200s)", behind[i].what,
				rows_text(r, 0, behind[i].column));
	for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
		struct val at = rows_get(r, 0, late[i].column);
		if (at.type == VAL_TIME && at.i < now - late[i].kept - SWEEP_LATE_MS)
			return arena_printf(
				d->c->arena, "%s %s", late[i].what, time_text(d->c->arena, at));
	}
	if (rows_int(r, 0, "deliveries"))
		return "webhook deliveries are older than 30 days";
	return NULL;
}

static void check_sweep(struct doctor *d)
{
	struct params p;
	struct rows r = {0};
	int64_t now = clock_now();
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[MAX(n, 0)] = '\0';
	params_init(&p, d->c->arena);
	params_set(&p, "before", val_uuid(uuid_of_time(now - SWEEP_LATE_MS, false)));
	params_set(&p, "oldest",
		val_uuid(uuid_of_time(now - WEBHOOK_HISTORY_MS - SWEEP_LATE_MS, false)));
	if (sql_run(d->c->db, d->c->arena, &unswept, &p, &r) != OK) {
		found(d, FINDING_FAIL, "sweep", "Run `ticketgate migrate`, then run doctor again.",
			"check failed: %s", db_error(d->c->db));
		return;
	}
	const char *what = left_undone(d, &r);
	if (what)
		found(d, FINDING_WARN, "sweep",
			doctor_cron_line(
				d, text_or(text_filled(self), "ticketgate"), " sweep >/dev/null"),
			"%s", what);
	else
		found(d, FINDING_OK, "sweep", NULL, "nothing to sweep");
}

void doctor_cron(struct doctor *d)
{
	check_webhooks(d);
	check_sweep(d);
}

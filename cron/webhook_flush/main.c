/* webhook-flush: sends queued webhooks; started by cron every minute, it runs until the next one
 * starts. */
#include "cron/webhook_flush/flush.h"

#include "common/access/epoch.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/net/url_guard.h"

#include <assert.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <sys/param.h>

#define WATCH_S 58
#define HANDOVER_MS 6000 /* how long after WATCH_S it waits for its successor */
#define POLL_MS 200 /* interval of polling an empty outbox */
#define SCAN_MIN_MS 500 /* bounds of the interval of scanning for due deliveries */
#define SCAN_MAX_MS 15000
#define SCAN_SHARE 50 /* scanning may take 1/50 of the time */
#define SEEN_MS 5000 /* interval of updating webhook_senders */
#define SETTLE_AT 64 /* results stored together, or after SETTLE_MS */
#define SETTLE_MS 25
#define DATABASE_RETRY_MS 500 /* between attempts when the database is unavailable */

static const char usage_text[] =
	"usage: webhook-flush [--conf FILE] [--once | --seconds N]\n"
	"Sends queued webhooks. Run it every minute from cron: * * * * * webhook-flush --conf "
	"FILE\n"
	"  --once        send what is due, then exit\n"
	"  --seconds N   run for N seconds (default: 58, then until the next one has started)\n"
	"  --check       check all statements against the database, then exit\n"
	"  --version\n"
	"Exit status: 0 success, 1 failure, 2 usage error.\n";

static const struct statement sender_insert = {
	"sender_present",
	"INSERT INTO webhook_senders (host, pid, started_at, seen_at, delivered, failed)"
	" VALUES (:host, :pid, :now, :now, 0, 0)"
	" ON DUPLICATE KEY UPDATE pid = :pid, started_at = :now, seen_at = :now,"
	" ended_at = NULL, delivered = 0, failed = 0",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement seen = {
	"sender_seen",
	"UPDATE webhook_senders"
	" SET seen_at = :now, ended_at = :ended, delivered = :delivered, failed = :failed"
	" WHERE host = :host AND pid = :pid",
	SQL_WRITE | SQL_GLOBAL,
};
static const struct statement *const sender_statements[] = {
	&sender_insert,
	&seen,
	NULL,
};
static const struct statement *const *const all_statements[] = {sender_statements,
	fanout_statements, dequeue_statements, bodies_statements, results_statements,
	epoch_writer_statements};

struct options {
	const char *conf;
	bool once, check, version;
	int64_t seconds; /* 0: not given */
};

/* A run and its schedule; times of clock_mono_ns(). */
struct run {
	struct flush f;
	char host[65];
	/* runs until end_ns, or until last_ns when no successor has started */
	int64_t begin_ns, end_ns, last_ns;
	int64_t look_ns, scan_ns,
		seen_ns; /* when the outbox, due deliveries and this sender are next */
	bool behind; /* the outbox has more events than the last fan-out took */
	bool replaced, once; /* replaced: a successor has started on this host */
};

static volatile sig_atomic_t stop;

static void on_stop_signal(int number)
{
	stop = number;
}

static int64_t ms(int64_t n)
{
	return n * 1000000;
}

/* ---- this sender's row ---- */

/* Updates this sender's row, which tells when a successor has taken it over. */
static void sender_update(struct run *r, bool first, bool last)
{
	struct flush *f = &r->f;
	struct params p;
	struct rows rows = {.n = 0};
	int64_t now = clock_now();

	arena_reset(f->arena);
	params_init(&p, f->arena);
	params_set(&p, "host", val_text(r->host));
	params_set(&p, "pid", val_int(getpid()));
	params_set(&p, "now", val_time(now));
	params_set(&p, "ended", last ? val_time(now) : val_null());
	params_set(&p, "delivered", val_int(f->delivered));
	params_set(&p, "failed", val_int(f->failed));
	enum err err = db_ready(f->db);
	if (!err)
		err = sql_run(f->db, f->arena, first ? &sender_insert : &seen, &p, &rows);
	if (!err && !first)
		r->replaced = rows.affected == 0;
	if (err && err != ERR_RETRY)
		f->trouble = true;
	bool late = clock_mono_ns() > r->end_ns;
	r->seen_ns = clock_mono_ns() + ms(late ? POLL_MS : SEEN_MS);
}

/* ---- one turn ---- */

/* Notes a failure, unless it is going to be retried; returns whether there was none. */
static bool succeeded(struct flush *f, enum err err)
{
	if (err && err != ERR_RETRY)
		f->trouble = true;
	return err == OK;
}

/* Fans out a batch of the outbox; returns whether there may be more. While there is something to
 * send, it takes half of the time: deliveries do not wait for a burst of other organizations'
 * events. */
static bool poll_outbox(struct run *r)
{
	bool any = false, more = false;
	bool sending = r->f.flying > 0 || r->f.queued > 0;
	int64_t from = clock_mono_ns();

	if (from < r->look_ns && (sending || !r->behind))
		return false;
	if (succeeded(&r->f, fanout_waiting(&r->f, &any)) && any)
		succeeded(&r->f, fanout(&r->f, &more));
	r->behind = more;
	int64_t now = clock_mono_ns(), rest = r->f.trouble ? ms(DATABASE_RETRY_MS) : ms(POLL_MS);
	r->look_ns = now + (more ? now - from : rest);
	return more;
}

/* Looks for due deliveries, less often the longer it takes. */
static void poll_due(struct run *r)
{
	int64_t from = clock_mono_ns(), took;

	if (from < r->scan_ns)
		return;
	succeeded(&r->f, due_scan(&r->f, clock_now()));
	took = clock_mono_ns() - from;
	r->scan_ns = from + MIN(MAX(took * SCAN_SHARE, ms(SCAN_MIN_MS)), ms(SCAN_MAX_MS));
}

static void settle_when_due(struct run *r, bool now)
{
	struct flush *f = &r->f;

	if (f->n_finished >= SETTLE_AT ||
		(f->n_finished > 0 && (now || clock_mono_ns() - f->finished_ns > ms(SETTLE_MS)))) {
		if (!succeeded(f, settle(f)))
			/* try again later */
			f->finished_ns = clock_mono_ns() + ms(DATABASE_RETRY_MS);
	}
}

/* Takes work from outbox and queue; returns whether there may be more. */
static bool flush_take(struct run *r)
{
	bool any = false;

	poll_due(r); /* first: new deliveries do not overtake those that wait */
	bool more = poll_outbox(r);
	if (!succeeded(&r->f, claim(&r->f, &any)))
		any = false;
	return more || any;
}

static bool run_ended(const struct run *r)
{
	int64_t now = clock_mono_ns();

	return stop || now >= r->last_ns || (now >= r->end_ns && r->replaced);
}

/* How long the next wait may take, in ms. */
static int poll_timeout(const struct run *r, bool busy)
{
	const struct flush *f = &r->f;

	if (busy || f->n_finished >= SETTLE_AT ||
		(f->flying == 0 && (f->n_finished > 0 || r->once)))
		return 0;
	if (f->n_finished > 0)
		return SETTLE_MS;
	if (f->flying > 0)
		return 50;
	return POLL_MS;
}

static void run_turn(struct run *r, bool busy)
{
	struct flush *f = &r->f;

	assert(f->flying <= FLYING_MAX && f->slow_count <= f->flying);
	send_queued(f, false);
	http_client_wait(f->http_client, poll_timeout(r, busy));
	send_harvest(f);
	settle_when_due(r, f->flying == 0);
	if (clock_mono_ns() >= r->seen_ns)
		sender_update(r, false, false);
}

static void watch(struct run *r)
{
	bool looked = false;

	while (!run_ended(r)) {
		r->f.trouble = false;
		bool busy = flush_take(r);
		run_turn(r, busy);
		if (r->once && looked && !busy && !r->behind && r->f.flying == 0 &&
			r->f.queued == 0 && r->f.n_finished == 0 &&
			!dequeue_wanted(&r->f, clock_now()))
			break;
		if (r->once && r->f.trouble && r->f.flying == 0)
			break;
		looked = true;
	}
}

/* Ends the run: gives queued jobs back, waits for transfers in flight and stores their results. */
static void run_finish(struct run *r)
{
	struct flush *f = &r->f;
	int64_t end = clock_mono_ns() + ms(BUDGET_MS + 2000);

	send_queued(f, true);
	while (f->flying > 0 && clock_mono_ns() < end) {
		http_client_wait(f->http_client, 100);
		send_harvest(f);
		settle_when_due(r, false);
	}
	f->trouble = false;
	for (int i = 0; f->n_finished > 0 && i < 20; i++) {
		f->trouble = false;
		settle_when_due(r, true);
		if (f->n_finished > 0)
			http_client_wait(f->http_client, DATABASE_RETRY_MS / 2);
	}
	sender_update(r, false, true);
}

/* ---- start and end ---- */

static void install_signals(void)
{
	struct sigaction a = {.sa_handler = on_stop_signal};

	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGINT, &a, NULL);
	a.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &a, NULL);
}

/* Raises the limit of open files, which may be lower than the number of transfers needs. */
static void raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < 4 * FLYING_MAX) {
		l.rlim_cur = MIN(l.rlim_max, 4 * FLYING_MAX);
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

static int flush_check(struct flush *f)
{
	char why[600];
	int checked = 0, bad = 0;

	if (db_ready(f->db) != OK) {
		fprintf(stderr, "cannot connect to the database: %s\n", db_error(f->db));
		return 1;
	}
	for (size_t i = 0; i < sizeof all_statements / sizeof *all_statements; i++)
		for (size_t k = 0; all_statements[i][k]; k++, checked++)
			if (sql_check(f->db, all_statements[i][k], why, sizeof why) != OK) {
				printf("%s: %s\n", all_statements[i][k]->name, why);
				bad++;
			}
	printf("%d statements checked, %d failed\n", checked, bad);
	return bad != 0;
}

static int flush_run(struct config *conf, const struct options *o)
{
	struct run r = {.once = o->once, .begin_ns = clock_mono_ns()};
	struct flush *f = &r.f;
	int64_t most = o->once ? INT64_C(3600) : WATCH_S;
	int status;

	if (o->seconds)
		most = o->seconds;
	r.end_ns = r.begin_ns + ms(most * 1000);
	r.last_ns = r.end_ns + (o->seconds || o->once ? 0 : ms(HANDOVER_MS));
	*f = (struct flush){.conf = conf,
		.db = db_new(conf),
		.arena = arena_new((size_t)64 << 20),
		.http_client = http_client_new(conf, FLYING_MAX),
		.run = uuid_make()};
	buf_init(&f->text, (size_t)8 << 20);
	if (gethostname(r.host, sizeof r.host - 1) != 0)
		snprintf(r.host, sizeof r.host, "this");
	if (o->check) {
		status = flush_check(f);
	} else if (!f->http_client) {
		log_msg(LOG_ERROR, "cannot initialize libcurl; reinstall it");
		status = 1;
	} else {
		sender_update(&r, true, false);
		watch(&r);
		bool trouble = f->trouble || f->fanout.failed.n > 0;
		run_finish(&r);
		status = trouble || f->trouble || f->n_finished > 0;
		log_msg(LOG_DEBUG, "delivered %lld, failed %lld%s", (long long)f->delivered,
			(long long)f->failed, status ? "; some operations failed" : "");
	}
	http_client_free(f->http_client);
	receivers_free(f);
	db_free(f->db);
	buf_free(&f->text);
	arena_free(f->arena);
	return status;
}

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option rows[] = {{"conf", 1, NULL, 'f'}, {"once", 0, NULL, 'o'},
		{"seconds", 1, NULL, 's'}, {"check", 0, NULL, 'c'}, {"version", 0, NULL, 'v'},
		{"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
	char *end = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		switch (c) {
		case 'f':
			o->conf = optarg;
			break;
		case 'o':
			o->once = true;
			break;
		case 'c':
			o->check = true;
			break;
		case 'v':
			o->version = true;
			break;
		case 's':
			o->seconds = strtoll(optarg, &end, 10);
			if (*optarg < '0' || *optarg > '9' || *end || o->seconds < 1 ||
				o->seconds > 86400)
				return false;
			break;
		case 'h':
			fputs(usage_text, stdout);
			exit(0);
		default:
			return false;
		}
	}
	return optind == argc && !(o->once && o->seconds);
}

int main(int argc, char **argv)
{
	struct options o = {.conf = NULL};
	char why[1024];

	log_program("webhook-flush");
	if (!read_options(argc, argv, &o)) {
		fputs(usage_text, stderr);
		return 2;
	}
	if (o.version)
		return printf("webhook-flush (ticketgate) %s\n", TG_VERSION) < 0;
	struct config *conf = config_open(o.conf, "flush", why, sizeof why);
	if (!conf) {
		log_msg(LOG_ERROR, "%s", why);
		return 1;
	}
	url_guard_configure(conf);
	config_open_log(conf);
	install_signals();
	raise_file_limit();
	int status = flush_run(conf, &o);
	config_free(conf);
	return status;
}

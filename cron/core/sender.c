/* sender: the program of a job that sends from a queue: started by cron every minute, it runs until
 * the next one has started. */
#include "cron/core/sender.h"

#include "common/base/clock.h"
#include "common/base/log.h"

#include <assert.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#define WATCH_S 58
#define HANDOVER_MS 6000 /* how long after WATCH_S it waits for its successor */
#define SEEN_MS 5000 /* interval of updating the sender's row */
#define SCAN_MIN_MS 500 /* bounds of the interval of looking for what is due */
#define SCAN_MAX_MS 15000
#define SCAN_SHARE 50 /* it may take 1/50 of the time */

struct options {
	const char *conf;
	bool once, check, version;
	int64_t seconds; /* 0: not given */
};

static volatile sig_atomic_t stop;

static void on_stop_signal(int number)
{
	stop = number;
}

/* ---- this sender's row ---- */

/* Updates this sender's row, which tells when a successor has taken it over. */
static void row_update(struct sender *s, const struct statement *st, bool last)
{
	struct params p;
	struct rows rows = {.n = 0};
	int64_t now = clock_now();

	arena_reset(s->arena);
	params_init(&p, s->arena);
	params_set(&p, "host", val_text(s->host));
	params_set(&p, "pid", val_int(getpid()));
	params_set(&p, "now", val_time(now));
	params_set(&p, "ended", last ? val_time(now) : val_null());
	params_set(&p, "delivered", val_int(s->delivered));
	params_set(&p, "failed", val_int(s->failed));
	enum err err = db_ready(s->db);
	if (!err)
		err = sql_run(s->db, s->arena, st, &p, &rows);
	if (!err && st == s->job->seen)
		s->replaced = rows.affected == 0;
	sender_succeeded(s, err);
	bool late = clock_mono_ns() > s->end_ns;
	s->seen_ns = clock_mono_ns() + ns_of_ms(late ? POLL_MS : SEEN_MS);
}

/* ---- the run ---- */

void sender_scan_when_due(struct sender *s, sender_scan *scan)
{
	int64_t from = clock_mono_ns(), took;

	if (from < s->scan_ns)
		return;
	sender_succeeded(s, scan(s, clock_now()));
	took = clock_mono_ns() - from;
	s->scan_ns =
		from + MIN(MAX(took * SCAN_SHARE, ns_of_ms(SCAN_MIN_MS)), ns_of_ms(SCAN_MAX_MS));
}

static bool run_ended(const struct sender *s)
{
	int64_t now = clock_mono_ns();

	return stop || now >= s->last_ns || (now >= s->end_ns && s->replaced);
}

static void watch(struct sender *s)
{
	bool looked = false;

	while (!run_ended(s)) {
		s->trouble = false;
		bool busy = s->job->take(s);
		s->job->turn(s, busy);
		if (clock_mono_ns() >= s->seen_ns)
			row_update(s, s->job->seen, false);
		if (s->once && looked && !busy && s->job->idle(s))
			break;
		if (s->once && s->trouble && s->job->in_flight(s) == 0)
			break;
		looked = true;
	}
}

static int run_schedule(struct sender *s)
{
	row_update(s, s->job->present, false);
	watch(s);
	bool trouble = s->trouble || s->failing;
	s->trouble = false;
	bool stored = s->job->finish(s);
	row_update(s, s->job->seen, true);
	int status = trouble || s->trouble || !stored;
	log_msg(LOG_DEBUG, "delivered %lld, failed %lld%s", (long long)s->delivered,
		(long long)s->failed, status ? "; some operations failed" : "");
	return status;
}

static int check(struct sender *s)
{
	char why[600];
	int checked = 0, bad = 0;
	const struct statement *const *const *lists = s->job->statements;

	if (db_ready(s->db) != OK) {
		fprintf(stderr, "cannot connect to the database: %s\n", db_error(s->db));
		return 1;
	}
	for (size_t i = 0; lists[i]; i++)
		for (size_t k = 0; lists[i][k]; k++, checked++)
			if (sql_check(s->db, lists[i][k], why, sizeof why) != OK) {
				printf("%s: %s\n", lists[i][k]->name, why);
				bad++;
			}
	printf("%d statements checked, %d failed\n", checked, bad);
	return bad != 0;
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

static struct sender *sender_new(
	const struct sender_job *job, struct config *conf, const struct options *o)
{
	struct sender *s = oom_check(calloc(1, job->size));
	int64_t most = o->once ? INT64_C(3600) : WATCH_S;

	assert(job->size >= sizeof *s);
	*s = (struct sender){.job = job,
		.conf = conf,
		.db = db_new(conf),
		.arena = arena_new((size_t)64 << 20),
		.run = uuid_make(),
		.once = o->once};
	if (o->seconds)
		most = o->seconds;
	s->end_ns = clock_mono_ns() + ns_of_ms(most * 1000);
	s->last_ns = s->end_ns + (o->seconds || o->once ? 0 : ns_of_ms(HANDOVER_MS));
	buf_init(&s->text, (size_t)8 << 20);
	if (gethostname(s->host, sizeof s->host - 1) != 0)
		snprintf(s->host, sizeof s->host, "this");
	return s;
}

static int sender_run(const struct sender_job *job, struct config *conf, const struct options *o)
{
	struct sender *s = sender_new(job, conf, o);
	int status = 1;

	if (o->check) {
		status = check(s);
	} else {
		enum sender_begin begin = job->begin(s);
		if (begin == SENDER_READY)
			status = run_schedule(s);
		else
			status = begin == SENDER_BROKEN;
	}
	job->free(s);
	db_free(s->db);
	buf_free(&s->text);
	arena_free(s->arena);
	free(s);
	return status;
}

/* ---- the command line ---- */

static void print_usage(const struct sender_job *job, FILE *to)
{
	struct buf out;

	buf_init(&out, 65536);
	program_help(&out, &job->usage, job->name);
	buf_puts(&out, "\nExit status: 0 success, 1 failure, 2 usage error.\n");
	fwrite(out.p, 1, out.n, to);
	buf_free(&out);
}

static int print_description(const struct sender_job *job)
{
	struct buf out;
	struct json j;

	buf_init(&out, 65536);
	write_start(&j, &out);
	write_object(&j, NULL);
	write_text(&j, "program", job->name);
	write_text(&j, "version", TG_VERSION);
	write_program_usage(&j, &job->usage);
	write_end_object(&j);
	buf_putc(&out, '\n');
	int status = fwrite(out.p, 1, out.n, stdout) != out.n;
	buf_free(&out);
	return status;
}

static bool read_seconds(const char *s, int64_t *seconds)
{
	char *end = NULL;

	*seconds = strtoll(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && *seconds >= 1 && *seconds <= 86400;
}

static bool read_options(const struct sender_job *job, int argc, char **argv, struct options *o)
{
	int c;

	while ((c = program_option_next(&job->usage, argc, argv)) != -1) {
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
			if (!read_seconds(optarg, &o->seconds))
				return false;
			break;
		case 'h':
			print_usage(job, stdout);
			exit(0);
		case 'd':
			exit(print_description(job));
		default:
			return false;
		}
	}
	return optind == argc;
}

int sender_main(const struct sender_job *job, int argc, char **argv)
{
	struct options o = {.conf = NULL};
	char why[1024];

	log_program(job->name);
	if (!read_options(job, argc, argv, &o)) {
		print_usage(job, stderr);
		return 2;
	}
	if (o.version)
		return printf("%s (ticketgate) %s\n", job->name, TG_VERSION) < 0;
	struct config *conf = config_open(o.conf, job->section, why, sizeof why);
	if (!conf) {
		log_msg(LOG_ERROR, "%s", why);
		return 1;
	}
	config_open_log(conf);
	install_signals();
	int status = sender_run(job, conf, &o);
	config_free(conf);
	return status;
}

const struct program_option sender_options[] = {
	{"conf", "FILE", 'f',
		"Configuration file (default: $TG_CONF, then the standard locations)."},
	{"once", NULL, 'o', "Send what is due, then exit."},
	{"seconds", "N", 's',
		"Run for N seconds, 1 to 86400, with --once at most (default: 58, then until the "
		"next one has started)."},
	{"check", NULL, 'c', "Check all statements against the database, then exit."},
	{"describe", NULL, 'd', "Print these options as JSON, then exit."},
	{"version", NULL, 'v', "Print the version, then exit."},
	{"help", NULL, 'h', "Print this help, then exit."},
	{0},
};

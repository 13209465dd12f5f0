/* sender: what the jobs that send from a queue share: the program and its options, the schedule of
 * a run, transactions, leases and the pauses between attempts. */
#ifndef TG_CRON_CORE_SENDER_H
#define TG_CRON_CORE_SENDER_H

#include "common/base/buf.h"
#include "common/db/connection.h"
#include "common/db/statement.h"
#include "common/runtime/config.h"
#include "common/text/json_writer.h"
#include "common/text/program_options.h"

#include <stdbool.h>
#include <stdint.h>

#define ATTEMPTS 3 /* per delivery */
#define LEASE_MS 60000 /* how long a delivery is reserved for the run that took it */
#define SUSPENDED_MS 2000 /* until an organization that is suspended is looked at again */
#define POLL_MS 200 /* interval of polling an empty queue */
#define SETTLE_MS 25 /* how long results wait for others that are stored with them */
#define DATABASE_RETRY_MS 500 /* between attempts when the database is unavailable */

struct sender;

/* SENDER_NOTHING: it is not configured, which is no failure; SENDER_BROKEN: it cannot run, and the
 * log says why. */
enum sender_begin { SENDER_READY, SENDER_NOTHING, SENDER_BROKEN };

/* What a sender does. The functions take the sender, which is the first member of what the job
 * itself keeps. */
struct sender_job {
	const char *name; /* of the program */
	const char *section; /* of the configuration file */
	size_t size; /* of the job's structure, which begins with struct sender */
	struct program_usage usage; /* with sender_options */
	const struct statement *const *const *statements; /* lists; ends with NULL */
	/* the row that shows the sender of this machine: SENDER_PRESENT and SENDER_SEEN */
	const struct statement *present, *seen;
	enum sender_begin (*begin)(struct sender *s); /* prepares a run */
	/* Takes work from the queue; returns whether there may be more to take now. */
	bool (*take)(struct sender *s);
	/* Sends, waits a little for transfers unless `busy`, and stores results. */
	void (*turn)(struct sender *s, bool busy);
	/* Whether nothing is due and nothing is being sent. */
	bool (*idle)(const struct sender *s);
	size_t (*in_flight)(const struct sender *s); /* transfers */
	/* Ends the run: gives back what was taken and not started, waits for transfers and stores
	 * their results. False: some could not be stored. */
	bool (*finish)(struct sender *s);
	void (*free)(struct sender *s);
};

/* A run of a sender; times of clock_mono_ns(). */
struct sender {
	const struct sender_job *job;
	struct config *conf;
	struct db *db;
	struct arena *arena; /* reset at each step */
	struct buf text; /* JSON for statements */
	struct uuid run; /* the owner of this run's leases */
	int64_t delivered, failed; /* by this run */
	bool trouble; /* an operation failed in this turn */
	bool failing; /* and something failed that no turn repeats */
	bool full; /* the JSON of the current step did not fit into `text` */
	char host[65];
	/* runs until end_ns, or until last_ns when no successor has started */
	int64_t end_ns, last_ns;
	int64_t seen_ns, scan_ns; /* when its row is updated, and what is due is looked for, next */
	bool replaced, once; /* replaced: a successor has started on this host */
};

/* The statements of the row in `table`, which has the columns of webhook_senders. */
#define SENDER_PRESENT(table)                                                       \
	"INSERT INTO " table " (host, pid, started_at, seen_at, delivered, failed)" \
	" VALUES (:host, :pid, :now, :now, 0, 0)"                                   \
	" ON DUPLICATE KEY UPDATE pid = :pid, started_at = :now, seen_at = :now,"   \
	" ended_at = NULL, delivered = 0, failed = 0"
#define SENDER_SEEN(table)                                                                 \
	"UPDATE " table                                                                    \
	" SET seen_at = :now, ended_at = :ended, delivered = :delivered, failed = :failed" \
	" WHERE host = :host AND pid = :pid"

extern const struct program_option sender_options[];
#define SENDER_SYNOPSIS                                   \
	"usage: @ [--conf FILE] [--once] [--seconds N]\n" \
	"       @ --check | --describe | --version"

/* The program with its arguments; returns the exit status. */
int sender_main(const struct sender_job *job, int argc, char **argv);

/* ---- for jobs ---- */

static inline int64_t ns_of_ms(int64_t ms)
{
	return ms * 1000000;
}

/* Notes a failure, unless it is going to be retried; returns whether there was none. */
bool sender_succeeded(struct sender *s, enum err err);
/* Looks for what is due at `now` (Unix ms) by `scan`, less often the longer it takes. */
typedef enum err sender_scan(struct sender *s, int64_t now);
void sender_scan_when_due(struct sender *s, sender_scan *scan);

/* Start and end a JSON array as a statement's parameter; the value is in the step's arena, NULL
 * when it does not fit. Only one array can be open at a time. */
struct json *rows_begin(struct sender *s);
struct val rows_end(struct sender *s);
/* Runs a step in one transaction, which fails when an array did not fit, and again after ERR_RETRY
 * and ERR_DUPLICATE with a random pause. The arena is reset before each attempt. */
typedef enum err sender_step(struct sender *s, void *ctx);
NODISCARD enum err sender_transact(struct sender *s, sender_step *step, void *ctx);

/* The pause before the next attempt, when `attempts` were made: `first_ms` after the first,
 * `second_ms` after later ones, times a random factor from 0.8 to 1.2. */
int64_t retry_pause(int64_t attempts, int64_t first_ms, int64_t second_ms);

#endif

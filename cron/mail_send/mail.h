/* mail: the limits, data structures and functions that the parts of mail-send share. */
#ifndef TG_MAIL_SEND_MAIL_H
#define TG_MAIL_SEND_MAIL_H

#include "common/text/mail_address.h"
#include "cron/core/sender.h"
#include "cron/core/turns.h"

#include <sys/types.h>

#define FLYING_MAX 8 /* messages that are being handed over at once */
#define TENANT_FLYING_MAX 2 /* of these, of one organization */
#define BUDGET_MS 30000 /* of handing one over; less than LEASE_MS */
#define EXPIRY_MS (INT64_C(3) * 24 * 3600 * 1000) /* what is older is not sent any more */
#define ERROR_TEXT 300 /* characters of mail_messages.last_error */
#define MESSAGE_MAX ((size_t)4 << 20) /* bytes of a message */

/* An organization that has mail. */
struct mail_tenant {
	struct turn_group group; /* itself, once */
	struct uuid org;
	bool due; /* something may be due */
	size_t flying; /* messages that are being handed over */
};

/* What became of an attempt. */
enum mail_outcome {
	MAIL_DELIVERED,
	MAIL_RETRY,
	MAIL_FAILED,
	MAIL_CANCELLED,
	MAIL_GIVEN_BACK, /* no attempt was made */
};

/* A message that this run has leased: being handed over, then finished, freed when its result is
 * stored. */
struct mail_job {
	struct mail_job *next;
	struct mail_tenant *tenant;
	struct uuid id, order, user;
	char kind[20]; /* as in the database */
	char *recipient, *path; /* malloc; path: of the link of a user, wiped */
	int64_t attempts; /* with this one */
	int64_t created_at; /* Unix ms */
	struct buf text; /* the message */
	/* result */
	bool done; /* it has one: mail_result() */
	enum mail_outcome outcome;
	int code; /* the server's reply, or sendmail's exit status; 0: none */
	char error[4 * ERROR_TEXT + 1]; /* empty: none */
	/* of the process that hands it over */
	pid_t pid; /* 0: none */
	int said; /* what it says, a pipe; -1: none */
	bool silent; /* it has said all or closed its end */
	int64_t began_ns;
};

/* The state of a run. */
struct mail {
	struct sender s;
	struct turns turns; /* struct mail_tenant */
	enum mail_route route;
	struct span host; /* of mail_url */
	char *from; /* the address */
	struct span from_name;
	struct mail_job *flying, *finished;
	size_t n_flying;
	int64_t paced_ns; /* until when the rate admits nothing (clock_mono_ns()) */
	int64_t store_ns; /* when results are stored next, after a failure */
};

static inline struct mail *mail_of(struct sender *s)
{
	return (struct mail *)s;
}

/* cron/mail_send/queue.c */
/* Finds the organizations that have something due. */
NODISCARD enum err mail_scan(struct sender *s, int64_t now);
/* Leases the next message of an organization and reads what it is about. *job: NULL when there is
 * none, or the rate does not admit one. */
NODISCARD enum err mail_lease(struct mail *m, struct mail_tenant *t, struct mail_job **job);
/* Stores the results of all finished jobs and frees them. After an error they stay finished. */
NODISCARD enum err mail_store(struct mail *m);
void mail_job_free(struct mail_job *j);
extern const struct statement *const mail_queue_statements[]; /* ends with NULL */

/* cron/mail_send/compose.c */
/* Makes the text of the message. ERR_NOT_FOUND: what it is about does not exist any more. */
NODISCARD enum err mail_compose(struct mail *m, struct mail_job *j);
extern const struct statement *const mail_compose_statements[]; /* ends with NULL */

/* cron/mail_send/handover.c: each message is handed over by a process of its own, which is killed
 * when its time is over, so that no server and no program can hold up another message. */
/* Starts it; false: the job has its result already. */
bool handover_start(struct mail *m, struct mail_job *j);
/* Waits until one has ended, `ms` at most, and sets the results of those that have. */
void handover_wait(struct mail *m, int ms, void (*ended)(struct mail *m, struct mail_job *j));
void handover_abort(struct mail_job *j); /* without a result */
/* Sets the result; the text is cut and cleaned. */
void mail_result(struct mail_job *j, enum mail_outcome outcome, int code, const char *text);

/* cron/mail_send/smtp.c, cron/mail_send/sendmail.c: what the processes do */
bool smtp_begin(void); /* before any; false after a message in the log */
void smtp_start(struct mail *m, struct mail_job *j, int said);
void sendmail_start(struct mail *m, struct mail_job *j, int said);
/* Set the result from the exit status as wait(2) has it, and what was said, of n bytes. */
void smtp_ended(struct mail_job *j, int status, const char *said, size_t n);
void sendmail_ended(struct mail_job *j, int status, const char *said, size_t n);

#endif

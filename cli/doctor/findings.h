/* findings: the results of the checks of `ticketgate doctor`, and the groups of checks. */
#ifndef TG_CLI_DOCTOR_FINDINGS_H
#define TG_CLI_DOCTOR_FINDINGS_H

#include "cli/core/cli.h"

/* printed as ok, WARN and FAIL; index of the counts in findings_print() */
enum state { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
	enum state state;
	const char *check, *message, *fix; /* in the arena or static; fix "": nothing to do */
};

#define FINDINGS_MAX 80 /* further findings are dropped */
struct doctor {
	struct cli *c; /* c->conf and c->db are filled by doctor_files() and doctor_database() */
	struct finding list[FINDINGS_MAX];
	size_t n;
};

/* Adds a finding; returns whether its state is FINDING_OK. `check` names the check, `fix` is a
 * complete sentence or NULL; both must outlive `d`. The message is formatted into the arena. */
bool found(struct doctor *d, enum state state, const char *check, const char *fix, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));

/* Print all findings, as a JSON array or as text; `count` is indexed by enum state. */
void findings_json(struct cli *c, const struct doctor *d);
void findings_print(struct cli *c, const struct doctor *d, const size_t count[3]);

/* The configuration sections of the FastCGI programs, of webhook-flush ("flush") and mail-send
 * ("mail"); ends with NULL. */
extern const char *const doctor_programs[];

/* The executable of a section, in the arena; NULL when it is not installed beside this command. */
const char *doctor_program_path(struct arena *a, const char *name);

void doctor_files(struct doctor *d); /* configuration and key file; loads d->c->conf */
void doctor_node(struct doctor *d); /* shared memory, URLs, programs */
void doctor_program(struct doctor *d, const char *name); /* is executable and starts */
/* the program's database user can connect and has the privileges for all its statements */
void doctor_program_user(struct doctor *d, const char *name);
void doctor_database(struct doctor *d); /* connection, version, settings, and all checks below */
/* the nodes of a Galera cluster; nothing on other servers */
void doctor_cluster(struct doctor *d);
void doctor_cron(struct doctor *d); /* webhook-flush and sweep run regularly */
void doctor_mail(struct doctor *d); /* the settings of mail; mail-send runs regularly */
/* The advice to add a crontab line that runs `program` with the arguments `more`. */
const char *doctor_cron_line(struct doctor *d, const char *program, const char *more);
void doctor_migrations(struct doctor *d); /* none pending, none modified after it was applied */

#endif

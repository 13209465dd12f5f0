/* findings: what the checks of `ticketgate doctor` found, and the groups of checks. */
#ifndef TG_CLI_DOCTOR_FINDINGS_H
#define TG_CLI_DOCTOR_FINDINGS_H

#include "cli/core/cli.h"

enum state { FINDING_OK, FINDING_WARN, FINDING_FAIL }; /* ok, WARN, FAIL */

struct finding {
	enum state state;
	const char *check, *message, *fix; /* fix "" when there is nothing to do */
};

#define FINDINGS_MAX 80
struct doctor {
	struct cli *c;
	struct finding list[FINDINGS_MAX];
	size_t n;
};

/* Returns whether it is GOOD. `fix` is a whole sentence, NULL for none. */
bool found(struct doctor *d, enum state state, const char *check, const char *fix, const char *fmt,
	...) __attribute__((format(printf, 5, 6)));

void findings_json(struct cli *c, const struct doctor *d);
void findings_print(struct cli *c, const struct doctor *d, const size_t count[3]);

/* as their configuration sections are called: the FastCGI programs, and webhook-flush; ends with
 * NULL */
extern const char *const doctor_programs[];

/* where it lies, NULL: nowhere known */
const char *doctor_program_path(struct arena *a, const char *name);

void doctor_files(struct doctor *d); /* configuration and key file; fills d->c->conf */
void doctor_node(struct doctor *d); /* shared memory, URLs, programs */
void doctor_program(struct doctor *d, const char *name); /* is it there, does it run */
/* can its database user connect, and do what the program does */
void doctor_program_user(struct doctor *d, const char *name);
void doctor_database(struct doctor *d); /* reachable, version, settings, migrations, rights, keys */
void doctor_cron(struct doctor *d); /* does cron do what it should */
void doctor_migrations(struct doctor *d); /* pending or changed since they ran */

#endif
